import Exact
public import TensorPrograms

/// The rules of the calculus (see Notes: growth calculus).
extension Growth {
  /// A product of operands summed over the axes that the result does not have.
  public func contract(_ operands: [Scale], at site: Site) -> Scale {
    selectively(operands, at: site, meetsRows: true) { contractAnywhere($0, at: site) }
  }

  private func contractAnywhere(_ operands: [Scale], at site: Site) -> Scale {
    if !alignments.isEmpty, let alignment = alignments[site.index] {
      return contract(operands, aligned: alignment, at: site)
    }
    let summed = summedAxes(site)
    let operands = summed.isEmpty ? operands : withConstantsEntering(operands, at: site)
    let isTimesNumber = summed.isEmpty && isConstant[site.index] && isTimesNumbers(operands, at: site)
    var products = operands[0].components
    for operand in operands.dropFirst() {
      var next: [Component] = []
      next.reserveCapacity(products.count * operand.components.count)
      for a in products {
        for b in operand.components { next.append(multiply(a, b, isTimesNumber: isTimesNumber, at: site)) }
      }
      products = next
    }
    if !summed.isEmpty { products = products.flatMap { sum($0, over: summed, at: site) } }
    return finish(products, site)
  }

  /// Where weights alone are contracted, those that vary along fewer growing axes than another are learned constants:
  /// a vector that goes through a matrix, a latent query. They are to it what data are.
  private func withConstantsEntering(_ operands: [Scale], at site: Site) -> [Scale] {
    guard operands.count > 1, forward.contains(site.index),
      operands.allSatisfy({ !$0.components.isEmpty && $0.components.allSatisfy(\.isRaw) })
    else { return operands }
    let counts = site.operandAxes.map { axes in axes.reduce(0) { isGrowing($1) ? $0 + 1 : $0 } }
    guard let most = counts.max(), counts.contains(where: { $0 > 0 && $0 < most }) else { return operands }
    return zip(operands, counts).map { operand, count in
      guard count > 0, count < most else { return operand }
      meetsFunction(operand, at: site)
      var entering = operand
      for i in entering.components.indices {
        entering.components[i] = realize(entering.components[i], at: site)
        entering.components[i].blame?.entered = Int32(site.index)
        entering.components[i].open = 0
      }
      return entering
    }
  }

  /// Whether all but weights are numbers: what comes out has met no data yet.
  private func isTimesNumbers(_ operands: [Scale], at site: Site) -> Bool {
    zip(operands, site.operandAxes).allSatisfy { operand, axes in
      operand.components.allSatisfy(\.isRaw) || !axes.contains(where: isGrowing)
    }
  }

  private func summedAxes(_ site: Site) -> AxisList {
    var summed = AxisList()
    for axes in site.operandAxes {
      for axis in axes where isGrowing(axis) && !site.resultAxes.contains(axis) && !summed.contains(axis) {
        summed.append(axis)
      }
    }
    return summed
  }

  /// A weight and its operand, where an alignment is assumed: training's part of the sum is worth what that says.
  private func contract(_ operands: [Scale], aligned alignment: Alignment, at site: Site) -> Scale {
    let summed = summedAxes(site)
    var results: [Component] = []
    for a in operands[0].components {
      for b in operands[1].components {
        let product = multiply(a, b, at: site)
        let (weight, other) = a.isRaw ? (a, b) : (b, a)
        guard a.isRaw != b.isRaw, let exponent = alignment.exponent(weight: weight.origin, other: other.origin) else {
          results += summed.isEmpty ? [product] : sum(product, over: summed, at: site)
          continue
        }
        var result = product
        for factor in product.gaussians.all where !factor.axes.isDisjoint(with: summed) {
          // What is kept of the matrix is fresh randomness.
          result.gaussians.remove(factor)
          let kept = factor.filter { !summed.contains($0) }
          for i in 0..<kept.axes.count { result.characters[kept.axes[i]] = generator(kept, at: site) }
        }
        for i in 0..<summed.count {
          result.exponent += growth[Int(summed[i])] * exponent
          result.cause = event(
            exponent > .half ? .largeNumbers : .centralLimit, site, axis: summed[i], cause: result.cause)
        }
        result.characters.keep { !summed.contains($0) }
        results.append(result)
      }
    }
    return finish(results, site)
  }

  /// The entrywise product of two results made at this very site: for primitives that are compositions.
  public func product(_ a: Scale, _ b: Scale, at site: Site) -> Scale {
    selectively([a, b], at: site) { parts in
      merge(parts[0].components.flatMap { x in parts[1].components.map { multiply(x, $0, at: site) } })
    }
  }

