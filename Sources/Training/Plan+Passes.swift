public import TensorPrograms

extension Plan {
  /// Plans a program's step (a forward pass, if it has none) at a width; allocates none of its memory.
  ///
  /// Throws: as ``Trainer`` does when it is made.
  public init(_ program: Program, width: Int) throws {
    self = try Plan(
      Graph(program, width: width),
      for: Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: []))
  }

  init(_ graph: Graph, for goal: Goal, threads: Int = 1) throws {
    var draft = PlanDraft(graph, for: goal, threads: threads)
    for pass in PlanDraft.passes {
      try pass.run(&draft)
      #if DEBUG
        let problems = PlanCheck.problems(in: draft)
        assert(problems.isEmpty, "after \(type(of: pass)), \(graph.program.name): \(problems.joined(separator: "; "))")
      #endif
    }
    self = draft.plan
  }
}

extension PlanDraft {
  /// All passes, in their order. Debug builds check the draft after each (``PlanCheck``).
  static let passes: [any PlanPass] = [
    // Which nodes there are.
    GiveGradients(), AddUpdates(), FindNeeded(), LeaveOutMasked(), Recompute(), ComputeDerivativesEarly(),
    // Which are computed together, and when.
    FuseNodes(), OverwriteOldValues(), ChooseParts(), OrderUnits(),
    // By which kernels, and in which memory.
    PlaceSources(), MakeUnits(), CutIntoParts(), JoinProducts(), ShareMemory(), MarkObserved(), CountStatistics(),
  ]
}
