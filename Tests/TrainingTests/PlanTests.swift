import Gallery
import TensorPrograms
import Tensors
import TestSupport
import Testing

@testable import Training

extension Plan.Unit {
  fileprivate func isStep(_ graph: Graph) -> Bool { results.allSatisfy { graph.nodes[$0].phase == .step } }
}

/// What a plan promises about memory, checked by following it without computing.
@Suite struct PlanTests {
  /// A program by the way it is made.
  struct Subject: Sendable, CustomTestStringConvertible {
    var name: String
    var make: @Sendable () throws -> Program
    var testDescription: String { name }
  }

  /// Each sample; each architecture with an eighth of the optimizers, each optimizer with an eighth of the
  /// architectures. At night all pairs.
  private static let subjects: [Subject] = {
    let samples = SampleCatalog.all.map { sample in
      Subject(name: sample.name) { try sample.program.withStep(.adamW()) }
    }
    let networks = Architecture.all.enumerated().flatMap { i, architecture in
      Optimizer.all.enumerated().filter { j, _ in Nightly.isOn || (i + j) % 8 == 0 }.map { _, optimizer in
        Subject(name: "\(architecture.name), \(optimizer.name)") { try architecture.small().withStep(optimizer) }
      }
    }
    return samples + networks
  }()

  private func plan(_ program: Program, observing values: [Int] = [], updates: Bool = true) throws -> Plan {
    try plan(Graph(program, width: 16), observing: values, updates: updates)
  }

  private func plan(_ graph: Graph, observing values: [Int] = [], updates: Bool = true) throws -> Plan {
    try Plan(graph, for: Plan.Goal(updates: updates, loss: true, observed: values))
  }

  @Test func subjectsAreCounted() {
    tally("plans", ["followed": Self.subjects.count])
    #expect(Self.subjects.count > SampleCatalog.all.count + Architecture.all.count * Optimizer.all.count / 9)
  }

  @Test(arguments: subjects) func whatIsReadIsStillThere(_ subject: Subject) throws {
    let program = try subject.make()
    let graph = try Graph(program, width: 16)
    let plan = try plan(graph)
    check(plan)
    check(try self.plan(graph, updates: false))
    check(try self.plan(graph, observing: program.namedValues.map(\.index)))
  }

  /// Whatever can be computed again in the backward pass.
  @Test(arguments: Nightly.sample(subjects, every: 3)) func whatIsRecomputedIsStillThere(_ subject: Subject) throws {
    let program = try subject.make()
    let plan = try plan(program)
    let again = try self.plan(Graph(program, width: 16, recomputing: 1))
    check(again)
    #expect(again.statistics.computed == plan.statistics.computed)
    #expect(again.statistics.multiplyAdds == plan.statistics.multiplyAdds)
  }

