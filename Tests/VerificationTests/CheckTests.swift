import Exact
import Gallery
import Platform
import Scaling
import TensorPrograms
import Testing
import Training
import TrainingData
import Verification

@Suite struct CheckTests {
  static func check(
    _ optimizer: Optimizer, widths: [Int] = [32, 64, 128, 256], settings: [String: String] = ["depth": "2"],
    _ edit: (inout Parametrization) throws -> Void = { _ in }
  ) throws -> CoordinateCheck {
    let program = try Architecture.mlp.program(settings)
    var rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    try edit(&rules)
    return CoordinateCheck(
      program: program, optimizer: optimizer, parametrization: rules, base: 64, widths: widths, seeds: [0, 1, 2],
      steps: 3, learningRate: optimizer.name == "Adam" ? 0.01 : 0.1, workers: 1)
  }

  /// Few and small widths: nothing disagrees, and most of it agrees.
  @Test func derivedRulesAreNotRefuted() throws {
    let result = try Self.check(.adam()).run(on: DataKind.named("digits"))
    #expect(result.grid.count(.disagrees) == 0)
    #expect(result.grid.count(.agrees) > result.grid.rows.count / 2)
    #expect(result.grid.values(.value) == ["layers.0.out", "layers.1.out", "readout.out", "readout.out at label"])
    #expect(result.grid.asPromised != .disagrees)
    #expect(result.losses.allSatisfy { $0.allSatisfy { $0.count == 3 && $0[2] < $0[0] } })
  }

  /// A hidden learning rate that does not shrink with width is found out, if the prediction is the derived one.
  @Test func aMutatedRuleIsRefuted() throws {
    let right = try Self.check(.adam())
    var wrong = try Self.check(.adam()) { try $0.set("layers.1.c=0") }
    wrong.predictions = try right.program.predictions(right.parametrization, optimizer: .adam(), steps: 3)
    let grid = try wrong.run(on: DataKind.named("digits")).grid
    #expect(grid.verdict == .disagrees)
    #expect(grid.rows("layers.1.out", .change).contains { $0.verdict == .disagrees })
    #expect(grid.rows("layers.0.out", .change).allSatisfy { $0.verdict != .disagrees })
    #expect(grid.rows("layers.1", .own).first?.verdict == .disagrees)
    #expect(grid.rows("layers.0", .own).allSatisfy { $0.verdict != .disagrees })
  }

