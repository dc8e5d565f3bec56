import TensorPrograms

extension Program {
  /// The axis of examples: the first one of the first input.
  ///
  /// Throws: ``LimitError/output(_:)`` if there is no input.
  func exampleAxis() throws(LimitError) -> Axis {
    guard let first = forward.first(where: { instructions[$0].role.isData }), let axis = instructions[first].axes.first
    else { throw .output("program \"\(name)\" has no input") }
    return axis
  }

  /// A value of the forward pass by its name, or the network's output: the last named value that depends on weights and
  /// examples and has no growing axis.
  ///
  /// Throws: ``TensorPrograms/ProgramError/unknownValue(_:)``; ``LimitError/output(_:)`` if there is no such value.
  func limitOutput(named name: String?) throws -> ValueID {
    let example = try exampleAxis()
    if let name {
      guard let found = value(named: name), forward.contains(found.index) else { throw ProgramError.unknownValue(name) }
      guard self[found].axes.contains(example) else {
        throw LimitError.output("\"\(name)\" has no axis \"\(example.name)\"; its limit is taken example by example")
      }
      return found
    }
    var isTrained = [Bool](repeating: false, count: forward.count)
    for i in forward {
      isTrained[i] = instructions[i].role.isWeight || instructions[i].operands.contains { isTrained[$0.index] }
    }
    let found = namedValues.last {
      isTrained[$0.index] && self[$0].axes.contains(example) && self[$0].axes.allSatisfy { $0.growth.isZero }
    }
    guard let found else {
      throw LimitError.output("no named value of \"\(self.name)\" looks like its output; name one")
    }
    return found
  }
}
