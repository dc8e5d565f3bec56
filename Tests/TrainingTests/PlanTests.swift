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
    try follow(plan)
    try follow(self.plan(graph, updates: false))
    try follow(self.plan(graph, observing: program.namedValues.map(\.index)))
  }

  /// Whatever can be computed again in the backward pass.
  @Test(arguments: Nightly.sample(subjects, every: 3)) func whatIsRecomputedIsStillThere(_ subject: Subject) throws {
    let program = try subject.make()
    let plan = try plan(program)
    let again = try self.plan(Graph(program, width: 16, recomputing: 1))
    try follow(again)
    #expect(again.statistics.computed == plan.statistics.computed)
    #expect(again.statistics.multiplyAdds == plan.statistics.multiplyAdds)
  }

  /// Each part of the batch finds what it reads, and the parts find what they share.
  @Test(arguments: Nightly.sample(Array(subjects.dropFirst()), every: 3))
  func whatPartsReadIsStillThere(_ subject: Subject) throws {
    let program = try subject.make()
    let goal = Plan.Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: [])
    for recomputing in Nightly.choose(daily: [subject.name.count % 2 == 0 ? 1 : Int.max], nightly: [1, Int.max]) {
      try follow(Plan(Graph(program, width: 16, recomputing: recomputing), for: goal, threads: 2))
    }
  }

  @Test(arguments: Architecture.all.indices) func partsChangeNothing(number: Int) throws {
    let program = try Architecture.all[number].small().withStep(.adamW())
    let batch = try Batch(random: program, width: 16)
    let numbers = try Numbers(standard: program, width: 16, rate: 0.01)
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
    let numbers = try Numbers(standard: program, width: 16, rate: 0.01)
    let losses = try [1, 2, 4].map { threads in
      let trainer = try Trainer<Double>(program, width: 16, numbers: numbers, seed: 1, threads: threads)
      let plan = try trainer.plan
      try follow(plan)
      if threads > 1 {
        let sums = plan.units.filter { $0.sum != nil }.flatMap(\.results)
        let readers = plan.units.filter { unit in
          if case .chain(_, let inputs, _)? = unit.part {
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
    let numbers = try Numbers(standard: program, width: 16, rate: 0.01)
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
        try follow(plan)
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
        case .waiting: break
        }
      }
    }
  }

  /// Keeps, for each scalar of memory in ranges, which value lies there.
  /// What parts of a batch share must not lie one over another, as they are not at the same unit at one time.
  private func checkShared(_ plan: Plan, _ segment: Range<Int>) {
    let graph = plan.graph
    var ranges: [Int: Range<Int>] = [:]
    for unit in plan.units[segment] {
      var touched = unit.results
      switch unit.work {
      case .kernel(_, let node, _): touched += graph.nodes[node].operands
      case .chain(_, let inputs, _): touched += inputs
      case .joined, .waiting: Issue.record("it has no parts")
      }
      for node in touched.map({ graph.storage[$0] }) {
        guard case .shared(let offset) = plan.places[node] else { continue }
        ranges[node] = offset..<offset + graph.nodes[node].shape.count
      }
    }
    for (a, one) in ranges { for (b, other) in ranges where a < b { #expect(one == other || !one.overlaps(other)) } }
  }

  private func follow(_ plan: Plan) throws {
    // What lies in the shared block; and what lies with a source, or a sum of its gradients, by that node.
    var held: [(range: Range<Int>, node: Int)] = []
    var (sources, sums): ([Int: Int], [Int: Int]) = ([:], [:])
    let graph = plan.graph
    let parts = plan.parts?.count ?? 1
    func clear(_ range: Range<Int>) { held.removeAll { $0.range.overlaps(range) } }
    // What each part has lies behind what all share; here that of the first part.
    func range(_ place: Plan.Place, _ count: Int) -> Range<Int>? {
      switch place {
      case .shared(let offset):
        #expect(offset + count <= (plan.parts == nil ? plan.extent : plan.ownStart))
        return offset..<offset + count
      case .own(let offset):
        #expect(offset + count <= plan.ownExtent)
        return plan.ownStart + offset..<plan.ownStart + offset + count
      default: return nil
      }
    }
    func write(_ node: Int) {
      switch plan.places[node] {
      case .nowhere: break
      case .source(let target): sources[target] = node
      case .accumulated(let target): sums[target] = node
      case .shared: hold(node, plan.places[node], graph.nodes[node].shape.count)
      case .own: hold(node, plan.places[node], graph.nodes[node].shape.count / parts)
      }
    }
    func hold(_ node: Int, _ place: Plan.Place, _ count: Int) {
      guard let range = range(place, count) else { return }
      clear(range)
      held.append((range, node))
    }
    func read(_ operand: Int) {
      let node = graph.storage[operand]
      let isThere: Bool
      switch plan.places[node] {
      case .nowhere:
        Issue.record("\(graph.nodes[node].name) is read but not stored, in \(graph.program.name)")
        return
      case .source(let target): isThere = sources[target] == node
      case .accumulated(let target): isThere = sums[target] == node
      case .shared, .own: isThere = held.contains { $0.node == node }
      }
      if !isThere { Issue.record("\(graph.nodes[node].name) is overwritten too early in \(graph.program.name)") }
    }
    for node in graph.nodes.indices where graph.isSource(node) { write(node) }
    var open: [Int] = []
    for (time, unit) in plan.units.enumerated() {
      switch unit.part ?? unit.work {
      case .kernel(_, let node, let workspace):
        for operand in graph.nodes[node].operands { read(operand) }
        if let range = range(workspace, unit.scratch) {
          clear(range)
          for operand in graph.nodes[node].operands { read(operand) }
        }
        if let sum = unit.sum {
          hold(-1 - node, sum, graph.nodes[node].shape.count)
          open.append(node)
        } else {
          write(node)
        }
      case .chain(_, let inputs, let outputs):
        for input in inputs { read(input) }
        for output in outputs { write(output) }
      case .joined(_, let node, let inputs, let outputs, let workspace):
        // Slab by slab: a slab of the product is written first; the operands are read until the end, the chain's inputs
        // where its outputs are written.
        if case .shared(let offset) = workspace { clear(offset..<offset + unit.scratch) }
        if plan.places[node] != .nowhere { write(node) }
        for input in inputs where graph.storage[input] != node { read(input) }
        for output in outputs { write(output) }
        for operand in graph.nodes[node].operands { read(operand) }
      case .waiting: break
      }
      for node in unit.observed { read(node) }
      if let segment = plan.segments.first(where: { $0.upperBound == time + 1 }) {
        #expect(open.allSatisfy { node in held.contains { $0.node == -1 - node } })
        for node in open { write(node) }
        open = []
        checkShared(plan, segment)
      }
    }
    #expect(open.isEmpty)
    for copy in plan.copies { read(copy.value) }
    // Every update has arrived.
    #expect(plan.statistics.updates == plan.statistics.inPlace + plan.copies.count)
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
    try follow(plan)
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