  /// The same rules, believed to be right, do not keep what is promised: measurement alone refutes them.
  @Test func aWrongDerivationBreaksItsPromise() throws {
    let right = try Self.check(.adam())
    var wrong = try Self.check(.adam()) { try $0.set("layers.1.c=2") }
    wrong.predictions = try right.program.predictions(right.parametrization, optimizer: .adam(), steps: 3)
    let grid = try wrong.run(on: DataKind.named("digits")).grid
    #expect(grid.promises.contains { $0.value == "layers.1" && $0.promise == .moves && $0.verdict == .disagrees })
    wrong = try Self.check(.adam()) { try $0.set("readout.b=0") }
    let growing = try wrong.run(on: DataKind.named("digits")).grid
    #expect(
      growing.promises.contains { $0.value == "readout.out" && $0.promise == .bounded && $0.verdict == .disagrees })
    #expect(growing.verdict == .disagrees)
  }

  /// Decay and epsilon are trained with as derived; another rule is noticed, and the weight named.
  @Test(arguments: ["adamw", "adamw-independent", "adam-l2"]) func decayAndEpsilonHaveRows(_ name: String) throws {
    var check = try Self.check(Optimizer(named: name), widths: [32, 64, 128, 256])
    let derivation = try check.program.maximalUpdate(optimizer: check.optimizer)
    var rules = try Regularization(check.program, check.optimizer, derivation, decay: 0.1, epsilon: 1e-6)
    check.regularization = rules
    let grid = try check.run(on: DataKind.named("digits")).grid
    for statistic in [Statistic.decay, .epsilon] {
      let rows = grid.rows("layers.1", statistic)
      #expect(rows.count == 1 && rows[0].verdict != .disagrees && abs(rows[0].measured ?? 1) < 0.4, "\(rows)")
    }
    let epsilon = rules.epsilonExponents
    rules.decayExponents["layers.1"] = try #require(rules.decayExponents["layers.1"]) + 1
    check.regularization = rules
    let wrong = try check.run(on: DataKind.named("digits")).grid
    let (before, after) = (grid.rows("layers.1", .decay).first, wrong.rows("layers.1", .decay).first)
    #expect(after?.verdict != .agrees && (after?.measured ?? 0) - (before?.measured ?? 1) > 0.5)
    // A gradient itself is noisy; a weight is not.
    if name != "adam-l2" { #expect(after?.verdict == .disagrees) }
    #expect(wrong.rows("layers.0", .decay).map(\.verdict) != [.disagrees])
    #expect(try rules.set("layers.1.epsilon=1/3") && rules.set("*.decay=1") && !rules.set("layers.1.c=1"))
    #expect(rules.epsilonExponents != epsilon && Set(rules.decayExponents.values) == [1])
    #expect(throws: ProgramError.self) { try rules.set("layers.7.decay=1") }
  }

  /// A weight that starts at zero is moved by the floor of a step that is relative to its size, or by decay what a zero factor
  /// keeps from learning: neither is said to contradict the prediction that gradients do not move it. Without either it is.
  @Test(arguments: ["lamb", "lars", "adafactor"]) func floorsRefuteNothing(_ name: String) throws {
    var check = try Self.check(Optimizer(named: name), settings: ["depth": "2", "biases": "true"])
    let derivation = try check.program.maximalUpdate(optimizer: check.optimizer)
    let grid = try check.run(on: DataKind.named("digits")).grid
    #expect(grid.rows.allSatisfy { $0.predicted != nil || $0.verdict != .disagrees }, "\(grid.count(.disagrees))")
    // One that starts at a size is held to its prediction.
    for k in check.parametrization.weights.indices where check.parametrization.weights[k].name == "layers.1" {
      check.parametrization.weights[k].exponents.c = check.parametrization.weights[k].exponents.c - 1
    }
    check.predictions = try check.program.predictions(derivation.parametrization, optimizer: check.optimizer, steps: 3)
    #expect(try check.run(on: DataKind.named("digits")).grid.verdict == .disagrees)
  }

  @Test func decayRefutesNothing() throws {
    let program = try Architecture.lora.program(["depth": "1"])
    let derivation = try program.maximalUpdate(optimizer: .adamW())
    var check = CoordinateCheck(
      program: program, optimizer: .adamW(), parametrization: derivation.parametrization, derivation: derivation,
      widths: [32, 64, 128, 256], steps: 2, workers: 1)
    check.regularization = try Regularization(program, .adamW(), derivation, decay: 0.1)
    let grid = try check.run(on: DataKind.named("random")).grid
    let told = grid.rows.filter { $0.predicted == nil && $0.reason?.contains("weight decay") == true }
    #expect(!told.isEmpty && grid.count(.disagrees) == 0, "\(grid.rows.filter { $0.verdict == .disagrees })")
    check.regularization = nil
    let without = try check.run(on: DataKind.named("random")).grid
    #expect(without.rows.allSatisfy { $0.predicted != nil || $0.step == 0 || $0.verdict == .agrees })
  }

  @Test func sizesThatFit() throws {
    #expect(CoordinateCheck.usualWidths(try Architecture.mlp.program()) == [64, 128, 256, 512, 1024])
    let heads = try Architecture.gpt.program(["heads": "n/128", "head-size": "128"])
    #expect(CoordinateCheck.usualWidths(heads) == [128, 256, 512, 1024])
  }

  /// Two seeds at two widths tell little; with time for it the check goes on by itself.
  @Test func undecidedGoesOn() throws {
    var check = try Self.check(.sgd, widths: [16, 32, 64])
    check.seeds = [0, 1]
    let data = try DataKind.named("digits")
    let first = try check.run(on: data)
    try #require(first.grid.verdict == .cannotTell)
    #expect(try check.decided(first, on: data, with: .seconds(1e-9)).0.seeds == [0, 1])
    #expect(try check.decided(first, on: data, with: .rounds(0)).0.seeds == [0, 1])
    #expect(try check.decided(first, on: data, with: .rounds(1)).0.seeds == [0, 1, 2, 3])
    let (next, result) = try check.decided(first, on: data, with: .seconds(6 * first.seconds))
    #expect(next.seeds.count > 2 || next.widths.count > 3)
    // Runs are added to those that were made: the same as all at once.
    #expect(try next.run(on: data).grid == result.grid)
    #expect(result.measurements.count > first.measurements.count && next.baseWidth == 64)
  }

  /// The standard parametrization with one Adam rate fails as predicted: changes of hidden layers and logits grow. (By
  /// less than n at these widths, where what comes from the first layer, of size 1, is not small yet.)
  @Test func theStandardParametrizationFailsAsPredicted() throws {
    let right = try Self.check(.adam())
    var standard = right
    standard.parametrization = .standard(right.program)
    standard.learningRate = 0.0005
    let own = try standard.run(on: DataKind.named("digits")).grid
    for name in ["layers.1.out", "readout.out"] {
      let row = try #require(own.rows(name, .change).first { $0.step == 1 })
      #expect(try #require(row.predicted) > 0 && row.grows, "\(row)")
    }
    standard.predictions = try right.program.predictions(right.parametrization, optimizer: .adam(), steps: 3)
    let held = try standard.run(on: DataKind.named("digits")).grid
    #expect(held.verdict == .disagrees)
    for name in ["layers.1.out", "readout.out"] {
      #expect(held.rows(name, .change).contains { $0.verdict == .disagrees }, "\(name)")
    }
  }

  /// A readout's learning rate that does not shrink hides in the values behind what comes from below; its weights
  /// show it.
  @Test func weightsShowWhatValuesHide() throws {
    let right = try Self.check(.adam())
    var wrong = try Self.check(.adam()) { try $0.set("readout.c=1/2") }
    wrong.predictions = try right.program.predictions(right.parametrization, optimizer: .adam(), steps: 3)
    let grid = try wrong.run(on: DataKind.named("digits")).grid
    #expect(grid.rows("readout", .change).allSatisfy { $0.verdict == .disagrees && $0.kind == .weight })
    #expect(grid.rows("layers.0", .change).allSatisfy { $0.verdict == .agrees })
    wrong.measuresWeights = false
    #expect(try wrong.run(on: DataKind.named("digits")).grid.values(.weight).isEmpty)
  }

  @Test func numbersDoNotDependOnWorkersAndProgressGoesToOne() throws {
    var check = try Self.check(.sgd, widths: [16, 32])
    let told = Locked<[Double]>([])
    let alone = try check.run(on: DataKind.named("digits")) { fraction, left in
      told.withLock { $0.append(fraction) }
      #expect(left >= 0)
    }
    check.workers = 2
    #expect(try check.run(on: DataKind.named("digits")).measurements == alone.measurements)
    #expect(told.withLock { $0.last } == 1)
    let fractions = told.withLock { $0 }
    #expect(fractions == fractions.sorted())
  }

  /// Checks made together give what each gives alone, though they share trainers.
  @Test func checksTogetherAreChecksAlone() throws {
    var checks: [CoordinateCheck] = []
    for optimizer in [Optimizer.sgd, .adam()] {
      let derived = try Self.check(optimizer, widths: [16, 32, 48])
      var standard = derived
      standard.parametrization = .standard(derived.program)
      (standard.seeds, standard.widths, standard.measuresWeights) = ([5, 0], [48, 16], false)
      checks += [derived, standard]
    }
    let together = try CoordinateCheck.run(checks, on: DataKind.named("digits"))
    #expect(together.count == 4)
    for (check, result) in zip(checks, together) {
      let alone = try check.run(on: DataKind.named("digits"))
      #expect(result.measurements == alone.measurements && result.losses == alone.losses)
    }
    #expect(together[0].measurements != together[1].measurements)
    for i in checks.indices { checks[i].workers = 3 }
    let beside = try CoordinateCheck.run(checks, on: DataKind.named("digits"))
    #expect(beside.map(\.measurements) == together.map(\.measurements))
    #expect(beside[0].grid.rows == together[0].grid.rows)
    #expect(try CoordinateCheck.run([], on: DataKind.named("digits")).isEmpty)
  }

  /// The learning rate of 1e30 ends in infinities: a finding, not an error.
  @Test func divergenceIsAFinding() throws {
    var check = try Self.check(.sgd, widths: [16, 32])
    check.program = try Architecture.mlp.program(["depth": "2", "relu": "true"])
    check.learningRate = 1e30
    let grid = try check.run(on: DataKind.named("digits")).grid
    #expect(grid.divergences.count == 6 && grid.divergences.allSatisfy { $0.step > 0 })
    #expect(grid.rows("readout.out", .size).first?.step == 0)
    #expect(grid.rows("readout.out", .size).last?.reason == "every run diverged")
    #expect(grid.verdict == .cannotTell)
  }

  @Test func freshBatchesAreMeasuredOnTheFirst() throws {
    var check = try Self.check(.sgd, widths: [16, 32])
    let fixed = try check.run(on: DataKind.named("digits"))
    check.sampling = .fresh
    let fresh = try check.run(on: DataKind.named("digits"))
    #expect(fresh.grid.rows != fixed.grid.rows)
  }

  @Test func whatIsAskedIsChecked() throws {
    let check = try Self.check(.sgd)
    func error(_ edit: (inout CoordinateCheck) -> Void) throws -> String {
      var copy = check
      edit(&copy)
      let data = try DataKind.named("digits")
      return "\(try #require(#expect(throws: (any Error).self) { try copy.run(on: data) }))"
    }
    #expect(try error { $0.widths = [64] }.contains("at least two different widths"))
    #expect(try error { $0.seeds = [] }.contains("at least one seed"))
    #expect(try error { $0.learningRate = .nan }.contains("finite number"))
    #expect(try error { $0.steps = -1 }.contains("0 to 10000"))
  }
}
