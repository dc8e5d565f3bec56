import TensorPrograms

/// An input of a program that a batch must fill.
struct InputSlot {
  let value: ValueID
  let name: String
  let axes: [Axis]
  /// The dimension that bounds whole numbers; nil for real numbers.
  let below: Dimension?

  /// In recorded order.
  static func all(_ program: Program) -> [InputSlot] {
    (0..<program.forwardCount).compactMap { i in
      let instruction = program.instructions[i]
      let below: Dimension?
      switch instruction.primitive {
      case is Input: below = nil
      case let indices as Indices: below = indices.below
      default: return nil
      }
      return InputSlot(value: ValueID(i), name: instruction.name, axes: instruction.axes, below: below)
    }
  }

  /// Whether a text can fill them: tokens `[batch, sequence]` and, if there is a second, what comes next.
  static func areText(_ slots: [InputSlot]) -> Bool {
    guard (1...2).contains(slots.count), slots[0].axes.count == 2 else { return false }
    return slots.allSatisfy {
      $0.below != nil && !$0.axes.isEmpty && $0.axes == Array(slots[0].axes.prefix($0.axes.count))
    }
  }

  /// `features [batch, features]`, or `tokens [batch, sequence] below vocabulary`.
  var text: String { "\(name) \(axes.bracketed)" + (below.map { " below \($0.name)" } ?? "") }

  func sizes(at width: Int) throws -> [Int] {
    try axes.map { try $0.dimension.size.value(at: width, of: $0.dimension.name) }
  }
}

/// What of the data goes into an input.
enum InputRole: Sendable {
  case features
  case classes
  /// The class as a vector that is 1 at it and 0 elsewhere.
  case oneHot
  /// The number of the class, standardized.
  case target
  case tokens
  /// What comes after each token.
  case next
  /// What comes after the whole sequence.
  case last(sequence: Int)
  case noise
}

/// How to make a size of a program another: the option of the shell, and the line of a program file.
func remedy(_ axes: [Axis], to sizes: [String]) -> String {
  let names = axes.map(\.dimension.name)
  if Set(names).isSuperset(of: ["rows", "columns"]), let side = sizes.first, Set(sizes.prefix(2)).count == 1 {
    return "give --image \(side) (in a program file: dimension rows = \(side), dimension columns = \(side))"
  }
  let options = zip(names, sizes).map { "--\($0) \($1)" }.joined(separator: " ")
  let lines = zip(names, sizes).map { "dimension \($0) = \($1)" }.joined(separator: ", ")
  return "give \(options) (in a program file: \(lines))"
}
