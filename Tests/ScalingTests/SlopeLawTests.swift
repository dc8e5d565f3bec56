import Exact
import Gallery
import Scaling
import TensorPrograms
import TestSupport
import Testing

/// The predicted exponent of every value of every sample program is the slope that is measured: of each primitive,
/// nonlinearity, layer and loss by itself, forward, backward and in the step, under the derived parametrization.
///
/// At initialization the two are equal, as near as finite widths tell. After updates no slope is larger than predicted,
/// and none smaller by more than the half by which fluctuations fall short of a mean; most are equal.
@Suite struct SlopeLawTests {
  static let samples = Nightly.sample(SampleCatalog.all, every: 8)
  private static let measurement = SlopeMeasurement(
    widths: Nightly.choose(daily: [32, 96, 256], nightly: [32, 64, 128, 256]),
    seeds: 32, steps: 2)

  /// Samples where a change is smaller than predicted by more than a half: the gradient of a normalized query stands
  /// across it (n^(-0.9) for 1); of the other it is not known why (n^(-1.9) for n^(-1)).
  private static let cancelling = ["Attention, multi-query, biases, normalized", "Attention, all to all"]

  /// Beside three standard errors: what widths so small add.
  private static let tolerance = 0.15

  @Test(arguments: samples) func slopesAreExponents(_ sample: SampleProgram) throws {
    let program = try sample.programOfData
    let rules = try program.maximalUpdate(optimizer: .sgd).parametrization
    let slopes = try Self.measurement.slopes(program, rules, .sgd)
    // Entries that a mask makes infinite have no size.
    let finite = slopes.filter(\.isFinite)
    let moved = finite.filter { $0.step > 0 }
    let equal = moved.count { $0.isEqual(within: Self.tolerance) }
    let sharp = finite.count(where: \.isSharp)
    tally(
      "slopes of \(sample.name)",
      [
        "at initialization": finite.count - moved.count, "after updates": moved.count, "equal": equal,
        "sharp": sharp, "without a size": slopes.count - finite.count,
      ])
    for slope in finite where slope.step == 0 {
      #expect(slope.isEqual(within: Self.tolerance + slope.logarithm), "\(slope)")
    }
    for slope in moved {
      #expect(slope.excess <= Self.tolerance + slope.logarithm + 3 * slope.error, "\(slope) of \(sample.name)")
      withKnownIssue("changes that cancel to first order are smaller than predicted", isIntermittent: true) {
        #expect(slope.lack <= 0.5 + Self.tolerance + 3 * slope.error, "\(slope) of \(sample.name)")
      } when: {
        Self.cancelling.contains(sample.name)
      }
    }
    #expect(5 * equal >= 4 * moved.count, "\(equal) of \(moved.count)")
    #expect(4 * sharp >= finite.count, "\(sharp) of \(finite.count) tell anything")
  }
}
