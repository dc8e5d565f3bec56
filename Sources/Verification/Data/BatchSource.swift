public import TensorPrograms

/// How batches follow one another.
public enum Sampling: String, Sendable, Codable, CaseIterable {
  /// The same batch at every step: the first rows of a table, evenly spread windows of a text.
  case fixed
  /// Another batch at every step: rows in a random order that goes through all of them before any comes again,
  /// windows at random places.
  case fresh
}

/// The content of one input of a program, row-major.
public struct InputValues: Sendable {
  public var value: ValueID
  public var name: String
  public var sizes: [Int]
  public var contents: Contents

  public enum Contents: Sendable, Equatable {
    case numbers([Double])
    case indices([Int32])
  }
}

/// Batches of one source for one program at one width; the same for the same seed.
public struct BatchSource: Sendable {
  let data: DataSource
  let plan: [(slot: ValueID, name: String, role: InputRole, sizes: [Int], bound: Int)]
  public let sampling: Sampling
  public let seed: UInt64

  /// Examples in a batch: the size of the first input's first axis.
  public var batchSize: Int { plan.first?.sizes.first ?? 1 }

  /// Batches, with ``Sampling/fresh``, until an example comes again; nil for windows of a text and random data, which are
  /// drawn.
  public var batchesPerEpoch: Int? {
    if case .table(let table) = data.contents { table.rowCount / batchSize } else { nil }
  }

  /// The batch of a step, an entry for each input in recorded order.
  public func batch(_ step: Int) -> [InputValues] {
    let step = sampling == .fixed ? 0 : step
    return batch(rows: rows(step, batchSize), step: step)
  }

  /// The inputs for these rows of a table, or these places in a text.
  func batch(rows: [Int], step: Int = 0) -> [InputValues] {
    plan.enumerated().map { index, input in
      let contents: InputValues.Contents
      switch data.contents {
      case .table(let table): contents = Self.fill(input.role, table, rows)
      case .text(let text): contents = Self.fill(input.role, text, rows, input.sizes)
      case .noise:
        var generator = SplitMix(seed, UInt64(step), UInt64(index) + 1)
        let entries = input.sizes.reduce(1, *)
        contents =
          input.bound > 0
          ? .indices((0..<entries).map { _ in Int32(generator.below(input.bound)) })
          : .numbers((0..<entries).map { _ in generator.normal() })
      }
      return InputValues(value: input.slot, name: input.name, sizes: input.sizes, contents: contents)
    }
  }

  /// The rows of a table, or the places in a text where windows start.
  private func rows(_ step: Int, _ count: Int) -> [Int] {
    switch data.contents {
    case .noise: return []
    case .table(let table):
      if sampling == .fixed {
        return (0..<count).map { (Int(seed % 1_000_003) * count + $0) % table.rowCount }
      }
      // Epochs of whole batches; what is left over at the end of an epoch waits for the next.
      let perEpoch = table.rowCount / count
      var generator = SplitMix(seed, UInt64(step / perEpoch), 0)
      var order = Array(0..<table.rowCount)
      let start = step % perEpoch * count
      for i in 0..<(start + count) { order.swapAt(i, i + generator.below(table.rowCount - i)) }
      return Array(order[start..<start + count])
    case .text(let text):
      let sequence = plan.map { $0.role.span($0.sizes) }.max() ?? 1
      let places = text.tokens.count - sequence
      if sampling == .fixed {
        let shift = Int(seed % 1_000_003) * sequence
        return (0..<count).map { (places * $0 / count + shift) % places }
      }
      var generator = SplitMix(seed, UInt64(step), 0)
      return (0..<count).map { _ in generator.below(places) }
    }
  }

  private static func fill(_ role: InputRole, _ table: DataTable, _ rows: [Int]) -> InputValues.Contents {
    let width = table.featureCount
    let classes = table.classes.count
    switch role {
    case .classes: return .indices(rows.map { table.labels[$0] })
    case .oneHot:
      return .numbers(rows.flatMap { row in (0..<classes).map { $0 == Int(table.labels[row]) ? 1 : 0 } })
    case .target:
      let center = Double(classes - 1) / 2
      let spread = (Double(classes * classes - 1) / 12).squareRoot()
      return .numbers(rows.map { (Double(table.labels[$0]) - center) / spread })
    default: return .numbers(rows.flatMap { table.features[$0 * width..<($0 + 1) * width] })
    }
  }

  private static func fill(
    _ role: InputRole, _ text: DataText, _ starts: [Int], _ sizes: [Int]
  ) -> InputValues.Contents {
    let length = sizes.count > 1 ? sizes[1] : 1
    let shift: Int =
      switch role {
      case .next: 1
      case .last(let sequence): sequence
      default: 0
      }
    return .indices(starts.flatMap { start in (0..<length).map { Int32(text.tokens[start + shift + $0]) } })
  }
}

extension InputRole {
  /// How many characters before the one that is predicted last are read.
  func span(_ sizes: [Int]) -> Int {
    switch self {
    case .last(let sequence): sequence
    default: sizes.count > 1 ? sizes[1] : 1
    }
  }
}
