public import TensorPrograms
import Tensors

/// How a program is computed at one width: which instructions, in which order, in which memory.
///
/// Instructions that nothing needs are left out, elementwise ones run together in chains, values share one block of
/// memory by the time that they live, and an optimizer's new values are written over the old ones where nothing reads
/// those any more.
public struct Plan: Sendable {
  /// Where a value lies.
  enum Place: Sendable, Equatable {
    /// It is not stored: it exists only inside a chain.
    case nowhere
    /// With the weight, state or input of this node.
    case source(Int)
    /// In the sum of a gradient, of this node, over several batches.
    case accumulated(Int)
    /// In the shared block, in scalars from its start.
    case shared(offset: Int)
    /// A part, in the block that each part of the batch has, in scalars from its start.
    case own(offset: Int)
  }

  enum Work: Sendable {
    case kernel(any Kernel, node: Int, workspace: Place)
    case chain(ElementwiseChain, inputs: [Int], outputs: [Int])
    /// A product, of this node, and the chain that reads it.
    case joined(ProductChain, node: Int, inputs: [Int], outputs: [Int], workspace: Place)
    /// It is done with the unit that follows.
    case waiting
  }

  struct Unit: Sendable {
    var work: Work
    /// Nodes that are complete after this unit and were asked for.
    var observed: [Int] = []
    /// Its work on a part of the batch, if it is done in parts.
    var part: Work?
    /// Where a part's result lies that is to be added to those of the others.
    var sum: Place?
  }

  /// What is computed.
  struct Goal: Hashable, Sendable {
    var updates: Bool
    var loss: Bool
    /// In ascending order.
    var observed: [Int]
    /// Whether gradients are read from their sums over batches instead of being computed.
    var readsAccumulated = false
  }

  var units: [Unit] = []
  /// Units that a part of the batch goes through without waiting for the others.
  private(set) var segments: [Range<Int>] = []
  private(set) var parts: Parts?
  /// By node.
  var places: [Place] = []
  /// Observed sources.
  private(set) var observedAtStart: [Int] = []
  /// Inputs of a batch that are read.
  private(set) var inputs: [Int] = []
  /// The loss's node, if it is asked for.
  private(set) var loss: Int?
  /// The unit after which the loss is known; nil if it is a source or not asked for.
  private(set) var lossUnit: Int?
  /// New values that could not be written in place, to be copied over the old ones at the end.
  private(set) var copies: [(value: Int, target: Int)] = []
  /// Sums of gradients, in scalars.
  private(set) var accumulated = 0
  /// The shared block, in scalars: with what each part has of its own behind the rest, so much from `ownStart` on.
  var extent = 0
  var ownStart = 0, ownExtent = 0
  private(set) var graph: Graph

  /// Its sizes and counts.
  public internal(set) var statistics = Statistics()
}

extension Plan {
  /// Of a program's step (a forward pass, if it has none) at a width, without any of its memory.
  ///
  /// Throws: as ``Trainer`` does when it is made.
  public init(_ program: Program, width: Int) throws {
    self = try Plan(
      Graph(program, width: width),
      for: Goal(updates: !program.updates.isEmpty, loss: program.loss != nil, observed: []))
  }

  init(_ graph: Graph, for goal: Goal, threads: Int = 1) throws {
    self.graph = graph
    let given = goal.readsAccumulated ? graph.accumulated : []
    if !given.isEmpty { self.graph.give(given) }
    loss = goal.loss ? try graph.program.requireLoss().index : nil
    let updates = goal.updates ? addUpdates() : []
    let roots = (loss.map { [$0] } ?? []) + goal.observed + updates.map(\.value)
    var needed = reachable(from: roots)
    let kept = Set(roots.map { self.graph.storage[$0] })
    self.graph.leaveOutMasked(needed: needed, keeping: kept)
    self.graph.recompute(needed: &needed)
    self.graph.hurryDerivatives(needed: needed, keeping: kept)
    let fusion = Fusion(self.graph, needed: needed)
    var order = UnitOrder(self.graph, fusion)
    let inPlace = order.placeUpdates(updates)
    // What is observed is wanted as soon as it is there.
    parts = goal.observed.isEmpty ? Parts(self.graph, needed: needed, threads: threads) : nil
    let sequence = order.sequence(updatesLast: parts != nil)

    places = [Place](repeating: .nowhere, count: self.graph.nodes.count)
    for node in places.indices where self.graph.isSource(node) { places[node] = .source(node) }
    for node in given { places[node] = .accumulated(node) }
    accumulated = given.reduce(0) { $0 + graph.nodes[$1].shape.count }
    for update in updates where inPlace.contains(update.target) {
      places[update.value] = .source(update.target)
    }
    copies = updates.filter { !inPlace.contains($0.target) }.map { ($0.value, $0.target) }
    inputs = places.indices.filter { node in
      needed[node] && node < self.graph.program.instructions.count && self.graph.program.isInput(node)
    }
    if goal.readsAccumulated, let input = inputs.first {
      throw TrainingError.notAccumulable(program: graph.program.name, input: graph.nodes[input].name)
    }
    try build(sequence, fusion, keeping: kept)
    try cut(sequence, fusion)
    joinProducts(sequence, fusion, keeping: kept)
    share(sequence, fusion, untilEnd: Set(copies.map(\.value)))
    for node in places.indices where self.graph.storage[node] != node {
      places[node] = places[self.graph.storage[node]]
    }
    note(goal.observed, fusion, sequence)
    count(fusion, needed, updates: updates.count)
  }

