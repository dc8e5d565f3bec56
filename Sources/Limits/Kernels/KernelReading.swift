import Exact
import TensorPrograms

/// A program read at infinite width: each value as a node of a ``KernelGraph``.
///
/// It is the second interpretation of programs beside the growth of their values. It names no primitive: what it asks of
/// an instruction is its role, its function of one variable, and its kernel.
final class KernelReading: Interpretation {
  let program: Program
  let sites: [Site]
  /// By axis, its size times a power of n. Hidden axes come after the program's.
  private(set) var axes: [Axis]
  private(set) var graph: KernelGraph
  /// What each instruction reads as, so far.
  var meanings: [Int] = []
  /// The axis of examples, along which nothing is ever summed.
  let example: AxisID
  /// Axes that a value may have beside its instruction's: an example's, and an output's entry.
  var hidden: Set<AxisID>
  /// What values are put in place of data, such as the cotangent of an output.
  var replaced: [Int: Int] = [:]
  /// Each application of a weight, by weight.
  private var applications: [Int: [Int]] = [:]
  private var symmetry = Symmetry()

  /// Throws ``LimitError/output(_:)`` if no input has examples.
  init(_ program: Program, example: Axis) throws(LimitError) {
    let numbered = ProgramAxes(program)
    guard let batch = numbered[example] else { throw .output("no value has the axis \"\(example.name)\"") }
    self.program = program
    (axes, sites) = (numbered.axes, numbered.sites)
    self.example = batch
    hidden = [batch]
    graph = KernelGraph(grows: axes.map { !$0.growth.isZero })
  }

  /// Reads the instructions of a range, those alone that `isNeeded` says.
  func read(_ range: Range<Int>, _ isNeeded: [Bool]) throws(LimitError) {
    for i in range {
      graph.site = i
      guard isNeeded[i] else {
        meanings.append(-1)
        continue
      }
      if let node = replaced[i] {
        meanings.append(node)
        continue
      }
      let operands = program.instructions[i].operands.map { meanings[$0.index] }
      meanings.append(try program.instructions[i].primitive.interpret(operands, at: sites[i], in: self))
    }
  }

  /// A hidden axis of the size of another, such as that of an output's entries.
  func addHidden(like axis: AxisID) -> AxisID {
    let known = axes[Int(axis)]
    axes.append(Axis(Dimension("output " + known.name, growing: known.dimension.size)))
    graph.addAxis()
    hidden.insert(AxisID(axes.count - 1))
    return AxisID(axes.count - 1)
  }

  func name(_ site: Site) -> String { program.instructions[site.index].name }
  func word(_ site: Site) -> String { program.instructions[site.index].primitive.word }
  func grows(_ axis: AxisID) -> Bool { graph.grows[Int(axis)] }

  /// The axes of a result: those of its instruction, and hidden ones of its operands.
  func axes(_ site: Site, _ operands: [Int]) -> [AxisID] {
    let all = Set(operands.flatMap { graph[$0].axes })
    return site.resultAxes + hidden.intersection(all).subtracting(site.resultAxes).sorted()
  }

  /// A size as a number times a power of n.
  func size(_ axis: AxisID) -> Size { axes[Int(axis)].dimension.size }

  func append(_ node: LimitNode, axes: [AxisID], power: Rational = 0) -> Int {
    graph.append(node, axes: axes, power: power)
  }

  /// A number times a value.
  func times(_ factor: Double, _ x: Int, power: Rational = 0) -> Int {
    if factor == 1, power.isZero { return x }
    let (inner, node) = graph.coefficient(x)
    return append(
      .sum([(factor * inner, node)]), axes: graph[x].axes, power: graph[x].power + power)
  }

  // MARK: - Values that are not computed

  func source(at site: Site) throws(LimitError) -> Int {
    guard case .weight(let initializer, _) = program.instructions[site.index].role else {
      throw .unsupported(value: name(site), operation: word(site), reason: "what an optimizer remembers has no kernel")
    }
    switch initializer {
    case .zero: return append(.number(0), axes: site.resultAxes)
    case .constant(let value): return append(.number(value), axes: site.resultAxes)
    case .gaussian(let deviation):
      let matrix = GaussianMatrix(
        weight: site.index, axes: site.resultAxes, isContracted: site.resultAxes.map { _ in false })
      let (factor, power) = asymptotic(deviation)
      return times(factor, append(.gaussian(matrix, operand: nil), axes: site.resultAxes), power: power)
    }
  }

