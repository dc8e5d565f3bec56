/// What stands for the values of a program: in another program that was made from it, or further on in the same one.
struct Substitution: Sendable {
  private var images: [ValueID?]

  /// Nothing stands for any of the first `count` values yet.
  init(count: Int) { images = Array(repeating: nil, count: count) }

  /// What stands for a value, nil if nothing does.
  subscript(id: ValueID) -> ValueID? {
    get { images[id.index] }
    set { images[id.index] = newValue }
  }
}

extension Recorder {
  /// Records again, in order, those of the instructions that use a value for which another one stands, and lets the new
  /// ones stand for them.
  func recordAgain(_ instructions: some Sequence<Int>, under substitution: inout Substitution) {
    for i in instructions where substitution[ValueID(i)] == nil {
      let instruction = program.instructions[i]
      guard instruction.operands.contains(where: { substitution[$0] != nil }) else { continue }
      let operands = instruction.operands.map { Value(self, substitution[$0] ?? $0) }
      substitution[ValueID(i)] = record(instruction.primitive, operands, axes: instruction.axes).id
    }
  }
}

extension Program {
  /// Whether each instruction is one of these values or is used, directly or not, by one of them.
  func isNeeded(for values: [ValueID]) -> [Bool] {
    var needed = [Bool](repeating: false, count: instructions.count)
    for value in values { needed[value.index] = true }
    for i in needed.indices.reversed() where needed[i] {
      for operand in instructions[i].operands { needed[operand.index] = true }
    }
    return needed
  }
}
