import Experiments
import Scaling
import TensorPrograms
import Training
import TrainingData

/// A check with all that its runs and verdicts need; nothing is derived later.
struct PreparedCheck: Sendable {
  let check: CoordinateCheck
  let expected: [Prediction]
  let subject: CheckProgram
  let regularization: [RegularizationItem]
  /// Whether the optimizer's step does not depend on the gradient's size.
  let isSizeless: Bool
  /// What may move values that are predicted to stay exactly zero; nil if nothing may.
  let mover: Mover?
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
    let program = try TrainingProgram(forward, check.optimizer, under: [check.parametrization])
    subject = CheckProgram(program, known: Set(expected.map(\.name)), measuresWeights: check.measuresWeights)
    guard !subject.items.isEmpty else { throw ExperimentError.nothingNamed(program: forward.name) }
    var recipe = Recipe(
      program, check.parametrization, base: check.baseWidth, width: 1, learningRate: check.learningRate,
      schedule: try Schedule(steps: check.steps), data: data, order: DataOrder(check.sampling),
      precision: check.precision)
    regularization = check.regularization.map { RegularizationItem.all(program.stepped, $0) } ?? []
    var setups: [Int: [Setup]] = [:]
    for width in check.widths where setups[width] == nil {
      setups[width] = try check.seeds.map { seed in
        let seed = UInt64(bitPattern: Int64(seed))
        (recipe.width, recipe.seed, recipe.dataSeed) = (width, seed, seed)
        if let regularization = check.regularization { recipe.take(regularization) }
        return try recipe.setUp()
      }
    }
    let derivation = try check.derivation ?? forward.maximalUpdate(optimizer: check.optimizer)
    isSizeless = derivation.degree == .zero
    mover = Mover(check, program.stepped)
    (self.check, self.setups) = (check, setups)
    widths = setups.keys.sorted()
  }

  /// What training does that exponents of gradients do not know of.
  enum Mover: String {
    case decay = "weight decay"
    /// Of the size that a step is relative to, where a weight starts at zero.
    case floor = "the floor of a step's size"

    fileprivate init?(_ check: CoordinateCheck, _ stepped: Program) {
      let floors = Set(stepped.epsilons.filter { $0.isFloor && $0.number > 0 }.map(\.owner.weight))
      if check.parametrization.weights.contains(where: { floors.contains($0.name) && $0.initializer == .zero }) {
        self = .floor
      } else if check.regularization.map({ $0.decay > 0 }) == true {
        self = .decay
      } else {
        return nil
      }
    }
  }

  /// The runs at some of the widths, by width and seed.
  func experiments(_ widths: [Int]) -> [Experiment<SizeObserver>] {
    widths.flatMap { setups[$0] ?? [] }.map {
      Experiment($0, SizeObserver(subject: subject, regularization: regularization))
    }
  }

  /// The records of ``experiments(_:)``, a row for each width.
  func byWidth(_ records: some Collection<SizeObserver.Record>) -> [[SizeObserver.Record]] {
    let (all, count) = (Array(records), check.seeds.count)
    return stride(from: 0, to: all.count, by: count).map { Array(all[$0..<$0 + count]) }
  }

  /// How long all runs take, as ``Recipe/costOfRun`` counts it.
  var cost: Double { setups.values.joined().reduce(0) { $0 + $1.recipe.costOfRun } }
}