  /// Each part of the batch finds what it reads, and the parts find what they share.
  @Test(arguments: Nightly.sample(Array(subjects.dropFirst()), every: 3))
  func whatPartsReadIsStillThere(_ subject: Subject) throws {
    let program = try subject.make()
    let goal = Plan.Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: [])
    for recomputing in Nightly.choose(daily: [subject.name.count % 2 == 0 ? 1 : Int.max], nightly: [1, Int.max]) {
      check(try Plan(Graph(program, width: 16, recomputing: recomputing), for: goal, threads: 2))
    }
  }

  @Test(arguments: Architecture.all.indices) func partsChangeNothing(number: Int) throws {
    let program = try Architecture.all[number].small().withStep(.adamW())
    let batch = try Batch(random: program, width: 16)
    let numbers = try Hyperparameters(standard: program, width: 16, learningRate: 0.01)
    let losses = try [1, 2].map { threads in
      let trainer = try Trainer<Double>(program, width: 16, numbers: numbers, seed: 1, threads: threads)
      let plan = try trainer.plan
      #expect(plan.segments.isEmpty == (threads == 1))
      if threads == 2 {
        // The most of it, but for the optimizer.
        let all = plan.units.filter { !$0.isStep(plan.graph) }
        #expect(2 * all.count { $0.part != nil } > all.count)
      }
      return try (0..<3).map { _ in try trainer.step(batch) }
    }
    for (a, b) in zip(losses[0], losses[1]) { #expect(abs(a - b) <= 1e-9 * abs(b)) }
  }

  /// What is summed over the batch is read whole, in the next segment and in later ones.
  @Test func partsReadWholeSums() throws {
    let program = try Program("centered") { p in
      let batch = Dimension("batch", 8)
      let width = Dimension("width", growing: .n)
      let x = Dense("first", to: width)(p.input("x", [batch, Dimension("features", 3)]))
      let total = sum(x, over: [x.axes[0]])
      let hidden = map(.tanh, Dense("second", to: width)(map(.tanh, x - total)))
      let y = Dense("third", to: Dimension("outputs", 2))(map(.tanh, hidden * total) + hidden)
      p.minimize(meanSquaredError(y, p.input("y", y.axes)).named("loss"))
    }.withStep(.adamW())
    let batch = try Batch(random: program, width: 16)
    let numbers = try Hyperparameters(standard: program, width: 16, learningRate: 0.01)
    let losses = try [1, 2, 4].map { threads in
      let trainer = try Trainer<Double>(program, width: 16, numbers: numbers, seed: 1, threads: threads)
      let plan = try trainer.plan
      check(plan)
      if threads > 1 {
        let sums = plan.units.filter { $0.part?.sum != nil }.flatMap(\.results)
        let readers = plan.units.filter { unit in
          if case .chain(_, let inputs, _)? = unit.part?.work {
            inputs.contains { sums.contains(plan.graph.storage[$0]) }
          } else {
            false
          }
        }
        #expect(!readers.isEmpty)
      }
      return try (0..<3).map { _ in try trainer.step(batch) }
    }
    for other in losses[1...] {
      for (a, b) in zip(losses[0], other) { #expect(abs(a - b) <= 1e-9 * abs(b)) }
    }
  }

  @Test(arguments: Architecture.all.indices) func recomputingChangesNothing(number: Int) throws {
    let program = try Architecture.all[number].small().withStep(.adamW())
    let batch = try Batch(random: program, width: 16)
    let numbers = try Hyperparameters(standard: program, width: 16, learningRate: 0.01)
    let losses = try [1, .max].map { recomputing in
      let graph = try Graph(program, width: 16, recomputing: recomputing)
      let trainer = try Trainer<Double>(graph, numbers: numbers, seed: 1, threads: 1)
      return try (0..<3).map { _ in try trainer.step(batch) }
    }
    for (a, b) in zip(losses[0], losses[1]) { #expect(abs(a - b) <= 1e-9 * abs(b)) }
  }

  /// Of each normalization one value is kept, and of each nonlinearity its operand.
  @Test func recomputingSavesMemory() throws {
    let program = try Architecture.gpt.program(["depth": "4", "batch": "4", "sequence": "64"]).withStep(.adamW())
    let (keeps, recomputes) = try (
      plan(Graph(program, width: 64, recomputing: .max)).statistics,
      plan(Graph(program, width: 64, recomputing: 1 << 14)).statistics
    )
    // Values of tokens by width: a block keeps 3 + 3 of normalizations, 4 of attention, 8 of the MLP.
    let value = 4 * 64 * 64
    #expect(keeps.recomputed == 0 && recomputes.recomputed > 0)
    #expect(keeps.shared - recomputes.shared >= 4 * 8 * value, "\(keeps), \(recomputes)")
  }

  /// Products and their chains are joined only where they are large.
  @Test(arguments: [false, true]) func whatIsReadIsStillThereAtLargeWidths(updates: Bool) throws {
    for name in ["gpt", "llama-2", "palm"] {
      let architecture = try #require(Architecture.all.first { $0.name == name })
      let program = try architecture.program(["depth": "1", "batch": "4", "sequence": "64"]).withStep(.adamW())
      let graph = try Graph(program, width: 512)
      let values = program.namedValues.map(\.index)
      for observed in [[], values, values.filter { $0 % 2 == 0 }, values.filter { $0 % 2 == 1 }] {
        let plan = try Plan(graph, for: Plan.Goal(updates: updates, loss: true, observed: observed))
        #expect(plan.units.contains { $0.product != nil })
        check(plan)
      }
    }
  }

  @Test func observingChangesNothingAtLargeWidths() throws {
    let program = try Architecture.gpt.program(["depth": "1", "batch": "4", "sequence": "64"]).withStep(.adamW())
    let batch = try Batch(random: program, width: 256)
    let losses = try [[], program.namedValues].map { values in
      let trainer = try Trainer<Float>(standard: program, width: 256, rate: 0.001, threads: 2)
      return try (0..<2).map { _ in try trainer.step(batch, observing: values) { _, _ in } }
    }
    for (a, b) in zip(losses[0], losses[1]) { #expect(abs(a - b) < 1e-4 * abs(a)) }
  }

  /// Where a loop computes a function and its derivative, the forward pass keeps the derivative and not the operand.
  @Test func derivativesOfTheForwardPass() throws {
    let program = try Architecture.gpt.small().withStep(.adamW())
    let plan = try plan(program)
    let slopes = program.instructions.indices.filter {
      program.instructions[$0].primitive.word == "slope" && plan.graph.nodes[$0].phase == .forward
    }
    #expect(!slopes.isEmpty)
    for slope in slopes {
      let (x, y) = (program.instructions[slope].operands[0].index, program.instructions[slope].operands[1].index)
      guard let time = plan.units.firstIndex(where: { $0.results.contains(slope) }) else {
        Issue.record("\(slope) is not stored")
        continue
      }
      #expect(plan.units[time].results.contains(y))
      for unit in plan.units[(time + 1)...] {
        switch unit.work {
        case .kernel(_, let node, _): #expect(!plan.graph.nodes[node].operands.contains(x))
        case .chain(_, let inputs, _), .joined(_, _, let inputs, _, _): #expect(!inputs.contains(x))
        }
      }
    }
  }

  /// Nothing is wrong with it, and every update has arrived.
  private func check(_ plan: Plan) {
    var follower = PlanFollower(plan)
    let problems = follower.follow()
    #expect(problems.isEmpty, "\(plan.graph.program.name): \(problems)")
    #expect(plan.statistics.updates == plan.statistics.inPlace + plan.copies.count)
  }

  /// The checker is asked after each pass, whatever the build.
  @Test(arguments: Nightly.sample(subjects, every: 5)) func nothingIsWrongAfterAnyPass(_ subject: Subject) throws {
    let program = try subject.make()
    let goal = Plan.Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: [])
    for threads in [1, 2] {
      var draft = PlanDraft(try Graph(program, width: 16, recomputing: 1), for: goal, threads: threads)
      for pass in PlanDraft.passes {
        try pass.run(&draft)
        let problems = PlanCheck.problems(in: draft)
        #expect(problems.isEmpty, "after \(type(of: pass)), \(program.name): \(problems)")
      }
    }
  }

  /// The checker notices a plan that is wrong.
  @Test func whatIsWrongIsNoticed() throws {
    let program = try Architecture.mlp.small().withStep(.adam())
    let plan = try plan(program)
    func problems(_ change: (inout Plan) -> Void) -> [String] {
      var changed = plan
      change(&changed)
      var follower = PlanFollower(changed)
      return follower.follow()
    }
    #expect(problems { _ in }.isEmpty)
    #expect(!problems { $0.units.reverse() }.isEmpty)
    #expect(!problems { $0.units.remove(at: 0) }.isEmpty)
    #expect(!problems { $0.extent = 1 }.isEmpty)
    let shared = plan.places.indices.filter { if case .shared = plan.places[$0] { true } else { false } }
    #expect(!problems { for node in shared { $0.places[node] = .shared(offset: 0) } }.isEmpty)
    #expect(!problems { $0.places[shared[0]] = .nowhere }.isEmpty)
    let goal = Plan.Goal(updates: true, loss: true, observed: [])
    func problems(after count: Int, _ change: (inout PlanDraft) -> Void) throws -> [String] {
      var draft = PlanDraft(try Graph(program, width: 16), for: goal, threads: 1)
      for pass in PlanDraft.passes.prefix(count) { try pass.run(&draft) }
      change(&draft)
      return PlanCheck.problems(in: draft)
    }
    let all = PlanDraft.passes
    let fused = try #require(all.firstIndex { $0 is FuseNodes }) + 1
    let ordered = try #require(all.firstIndex { $0 is OrderUnits }) + 1
    #expect(try problems(after: 3) { $0.plan.graph.order.reverse() }.isEmpty == false)
    #expect(try problems(after: fused) { $0.needed[$0.plan.loss ?? 0] = false }.isEmpty == false)
    #expect(
      try problems(after: ordered) { draft in
        draft.fusion = draft.fusion.map { $0.ordered(by: $0.groups.indices.reversed()) }
      }.isEmpty == false)
  }

  @Test func memoryIsSharedAndUpdatesAreInPlace() throws {
    let program = try Architecture.gpt.program().withStep(.adamW())
    let statistics = try Trainer<Float>(standard: program, width: 64).plan.statistics
    #expect(statistics.shared * 2 < statistics.unshared, "\(statistics)")
    #expect(statistics.inPlace == statistics.updates && statistics.updates == 3 * program.weights.count)
    #expect(statistics.chains * 4 < statistics.fused, "\(statistics)")
    #expect(statistics.computed < statistics.instructions)
    #expect(statistics.description.contains("in place"))
  }

  /// Products of attention leave out what is masked, forward and backward; what is observed is whole.
  @Test func maskedTermsAreLeftOut() throws {
    let program = try Architecture.gpt.program(["depth": "1", "batch": "2", "sequence": "32"]).withStep(.adamW())
    // Entries of all queries with all keys, times those of the heads.
    let whole = 2 * 32 * 32 * 16
    func products(observing values: [Int] = []) throws -> [Int] {
      let graph = try plan(program, observing: values).graph
      func isOfAttention(_ node: Int) -> Bool { graph.nodes[node].axes.contains { $0.name == "sequence'" } }
      return graph.nodes.indices.compactMap { node in
        guard case .kernel(let kernel as Contraction) = graph.nodes[node].lowering,
          isOfAttention(node) || graph.nodes[node].operands.contains(where: isOfAttention)
        else { return nil }
        return kernel.multiplyAdds
      }
    }
    let logits = try #require(program.value(named: "blocks.0.attention.logits"))
    let (own, watched) = (try products(), try products(observing: [logits.index]))
    // Logits, what is mixed, and two gradients of each.
    #expect(own.count { $0 == whole / 2 } == 6 && own.count { $0 == whole } == 0)
    #expect(watched.count { $0 == whole / 2 } == 5 && watched.count { $0 == whole } == 1)
    // The same numbers either way.
    func losses(observing values: [ValueID]) throws -> [Double] {
      let trainer = try Trainer<Double>(standard: program, width: 16, rate: 0.01)
      let batch = try Batch(random: program, width: 16)
      return try (0..<3).map { _ in try trainer.step(batch, observing: values) { _, _ in } }
    }
    for (a, b) in zip(try losses(observing: []), try losses(observing: program.namedValues)) {
      #expect(abs(a - b) < 1e-12 * abs(a))
    }
  }

  @Test func adamIsOnePassForEachWeight() throws {
    let program = try Architecture.mlp.program().withStep(.adamW())
    let plan = try plan(program)
    for update in program.updates {
      let writers = plan.units.filter { unit in
        guard case .chain(_, _, let outputs) = unit.work else { return false }
        return outputs.contains(update.value.index)
      }
      #expect(writers.count == 1)
      guard case .chain(_, let inputs, let outputs)? = writers.first?.work else {
        Issue.record("\(program[update.target].name) is not updated by a chain")
        continue
      }
      #expect(outputs.count == 3 && inputs.count == 4)
    }
  }

  @Test func exchangedStatesAreCopied() throws {
    // Two states that take each other's value, and a weight that remembers its first gradient's state.
    let swap = Optimizer("swap", defaultRate: 1) { s in
      let (a, b) = (s.state("a"), s.state("b"))
      s.set(a, b)
      s.set(b, s.gradient)
      return s.weight - s.rated(a)
    }
    let program = try line(swap)
    let plan = try plan(program)
    #expect(plan.copies.count > 0)
    check(plan)
    let trainer = try Trainer<Double>(standard: program, width: 1, rate: 1)
    let batch = Batch(values: ["x": [1, 2, 3, 4, 5, 6], "y": [1, 1, 1]])
    var gradients: [[Double]] = []
    let gradient = try #require(program.gradients.first { program[$0.weight].name == "slope" })
    var weights = [try trainer.weight("slope")]
    for _ in 0..<4 {
      _ = try trainer.step(batch, observing: [gradient.value]) { gradients.append(Array($1)) }
      weights.append(try trainer.weight("slope"))
    }
    #expect(weights[1] == weights[0] && weights[2] == weights[0])
    #expect(weights[3] == zip(weights[2], gradients[0]).map { $0 - $1 })
    #expect(weights[4] == zip(weights[3], gradients[1]).map { $0 - $1 })
  }

  @Test func printsItsUnits() throws {
    let text = try plan(line(.sgd)).description
    #expect(text.contains(" = contract x, slope\n"), "\(text)")
  }

  @Test func placesBlocksWithoutOverlap() {
    var state: UInt64 = 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<50 {
      var blocks = (0..<40).map { _ in
        let first = next(30)
        return Memory.Block(count: 1 + next(100), first: first, last: first + next(8))
      }
      let extent = Memory.place(&blocks)
      for (i, a) in blocks.enumerated() {
        #expect(a.offset >= 0 && a.offset + a.count <= extent)
        for b in blocks[(i + 1)...] where a.first <= b.last && b.first <= a.last {
          #expect(a.offset + a.count <= b.offset || b.offset + b.count <= a.offset)
        }
      }
      let most = (0..<40).map { time in blocks.filter { $0.first <= time && time <= $0.last }.map(\.count).reduce(0, +)
      }
      #expect(extent >= most.max() ?? 0)
    }
  }
}
