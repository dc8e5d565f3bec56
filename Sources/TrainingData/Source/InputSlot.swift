public import TensorPrograms

/// An input of a program that a batch must fill.
public struct InputSlot: Sendable {
  public let value: ValueID
  public let name: String
  public let axes: [Axis]
  /// The dimension that bounds whole numbers; nil for real numbers.
  public let below: Dimension?

  /// In recorded order.
  static func all(_ program: Program) -> [InputSlot] {
    program.forward.compactMap { i in
      let instruction = program.instructions[i]
      guard instruction.role.isData else { return nil }
      return InputSlot(
        value: ValueID(i), name: instruction.name, axes: instruction.axes, below: instruction.role.below)
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

  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if there is none at this width.
  public func sizes(at width: Int) throws -> [Int] {
    try axes.map { try $0.dimension.size.value(at: width, of: $0.dimension.name) }
  }

  /// The size of ``below``; 0 for real numbers. Throws as ``sizes(at:)`` does.
  public func bound(at width: Int) throws -> Int { try below.map { try $0.size.value(at: width, of: $0.name) } ?? 0 }
}

/// The inputs of a program at a width, to be filled with data.
public struct ProgramInputs: Sendable {
  /// The name of the program.
  public let program: String
  /// In recorded order.
  public let slots: [InputSlot]
  public let width: Int

  init(_ program: Program, width: Int) {
    (self.program, slots, self.width) = (program.name, InputSlot.all(program), width)
  }

  /// The error that the data cannot fill inputs of this kind.
  func refused(by data: String, _ remedy: String) -> DataError {
    .inputs(
      program: program, inputs: slots.isEmpty ? "no input" : slots.map(\.text).joined(separator: " and "),
      data: "\"\(data)\"", remedy: remedy)
  }

  /// Throws: ``DataError/mismatch(data:have:program:wants:remedy:)`` if a dimension has another size than the data;
  /// unless `exactly`, a larger one is accepted.
  func check(_ have: Int, _ what: String, of data: String, _ dimension: Dimension, exactly: Bool) throws {
    let size = try dimension.size.value(at: width, of: dimension.name)
    guard exactly ? have == size : have <= size else {
      throw DataError.mismatch(
        data: data, have: "\(have) \(what)", program: program, wants: "\(size) (dimension \(dimension.name))",
        remedy: remedy([Axis(dimension)], to: ["\(have)"]))
    }
  }
}

/// How to change a size of a program: the option on the command line, and the line of a program file.
func remedy(_ axes: [Axis], to sizes: [String]) -> String {
  let names = axes.map(\.dimension.name)
  if Set(names).isSuperset(of: ["rows", "columns"]), let side = sizes.first, Set(sizes.prefix(2)).count == 1 {
    return "give --image \(side) (in a program file: dimension rows = \(side), dimension columns = \(side))"
  }
  let options = zip(names, sizes).map { "--\($0) \($1)" }.joined(separator: " ")
  let lines = zip(names, sizes).map { "dimension \($0) = \($1)" }.joined(separator: ", ")
  return "give \(options) (in a program file: \(lines))"
}