  /// A sum of values, entry by entry: nothing cancels in the calculus.
  public func add(_ operands: [Scale], times coefficients: [Double], at site: Site) -> Scale {
    selectively(operands, at: site) { addAnywhere($0, at: site) }
  }

  private func addAnywhere(_ operands: [Scale], at site: Site) -> Scale {
    let allRaw = isConstant[site.index] || operands.allSatisfy { $0.components.allSatisfy(\.isRaw) }
    var components: [Component] = []
    for operand in operands {
      for var component in operand.components {
        if !allRaw, component.isRaw {
          if component.gaussians.isEmpty || site.index < forwardEnd { component.blame?.entered = Int32(site.index) }
          component.cause = event(.entry, site, cause: component.cause)
        }
        components.append(component)
      }
    }
    return finish(components, site)
  }

  /// Exponents and characters stay, as of patches of an image.
  public func pass(_ operand: Scale, at site: Site) -> Scale { finish(operand.components, site) }

  /// Exponents and characters stay, and a slice of a weight is a weight.
  public func select(_ operand: Scale, along axis: Axis, at site: Site) -> Scale { finish(operand.components, site) }

  /// Exponents and characters stay; what is left of a weight meets data here.
  public func gather(_ table: Scale, along axis: Axis, at site: Site) -> Scale {
    var components = selectedEntries(of: table, along: axis, at: site)
    for i in components.indices where components[i].isRaw {
      components[i].blame?.entered = Int32(site.index)
      components[i].cause = event(.entry, site, cause: components[i].cause)
    }
    return finish(components, site)
  }

  /// The rows are summed over the axes that the table lacks.
  public func scatter(_ rows: Scale, along axis: Axis, at site: Site) -> Scale {
    var inner = site
    inner.operandAxes = [site.operandAxes[0]]
    guard hasSelections, let along = site.resultAxes.first(where: { axisNames[Int($0)] == axis.name }),
      isSelectable(along)
    else { return contract([rows], at: inner) }
    var selected = contract([rows], at: inner)
    for i in selected.components.indices { selected.components[i].selected.append(along) }
    return selected
  }

  /// What data select along an axis, everything else about it as it was.
  private func selectedEntries(of table: Scale, along axis: Axis, at site: Site) -> [Component] {
    guard hasSelections, let along = site.operandAxes[0].first(where: { axisNames[Int($0)] == axis.name }),
      isSelectable(along)
    else { return table.components }
    let part = AxisList([along])
    return selectively([table], at: site) { [self] parts in
      if fixed.contains(along) { return parts[0] }
      return Scale(read(parts, along: part, at: site) { $0[0] })
    }.components
  }

  public func softmax(_ operand: Scale, over axes: [Axis], at site: Site) -> Scale {
    var inner = site
    inner.operandAxes = [site.resultAxes]
    inner.resultAxes = site.resultAxes.filter { axis in !axes.contains { $0.name == axisNames[Int(axis)] } }
    meetsFunction(operand, at: site)
    let (exponential, inverse) = unobserved {
      let exponential = map(Nonlinearity.exp.profile, operand, at: site)
      let total = contract([exponential], at: inner)
      return (exponential, map(Nonlinearity.reciprocal.profile, total, at: inner))
    }
    return finish(product(exponential, inverse, at: site).components, site)
  }

  public func logSumExp(_ operand: Scale, at site: Site) -> Scale {
    meetsFunction(operand, at: site)
    let total = unobserved { contract([map(Nonlinearity.exp.profile, operand, at: site)], at: site) }
    return map(Nonlinearity.log.profile, total, at: site)
  }

  /// A number times a value: a power of width, and a run parameter.
  public func scale(_ operand: Scale, by number: Monomial, _ runParameter: RunParameter?, at site: Site) -> Scale {
    if leavesOutDecay, case .decay = runParameter { return .zero }
    var components = operand.components
    var factor = Power(exponent: Exponent(number.growth))
    var unknown: Int32?
    if let runParameter {
      reads.insert(.parameters)
      let found = exponentOfRunParameter(runParameter, &forms)
      if case .multiplier = runParameter { factor = found.power } else { factor = plus(factor, found.power) }
      unknown = found.unknown
    }
    for i in components.indices {
      components[i].power = plus(components[i].power, factor)
      if let unknown {
        components[i].blame = Blame(unknown: unknown, entered: isConstant[site.index] ? nil : Int32(site.index))
        components[i].cause = event(.entry, site, cause: components[i].cause)
      }
      if case .rate = runParameter { components[i].origin = .update }
    }
    return finish(components, site)
  }

