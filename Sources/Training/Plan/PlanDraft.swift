import TensorPrograms

/// An unfinished plan: what is decided so far, and what the passes tell one another.
struct PlanDraft: Sendable {
  let goal: Plan.Goal
  /// The most threads that a step may use.
  let threads: Int
  var plan: Plan
  /// The gradients that are read from their sums over batches.
  var given: [Int] = []
  /// The optimizer's new values, and the weights and states that they replace.
  var updates: [(value: Int, target: Int)] = []
  /// By node: whether something that was asked for depends on it.
  var needed: [Bool] = []
  /// The owners of the values that are stored because they were asked for.
  var kept: Set<Int> = []
  /// Forward values that are computed again in the backward pass.
  var recomputed = 0..<0
  /// Which nodes are computed together; in the order in which they run, once that is decided.
  var fusion: Fusion?
  /// What must run before what, until the order is decided.
  var order: UnitOrder?
  /// The targets that are overwritten by their new values.
  var inPlace: Set<Int> = []
  /// How much has been decided, for the checker.
  var stage = Stage.nodes

  /// How much has been decided.
  enum Stage: Int, Comparable, Sendable {
    case nodes, groups, order, units, memory

    static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }
  }

  init(_ graph: Graph, for goal: Plan.Goal, threads: Int) {
    (self.goal, self.threads, plan) = (goal, threads, Plan(graph: graph))
  }
}

/// One step of planning: from one state of a plan to the next.
protocol PlanPass: Sendable {
  func run(_ draft: inout PlanDraft) throws
}