  /// The updates, with a copy wherever the new value is not a fresh one in the target's order.
  private mutating func addUpdates() -> [(value: Int, target: Int)] {
    var taken: Set<Int> = []
    return graph.program.updates.map { update in
      let (value, target) = (update.value.index, update.target.index)
      let isFresh =
        graph.storage[value] == value && !graph.isSource(value)
        && graph.nodes[value].axes == graph.nodes[target].axes
      if isFresh, taken.insert(value).inserted { return (value, target) }
      return (graph.appendCopy(of: value, like: target), target)
    }
  }

  private func reachable(from roots: [Int]) -> [Bool] {
    var needed = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { needed[root] = true }
    for node in graph.order.reversed() where needed[node] {
      for operand in graph.nodes[node].operands { needed[operand] = true }
    }
    return needed
  }

  /// Makes the units, and marks what they must store with a place to be decided.
  private mutating func build(_ sequence: [Int], _ fusion: Fusion, keeping roots: Set<Int>) throws {
    for index in sequence {
      let unit = fusion.units[index]
      guard unit.isChain else {
        guard let node = unit.members.first, case .kernel(let kernel) = graph.nodes[node].lowering else {
          continue
        }
        units.append(Unit(work: .kernel(kernel, node: node, workspace: .nowhere)))
        if places[node] == .nowhere { places[node] = .shared(offset: 0) }
        continue
      }
      let stored = unit.members.filter { member in
        roots.contains(member) || fusion.readers[member].contains { fusion.unitOf[$0] != index }
      }
      units.append(Unit(work: try chain(unit, storing: stored, nil)))
      for node in stored where places[node] == .nowhere { places[node] = .shared(offset: 0) }
    }
  }

  /// Divides into parts what can be.
  private mutating func cut(_ sequence: [Int], _ fusion: Fusion) throws {
    guard let parts else { return }
    // Sums of which the parts are not yet added up.
    var open: Set<Int> = []
    var start = 0
    for (time, index) in sequence.enumerated() {
      switch units[time].work {
      case .kernel(let kernel, let node, _):
        guard graph.nodes[node].operands.allSatisfy({ !open.contains(graph.storage[$0]) }),
          let part = parts.kernel(kernel, node, in: graph)
        else { break }
        units[time].part = .kernel(part.kernel, node: node, workspace: .nowhere)
        guard part.isSum else { continue }
        units[time].sum = .own(offset: 0)
        open.insert(node)
        continue
      case .chain(_, let inputs, let outputs):
        guard inputs.allSatisfy({ !open.contains(graph.storage[$0]) }),
          parts.allows(fusion.units[index], inputs: inputs, outputs: outputs, in: graph)
        else { break }
        units[time].part = try chain(fusion.units[index], storing: outputs, parts)
        continue
      case .joined, .waiting: break
      }
      if start < time { segments.append(start..<time) }
      start = time + 1
      open = []
    }
    if start < units.count { segments.append(start..<units.count) }
  }

  private func chain(_ unit: Fusion.Unit, storing stored: [Int], _ parts: Parts?) throws -> Work {
    let shape = { (node: Int) in parts?.shape(node, in: graph) ?? graph.nodes[node].shape }
    let (members, own) = (unit.members, Set(unit.members))
    var inputs: [Int] = []
    func position(_ operand: Int) -> Int? {
      inputs.firstIndex {
        graph.storage[$0] == graph.storage[operand] && graph.nodes[$0].axes == graph.nodes[operand].axes
      }
    }
    for member in members {
      for operand in graph.nodes[member].operands
      where !own.contains(graph.storage[operand]) && position(operand) == nil {
        inputs.append(operand)
      }
    }
    var register: [Int: Int] = [:]
    var operations: [ElementwiseOperation] = []
    for member in members {
      let registers = graph.nodes[member].operands.map { operand in
        register[graph.storage[operand]] ?? position(operand) ?? 0
      }
      register[member] = inputs.count + operations.count
      if case .elementwise(let operation) = graph.nodes[member].lowering {
        operations.append(operation(registers))
      } else if let row = graph.rowForm(member) {
        operations.append(.rows(row.operation, registers))
      }
    }
    let chain = try ElementwiseChain(
      space: shape(unit.space), rowAxes: unit.rowAxes, inputs: inputs.map(shape),
      operations: operations, outputs: stored.compactMap { register[$0] },
      rowOutputs: stored.map { graph.nodes[$0].axes.count == unit.rowAxes })
    return .chain(chain, inputs: inputs, outputs: stored)
  }

