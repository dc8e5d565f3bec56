/// Makes a program from another one by keeping, leaving out, replacing and inserting instructions, in order.
///
/// What refers to an instruction follows it: operands, loss, gradients, cotangents, updates and segments. An entry whose
/// instruction is left out goes with it.
struct ProgramRewriter {
  private var source: Program
  private var instructions: [Instruction] = []
  private var segments = Segments()
  /// The part that is being written.
  private var part = Segments.Part.forward
  /// What stands for each value of the source.
  private var images: Substitution
  /// Where each instruction of the source itself is now. This differs from `images` for a replaced value: the gradient
  /// of a weight that is met through a multiplier is still that of the weight.
  private var copies: Substitution

  /// With `forwardOnly` the new program has no gradients, no cotangents and no updates.
  init(_ source: Program, forwardOnly: Bool = false) {
    self.source = source
    if forwardOnly { (self.source.gradients, self.source.cotangents, self.source.updates) = ([], [], []) }
    images = Substitution(count: source.instructions.count)
    copies = images
    instructions.reserveCapacity(source.instructions.count)
  }

  /// What stands for a value of the source, nil if it is left out. What is set here is used from now on.
  subscript(id: ValueID) -> ValueID? {
    get { images[id] }
    set { images[id] = newValue }
  }

  /// Appends an instruction of the source. Its operands must not have been left out.
  mutating func keep(_ index: Int) {
    var instruction = source.instructions[index]
    for (k, operand) in instruction.operands.enumerated() {
      guard let image = images[operand] else {
        preconditionFailure("\"\(instruction.name)\" uses \"\(source[operand].name)\", which is left out")
      }
      if image != operand { instruction.operands[k] = image }
    }
    part = source.segments.part(of: index)
    let copy = insert(instruction)
    images[ValueID(index)] = copy
    copies[ValueID(index)] = copy
  }

  /// Appends a new instruction to the part that is being written. Its operands are values of the new program.
  @discardableResult
  mutating func insert(_ instruction: Instruction) -> ValueID {
    instructions.append(instruction)
    segments = segments.adding(1, to: part)
    return ValueID(instructions.count - 1)
  }

  /// The new program.
  func rewritten() -> Program {
    var result = source
    result.instructions = instructions
    result.segments = segments
    result.loss = source.loss.flatMap { images[$0] }
    result.gradients = source.gradients.compactMap { entry in
      pair(entry.weight, entry.value).map { Program.Gradient(weight: $0, value: $1) }
    }
    result.cotangents = source.cotangents.compactMap { entry in
      pair(entry.target, entry.value).map { Program.Cotangent(target: $0, value: $1) }
    }
    result.updates = source.updates.compactMap { entry in
      pair(entry.target, entry.value).map { Program.Update(target: $0, value: $1) }
    }
    return result
  }

  private func pair(_ target: ValueID, _ value: ValueID) -> (ValueID, ValueID)? {
    guard let target = copies[target], let value = images[value] else { return nil }
    return (target, value)
  }
}
