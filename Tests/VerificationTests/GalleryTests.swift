import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing
import TrainingData
import Verification

/// What holds of every architecture of the gallery, with its options' defaults (but smaller images, where it is
/// trained). An entry in `Architecture.all` is all that a new one needs to be held to it.
@Suite struct GalleryTests {
  static let names = Architecture.all.map(\.name)
  static let optimizers = ["adam", "sgd"]

  @Test func namesAreSortedAndUnique() {
    #expect(Self.names == Set(Self.names).sorted())
  }

  @Test(arguments: names) func textRoundTrip(_ name: String) throws {
    for optimizer in Self.optimizers {
      let program = try Architecture(named: name).program().withStep(Optimizer(named: optimizer))
      let back = try Program(text: program.text)
      #expect(back.text == program.text)
      #expect(back.segments == program.segments)
      #expect(back.gradients == program.gradients && back.updates == program.updates && back.loss == program.loss)
    }
  }

  /// The derived parametrization, taken literally, is stable and learns features in every layer: so the two readings,
  /// levels and run, agree.
  ///
  /// With one exception, a saddle: where gradients are smaller at first than later, such as before a bottleneck, a step
  /// in proportion to the gradient does not leave that state in finitely many steps. It is stable then, no more.
  @Test(arguments: names, optimizers) func derivedIsFeatureLearning(_ name: String, _ optimizer: String) throws {
    let (program, optimizer) = (try Architecture(named: name).program(), try Optimizer(named: optimizer))
    let derived = try program.maximalUpdate(optimizer: optimizer)
    let found = try program.classify(derived.parametrization, optimizer: optimizer)
    if derived.degree != 0, derived.weights.contains(where: \.beginsSmaller) {
      #expect(found.isStable, "\(found)")
      return
    }
    #expect(found.regime == .featureLearning, "\(found)")
    #expect(found.layers.allSatisfy { $0.r == 0 }, "\(found.layers.filter { $0.r != 0 })")
  }

  /// Networks of a few widths are trained for a few steps: nothing that is measured disagrees, and much agrees. Images
  /// are small: no exponent depends on their size.
  @Test(arguments: names, optimizers) func trainingDoesNotDisagree(_ name: String, _ optimizer: String) throws {
    let (architecture, optimizer) = (try Architecture(named: name), try Optimizer(named: optimizer))
    let hasImages = architecture.options.contains { $0.name == "image" }
    let program = try architecture.program(hasImages ? ["image": "4"] : [:])
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    let check = CoordinateCheck(
      program: program, optimizer: optimizer, parametrization: rules, base: 64, widths: [32, 64, 128],
      seeds: [0, 1, 2, 3], steps: 2, workers: 1)
    let grid = try check.run(on: DataKind.named("random")).grid
    for row in grid.rows where row.verdict == .disagrees {
      Issue.record("\(row.value) \(row.statistic) step \(row.step): \(row.measured ?? 0) for \(row.predicted ?? 0)")
    }
    #expect(grid.divergences.isEmpty)
    #expect(grid.count(.agrees) > grid.rows.count / 3)
  }

  /// Published configurations are stated in the architecture's own options, and can be recorded.
  @Test(arguments: names) func published(_ name: String) throws {
    let architecture = try Architecture(named: name)
    #expect(architecture.name == "mlp" || !architecture.sources.isEmpty)
    for model in architecture.published {
      let program = try architecture.program(model.settings)
      #expect(!model.place.isEmpty)
      guard let stated = model.training["parameters"] else { continue }
      // A count is stated roughly, and for GPT-2 wrongly: 117M are 124M.
      let units: [Character: Double] = ["M": 1e6, "B": 1e9]
      let unit = try #require(stated.last.flatMap { units[$0] })
      let count = try program.weights.reduce(0.0) { sum, weight in
        try sum
          + program[weight.id].axes.reduce(1.0) {
            try $0 * Double($1.dimension.size.value(at: 1, of: $1.dimension.name))
          }
      }
      #expect(abs(count / (try #require(Double(stated.dropLast())) * unit) - 1) < 0.07, "\(model.name): \(count)")
    }
  }
}
