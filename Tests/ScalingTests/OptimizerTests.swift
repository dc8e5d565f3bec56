import Exact
import Testing

@testable import Gallery
@testable import Scaling
@testable import TensorPrograms

extension Optimizer: CustomTestStringConvertible {
  public var testDescription: String { name }
}

@Suite struct OptimizerTests {
  /// The exponents of the rates of input, hidden and readout weights, without multipliers, as worked out by hand.
  private static let rates: [(words: [String], rates: [Rational])] = [
    // Table 3 of Tensor Programs V (2203.03466).
    (["sgd", "momentum", "nesterov"], [1, 0, -1]),
    (
      [
        "adam", "adamw", "adamw-independent", "adam-l2", "adam-clipped", "stableadamw", "adam-atan2", "adamax", "nadam",
        "adagrad", "rmsprop", "lion", "signsgd", "adafactor-unscaled",
      ], [0, -1, -1]
    ),
    // The wanted update over the size of the weight's entries: (1, 1/n, 1/n) over (1, n^(-1/2), 1/n).
    (["lars", "lamb", "adafactor"], [0, Rational(-1, 2), 0]),
    // The norm of all gradients is that of the readout's, n^(1/2), and the step is divided by it.
    (["sgd-clipped"], [Rational(3, 2), Rational(1, 2), Rational(-1, 2)]),
    (["sam"], [1, 0, -1]),
  ]

  /// Those whose rates by hand are elsewhere: of matrices in ``MatrixOptimizerTests``.
  private static let elsewhere = [
    "muon", "muon-spectral", "muon-spectral-ratio", "muon-moonlight", "muon+adamw", "shampoo", "shampoo-half", "soap",
    "k-fac",
  ]
  private static let workedOut = Optimizer.all.filter { !elsewhere.contains($0.word) }

  @Test func everyOptimizerIsWorkedOutSomewhere() {
    #expect(Set(Self.elsewhere) == Set(MatrixOptimizerTests.all.map(\.word)))
    #expect(Self.workedOut.count + Self.elsewhere.count == Optimizer.all.count)
  }

  @Test(arguments: workedOut) func multilayerPerceptron(_ optimizer: Optimizer) throws {
    let expected = try #require(OptimizerTests.rates.first { $0.words.contains(optimizer.word) }?.rates)
    let rules = try Architecture.mlp.program(["depth": "2"]).maximalUpdate(optimizer: optimizer)
    #expect(["layers.0", "layers.1", "readout"].map { rules[$0]?.rate } == expected)
    #expect(rules.parametrization.weights.map(\.exponents.b) == [0, .half, 1])
  }