  func data(at site: Site) throws(LimitError) -> Int {
    if let axis = site.resultAxes.first(where: grows) {
      throw .data(input: name(site), reason: "its axis \"\(axes[Int(axis)].name)\" grows with the width")
    }
    return append(.data(site.index), axes: site.resultAxes)
  }

  func constant(at site: Site) throws(LimitError) -> Int {
    if let axis = site.resultAxes.first(where: grows) {
      throw .unsupported(
        value: name(site), operation: word(site),
        reason: "its entries differ along \"\(axes[Int(axis)].name)\", which grows; make them a frozen weight")
    }
    return append(.computed(site.index, []), axes: site.resultAxes)
  }

  func one(at site: Site) throws(LimitError) -> Int { append(.number(1), axes: site.resultAxes) }

  // MARK: - Entry by entry

  func map(_ phi: FunctionProfile, _ x: Int, at site: Site) throws(LimitError) -> Int {
    guard let function = program.instructions[site.index].primitive.entryFunction else {
      return try computed(at: site, "it is no function of one variable")
    }
    let entry = graph[x]
    if entry.power != 0 {
      guard let p = phi.homogeneity else {
        guard entry.power < 0 else { throw .diverges(value: operandName(site), power: entry.power.asPowerOfWidth) }
        return append(.number(function(0.0)), axes: entry.axes)
      }
      let power = entry.power * p.rational
      return append(try apply(function, x, at: site), axes: entry.axes, power: power)
    }
    return append(try apply(function, x, at: site), axes: entry.axes)
  }

  private func apply(_ function: EntryFunction, _ x: Int, at site: Site) throws(LimitError) -> LimitNode {
    if case .number(let value) = graph[x].node { return .number(function(value)) }
    // An odd function of degree 1 is a multiple of its operand: the slope of a square is 2 x.
    if function.profile.parity == .odd, function.profile.homogeneity == 1 { return .sum([(function(1.0), x)]) }
    if graph.isGaussian(x) { return .function(function, x) }
    // Of anything else only a power is known: a product.
    guard let parts = function.parts, parts.allSatisfy({ $0.base == .one }) else {
      throw .notGaussian(value: name(site), operation: word(site), reason: reason(x))
    }
    return .sum(
      parts.map { part in
        (
          part.coefficient,
          append(.product([Int](repeating: x, count: part.power)), axes: graph[x].axes)
        )
      })
  }

  private func reason(_ x: Int) -> String {
    if case .fluctuation(let reason) = graph[x].node { return reason }
    return "it is a function or product of Gaussian values"
  }

  func operandName(_ site: Site) -> String {
    program.instructions[site.index].operands.first.map { program[$0].name } ?? name(site)
  }

  /// An instruction of numbers, computed by its own kernel.
  private func computed(at site: Site, _ reason: String) throws(LimitError) -> Int {
    let operands = program.instructions[site.index].operands.map { meanings[$0.index] }
    for operand in operands where graph[operand].isRandom {
      throw .notGaussian(
        value: name(site), operation: word(site),
        reason: self.reason(operand) + (graph.isGaussian(operand) ? "; " + reason : ""))
    }
    for axis in Set(operands.flatMap { graph[$0].axes }).subtracting(site.resultAxes) where grows(axis) {
      throw .unsupported(
        value: name(site), operation: word(site), reason: "over \"\(axes[Int(axis)].name)\", which grows with the width"
      )
    }
    let settled = operands.map { operand in
      graph[operand].power < 0 ? append(.number(0), axes: graph[operand].axes) : operand
    }
    if let large = settled.first(where: { graph[$0].power > 0 }) {
      throw .diverges(value: operandName(site), power: graph[large].power.asPowerOfWidth)
    }
    return append(.computed(site.index, settled), axes: axes(site, operands))
  }

  func add(_ operands: [Int], times coefficients: [Double], at site: Site) throws(LimitError) -> Int {
    let terms = operands.indices.map { (coefficients.isEmpty ? 1 : coefficients[$0], operands[$0]) }
    return sum(terms, axes: axes(site, operands))
  }