  /// Characters go with the axis.
  public func rename(_ operand: Scale, at site: Site) -> Scale {
    var components = operand.components
    guard let (axis, other) = zip(site.operandAxes[0], site.resultAxes).first(where: { $0 != $1 }), isGrowing(axis)
    else { return finish(components, site) }
    for i in components.indices {
      components[i].characters.rename(axis, to: other)
      components[i].gaussians.rename(axis, to: other)
      components[i].selected.rename(axis, to: other)
    }
    return finish(components, site)
  }

  private var forwardEnd: Int { sites.count }

  /// Scale matters to a function without a degree, to which a weight may come before it has met data.
  func meetsFunction(_ operand: Scale, at site: Site) {
    if let inspectArgument { inspectArgument(operand.components, site) }
  }

  /// What a composition makes on the way: no values of the program, so that nobody looks at them.
  private func unobserved<Result>(_ body: () -> Result) -> Result {
    let observer = inspect
    inspect = nil
    defer { inspect = observer }
    return body()
  }

  func finish(_ components: [Component], _ site: Site) -> Scale {
    var components = components
    for i in components.indices {
      // What is judged only behind a number enters where that is.
      if let entered = components[i].blame?.entered, isDeferred[safe: Int(entered)] {
        components[i].blame?.entered = Int32(site.index)
      }
    }
    inspect?(&components, site)
    if settles[safe: site.index] { for i in components.indices where !components[i].isRaw { components[i].open = 0 } }
    return merge(components)
  }

  private func multiply(_ a: Component, _ b: Component, isTimesNumber: Bool = false, at site: Site) -> Component {
    var result = a
    result.power = plus(a.power, b.power)
    if b.origin == .update { result.origin = .update }
    result.characters = a.characters.combined(b.characters) { self.table.product($0, $1) }
    if !b.gaussians.isEmpty {
      // The matrix that enters here comes first, whichever operand it is; else what was recorded later.
      let second = a.isRaw != b.isRaw ? b.isRaw : b.gaussians.all[0].weight > (a.gaussians.all.first?.weight ?? -1)
      result.gaussians = second ? b.gaussians : a.gaussians
      for factor in (second ? a : b).gaussians.all where !result.gaussians.append(factor) {
        result.characters = realized(result.characters, factor, at: site)
      }
    }
    // What an explanation should follow: the operand that training changed, else the latest that is not a weight.
    if a.origin != b.origin {
      result.cause = a.origin == .update ? a.cause : b.cause
    } else {
      result.cause = a.isRaw ? b.cause : b.isRaw ? a.cause : max(a.cause, b.cause)
    }
    switch (a.blame?.entered, b.blame?.entered) {
    case (nil, nil): result.blame = lastOpen(a, b)
    case (nil, _?): result.blame = a.blame ?? b.blame
    case (_?, nil): result.blame = b.blame ?? a.blame
    case (let x?, let y?): result.blame = y >= x ? b.blame : a.blame
    }
    // A weight that meets data answers for what comes out; what the data depend on was judged before.
    if a.isRaw != b.isRaw, !shareWeight(a.open, b.open) { result.open = a.isRaw ? a.open : b.open }
    if !(a.isRaw && b.isRaw) && !isTimesNumber, result.blame?.entered == nil {
      result.blame?.entered = Int32(site.index)
      result.cause = event(.entry, site, cause: result.cause)
    }
    return result
  }

  /// Whether two forms depend on one weight, on its initial size or its update.
  private func shareWeight(_ a: FormID, _ b: FormID) -> Bool {
    if a == 0 || b == 0 { return false }
    return forms[a].terms.contains { term in forms[b].terms.contains { $0.unknown / 2 == term.unknown / 2 } }
  }

  /// Of two weights that have not met data, the one to be judged where they do: not one that a function has settled; the
  /// one that is a matrix.
  private func lastOpen(_ a: Component, _ b: Component) -> Blame? {
    guard let first = a.blame, let second = b.blame else { return b.blame ?? a.blame }
    if (a.open == 0) != (b.open == 0) { return a.open == 0 ? second : first }
    if a.gaussians.isEmpty != b.gaussians.isEmpty { return a.gaussians.isEmpty ? second : first }
    return first.unknown > second.unknown ? first : second
  }
}
