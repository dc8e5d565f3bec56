public import TensorPrograms

/// Data to train on, such as a table, a text or noise.
///
///     let digits = try DataKind.named("digits")     // 1797 rows, 64 features, 10 classes
///     let batch = try digits.batches(for: program, width: 256).batch(0)
public protocol DataSource: Sendable {
  /// As the user names it: `digits`, or a path.
  var name: String { get }

  /// A summary: `1797 rows, 64 features, 10 classes`.
  var contents: String { get }

  /// Tells these data from others among the settings of a run, whatever their names: of a file, a hash of its content.
  var fingerprint: String { get }

  /// The options of architectures that the data decide, by name: `["features": "64", "classes": "10"]`.
  var options: [String: String] { get }

  /// How many examples there are to go through; nil for data that are drawn, such as windows of a text.
  var rowCount: Int? { get }

  /// Decides what fills each input.
  ///
  /// Throws: ``DataError`` if the data do not fit, with both sizes and the option that mends it; ``ProgramError`` if a
  /// size does not exist at this width.
  func fit(_ inputs: ProgramInputs) throws -> any BatchMaker

  /// Two parts without a common example, the second with about a fraction of all, which is more than 0 and less than 1.
  ///
  /// Throws: ``DataError/split(data:fraction:reason:)`` if a part would have nothing.
  func parts(holdingOut fraction: Double, seed: UInt64) throws -> (training: any DataSource, heldOut: any DataSource)
}

/// Data fitted to the inputs of a program.
public protocol BatchMaker: Sendable {
  /// The examples of a batch, such as rows of a table or places in a text where windows start; empty if every entry is
  /// drawn by itself.
  func examples(_ draw: BatchDraw) -> [Int]

  /// What these examples put into each input, row-major, in recorded order.
  func entries(of examples: [Int], _ draw: BatchDraw) -> [InputValues.Contents]
}

/// Which batch to make.
public struct BatchDraw: Sendable {
  /// 0 where every step sees the same batch.
  public var step: Int
  public var count: Int
  public var sampling: Sampling
  public var seed: UInt64
}

extension DataSource {
  /// `digits: 1797 rows, 64 features, 10 classes`.
  public var summary: String { "\(name): \(contents)" }

  /// Batches for a program's inputs at a width.
  ///
  /// A table fills one real input `[batch, features...]` (row-major: pixels of `[batch, rows, columns, colors]`) and
  /// labels `[batch]`: classes, or for regression a second real input, `[batch, classes]` (one-hot) or `[batch]`
  /// (standardized); or the features alone, if there is no other input. A text fills tokens `[batch, sequence]` and,
  /// recorded after them, what comes next, `[batch, sequence]` or `[batch]`. Random data fill anything.
  ///
  /// - Parameter seed: decides which batch a fixed one is (0: the first rows), and the order of fresh ones.
  /// - Throws: ``DataError`` if the data do not fit, with both sizes and the option that mends it; ``ProgramError``
  ///   if a size does not exist at this width.
  public func batches(
    for program: Program, width: Int, sampling: Sampling = .fixed, seed: UInt64 = 0
  ) throws -> BatchSource {
    let inputs = ProgramInputs(program, width: width)
    guard !inputs.slots.isEmpty else { throw inputs.refused(by: name, "record at least one input") }
    let maker = try fit(inputs)
    let sizes = try inputs.slots.map { slot in
      _ = try slot.bound(at: width)
      return try slot.sizes(at: width)
    }
    return BatchSource(
      data: self, inputs: zip(inputs.slots, sizes).map { ($0.value, $0.name, $1) }, maker: maker, sampling: sampling,
      seed: seed)
  }
}