  /// The largest terms of a sum: those of a smaller power of n vanish beside them.
  func sum(_ terms: [(Double, Int)], axes: [AxisID]) -> Int {
    let present = terms.filter { $0.0 != 0 && !graph[$0.1].isZero }
    guard let power = present.map({ graph[$0.1].power }).max() else { return append(.number(0), axes: axes) }
    let kept = present.filter { graph[$0.1].power == power }
    return append(
      .sum(
        kept.map { coefficient, node in
          let (inner, base) = graph.coefficient(node)
          return (coefficient * inner, base)
        }), axes: axes, power: power)
  }

  func product(_ a: Int, _ b: Int, at site: Site) throws(LimitError) -> Int {
    product([a, b], axes: axes(site, [a, b]))
  }

  func product(_ factors: [Int], axes: [AxisID]) -> Int {
    let power = factors.reduce(Rational.zero) { $0 + graph[$1].power }
    if factors.contains(where: { graph[$0].isZero }) { return append(.number(0), axes: axes) }
    if factors.contains(where: isFluctuation) {
      return append(.fluctuation(reason: "it is a random number times something"), axes: axes, power: power)
    }
    var (coefficient, flat) = (1.0, [Int]())
    for factor in factors {
      let (c, node) = graph.coefficient(factor)
      coefficient *= c
      if case .product(let inner) = graph[node].node { flat += inner } else { flat.append(node) }
    }
    return times(coefficient, append(.product(flat), axes: axes, power: power))
  }

  private func isFluctuation(_ id: Int) -> Bool {
    if case .fluctuation = graph[graph.coefficient(id).1].node { true } else { false }
  }

  func scale(
    _ x: Int, by factor: Monomial, _ runParameter: RunParameter?, at site: Site
  ) throws(LimitError) -> Int {
    switch runParameter {
    case .multiplier?, nil: break
    default:
      throw .unsupported(
        value: name(site), operation: word(site), reason: "the limit is that of a network, not of an optimizer's step")
    }
    let (number, power) = asymptotic(factor)
    return times(number, x, power: power)
  }

  /// A monomial for large n: a number times a power of n.
  func asymptotic(_ factor: Monomial) -> (factor: Double, power: Rational) {
    var number = factor.constant
    for part in factor.powers {
      let coefficient = part.dimension.size.coefficient
      if coefficient == 1 { continue }
      number *= power(coefficient.double, part.exponent)
    }
    return (number, factor.growth)
  }

  // MARK: - Along axes

  func contract(_ operands: [Int], at site: Site) throws(LimitError) -> Int {
    try contraction(operands, at: site)
  }

  func pass(_ x: Int, at site: Site) throws(LimitError) -> Int {
    switch program.instructions[site.index].role {
    case .guarded(let epsilon):
      let one = append(.number(1), axes: [])
      return sum([(1, x), (epsilon, one)], axes: graph[x].axes)
    case .copies: return append(.sum([(1, x)]), axes: axes(site, [x]), power: graph[x].power)
    case .linear: return try linear(x, at: site)
    default: return try computed(at: site, "it is not linear")
    }
  }

  func rename(_ x: Int, at site: Site) throws(LimitError) -> Int {
    guard case .passage(.renamed(let from, let to)) = program.instructions[site.index].role else { return x }
    let before = site.operandAxes[0]
    let after = site.resultAxes
    guard let position = before.firstIndex(where: { axes[Int($0)] == from }),
      let target = after.first(where: { axes[Int($0)] == to })
    else { return x }
    let old = before[position]
    if old == example { throw .mixesExamples(value: name(site)) }
    func rename(_ node: Int) -> Int {
      let entry = graph[node]
      let axes = entry.axes.map { $0 == old ? target : $0 }
      switch entry.node {
      case .gaussian(var matrix, nil):
        matrix.axes = matrix.axes.map { $0 == old ? target : $0 }
        return append(.gaussian(matrix, operand: nil), axes: axes, power: entry.power)
      case .number: return append(entry.node, axes: axes, power: entry.power)
      case .sum(let terms):
        return append(.sum(terms.map { ($0.coefficient, rename($0.node)) }), axes: axes, power: entry.power)
      default:
        guard entry.axes.contains(old) else { return node }
        return append(.renamed(node, from: old, to: target), axes: axes, power: entry.power)
      }
    }
    return rename(x)
  }

