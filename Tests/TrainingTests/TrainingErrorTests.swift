import Gallery
import TensorPrograms
import TestSupport
import Testing

@testable import Training

@Suite struct TrainingErrorTests {
  @Test func divergenceNamesTheFirstValue() throws {
    let program = try Architecture.mlp.program(["batch": "4", "features": "3", "depth": "2", "relu": "true"])
      .withStep(.sgd)
    let batch = try Batch(random: program, width: 8)
    let trainer = try Trainer<Float>(standard: program, width: 8, rate: 1e30, seed: 9)
    let error = #expect(throws: TrainingError.self) { for _ in 0..<20 { _ = try trainer.step(batch) } }
    guard case .diverged(let step, let value, 8, 9) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(step == trainer.steps && step > 0)
    #expect(program.value(named: value) != nil)
    // What comes before it is finite.
    let trouble = try Trainer<Float>(standard: program, width: 8)
    try trouble.setWeight("layers.1", to: [Double](repeating: 3e38, count: 64))
    #expect(throws: TrainingError.diverged(step: 0, value: "layers.1.out", width: 8, seed: 1)) {
      try trouble.step(batch)
    }
    #expect(throws: TrainingError.diverged(step: 0, value: "layers.1.out", width: 8, seed: 1)) {
      try trouble.evaluate(batch)
    }
    var broken = batch
    broken.values["features"]?[5] = .nan
    #expect(throws: TrainingError.diverged(step: 0, value: "features", width: 8, seed: 1)) {
      try Trainer<Float>(standard: program, width: 8).step(broken)
    }
  }

  @Test func dataThatDoesNotFit() throws {
    let program = try Architecture.gpt.small().withStep(.sgd)
    let trainer = try Trainer<Float>(standard: program)
    let batch = try Batch(random: program, width: 16)
    var other = batch
    other.indices["tokens"] = nil
    #expect(
      throws: TrainingError.missingInput("tokens", shape: "[batch, sequence] = 4 x 8", given: ["\"next\""])
    ) { try trainer.step(other) }
    other = batch
    other.indices["tokens"]?.removeLast()
    #expect(
      throws: TrainingError.wrongCount(
        input: "tokens", shape: "[batch, sequence] = 4 x 8", expected: 32, given: 31)
    ) { try trainer.step(other) }
    for wrong in [Int32(16), -1] {
      other = batch
      other.indices["tokens"]?[10] = wrong
      #expect(
        throws: TrainingError.indexOutOfRange(
          input: "tokens", index: Int(wrong), position: ["batch 1", "sequence 2"], below: "vocabulary", size: 16)
      ) { try trainer.step(other) }
    }
    // The run goes on.
    #expect(trainer.steps == 0)
    _ = try trainer.step(batch)
  }

  @Test func namesAndNumbersThatDoNotFit() throws {
    let program = try line(.sgd)
    let numbers = try Hyperparameters(standard: program, width: 2, learningRate: 0.1)
    func make(_ change: (inout Hyperparameters) -> Void) throws -> Trainer<Double> {
      var changed = numbers
      change(&changed)
      return try Trainer(program, width: 2, numbers: changed, seed: 1)
    }
    let names = ["slope", "slope.bias"]
    #expect(throws: TrainingError.unknownName("slop", kind: "weight", known: names)) {
      _ = try make { $0.learningRate["slop"] = 1 }
    }
    #expect(throws: TrainingError.missingNumber("slope", kind: "learning rate")) {
      _ = try make { $0.learningRate["slope"] = nil }
    }
    #expect(throws: TrainingError.missingNumber("slope", kind: "initial size")) {
      _ = try make { $0.initial["slope"] = nil }
    }
    #expect(throws: TrainingError.unusableNumber("slope", kind: "initial size", value: -1)) {
      _ = try make { $0.initial["slope"] = -1 }
    }
    let trainer = try make { _ in }
    #expect(throws: TrainingError.unknownName("x", kind: "weight", known: names)) { try trainer.weight("x") }
    #expect(
      throws: TrainingError.wrongCount(input: "slope", shape: "[outputs, features] = 2 x 2", expected: 4, given: 1)
    ) { try trainer.setWeight("slope", to: [1]) }
    let tokens = try Architecture.gpt.small()
    let id = try #require(tokens.value(named: "tokens"))
    #expect(throws: TrainingError.notObservable("tokens")) {
      try Trainer<Float>(standard: tokens).compute([id], on: Batch()) { _, _ in }
    }
  }

  @Test func indicesAreNotNumbers() throws {
    let program = try Program("sum of labels") { p in
      let labels = p.labels("label", [Dimension("a", 2)], below: Dimension("b", 3))
      p.minimize(mean(labels + labels))
    }
    let error = #expect(throws: TrainingError.self) { _ = try Trainer<Float>(standard: program) }
    #expect("\(error.map { "\($0)" } ?? "")".contains("\"label\" is indices"))
  }

  @Test func memoryIsPredicted() throws {
    let program = try Architecture.mlp.program().withStep(.adam())
    #expect(throws: TrainingError.self) { _ = try Trainer<Float>(standard: program, width: 1 << 22) }
    #expect(throws: TrainingError.self) { _ = try Trainer<Float>(standard: program, width: 1 << 30) }
    let plan = try Trainer<Float>(standard: program, width: 64).plan
    try plan.checkMemory(scalar: 4, available: plan.bytes)
    #expect(
      throws: TrainingError.memory(
        program: "mlp", width: 64, needed: 2 * plan.bytes, available: plan.bytes,
        largest: "\"features\" [batch, features] = 64 x 64")
    ) { try plan.checkMemory(scalar: 8, available: plan.bytes) }
    #expect(throws: ProgramError.self) { _ = try Trainer<Float>(standard: program, width: 0) }
  }
}
