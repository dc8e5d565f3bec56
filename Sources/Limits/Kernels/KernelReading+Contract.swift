import Exact
import Foundation
import TensorPrograms

func power(_ base: Double, _ exponent: Rational) -> Double { pow(base, exponent.double) }

/// Sums over axes: which are Gaussian, which come to a mean, and which stay random.
extension KernelReading {
  func contraction(_ operands: [Int], at site: Site) throws(LimitError) -> Int {
    let result = axes(site, operands)
    if site.operandAxes.contains(where: { $0.contains(example) }), !site.resultAxes.contains(example),
      program.forward.contains(site.index)
    {
      throw .mixesExamples(value: name(site))
    }
    return try contract(operands, to: result, at: site)
  }

  /// The product of values, summed over the axes that `result` lacks.
  private func contract(_ operands: [Int], to result: [AxisID], at site: Site) throws(LimitError) -> Int {
    if operands.contains(where: { graph[$0].isZero }) { return append(.number(0), axes: result) }
    let all = Set(operands.flatMap { graph[$0].axes })
    let summed = all.subtracting(result)
    if let position = operands.firstIndex(where: { isMixedSum($0, summed) }) {
      return try distribute(operands, position, to: result, at: site)
    }
    let weights = operands.indices.filter { isWeight(operands[$0], summed) }
    if weights.count == 1 {
      let others = operands.indices.filter { $0 != weights[0] }.map { operands[$0] }
      if let made = try applying(operands[weights[0]], to: others, summed, result, at: site) { return made }
    }
    return try meanOrProduct(operands, summed, to: result, at: site)
  }

  /// Whether a value is a weight itself, times a number, that is contracted along some axis.
  private func isWeight(_ id: Int, _ summed: Set<AxisID>) -> Bool {
    guard case .gaussian(let matrix, nil) = graph[graph.coefficient(id).1].node else { return false }
    return matrix.axes.contains(where: summed.contains)
  }

  /// Whether a value is a sum of which some term is a weight that is contracted, or whose terms are random along
  /// different axes: then the sum goes outside.
  private func isMixedSum(_ id: Int, _ summed: Set<AxisID>) -> Bool {
    guard case .sum(let terms) = graph[id].node, terms.count > 1 else { return false }
    if terms.contains(where: { isWeight($0.node, summed) }) { return true }
    guard summed.contains(where: { grows($0) && graph[id].axes.contains($0) }) else { return false }
    return graph[id].axes.count(where: grows) > 1
  }

  private func distribute(_ operands: [Int], _ position: Int, to result: [AxisID], at site: Site) throws(LimitError)
    -> Int
  {
    guard case .sum(let terms) = graph[operands[position]].node else { return operands[position] }
    var made: [(Double, Int)] = []
    for term in terms {
      var factors = operands
      // A term lacks axes along which it is the same.
      factors[position] = spread(term.node, to: graph[operands[position]].axes)
      made.append((term.coefficient, try contract(factors, to: result, at: site)))
    }
    return sum(made, axes: result)
  }

  private func spread(_ id: Int, to axes: [AxisID]) -> Int {
    Set(graph[id].axes) == Set(axes) ? id : append(.sum([(1, id)]), axes: axes, power: graph[id].power)
  }

  /// A weight applied to the product of the others, nil if it is only multiplied entry by entry along what grows.
  private func applying(
    _ weight: Int, to others: [Int], _ summed: Set<AxisID>, _ result: [AxisID], at site: Site
  ) throws(LimitError) -> Int? {
    let (coefficient, node) = graph.coefficient(weight)
    guard case .gaussian(var matrix, nil) = graph[node].node else { return nil }
    matrix.isContracted = matrix.axes.map(summed.contains)
    let otherAxes = Set(others.flatMap { graph[$0].axes })
    // Along a growing axis that both keep the entries of the weight are factors of what is random there.
    let isShared = matrix.free.contains { grows($0) && otherAxes.contains($0) }
    if isShared { return nil }
    let alone = otherAxes.intersection(summed).subtracting(matrix.axes)
    let kept = others.isEmpty ? [] : Array(otherAxes.subtracting(alone)).sorted()
    let x =
      others.isEmpty
      ? append(.number(1), axes: []) : try contract(others, to: kept + [], at: site)
    // What is random must be summed along the weight's growing axes, else the sum's size is random too.
    let contracted = Set(matrix.contracted.filter(grows))
    for generator in graph[x].generators where contracted.isDisjoint(with: generator.axes) {
      if generator.axes.contains(where: { $0 >= 0 }) && !contracted.isEmpty { continue }
      throw .random(
        value: name(site),
        reason: "it sums over fixed axes alone what is random, so given the other weights its size is random; "
          + "let an axis of \"\(program.instructions[matrix.weight].name)\" grow")
    }
    if isRandomNumber(x) { throw .random(value: name(site), reason: "its operand is a random number") }
    let made = try apply(matrix, to: x, axes: result, at: site)
    return times(coefficient, made, power: graph[weight].power)
  }

