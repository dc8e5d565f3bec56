import TensorPrograms
import Tensors

/// A plan with its addresses: nothing is looked up in a step.
struct Bound<T: Element> {
  /// Runs one unit with the values of the run parameters, on at most so many threads. Throws errors of
  /// ``TrainingError``.
  typealias Work = (_ scalars: [Double], _ threads: Int) throws -> Void

  struct Action {
    var work: Work
    var observed: [(ValueID, UnsafeBufferPointer<T>)]
    /// The segment that begins with this unit, if one does: its number of units, and the work that runs them by parts
    /// of the batch.
    var segment: (count: Int, work: Work)?
  }

  var actions: [Action]
  var observedAtStart: [(ValueID, UnsafeBufferPointer<T>)]
  var copies: [(from: UnsafePointer<T>, to: UnsafeMutablePointer<T>, count: Int)]
  var inputs: [Int]
  var loss: UnsafePointer<T>?
  var lossUnit: Int?
}

extension Machine {
  func bind(_ plan: Plan) -> Bound<T> {
    let addresses = Addresses(machine: self, plan: plan)
    var actions = plan.units.map { unit in
      Bound<T>.Action(
        work: unit.part == nil ? work(unit.work, addresses) : inParts([unit], addresses),
        observed: unit.observed.map { (ValueID($0), addresses.entries($0)) })
    }
    for segment in plan.segments {
      actions[segment.lowerBound].segment = (segment.count, inParts(Array(plan.units[segment]), addresses))
    }
    return Bound(
      actions: actions, observedAtStart: plan.observedAtStart.map { (ValueID($0), addresses.entries($0)) },
      copies: plan.copies.map {
        (UnsafePointer(addresses.of($0.value)), addresses.of($0.target), plan.graph.nodes[$0.target].shape.count)
      },
      inputs: plan.inputs, loss: plan.loss.map { UnsafePointer(addresses.of($0)) }, lossUnit: plan.lossUnit)
  }

  /// A unit's work, on the whole batch or on a part; a kernel writes its result to `sum` if that is given.
  func work(_ work: Plan.Work, _ addresses: Addresses<T>, part: Int? = nil, sum: Plan.Place? = nil)
    -> Bound<T>.Work
  {
    let (run, node) = kernelWork(work, addresses, part: part, sum: sum)
    let graph = addresses.plan.graph
    return { scalars, threads in
      do throws(KernelError) {
        try run(scalars, threads)
      } catch {
        throw TrainingError(error, computing: node, of: graph)
      }
    }
  }

  private typealias KernelWork = (_ scalars: [Double], _ threads: Int) throws(KernelError) -> Void

  /// As ``work(_:_:part:sum:)``, but throwing the kernels' own errors; and the node to blame for them.
  private func kernelWork(_ work: Plan.Work, _ addresses: Addresses<T>, part: Int?, sum: Plan.Place?)
    -> (run: KernelWork, node: Int)
  {
    let nodes = addresses.plan.graph.nodes
    switch work {
    case .kernel(let kernel, let node, let workspace):
      let operands = nodes[node].operands.map { addresses.operand($0, part) }
      let output = sum.map { addresses.of($0, part: part) } ?? addresses.of(node, part: part)
      let scratch = addresses.known(workspace, part: part)
      let run: KernelWork = { (_, threads) throws(KernelError) in
        try kernel.run(operands, into: output, workspace: scratch, threads: threads)
      }
      return (run, node)
    case .chain(let chain, let inputs, let outputs):
      let from = inputs.map { UnsafePointer(addresses.of($0, part: part)) }
      let to = outputs.map { addresses.of($0, part: part) }
      let run: KernelWork = { (scalars, threads) throws(KernelError) in
        try chain.run(inputs: from, outputs: to, scalars: scalars, threads: threads)
      }
      return (run, outputs.first ?? 0)
    case .joined(let joined, let node, let inputs, let outputs, let workspace):
      let operands = nodes[node].operands.map { UnsafePointer(addresses.of($0)) }
      let (product, scratch) = (addresses.known(addresses.plan.places[node]), addresses.of(workspace))
      let (from, to) = (inputs.map { UnsafePointer(addresses.of($0)) }, outputs.map { addresses.of($0) })
      let run: KernelWork = { (scalars, threads) throws(KernelError) in
        try joined.run(
          operands, product: product, inputs: from, outputs: to, scalars: scalars, workspace: scratch,
          threads: threads)
      }
      return (run, node)
    }
  }
}

extension TrainingError {
  /// What a kernel reports of a node, in the words of the program.
  fileprivate init(_ error: KernelError, computing node: Int, of graph: Graph) {
    if case .memoryRefused(let bytes) = error {
      self = .memoryRefused(program: graph.program.name, width: graph.width, bytes: bytes)
      return
    }
    let word = node < graph.program.instructions.count ? graph.program.instructions[node].primitive.word : "chain"
    self = .kernel(operation: word, name: graph.nodes[node].name, reason: error.description)
  }
}

/// Where a plan's values lie.
struct Addresses<T: Element> {
  let machine: Machine<T>
  let plan: Plan

  /// Nil for what is not stored.
  func known(_ place: Plan.Place, part: Int? = nil) -> UnsafeMutablePointer<T>? {
    switch place {
    case .nowhere, .undecided: nil
    case .source(let node): machine.sources[node]?.pointer
    case .accumulated(let node): machine.accumulators[node]?.pointer
    case .shared(let offset): machine.shared.pointer + offset
    case .own(let offset):
      plan.parts.map { machine.shared.pointer + ($0.ownStart + (part ?? 0) * $0.ownExtent + offset) }
    }
  }

  func of(_ place: Plan.Place, part: Int? = nil) -> UnsafeMutablePointer<T> {
    known(place, part: part) ?? machine.shared.pointer
  }

  /// A value, or a part of it.
  func of(_ node: Int, part: Int? = nil) -> UnsafeMutablePointer<T> {
    if case .own = plan.places[node] { return of(plan.places[node], part: part) }
    return of(plan.places[node]) + start(node, part)
  }

  func operand(_ node: Int, _ part: Int?) -> Operand<T> {
    if let start = machine.indices[plan.graph.storage[node]]?.baseAddress {
      return .indices(start + self.start(node, part))
    }
    return .values(of(node, part: part))
  }

  /// Where a part begins.
  private func start(_ node: Int, _ part: Int?) -> Int {
    guard let part, let parts = plan.parts, plan.graph.nodes[node].axes.first == parts.axis else { return 0 }
    return part * (plan.graph.nodes[node].shape.count / parts.count)
  }

  func entries(_ node: Int) -> UnsafeBufferPointer<T> {
    UnsafeBufferPointer(start: known(plan.places[node]), count: plan.graph.nodes[node].shape.count)
  }
}
