import TensorPrograms

/// Follows a plan without computing, and checks that every value that is read is still in its place and fits there.
struct PlanFollower {
  private let plan: Plan
  private let graph: Graph
  /// What lies in the shared block: values by their node, and the sum of a part of a value by -1 minus its node.
  private var held: [(range: Range<Int>, owner: Int)] = []
  /// The value that lies with each source, or with the sum of each gradient.
  private var sources: [Int: Int] = [:]
  private var sums: [Int: Int] = [:]
  private var problems: [String] = []

  init(_ plan: Plan) { (self.plan, graph) = (plan, plan.graph) }

  /// Returns the problems.
  mutating func follow() -> [String] {
    for node in graph.nodes.indices where graph.isSource(node) { write(node) }
    let ends = Dictionary(uniqueKeysWithValues: plan.segments.map { ($0.upperBound - 1, $0) })
    // Sums of which the parts are not yet added up.
    var open: [Int] = []
    for (index, unit) in plan.units.enumerated() {
      run(unit, &open)
      if let segment = ends[index] {
        for node in open where !held.contains(where: { $0.owner == -1 - node }) { report(node, "lost its parts' sums") }
        for node in open { write(node) }
        open = []
        checkShared(in: segment)
      }
      for node in unit.observed { read(node) }
    }
    if !open.isEmpty { problems.append("parts' sums are not added up") }
    for copy in plan.copies { read(copy.value) }
    return problems
  }

  private mutating func run(_ unit: Plan.Unit, _ open: inout [Int]) {
    switch unit.part?.work ?? unit.work {
    case .kernel(_, let node, let workspace):
      for operand in graph.nodes[node].operands { read(operand) }
      if let range = range(workspace, unit.scratch) {
        clear(range)
        for operand in graph.nodes[node].operands { read(operand) }
      }
      if let sum = unit.part?.sum {
        hold(-1 - node, sum, graph.nodes[node].shape.count)
        open.append(node)
      } else {
        write(node)
      }
    case .chain(_, let inputs, let outputs):
      for input in inputs { read(input) }
      for output in outputs { write(output) }
    case .joined(_, let node, let inputs, let outputs, let workspace):
      // Slab by slab, a product is written first. Its operands are read until the end; the chain's inputs are read
      // where its outputs are written.
      if let range = range(workspace, unit.scratch) { clear(range) }
      if plan.places[node] != .nowhere { write(node) }
      for input in inputs where graph.storage[input] != node { read(input) }
      for output in outputs { write(output) }
      for operand in graph.nodes[node].operands { read(operand) }
    }
  }

  private mutating func report(_ node: Int, _ what: String) { problems.append("\(graph.nodes[node].name) \(what)") }

  // MARK: - Memory

  private mutating func clear(_ range: Range<Int>) { held.removeAll { $0.range.overlaps(range) } }

  /// The scalars of a place in the shared block, nil if it is elsewhere. Of the parts' own memory, which lies at the
  /// end, the first part's.
  private mutating func range(_ place: Plan.Place, _ count: Int) -> Range<Int>? {
    switch place {
    case .shared(let offset):
      if offset + count > plan.parts?.ownStart ?? plan.extent { problems.append("the shared block is too small") }
      return offset..<offset + count
    case .own(let offset):
      let (start, extent) = (plan.parts?.ownStart ?? 0, plan.parts?.ownExtent ?? 0)
      if offset + count > extent { problems.append("the block of a part is too small") }
      return start + offset..<start + offset + count
    case .nowhere, .undecided, .source, .accumulated: return nil
    }
  }

  private mutating func hold(_ owner: Int, _ place: Plan.Place, _ count: Int) {
    guard let range = range(place, count) else { return }
    clear(range)
    held.append((range, owner))
  }

  private mutating func write(_ node: Int) {
    switch plan.places[node] {
    case .nowhere: break
    case .undecided: report(node, "has no place")
    case .source(let target): sources[target] = node
    case .accumulated(let target): sums[target] = node
    case .shared: hold(node, plan.places[node], graph.nodes[node].shape.count)
    case .own: hold(node, plan.places[node], graph.nodes[node].shape.count / (plan.parts?.count ?? 1))
    }
  }

  private mutating func read(_ operand: Int) {
    let node = graph.storage[operand]
    let isThere: Bool
    switch plan.places[node] {
    case .nowhere, .undecided: return report(node, "is read but not stored")
    case .source(let target): isThere = sources[target] == node
    case .accumulated(let target): isThere = sums[target] == node
    case .shared, .own: isThere = held.contains { $0.owner == node }
    }
    if !isThere { report(node, "is overwritten too early") }
  }

  /// Checks that no two values that parts of a batch share overlap, since parts reach a unit at different times.
  private mutating func checkShared(in segment: Range<Int>) {
    var ranges: [Int: Range<Int>] = [:]
    for unit in plan.units[segment] {
      for node in (unit.results + unit.work.reads(in: graph)).map({ graph.storage[$0] }) {
        guard case .shared(let offset) = plan.places[node] else { continue }
        ranges[node] = offset..<offset + graph.nodes[node].shape.count
      }
    }
    let ordered = ranges.sorted { ($0.value.lowerBound, $0.key) < ($1.value.lowerBound, $1.key) }
    for (i, one) in ordered.enumerated() {
      for other in ordered[(i + 1)...] where one.value != other.value && one.value.overlaps(other.value) {
        report(one.key, "and \(graph.nodes[other.key].name) lie one over another while parts use both")
      }
    }
  }
}
