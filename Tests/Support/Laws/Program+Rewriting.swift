package import TensorPrograms

/// An instruction of a program that is being recorded again.
package struct Place {
  package let index: Int
  package let instruction: Instruction
  /// What stands for its operands in the new program.
  package let operands: [Value]
  /// What stands for each earlier instruction.
  package let images: [Int: Value]
  package let recorder: Recorder

  package var axes: [Axis] { instruction.axes }
  /// The name that the user gave it, nil if none.
  package var name: String? { instruction.isNamed ? instruction.name : nil }

  /// The instruction as it is; other operands or another name if these are given.
  package func same(_ operands: [Value]? = nil, named name: String? = nil) -> Value {
    recorder.record(instruction.primitive, operands ?? self.operands, axes: axes, name: name ?? self.name)
  }

  /// Another instruction in its place, with its axes and its name.
  package func instead(_ primitive: any Primitive, _ operands: [Value]) -> Value {
    recorder.record(primitive, operands, axes: axes, name: name)
  }
}

extension Program {
  /// The forward pass recorded again, instruction by instruction. What `replace` gives stands for an instruction from then
  /// on; where it gives nil, the instruction is recorded as it is.
  ///
  /// - `order`: that of the new recording, if another: what an instruction needs comes before it.
  /// - `skipping`: instructions that are left out, since nothing needs them any more.
  ///
  /// Throws: the first ``ProgramError`` of the new recording.
  package func rewritten(
    order: [Int]? = nil, skipping: Set<Int> = [], _ replace: (Place) throws -> Value? = { _ in nil }
  ) throws -> Program {
    try Program(name) { p in
      let images = try record(into: p, order: order, skipping: skipping, replace)
      if let loss, let image = images[loss.index] { p.minimize(image) }
    }
  }

  /// Records the forward pass into another program, as ``rewritten(order:skipping:_:)``, and gives what stands for each
  /// instruction; the loss is not minimized.
  @discardableResult
  package func record(
    into p: Recorder, order: [Int]? = nil, skipping: Set<Int> = [], _ replace: (Place) throws -> Value? = { _ in nil }
  ) throws -> [Int: Value] {
    var images: [Int: Value] = [:]
    for i in order ?? Array(forward) where !skipping.contains(i) {
      let instruction = instructions[i]
      let operands = try instruction.operands.map { id in
        guard let image = images[id.index] else {
          throw ProgramError.unknownValue("\(self[id].name), which \"\(instruction.name)\" uses")
        }
        return image
      }
      let place = Place(index: i, instruction: instruction, operands: operands, images: images, recorder: p)
      images[i] = try replace(place) ?? place.same()
    }
    return images
  }

  /// The instructions that the loss does not need.
  private var unused: Set<Int> {
    guard let loss else { return [] }
    var needed: Set<Int> = [loss.index]
    for i in forward.reversed() where needed.contains(i) {
      needed.formUnion(instructions[i].operands.map(\.index))
    }
    return Set(forward).subtracting(needed)
  }

  /// Whether the loss needs every instruction.
  package var isAllUsed: Bool { unused.isEmpty }

  /// The program without what its loss does not need.
  package func withoutUnused() throws -> Program {
    let unused = self.unused
    return unused.isEmpty ? self : try rewritten(skipping: unused)
  }

  /// How often each value of the forward pass is used as an operand; the loss once more.
  package var uses: [Int] {
    var count = [Int](repeating: 0, count: forward.count)
    for i in forward { for operand in instructions[i].operands { count[operand.index] += 1 } }
    if let loss { count[loss.index] += 1 }
    return count
  }

  /// Which values of the forward pass no data enter.
  package var madeOfWeights: [Bool] {
    var result: [Bool] = []
    for i in forward {
      let instruction = instructions[i]
      result.append(
        instruction.operands.isEmpty
          ? instruction.role.isWeight || instruction.role.isOne : instruction.operands.allSatisfy { result[$0.index] })
    }
    return result
  }

  /// A dimension that grows, to make powers of the width of; nil if none does.
  package var growingDimension: Dimension? { dimensions.first { !$0.growth.isZero } }

  /// The first index of a dimension that none of these axes has.
  package static func freshAxis(_ dimension: Dimension, besides axes: some Sequence<Axis>) -> Axis {
    var fresh = Axis(dimension)
    while axes.contains(fresh) { fresh.primes += 1 }
    return fresh
  }
}
