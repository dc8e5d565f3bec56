import Exact
import Experiments
import Scaling
import TensorPrograms
import Training
import TrainingData

/// A check with all that its runs and verdicts need; nothing is derived later.
struct PreparedCheck: Sendable {
  let check: CoordinateCheck
  let expected: [Prediction]
  let fluctuations: Fluctuations
  let program: TrainingProgram
  /// What is observed: named values, then weights.
  let values: [ValueID]
  let weights: [ValueID]
  /// Ascending.
  let widths: [Int]
  /// By width and seed.
  private let setups: [Int: [Setup]]

  /// Data that do not fit are refused before anything is trained.
  init(_ check: CoordinateCheck, _ data: any DataSource) throws {
    let forward = check.program
    expected =
      try check.predictions
      ?? forward.predictions(check.parametrization, optimizer: check.optimizer, steps: check.steps)
    program = try TrainingProgram(forward, check.optimizer, under: [check.parametrization])
    let stepped = program.stepped
    let known = Set(expected.map(\.name))
    let named = stepped.namedValues.filter { !stepped[$0].axes.isEmpty && known.contains(stepped[$0].name) }
    weights = check.measuresWeights ? stepped.weights.map(\.id).filter { known.contains(stepped[$0].name) } : []
    values = named + weights
    guard !values.isEmpty else { throw ExperimentError.nothingNamed(program: forward.name) }
    var recipe = Recipe(
      program, check.parametrization, base: check.base, width: 1, learningRate: check.learningRate,
      schedule: try Schedule(steps: check.steps), data: data, order: DataOrder(check.sampling),
      precision: check.precision)
    var setups: [Int: [Setup]] = [:]
    for width in check.widths where setups[width] == nil {
      setups[width] = try check.seeds.map { seed in
        (recipe.width, recipe.seed) = (width, UInt64(bitPattern: Int64(seed)))
        return try recipe.setUp()
      }
    }
    let derivation = try check.derivation ?? forward.maximalUpdate(optimizer: check.optimizer)
    fluctuations = Fluctuations(forward, degree: derivation.degree)
    (self.check, self.setups) = (check, setups)
    widths = setups.keys.sorted()
  }

  /// The runs at some of the widths, by width and seed.
  func experiments(_ widths: [Int]) -> [Experiment<SizeObserver>] {
    widths.flatMap { setups[$0] ?? [] }.map { Experiment($0, SizeObserver(values: values)) }
  }

  /// The records of ``experiments(_:)``, a row for each width.
  func byWidth(_ records: some Collection<SizeObserver.Record>) -> [[SizeObserver.Record]] {
    let (all, count) = (Array(records), check.seeds.count)
    return stride(from: 0, to: all.count, by: count).map { Array(all[$0..<$0 + count]) }
  }

  /// How long all runs take, as ``Recipe/costOfRun`` counts it.
  var cost: Double { setups.values.joined().reduce(0) { $0 + $1.recipe.costOfRun } }
}