  private func isRandomNumber(_ id: Int) -> Bool {
    if case .fluctuation = graph[graph.coefficient(id).1].node { true } else { false }
  }

  /// A contraction without a weight: over growing axes a mean, over fixed ones a sum.
  private func meanOrProduct(_ operands: [Int], _ summed: Set<AxisID>, to result: [AxisID], at site: Site)
    throws(LimitError) -> Int
  {
    var (coefficient, power, factors) = (1.0, Rational.zero, [Int]())
    for operand in operands {
      let (c, node) = graph.coefficient(operand)
      coefficient *= c
      power = power + graph[operand].power
      if isRandomNumber(node) {
        return append(.fluctuation(reason: "it is a random number times something"), axes: result, power: power)
      }
      if case .product(let inner) = graph[node].node { factors += inner } else { factors.append(node) }
    }
    // A factor may lack an axis of its operand, along which it is the same.
    let growing = summed.filter(grows)
    let averaged = factors.filter { graph[$0].isRandom && !growing.isDisjoint(with: graph[$0].axes) }
    let others = factors.filter { !averaged.contains($0) }
    if growing.isEmpty {
      let product = self.product(factors, axes: Array(Set(result).union(summed)).sorted())
      return times(coefficient, total(product, summed, to: result, power: power))
    }
    var mean: Int?
    for axis in growing {
      coefficient *= size(axis).coefficient.double
      power = power + size(axis).exponent
    }
    if !averaged.isEmpty {
      let inner = Set(averaged.flatMap { graph[$0].axes })
      for factor in averaged {
        for generator in graph[factor].generators where growing.isDisjoint(with: generator.axes) {
          if generator.axes.contains(where: { $0 >= 0 }),
            !graph[factor].axes.allSatisfy({ !grows($0) || growing.contains($0) })
          {
            throw .unsupported(
              value: name(site), operation: word(site),
              reason: "a factor is random along a growing axis that is kept and along one that is summed")
          }
        }
      }
      let meanAxes = inner.filter { !grows($0) }.sorted()
      let views = averaged.map { id in View(node: id, labels: graph[id].axes.map { Label(axis: $0) }) }
      if vanishes(views) {
        let lost = growing.reduce(Rational.zero) { $0 + size($1).exponent * .half }
        let names = growing.map { axes[Int($0)].name }.sorted().joined(separator: ", ")
        return append(
          .fluctuation(
            reason: "a sum over \(names) whose terms have mean 0; divided by the number of terms it would be 0"),
          axes: result, power: power - lost)
      }
      mean = append(.expectation(averaged), axes: meanAxes)
    }
    let rest = [mean].compactMap(\.self) + others
    let fixed = summed.filter { !grows($0) }
    let product =
      rest.isEmpty
      ? append(.number(1), axes: []) : self.product(rest, axes: Array(Set(result).union(fixed)).sorted())
    let clean = append(.sum([(1, product)]), axes: graph[product].axes, power: 0)
    return times(coefficient, total(clean, fixed, to: result, power: power))
  }

  /// The sum over fixed axes.
  private func total(_ x: Int, _ over: Set<AxisID>, to result: [AxisID], power: Rational) -> Int {
    if graph[x].isZero { return append(.number(0), axes: result) }
    if over.isEmpty { return append(.sum([(1, x)]), axes: result, power: power) }
    return append(.total(x, over: over.sorted()), axes: result, power: power)
  }
}