  /// Joins products with the chain that runs right after each and reads it.
  private mutating func joinProducts(_ sequence: [Int], _ fusion: Fusion, keeping roots: Set<Int>) {
    for time in units.indices.dropLast() {
      guard units[time].part == nil, units[time + 1].part == nil,
        case .kernel(let kernel, let node, _) = units[time].work,
        case .chain(let chain, let inputs, let outputs) = units[time + 1].work,
        let position = inputs.firstIndex(of: node), inputs.count(where: { graph.storage[$0] == node }) == 1
      else { continue }
      let operands = graph.nodes[node].operands.map { graph.storage[$0] }
      let overwrites = outputs.contains { output in
        if case .source(let target) = places[output] { operands.contains(target) } else { false }
      }
      guard !overwrites, let joined = kernel.joined(with: chain, position: position) else { continue }
      units[time].work = .waiting
      units[time + 1].work = .joined(joined, node: node, inputs: inputs, outputs: outputs, workspace: .nowhere)
      let isReadElsewhere = fusion.readers[node].contains { fusion.unitOf[$0] != sequence[time + 1] }
      if !isReadElsewhere, !roots.contains(node) { places[node] = .nowhere }
    }
  }

  /// When each of the fusion's units is complete; -1 for what is not computed.
  func times(_ sequence: [Int], _ fusion: Fusion) -> [Int] {
    var when = [Int](repeating: -1, count: fusion.units.count)
    for (time, unit) in sequence.enumerated() {
      if case .waiting = units[time].work { when[unit] = time + 1 } else { when[unit] = time }
    }
    return when
  }

  /// The values that a unit reads entry by entry in the order in which it writes, so that its results may lie there.
  /// Axes are those that a result must have to lie there.
  func replaceable(at time: Int) -> [(node: Int, axes: [Axis]?)] {
    switch units[time].work {
    case .chain(_, let inputs, _): return replaceable(inputs)
    case .joined(_, let node, let inputs, _, _):
      let operands = graph.nodes[node].operands.map { graph.storage[$0] }
      return replaceable(inputs).filter { !operands.contains($0.node) }
    case .waiting: return []
    case .kernel(let kernel, let node, _):
      return kernel.allowsOverwriting ? graph.nodes[node].operands.map { (graph.storage[$0], nil) } : []
    }
  }

  private func replaceable(_ inputs: [Int]) -> [(node: Int, axes: [Axis]?)] {
    let roots = inputs.map { graph.storage[$0] }
    return zip(inputs, roots).filter { _, root in roots.count { $0 == root } == 1 }
      .map { ($1, graph.nodes[$0].axes) }
  }

  private mutating func note(_ observed: [Int], _ fusion: Fusion, _ sequence: [Int]) {
    let when = times(sequence, fusion)
    for node in observed {
      let unit = fusion.unitOf[graph.storage[node]]
      if unit < 0 { observedAtStart.append(node) } else { units[when[unit]].observed.append(node) }
    }
    if let loss, case let unit = fusion.unitOf[graph.storage[loss]], unit >= 0 { lossUnit = when[unit] }
  }
}

extension Plan.Unit {
  /// What it may store.
  var results: [Int] {
    switch work {
    case .kernel(_, let node, _): [node]
    case .chain(_, _, let outputs): outputs
    case .joined(_, let node, _, let outputs, _): [node] + outputs
    case .waiting: []
    }
  }

  /// The product that its chain reads.
  var product: Int? { if case .joined(_, let node, _, _, _) = work { node } else { nil } }

  /// Scratch memory, in scalars: of a part, if it is done in parts.
  var scratch: Int {
    switch part ?? work {
    case .kernel(let kernel, _, _): kernel.workspace
    case .joined(let joined, _, _, _, _): joined.workspace
    case .chain, .waiting: 0
    }
  }

  mutating func setWorkspace(_ place: Plan.Place) {
    switch part ?? work {
    case .kernel(let kernel, let node, _):
      let placed = Plan.Work.kernel(kernel, node: node, workspace: place)
      if part == nil { work = placed } else { part = placed }
    case .joined(let joined, let node, let inputs, let outputs, _):
      work = .joined(joined, node: node, inputs: inputs, outputs: outputs, workspace: place)
    case .chain, .waiting: break
    }
  }
}

extension Program {
  func isInput(_ node: Int) -> Bool {
    instructions[node].primitive is Input || instructions[node].primitive is Indices
  }

  /// Whether it outlives a step: a weight or a state.
  func isKept(_ node: Int) -> Bool {
    instructions[node].primitive is Weight || instructions[node].primitive is OptimizerState
  }
}
