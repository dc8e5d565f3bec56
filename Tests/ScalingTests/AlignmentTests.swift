import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Everett et al. 2024 (2407.05872): the largest rates under their alignment assumptions, for four parametrizations.
@Suite struct AlignmentTests {
  /// The rates c of embedding, hidden and readout weights that the paper's conditions give, solved by hand: with
  /// multiplier n^-a, gradients n^-g of the first step, and an update of n^-(c + g) (SGD) or n^-c (Adam),
  /// a + c (+ g) >= alpha where something is summed; Adafactor's update is n^-(b + c).
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var start: InitialSizes
    var gauge: Gauge
    var full: [String: [Rational]]
    var none: [String: [Rational]]
    var testDescription: String { name }
  }

  static let half = Rational(1, 2)
  static let cases = [
    Case(
      name: "standard", start: .standard, gauge: .multiplierFree,
      full: ["sgd": [-half, half, 1], "adam": [0, 1, 1], "adafactor": [0, half, half]],
      none: ["sgd": [-half, 0, half], "adam": [0, half, half], "adafactor": [0, 0, 0]]),
    Case(
      name: "NTK", start: .standard, gauge: .ntk,
      full: ["sgd": [-half, -half, 0], "adam": [0, half, half], "adafactor": [0, half, half]],
      none: ["sgd": [-half, -1, -half], "adam": [0, 0, 0], "adafactor": [0, 0, 0]]),
    Case(
      name: "muP", start: .derived, gauge: .table9,
      full: ["sgd": [0, 0, 0], "adam": [half, 1, half], "adafactor": [0, half, 0]],
      none: ["sgd": [0, -half, -half], "adam": [half, half, 0], "adafactor": [0, 0, -half]]),
    Case(
      name: "mean field", start: .derived, gauge: .ntk,
      full: ["sgd": [-1, -1, -1], "adam": [0, half, 0], "adafactor": [0, half, 0]],
      none: ["sgd": [-1, -half - 1, -half - 1], "adam": [0, 0, -half], "adafactor": [0, 0, -half]]),
  ]

  @Test(arguments: cases, ["sgd", "adam", "adafactor"])
  func published(_ expected: Case, _ optimizer: String) throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    for (alignment, rates) in [(Alignment.full, expected.full), (Alignment.none, expected.none)] {
      let found = try program.largestRates(
        optimizer: Optimizer(named: optimizer), from: expected.start, alignment: alignment
      ).inGauge(expected.gauge)
      #expect(found.parametrization.weights.map(\.exponents.c) == rates[optimizer], "\(alignment)")
    }
  }

  @Test func oneWeightMayDiffer() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    let found = try program.largestRates(
      optimizer: .adam(), from: .standard, alignment: .full, exceptions: ["readout": .none])
    #expect(found.parametrization.weights.map(\.exponents.c) == [0, 1, Self.half])
    #expect(throws: ProgramError.self) {
      _ = try program.largestRates(
        optimizer: .adam(), from: .standard, alignment: .full, exceptions: ["raedout": .none])
    }
  }

  /// Where initial weights are taken to align with changes (omega 1), the standard readout is too large at any rate.
  @Test func tooLargeAtAnyRate() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    let error = #expect(throws: ScalingError.self) {
      _ = try program.largestRates(
        optimizer: .adam(), from: .standard, alignment: Alignment(alpha: 1, omega: 1, u: 1))
    }
    guard case .tooLarge(let unknown, _, let exponent, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(unknown.hasPrefix("the initial size of "))
    #expect(exponent == Self.half)
  }
}
