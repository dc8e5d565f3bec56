import Gallery
import Platform
import TensorPrograms
import Tensors
import TestSupport
import Testing
import Training

@Suite struct TrainerTests {
  @Test(arguments: Architecture.all, [Optimizer.sgd, .adam()])
  func lossFalls(_ architecture: Architecture, _ optimizer: Optimizer) throws {
    let program = try architecture.small().withStep(optimizer)
    let batch = try Batch(random: program, width: 16)
    // Networks differ in the rate that they bear.
    var runs: [(Double, Double)] = []
    for rate in optimizer.name == "SGD" ? [0.05, 0.5] : [3e-3, 3e-2] {
      let trainer = try Trainer<Float>(standard: program, rate: rate)
      let losses = try (0..<30).map { _ in try trainer.step(batch) }
      #expect(trainer.steps == 30)
      runs.append((losses[0], losses[29]))
      if losses[29] < 0.8 * losses[0] { return }
    }
    Issue.record("\(runs)")
  }

  @Test(arguments: Architecture.all)
  func repeatsInTheSameBits(_ architecture: Architecture) throws {
    let program = try architecture.small().withStep(.adam())
    let batch = try Batch(random: program, width: 16)
    let first = try Trainer<Float>(standard: program)
    let alone = try first.weights(after: 4, on: batch)
    let again = try Trainer<Float>(standard: program).weights(after: 4, on: batch)
    #expect(alone == again)
    try first.restart(seed: 1)
    #expect(try first.weights(after: 4, on: batch) == alone)
    var numbers = first.numbers
    numbers.learningRate = numbers.learningRate.mapValues { _ in 0 }
    try first.restart(seed: 1, numbers: numbers)
    let still = try first.weights(after: 2, on: batch)
    try first.restart(seed: 1)
    #expect(try first.weights(after: 0, on: batch) == still && still != alone)
    let beside = try ParallelJobs.run([1, 3, 1], workers: 3) { seed in
      try Trainer<Float>(standard: program, seed: seed).weights(after: 4, on: batch)
    }
    #expect(beside[0] == alone && beside[2] == alone && beside[1] != alone)
  }

  @Test(arguments: Architecture.all)
  func precisionsAndThreadsAgree(_ architecture: Architecture) throws {
    let program = try architecture.small().withStep(.sgd)
    let batch = try Batch(random: program, width: 16)
    let double = try Trainer<Double>(standard: program, rate: 0.05).weights(after: 3, on: batch)
    let float = try Trainer<Float>(standard: program, rate: 0.05).weights(after: 3, on: batch)
    let split = try Trainer<Double>(standard: program, rate: 0.05, threads: 2).weights(after: 3, on: batch)
    #expect(relativeDifference(double, float) < 1e-4)
    #expect(relativeDifference(double, split) < 1e-12)
  }

  @Test func initialWeightsDependOnSeedAndNameOnly() throws {
    let n = Dimension("n", growing: .n)
    let a = Dimension("a", 3)
    func weights(_ order: [String]) throws -> Program {
      try Program("order") { p in
        let all = order.map { p.weight($0, [Axis(a), Axis(n)], .gaussian(Monomial(1, [(n, -1)]))) }
        p.minimize(mean(all[0] * all[1]))
      }
    }
    let one = try Trainer<Double>(standard: weights(["first", "second"]), width: 8, seed: 5)
    let other = try Trainer<Double>(standard: weights(["second", "first"]), width: 8, seed: 5)
    let float = try Trainer<Float>(standard: weights(["first", "second"]), width: 8, seed: 5, threads: 2)
    for name in ["first", "second"] {
      #expect(try one.weight(name) == other.weight(name))
      #expect(try one.weight(name).map { Double(Float($0)) } == float.weight(name))
      #expect(try one.weight(name) == normal(24, seed: 5, name).map { $0 * 0.125 })
    }
    #expect(try one.weight("first") != one.weight("second"))
  }

  @Test func numbersAreUsed() throws {
    let program = try Architecture.gpt.small().withStep(.adamWIndependent())
    var numbers = try Hyperparameters(standard: program, width: 16, learningRate: 1e-2)
    #expect(numbers.multiplier["blocks.0.attention.scale"] == 0.5)
    numbers.learningRate["readout"] = 0
    numbers.initial["norm.gain"] = 0.5
    numbers.decay["embedding.token"] = 1
    numbers.learningRate["embedding.token"] = 0
    let batch = try Batch(random: program, width: 16)
    let trainer = try Trainer<Float>(program, width: 16, numbers: numbers, seed: 1)
    let readout = try trainer.weight("readout")
    #expect(try trainer.weight("norm.gain") == Array(repeating: 0.5, count: 16))
    _ = try trainer.step(batch)
    #expect(try trainer.weight("readout") == readout)
    #expect(try trainer.weight("embedding.token").allSatisfy { $0 == 0 })
    // The attention scale matters; a factor of 0 on the rates stops everything.
    let loss = try trainer.evaluate(batch)
    numbers.multiplier["blocks.0.attention.scale"] = 4
    let other = try Trainer<Float>(program, width: 16, numbers: numbers, seed: 1)
    #expect(try other.evaluate(batch) != loss)
    other.rateFactor = 0
    let before = try other.weights(after: 0, on: batch)
    #expect(try other.weights(after: 2, on: batch) == before)
  }

  @Test func observesValuesBeforeTheirMemoryIsUsedAgain() throws {
    let program = try Architecture.gpt.small().withStep(.adam())
    let batch = try Batch(random: program, width: 16)
    let named = program.namedValues + program.weights.map(\.id) + program.gradients.map(\.value)
    // Alone, in an evaluation.
    let trainer = try Trainer<Double>(standard: program)
    var expected: [ValueID: [Double]] = [:]
    for value in named { try trainer.compute([value], on: batch) { expected[$0] = Array($1) } }
    #expect(Set(expected.keys) == Set(named))
    // All together, in a step.
    var seen: [ValueID: [Double]] = [:]
    let loss = try trainer.step(batch, observing: named) { seen[$0] = Array($1) }
    for value in named {
      let difference = relativeDifference([seen[value] ?? []], [expected[value] ?? [1]])
      #expect(difference < 1e-12, "\(program[value].name): \(difference)")
    }
    #expect(seen[try program.requireLoss()] == [loss])
    // A step that is watched does what one does that is not.
    let unwatched = try Trainer<Double>(standard: program).weights(after: 1, on: batch)
    #expect(relativeDifference(try trainer.weights(after: 0, on: batch), unwatched) < 1e-12)
  }

  @Test func evaluatesForwardPrograms() throws {
    let trainer = try Trainer<Double>(standard: line(nil), width: 1)
    try trainer.setWeight("slope", to: [2, 3])
    let batch = Batch(values: ["x": [1, 0, 0, 1, 1, 1], "y": [1, 3, 5]])
    #expect(try trainer.evaluate(batch) == 0.5 * 1 / 3)
    #expect(throws: TrainingError.noStep(program: "line")) { try trainer.step(batch) }
    let program = try Program("no loss") { p in _ = map(.square, p.input("x", [Dimension("a", 2)])).named("y") }
    let other = try Trainer<Float>(program, width: 1, numbers: Hyperparameters(), seed: 1)
    #expect(throws: ProgramError.noLoss(program: "no loss")) { try other.evaluate(Batch(values: ["x": [1, 2]])) }
    var squares: [Float] = []
    try other.compute(program.namedValues, on: Batch(values: ["x": [1, 2]])) { squares = Array($1) }
    #expect(squares == [1, 4])
  }
}
