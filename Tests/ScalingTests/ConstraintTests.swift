import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Questions with constraints, against answers from papers and by hand.
@Suite struct ConstraintTests {
  private func mlp(_ hidden: Int = 2) throws -> Program { try Architecture.mlp.program(["depth": "\(hidden)"]) }

  private func c(_ derivation: Derivation) -> [Rational] { derivation.parametrization.weights.map(\.exponents.c) }
  private func b(_ derivation: Derivation) -> [Rational] { derivation.parametrization.weights.map(\.exponents.b) }
  private func a(_ derivation: Derivation) -> [Rational] { derivation.parametrization.weights.map(\.exponents.a) }

  /// The linear program with cuts and the two stages agree where both apply.
  @Test(arguments: ["mlp", "gpt", "resnet"], [Optimizer.sgd, .adam()])
  func agreesWithTwoStages(_ name: String, _ optimizer: Optimizer) throws {
    let program = try Architecture(named: name).program(["depth": "1"])
    let stages = try program.maximalUpdate(optimizer: optimizer)
    let cuts = try program.maximalUpdate(optimizer: optimizer, subjectTo: [])
    for (x, y) in zip(stages.parametrization.weights, cuts.parametrization.weights) {
      #expect(x.exponents == y.exponents, "\(x.name)")
    }
    #expect(stages.parametrization.multipliers.map(\.exponent) == cuts.parametrization.multipliers.map(\.exponent))
  }

  /// The same on random networks. Where the answer has several equally large ones, both must be as large.
  @Test(arguments: 0..<30 as Range<UInt64>) func agreesWithTwoStagesOnRandomNetworks(_ seed: UInt64) throws {
    let program = try RandomPrograms(seed: seed).program()
    let optimizer = seed % 2 == 0 ? Optimizer.adam() : .sgd
    let stages = try program.maximalUpdate(optimizer: optimizer)
    let cuts = try program.maximalUpdate(optimizer: optimizer, subjectTo: [])
    for (x, y) in zip(stages.parametrization.weights, cuts.parametrization.weights) {
      #expect(x.exponents == y.exponents, "\(x.name)")
    }
    #expect(stages.parametrization.multipliers.map(\.exponent) == cuts.parametrization.multipliers.map(\.exponent))
  }

  /// Tensor Programs IV, section 3.3: the largest stable rate of standard parametrization under SGD is 1/n.
  @Test func standardParametrizationWithOneRate() throws {
    let found = try mlp().maximalUpdate(
      optimizer: .sgd, subjectTo: [.standardInitialization, .equalRates(pattern: "*")])
    #expect(c(found) == [1, 1, 1])
    #expect(b(found) == [0, Rational(1, 2), Rational(1, 2)])
  }

  /// Each weight for itself: the readout is aligned with what moves before it, so hidden features may move by
  /// n^(-1/2) only.
  @Test func standardInitializationWithItsOwnRates() throws {
    let sgd = try mlp().maximalUpdate(optimizer: .sgd, subjectTo: [.standardInitialization])
    #expect(c(sgd) == [0, 1, 1])
    let adam = try mlp().maximalUpdate(optimizer: .adam(), subjectTo: [.standardInitialization])
    #expect(c(adam) == [Rational(1, 2), Rational(3, 2), 1])
  }

  /// Tensor Programs IV: with multipliers, maximal updates need but one rate for SGD, a = (-1/2, 0, 1/2), b = 1/2.
  @Test func oneRateWithMultipliers() throws {
    let found = try mlp().maximalUpdate(
      optimizer: .sgd, subjectTo: [.equalRates(pattern: "*"), .fix(pattern: "*", .c, 0)])
    #expect(a(found) == [Rational(-1, 2), 0, Rational(1, 2)])
    #expect(b(found) == [Rational(1, 2), Rational(1, 2), Rational(1, 2)])
    let free = try mlp().maximalUpdate(optimizer: .sgd)
    let classified = try free.program.forwardPass.classify(found.parametrization, optimizer: .sgd)
    #expect(classified.regime == .featureLearning)
  }

  /// Without multipliers, one rate for all is held down by the weight that bears least.
  @Test func oneRateWithoutMultipliers() throws {
    let found = try mlp().maximalUpdate(optimizer: .adam(), subjectTo: [.equalRates(pattern: "*"), .noMultipliers])
    #expect(c(found) == [1, 1, 1])
    #expect(b(found) == [0, Rational(1, 2), 1])
  }

  @Test func aGroupOfEqualRates() throws {
    let found = try mlp(3).maximalUpdate(
      optimizer: .sgd, subjectTo: [.equalRates(pattern: "layers.*"), .noMultipliers])
    #expect(c(found) == [0, 0, 0, 1])
  }

  @Test func aFixedInitialSizeMovesTheMultiplier() throws {
    let found = try mlp().maximalUpdate(optimizer: .adam(), subjectTo: [.fix(pattern: "*", .b, 0)])
    #expect(a(found) == [0, Rational(1, 2), 1])
    #expect(c(found) == [0, Rational(1, 2), 0])
  }

  @Test func conflictsAreNamed() throws {
    let error = #expect(throws: ScalingError.self) {
      _ = try mlp().maximalUpdate(
        optimizer: .adam(),
        subjectTo: [.fix(pattern: "readout", .c, 0), .fix(pattern: "layers.0", .c, 2), .noMultipliers])
    }
    guard case .infeasible(let constraints, let because)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(constraints == ["readout.c=0", "no multipliers"])
    #expect(because.first?.hasPrefix("readout.out would grow after 1 update") ?? false)
    #expect(because.dropFirst().allSatisfy { $0.contains("would vanish at initialization") })
  }

  /// Smaller features would bear a larger readout; but they shall not vanish.
  @Test func featuresShallNotVanish() throws {
    let error = #expect(throws: ScalingError.self) {
      _ = try mlp().maximalUpdate(optimizer: .adam(), subjectTo: [.fix(pattern: "layers.1", .b, 1), .noMultipliers])
    }
    guard case .infeasible(let constraints, let because)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(constraints == ["layers.1.b=1", "no multipliers"])
    #expect(because.contains { $0.hasPrefix("layers.1.out would vanish at initialization") })
  }

  @Test func contradictionsAreNamed() throws {
    let error = #expect(throws: ScalingError.self) {
      _ = try mlp().maximalUpdate(
        optimizer: .sgd,
        subjectTo: [.fix(pattern: "readout", .b, 1), .fix(pattern: "layers.1", .b, 0), .fix(pattern: "readout", .b, 2)])
    }
    #expect(error == .infeasible(constraints: ["readout.b=1", "readout.b=2"], because: []))
  }

  /// The readout may start at zero; what makes features may not.
  @Test func freeExponentsAreRanges() throws {
    let derivation = try mlp().maximalUpdate(optimizer: .sgd)
    #expect(
      try derivation.initialRanges()
        == [.exactly(0), .exactly(Rational(1, 2)), .atLeast(1)])
    let zero = try Architecture.mlp.program(["zero-readout": "true"]).maximalUpdate(optimizer: .sgd)
    #expect(try zero.initialRanges().last == .anything(1))
  }

  @Test func unknownNamesAreErrors() throws {
    #expect(throws: ProgramError.self) {
      _ = try mlp().maximalUpdate(optimizer: .sgd, subjectTo: [.fix(pattern: "readuot", .b, 1)])
    }
  }
}