  /// Clipping from outside is derived as that of an optimizer that does it itself.
  @Test func clipped() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    for (outside, own) in [(Optimizer.sgd, Optimizer.sgdClipped()), (.adam(), .adamClipped())] {
      let rules = try program.maximalUpdate(optimizer: outside.clipped(at: 0.1)).parametrization
      let expected = try program.maximalUpdate(optimizer: own).parametrization
      #expect(rules.weights.map(\.exponents) == expected.weights.map(\.exponents))
    }
  }

  /// Each weight's perturbation is as large as its updates (2411.00075): (1, 1/n, 1/n) over the gradient (1/n, 1/n, 1)
  /// times the radius over the norm n^(1/2).
  @Test func radii() throws {
    let rules = try Architecture.mlp.program(["depth": "2"]).maximalUpdate(optimizer: .sam())
    #expect(["layers.0", "layers.1", "readout"].map { rules[$0]?.radius } == [Rational(3, 2), .half, Rational(-1, 2)])
  }

  /// What Adam makes of an embedding, a gain or a hidden matrix any scale-free step makes of it.
  @Test(arguments: Optimizer.all) func derivesForEveryKindOfNetwork(_ optimizer: Optimizer) throws {
    let adams = try #require(OptimizerTests.rates.dropFirst().first?.words)
    for (architecture, options) in [(Architecture.gpt, ["depth": "1"]), (.resnet, ["depth": "1"])] {
      let program = try architecture.program(options)
      let rules = try program.maximalUpdate(optimizer: optimizer)
      #expect(rules.parametrization.weights.count == program.weights.count)
      if adams.contains(optimizer.word) {
        let adam = try program.maximalUpdate(optimizer: .adam)
        #expect(rules.parametrization.weights.map(\.exponents) == adam.parametrization.weights.map(\.exponents))
      }
    }
  }

  /// How the step grows with the loss: a clipped step, whose norm exceeds the threshold more and more, does not.
  @Test func degrees() throws {
    let program = try Architecture.mlp.program()
    for (optimizer, degree) in [
      (.sgd, 1), (.nesterov(), 1), (.adam, 0), (.lion(), 0), (.lars(), 0), (.sgdClipped(), 0), (.sam(), 1),
    ] as [(Optimizer, Rational?)] {
      #expect(try program.maximalUpdate(optimizer: optimizer).degree == degree, "\(optimizer.name)")
    }
    let mixed = try Optimizer(named: "adam, readout=sgd")
    #expect(try program.maximalUpdate(optimizer: mixed).degree == nil)
  }

  // MARK: - What a step sees of its weight

  private func seen<Result>(_ program: Program, _ look: @escaping (OptimizerStep) -> Result) throws -> [Result] {
    let shared = SharedStep(try program.withGradient())
    return shared.steps.map(look)
  }

  @Test func rowsAndColumns() throws {
    let program = try Architecture.gpt.program(["depth": "1"])
    let found = try seen(program) { ($0.name, $0.rows.map(\.name), $0.columns.map(\.name), $0.isMatrix) }
    func expect(_ name: String, _ rows: [String], _ columns: [String], matrix: Bool) throws {
      let step = try #require(found.first { $0.0 == name })
      #expect(step.1 == rows && step.2 == columns && step.3 == matrix, "\(step)")
    }
    try expect("readout", ["vocabulary"], ["model"], matrix: false)
    try expect("embedding.token", ["model"], ["vocabulary"], matrix: false)
    try expect("blocks.0.mlp.up", ["hidden"], ["model"], matrix: true)
    try expect("norm.gain", ["model"], [], matrix: false)
  }

  @Test func usesHaveInputsAndCotangents() throws {
    let program = try Architecture.gpt.program(["depth": "1", "tied": "true"])
    let counts = try seen(program) { step in
      for use in step.uses {
        #expect(use.cotangent.axes == use.result.axes)
        #expect(Set(use.rows + use.columns) == Set(use.axes))
      }
      return step.uses.count
    }
    #expect(counts.contains(2) && counts.allSatisfy { $0 >= 1 })
  }

  /// Every guard in a step says whose it is, and is there after the text was read back.
  @Test(arguments: [Optimizer.adam, .adamax(), .lamb(), .adafactor()]) func epsilons(_ optimizer: Optimizer) throws {
    let program = try Architecture.mlp.program(["depth": "2"]).withStep(optimizer)
    #expect(Set(program.epsilons.map(\.owner.weight)) == ["layers.0", "layers.1", "readout"])
    #expect(Set(program.epsilons.map(\.owner)).count == program.epsilons.count)
    #expect(try Program(text: program.text).epsilons == program.epsilons)
  }

  // MARK: - Different optimizers for different weights

  @Test func parts() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    let rules = try program.maximalUpdate(optimizer: Optimizer(named: "sgd, matrices=adamw, read*=lars"))
    #expect(["layers.0", "layers.1", "readout"].map { rules[$0]?.rate } == [1, -1, 0])
    let chosen = Optimizer.perWeight("SGD + Lion", first: .sgd) { $0.isMatrix ? .lion() : .sgd }
    let same = try program.maximalUpdate(optimizer: chosen)
    #expect(["layers.0", "layers.1", "readout"].map { same[$0]?.rate } == [1, -1, -1])
    // The rate given is that of the first; the other's is in its usual proportion.
    #expect(try program.withStep(chosen).text.contains("by(0.02) rate(layers.1)"))
  }

  @Test func partsThatDoNotFit() throws {
    let known = Optimizer.all.map(\.word)
    #expect(throws: ProgramError.unknownOptimizer("adan", known: known)) { try Optimizer(named: "adan") }
    #expect(throws: ProgramError.unknownOptimizer("lio", known: known)) { try Optimizer(named: "sgd, readout=lio") }
    for text in ["sgd, lion", "sgd,", "sgd, =lion"] {
      #expect(throws: ProgramError.self) { try Optimizer(named: text) }
    }
    let program = try Architecture.mlp.program(["depth": "1"])
    #expect(throws: ProgramError.unfitPattern("blocks.*", weights: ["layers.0", "readout"])) {
      try program.withStep(Optimizer(named: "adamw, blocks.*=sgd"))
    }
  }

  // MARK: - Functions that only optimizers use

  /// min(1, 1 / |x|) of something that grows is its reciprocal, else 1.
  @Test func cap() throws {
    let program = try Program("cap") { p in p.minimize(mean(map(.cap, p.input("x", [Dimension("n", growing: .n)])))) }
    let growth = Growth(program)
    for (exponent, expected) in [(Exponent.half, -Exponent.half), (.zero, .zero), (-1, .zero)] {
      var x = growth.one()
      x.components[0].exponent = exponent
      #expect(growth.map(Nonlinearity.cap.profile, x, at: growth.sites[1]).exponent == expected)
    }
  }

  @Test func stepsHaveNoDerivative() throws {
    for function in [Nonlinearity.sign, .cap] {
      #expect(throws: ProgramError.notDifferentiable(function.name)) {
        try Program("step") { p in
          p.minimize(mean(map(function, p.weight("w", [Axis(Dimension("n", growing: .n))], .zero))))
        }.withGradient()
      }
    }
  }
}
