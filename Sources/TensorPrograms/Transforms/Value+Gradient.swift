extension Value {
  /// The gradient of the sum of this value's entries in another value, recorded as a part of the forward pass: what a
  /// gradient penalty is made of (1704.00028). Its axes are the target's.
  ///
  ///     let penalty = mean(map(.square, score.gradient(in: image)))
  ///
  /// Fails the recording if this value does not depend on the target, or an operation between them has no derivative.
  public func gradient(in target: Value) -> Value {
    guard let id = recorder.id(of: self), let targetID = recorder.id(of: target) else { return Value(recorder, nil) }
    do {
      // Pullbacks write the cotangent of every operand: what is wanted is recorded from a draft.
      let (known, draft) = (recorder.program, Recorder(recorder.program))
      let seed = expand(draft.one(), to: axes)
      let found = try known.carryBack(seed, from: id, to: [targetID], draft)
      if let error = draft.firstError { throw error }
      if let gradient = found[targetID]?.id {
        var images = Substitution(count: draft.program.instructions.count)
        let needed = draft.program.isNeeded(for: [gradient])
        for i in known.instructions.indices { images[ValueID(i)] = ValueID(i) }
        for i in known.instructions.count..<draft.program.instructions.count where needed[i] {
          let instruction = draft.program.instructions[i]
          let operands = instruction.operands.map { Value(recorder, images[$0]) }
          images[ValueID(i)] = recorder.record(instruction.primitive, operands, axes: instruction.axes).id
        }
        return Value(recorder, images[gradient])
      }
      recorder.fail(
        .syntax(
          "\"\(recorder.program[id].name)\" does not depend on \"\(recorder.program[targetID].name)\", so it has no "
            + "gradient in it"))
    } catch let error as ProgramError {
      recorder.fail(error)
    } catch {
      recorder.fail(.syntax("\(error)"))
    }
    return Value(recorder, nil)
  }
}
