import Experiments
import Gallery
import Scaling
import TensorPrograms
import Tensors
import Testing
import Training
import TrainingData

@Suite struct RecipeTests {
  static func recipe(
    _ optimizer: Optimizer = .adam(), width: Int = 16, steps: Int = 4, order: DataOrder = .fixed,
    precision: Precision = .float
  ) throws -> Recipe {
    let program = try Architecture.mlp.program(["depth": "2"])
    let rules = try program.maximalUpdate(optimizer: optimizer).parametrization
    return Recipe(
      try TrainingProgram(program, optimizer, under: [rules]), rules, base: 16, width: width,
      schedule: try Schedule(steps: steps), data: try DataKind.named("digits"), order: order, precision: precision)
  }

  /// The losses of all steps.
  struct Losses: TrialObserver {
    func record<T: Element>(_ trial: Trial<T>) throws -> [Double] {
      var losses: [Double] = []
      while !trial.run.isFinished { losses.append(try trial.run.step().loss) }
      return losses
    }
  }

  /// The same for the same run, and another for each thing that may differ.
  @Test func aFingerprintTellsRunsApart() throws {
    let recipe = try Self.recipe()
    #expect(try Self.recipe() == recipe && Self.recipe().fingerprint == recipe.fingerprint)
    #expect(recipe.fingerprint.count == 16)
    let edits: [(inout Recipe) throws -> Void] = [
      { $0.width = 32 }, { $0.base = 32 }, { $0.seed = 1 }, { $0.learningRate *= 2 }, { $0.dataSeed = 1 },
      { $0.order = .fresh }, { $0.precision = .double }, { $0.schedule = try Schedule(.cosine, steps: 4) },
      { $0.schedule = try Schedule(steps: 5) }, { $0.ramp = try BatchRamp(from: 64, to: 128) },
      { $0.data = try DataKind.named("random") }, { try $0.parametrization.set("readout.c=0") },
      { $0.decay["readout"] = 0.1 }, { $0.epsilons[EpsilonOwner(weight: "readout", part: "")] = 2 },
      { $0.program = try TrainingProgram($0.program.forward, .sgd, under: []) },
      { $0.program = try TrainingProgram($0.program.forward, .adam(beta1: 0.5), under: []) },
    ]
    var seen: Set<String> = [recipe.fingerprint]
    for (i, edit) in edits.enumerated() {
      var other = recipe
      try edit(&other)
      #expect(other != recipe && seen.insert(other.fingerprint).inserted, "edit \(i)")
    }
  }

  /// Data of one name and one size, of which the content differs; and parts of the same data.
  @Test func aFingerprintTellsDataApart() throws {
    let rows = (0..<20).map { "\($0),\($0 % 2)" }.joined(separator: "\n")
    let table = try DataTable(text: rows, name: "numbers")
    let changed = try DataTable(text: rows.replacing("7,", with: "8,"), name: "numbers")
    let text = try DataText(text: "to be or not to be", name: "play")
    let sources: [any DataSource] = [
      table, changed, try table.split(holdingOut: 0.5).training, try table.split(holdingOut: 0.5).heldOut,
      try table.split(holdingOut: 0.5, seed: 1).training, try table.split(holdingOut: 0.25).training, text,
      try DataText(text: "to be or not so be", name: "play"), try text.split(holdingOut: 0.5).training,
      try text.split(holdingOut: 0.5).heldOut,
    ]
    #expect(table.contents == changed.contents && Set(sources.map(\.fingerprint)).count == sources.count)
    #expect(try DataTable(text: rows, name: "others").fingerprint == table.fingerprint)
    var (recipe, other) = (try Self.recipe(), try Self.recipe())
    (recipe.data, other.data) = (table, changed)
    #expect(recipe.fingerprint != other.fingerprint)
  }

  /// What is said of a run's name is not part of it.
  @Test func aNameIsNoPartOfARun() throws {
    var recipe = try Self.recipe()
    let before = recipe.fingerprint
    recipe.parametrization.name = "mine"
    #expect(recipe.fingerprint == before && recipe.description.contains("mine"))
  }

  /// Records come in the order of the recipes, and are those of each run alone, whatever runs before it in the same
  /// memory or beside it.
  @Test func recordsAreThoseOfRunsAlone() throws {
    var recipes: [Recipe] = []
    for (seed, width) in [(0, 16), (1, 32), (2, 16), (0, 32), (3, 48)] {
      var recipe = try Self.recipe(width: width, precision: seed == 2 ? .double : .float)
      recipe.seed = UInt64(seed)
      recipes.append(recipe)
      recipe.learningRate *= 3
      recipes.append(recipe)
    }
    let experiments = try recipes.map { Experiment(try $0.setUp(), Losses()) }
    let alone = try experiments.map { try $0.record() }
    for workers in [1, 3] {
      #expect(try Runner(workers: workers).run(experiments) == alone)
      #expect(try Runner(workers: workers).run(chains: [experiments]) == [alone])
    }
    #expect(Set(alone).count == alone.count)
  }

  @Test func chainsTellOfThemselvesAndCanBeCancelled() throws {
    let experiment = Experiment(try Self.recipe().setUp(), Losses())
    let chains = [[experiment], [experiment, experiment], []]
    #expect(throws: CancellationError.self) {
      try Runner(workers: 1).run(chains: chains) { done, count in done < 2 && count == 3 }
    }
    #expect(try Runner(workers: 1).run(chains: chains) { _, _ in true }.map(\.count) == [1, 2, 0])
  }

  /// Each order is that of its batches.
  @Test(arguments: DataOrder.allCases) func runsSeeTheirOrder(_ order: DataOrder) throws {
    let setup = try Self.recipe(order: order).setUp()
    let losses = try Experiment(setup, Losses()).record()
    let trainer = try setup.trainer(Float.self)
    let rows = order == .permutations ? try setup.permutedRows() : []
    let (size, examples) = (setup.batches.batchSize, try setup.batches.examples(Float.self))
    for (step, loss) in losses.enumerated() {
      let own =
        switch order {
        case .fixed, .skewed: try trainer.step(setup.batches.trainingBatch(0))
        case .fresh: try trainer.step(setup.batches.trainingBatch(step))
        case .permutations: try trainer.step(rows: rows[step * size..<(step + 1) * size], of: examples)
        }
      #expect(own == loss)
    }
  }

  @Test func whatDoesNotFitIsRefusedBeforeTraining() throws {
    var recipe = try Self.recipe(order: .permutations)
    recipe.data = try DataKind.named("random")
    #expect(throws: DataError.noTable(data: "random")) { try recipe.setUp() }
    recipe = try Self.recipe()
    recipe.data = try DataKind.named("shakespeare")
    #expect(throws: DataError.self) { try recipe.setUp() }
  }
}
