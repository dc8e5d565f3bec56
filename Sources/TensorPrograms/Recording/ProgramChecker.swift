/// What holds of every program between two transforms, whoever wrote it.
package enum ProgramChecker {
  package enum Rule: String, Sendable, CaseIterable {
    /// An operand is made before it is used.
    case operands
    /// The axes are those that the primitive gives for its operands.
    case axes
    /// No two instructions have the same name.
    case names
    /// Forward pass, backward pass and step are all instructions.
    case segments
    /// The loss is a scalar of the forward pass.
    case loss
    /// Each is of a weight of its own, and has its axes.
    case gradients
    /// Each is of a weight or a state of its own, and has its axes.
    case updates
    /// Each is of a value of the forward pass, and has its axes.
    case cotangents
  }

  /// A rule that a program breaks, and where.
  package struct Violation: Error, Sendable, Hashable, CustomStringConvertible {
    package let rule: Rule
    /// The instruction's name.
    package let place: String
    package let reason: String
    package var description: String { "\(rule.rawValue): \"\(place)\": \(reason)" }
  }

  /// Throws the first ``Violation``. Takes time in proportion to the program's length.
  package static func check(_ program: Program) throws(Violation) {
    try checkInstructions(program)
    try require(program.segments.all == program.instructions.indices, .segments, program.name) {
      "\(program.segments.all) of \(program.instructions.count) instructions"
    }
    if let loss = program.loss {
      try require(program.forward.contains(loss.index), .loss, program.name) { "it is not in the forward pass" }
      try require(program[loss].axes.isEmpty, .loss, program[loss].name) { "has axes \(program[loss].axes.bracketed)" }
    }
    try checkPairs(program.gradients.map { ($0.weight, $0.value) }, .gradients, program) {
      program[$0].role.isWeight
    }
    try checkPairs(program.updates.map { ($0.target, $0.value) }, .updates, program) {
      program[$0].role.isKept
    }
    try checkPairs(program.cotangents.map { ($0.target, $0.value) }, .cotangents, program) {
      program.forward.contains($0.index)
    }
  }

  private static func checkInstructions(_ program: Program) throws(Violation) {
    var names: Set<String> = []
    for (i, instruction) in program.instructions.enumerated() {
      let name = instruction.name
      try require(names.insert(name).inserted, .names, name) { "an earlier instruction has this name" }
      try require(instruction.operands.allSatisfy { (0..<i).contains($0.index) }, .operands, name) {
        "uses what is not made before it"
      }
      let axes: [Axis]
      do {
        axes = try instruction.primitive.resultAxes(program.operandAxes(instruction), declared: instruction.axes)
      } catch {
        throw Violation(rule: .axes, place: name, reason: "the operands of \(instruction.primitive.word) do not fit")
      }
      try require(axes == instruction.axes, .axes, name) {
        "has axes \(instruction.axes.bracketed), not \(axes.bracketed)"
      }
    }
  }

  /// Entries of a side table: what they are of, each only once, and a value of the same axes.
  private static func checkPairs(
    _ pairs: [(target: ValueID, value: ValueID)], _ rule: Rule, _ program: Program, isTarget: (ValueID) -> Bool
  ) throws(Violation) {
    var targets: Set<ValueID> = []
    for (target, value) in pairs {
      for id in [target, value] {
        try require(program.instructions.indices.contains(id.index), rule, program.name) { "there is no \(id.index)" }
      }
      let name = program[target].name
      try require(isTarget(target), rule, name) { "is none that there can be one of" }
      try require(targets.insert(target).inserted, rule, name) { "is given twice" }
      try require(program[target].axes == program[value].axes, rule, name) {
        "has axes \(program[target].axes.bracketed), but \"\(program[value].name)\" has "
          + program[value].axes.bracketed
      }
    }
  }

  private static func require(_ holds: Bool, _ rule: Rule, _ place: String, _ reason: () -> String) throws(Violation) {
    if !holds { throw Violation(rule: rule, place: place, reason: reason()) }
  }
}

extension Program {
  /// The program itself. A debug build stops here if a transform has broken it; a release build does not look.
  func checked(_ transform: StaticString = #function) -> Program {
    assert(isWellFormed(after: transform))
    return self
  }

  private func isWellFormed(after transform: StaticString) -> Bool {
    do {
      try ProgramChecker.check(self)
      return true
    } catch {
      preconditionFailure("\(transform) of program \"\(name)\": \(error)")
    }
  }
}