  func select(_ x: Int, along axis: Axis, at site: Site) throws(LimitError) -> Int { try linear(x, at: site) }
  func gather(_ table: Int, along axis: Axis, at site: Site) throws(LimitError) -> Int { try linear(table, at: site) }
  func scatter(_ rows: Int, along axis: Axis, at site: Site) throws(LimitError) -> Int { try linear(rows, at: site) }

  /// A linear map along fixed axes; its other operands are numbers of a batch.
  private func linear(_ x: Int, at site: Site) throws(LimitError) -> Int {
    let operands = program.instructions[site.index].operands.map { meanings[$0.index] }
    let changed = Set(site.operandAxes.first ?? []).symmetricDifference(site.resultAxes)
    if let first = site.operandAxes.first, first.contains(example), !site.resultAxes.contains(example),
      program.forward.contains(site.index)
    {
      throw .mixesExamples(value: name(site))
    }
    for axis in changed where grows(axis) {
      throw .unsupported(
        value: name(site), operation: word(site),
        reason: "along \"\(axes[Int(axis)].name)\", which grows with the width")
    }
    if graph[x].isZero { return append(.number(0), axes: axes(site, operands)) }
    let (coefficient, node) = graph.coefficient(x)
    return times(
      coefficient,
      append(
        .linear(site.index, node, data: Array(operands.dropFirst())), axes: axes(site, operands), power: graph[x].power)
    )
  }

  func softmax(_ x: Int, over axes: [Axis], at site: Site) throws(LimitError) -> Int {
    if let axis = axes.first(where: { !$0.growth.isZero }) {
      throw .unsupported(
        value: name(site), operation: word(site), reason: "over \"\(axis.name)\", which grows with the width")
    }
    if axes.contains(self.axes[Int(example)]) { throw .mixesExamples(value: name(site)) }
    return try computed(at: site, "a softmax of random scores is not Gaussian; scores scaled by 1/d are not random")
  }

  func logSumExp(_ x: Int, at site: Site) throws(LimitError) -> Int {
    try computed(at: site, "it is no function of one variable")
  }

  func matrixPower(_ matrix: Int, _ x: Int, power: Rational, at site: Site) throws(LimitError) -> Int {
    throw .unsupported(value: name(site), operation: word(site), reason: "no limit of it is known here")
  }

  func eigenvectors(_ matrix: Int, at site: Site) throws(LimitError) -> Int {
    throw .unsupported(value: name(site), operation: word(site), reason: "no limit of it is known here")
  }
}

extension KernelReading {
  /// Whether the mean of a product of views vanishes whatever the data.
  func vanishes(_ views: [View]) -> Bool { symmetry.vanishes(views, in: graph) }

  /// A weight applied to a value, n^(1/2) to the power of what is summed.
  ///
  /// Throws ``LimitError/transposedReturn(value:weight:)`` where the Master Theorem has a correction: where the operand
  /// depends, with a mean derivative, on what the transpose of the weight has made (Tensor Programs III, 2009.10685).
  func apply(_ matrix: GaussianMatrix, to x: Int, axes: [AxisID], at site: Site) throws(LimitError) -> Int {
    var (coefficient, power) = (1.0, graph[x].power)
    for axis in matrix.contracted where grows(axis) {
      coefficient *= size(axis).coefficient.double.squareRoot()
      power = power + size(axis).exponent * .half
    }
    for earlier in applications[matrix.weight] ?? [] {
      guard case .gaussian(let other, _) = graph[earlier].node, other.isContracted != matrix.isContracted else {
        continue
      }
      // The same index of the weight on both sides.
      let transposed = View(
        node: earlier,
        labels: graph[earlier].axes.map { axis in
          other.axes.firstIndex(of: axis).map { Label(axis: matrix.axes[$0]) } ?? Label(axis: axis, copy: 1)
        })
      let view = View(node: x, labels: graph[x].axes.map { Label(axis: $0) })
      if !vanishes([transposed, view]) {
        throw .transposedReturn(value: name(site), weight: program.instructions[matrix.weight].name)
      }
    }
    let (inner, node) = graph.coefficient(x)
    let made = append(.gaussian(matrix, operand: node), axes: axes, power: power)
    applications[matrix.weight, default: []].append(made)
    return times(coefficient * inner, made)
  }
}
