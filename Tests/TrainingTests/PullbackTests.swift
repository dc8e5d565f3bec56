import TestSupport
import Testing
import Training

@testable import Gallery
@testable import TensorPrograms

/// A pullback from any value is its Jacobian, row by row, and the gradient of the loss is the one from the number 1.
@Suite struct PullbackTests {
  private let width = 4, cases = 3, outputs = 2

  /// Two layers without a loss; `probe` has the shape of the outputs.
  private func network() throws -> Program {
    try Program("network") { p in
      let x = p.input("x", [Dimension("cases", 3), Dimension("features", 5)])
      let hidden = map(.tanh, Dense("in", to: Dimension("model", growing: .n), bias: true)(x)).named("hidden")
      let outputs = map(.tanh, Dense("out", to: Dimension("outputs", 2))(hidden)).named("outputs")
      _ = p.input("probe", outputs.axes)
    }
  }

  /// Every entry of the Jacobian of the outputs in each weight, and in the input, beside central differences.
  @Test func jacobianIsThatOfCentralDifferences() throws {
    let forward = try network()
    let output = try #require(forward.value(named: "outputs"))
    let x = try #require(forward.value(named: "x"))
    let probe = try #require(forward.value(named: "probe"))
    let weights = forward.weights.map(\.id)
    let program = try forward.pullingBack(output, to: weights + [x]) { $0.value(probe) }
    try ProgramChecker.check(program)
    #expect(program.gradients.map(\.weight) == weights)
    #expect(program.cotangents.contains { $0.target == x })
    let trainer = try Trainer<Double>(standard: program, width: width, rate: 0)
    var batch = try Batch(random: program, width: width)
    func entries(of value: ValueID) throws -> [Double] {
      var result: [Double] = []
      try trainer.compute([value], on: batch) { _, entries in result = Array(entries) }
      return result
    }
    /// The derivative of every output in one entry of what `move` shifts.
    func differences(_ move: (Double) throws -> Void) throws -> [Double] {
      let h = 1e-5
      try move(h)
      let above = try entries(of: output)
      try move(-h)
      let below = try entries(of: output)
      try move(0)
      return zip(above, below).map { ($0 - $1) / (2 * h) }
    }
    /// Rows by output, columns by entry.
    func jacobian(_ value: ValueID) throws -> [[Double]] {
      try (0..<cases * outputs).map { row in
        batch.values["probe"] = (0..<cases * outputs).map { $0 == row ? 1 : 0 }
        return try entries(of: value)
      }
    }
    func compare(_ pulled: [[Double]], _ count: Int, _ what: String, _ move: (Int, Double) throws -> Void) throws {
      #expect(pulled.allSatisfy { $0.count == count } && pulled.joined().contains { abs($0) > 1e-3 }, "\(what)")
      for k in 0..<count {
        for (row, expected) in try differences({ try move(k, $0) }).enumerated() {
          #expect(abs(pulled[row][k] - expected) < 1e-8, "\(what), output \(row), entry \(k)")
        }
      }
    }
    for gradient in program.gradients {
      let name = program[gradient.weight].name
      let start = normal(try trainer.weight(name).count, seed: 3, name).map { $0 / 2 }
      try trainer.setWeight(name, to: start)
    }
    for gradient in program.gradients {
      let name = program[gradient.weight].name
      let start = try trainer.weight(name)
      try compare(jacobian(gradient.value), start.count, name) { k, shift in
        var moved = start
        moved[k] += shift
        try trainer.setWeight(name, to: moved)
      }
    }
    let cotangent = try #require(program.cotangents.first { $0.target == x })
    let start = try #require(batch.values["x"])
    try compare(jacobian(cotangent.value), start.count, "x") { k, shift in
      batch.values["x"] = start
      batch.values["x"]?[k] += shift
    }
  }

  @Test func gradientOfTheLossIsThePullbackOfOne() throws {
    for name in ["gpt", "resnet", "lora"] {
      let forward = try Architecture(named: name).small()
      let trained = forward.weights.filter { !$0.isFrozen }.map(\.id)
      let pulled = try forward.pullingBack(forward.requireLoss(), to: trained) { $0.record(Ones(), [], axes: []) }
      let program = try forward.withGradient()
      #expect(pulled.text == program.text && pulled.cotangents == program.cotangents)
      // From a whole step it is the same: the passes and the step that are there are left out.
      let step = try forward.withStep(.adam())
      let again = try step.pullingBack(forward.requireLoss(), to: trained) { $0.record(Ones(), [], axes: []) }
      #expect(again.text == program.text)
    }
  }

  /// A value from halfway has gradients only in what it is made of; a frozen weight has one if it is asked for.
  @Test func onlyWhatTheValueDependsOn() throws {
    let forward = try network()
    let hidden = try #require(forward.value(named: "hidden"))
    let names = { (program: Program) in program.gradients.map { program[$0.weight].name } }
    let pulled = try forward.pullingBack(hidden, to: forward.weights.map(\.id)) { p in p.value(hidden) }
    #expect(names(pulled) == ["in", "in.bias"])
    let lora = try Architecture(named: "lora").program()
    let frozen = lora.weights.filter(\.isFrozen).map(\.id)
    let all = try lora.pullingBack(lora.requireLoss(), to: frozen) { $0.record(Ones(), [], axes: []) }
    #expect(!frozen.isEmpty && all.gradients.map(\.weight) == frozen)
  }

  @Test func wrongQuestionsAreErrors() throws {
    let program = try network()
    let output = try #require(program.value(named: "outputs"))
    let hidden = try #require(program.value(named: "hidden"))
    #expect(throws: ProgramError.self) { try program.pullingBack(output, to: []) { $0.value(hidden) } }
    #expect(throws: ProgramError.self) {
      try program.pullingBack(ValueID(program.instructions.count), to: []) { $0.value(output) }
    }
    #expect(throws: ProgramError.self) { try program.pullingBack(output, to: [ValueID(-1)]) { $0.value(output) } }
    #expect(throws: ProgramError.self) {
      try program.pullingBack(output, to: []) { $0.value(ValueID(program.instructions.count)) }
    }
  }
}
