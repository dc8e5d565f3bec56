/// The axes of a program, numbered in the order in which its instructions first have them, and where each instruction
/// stands among them. Every interpretation of a program numbers its axes so.
public struct ProgramAxes: Sendable {
  /// By number.
  public let axes: [Axis]
  /// By instruction.
  public let sites: [Site]
  private let numbers: [Axis: AxisID]

  public init(_ program: Program) {
    var numbers: [Axis: AxisID] = [:]
    var axes: [Axis] = []
    let lists = program.instructions.map { instruction in
      instruction.axes.map { axis in
        if let known = numbers[axis] { return known }
        let new = AxisID(axes.count)
        numbers[axis] = new
        axes.append(axis)
        return new
      }
    }
    sites = program.instructions.indices.map { i in
      Site(index: i, operandAxes: program.instructions[i].operands.map { lists[$0.index] }, resultAxes: lists[i])
    }
    (self.axes, self.numbers) = (axes, numbers)
  }

  /// The number of an axis; nil if no value of the program has it.
  public subscript(axis: Axis) -> AxisID? { numbers[axis] }
}
