import Exact
import TensorPrograms

/// Sums of one component over growing axes, and what a Gaussian matrix makes of what it meets there.
extension Growth {
  /// The sum of a component over growing axes.
  func sum(_ component: Component, over axes: AxisList, at site: Site) -> [Component] {
    guard let factor = component.gaussians.first(touching: axes) else {
      return sumOrdinary(component, over: axes, at: site)
    }
    // Only one matrix at a time is met as such; others are tensors with characters of their own.
    reads.insert(.applications)
    var rest = component
    rest.gaussians.remove(factor)
    rest = realize(rest, at: site)
    var part = factor.filter(axes.contains)
    // A matrix summed on both sides: first one side, which makes a vector, then that.
    if part.axes.count == factor.axes.count { part.removeLast() }
    let inside = part.axes
    var met = meet(factor, rest, over: part, at: site)
    if let own = knownGenerator(factor),
      factor.axes.allSatisfy({ axis in
        inside.contains(axis)
          ? table.contains(rest.characters[axis], own) : table.involves(rest.characters[axis], own)
      })
    {
      // It meets what it made entry by entry, which varies along the kept axes too: its own entries, squared.
      var squared = rest
      squared.characters = realized(rest.characters, factor, at: site)
      met += sumOrdinary(squared, over: inside, at: site)
    }
    let left = axes.filter { !inside.contains($0) }
    return left.isEmpty ? met : met.flatMap { sum($0, over: left, at: site) }
  }

  /// The sum of what is random or has a mean along each axis. For predictions at finite width, a sum with a mean
  /// keeps its fluctuation beside it.
  private func sumOrdinary(_ component: Component, over axes: AxisList, at site: Site) -> [Component] {
    var result = component
    var hasMean = false
    for i in 0..<axes.count {
      let axis = axes[i]
      let mean = table.hasMean(result.characters[axis])
      result.exponent += mean ? growth[Int(axis)] : growth[Int(axis)] * .half
      result.cause = event(mean ? .largeNumbers : .centralLimit, site, axis: axis, cause: result.cause)
      hasMean = hasMean || mean
    }
    result.characters.keep { !axes.contains($0) }
    guard keepsSmallParts, hasMean, result.characters == Characters() else { return [result] }
    var fluctuation = result
    fluctuation.exponent = component.exponent + growth(of: axes) * .half
    return [result, fluctuation]
  }

  /// A Gaussian matrix meets the rest of a product: fresh randomness along the kept axes (Z-hat), and, if the rest
  /// carries what the transpose made, the correction in the direction of what the transpose was applied to (Z-dot).
  private func meet(
    _ factor: GaussianFactor, _ rest: Component, over part: GaussianFactor, at site: Site
  ) -> [Component] {
    let inside = part.axes
    let left = factor.filter { !inside.contains($0) }
    let kept = left.axes
    let summed = growth(of: inside)
    let fresh = generator(left, at: site)
    note(kept: left, summed: part, cofactor: rest.characters)

    var hat = rest
    hat.exponent += summed * .half
    hat.characters.keep { !inside.contains($0) }
    hat.cause = event(.gaussianMatrix, site, axis: inside[0], cause: rest.cause)
    var results: [Component] = []
    if let returned = knownGenerator(part), let met = applied(part),
      inside.allSatisfy({ table.contains(rest.characters[$0], returned) })
    {
      var dot = hat
      let across = growth(of: kept)
      dot.exponent += (summed - across) * .half
      for i in 0..<kept.count { dot.characters[kept[i]] = table.product(dot.characters[kept[i]], met[left.own[i]]) }
      dot.cause = event(.transposedReturn, site, axis: inside[0], cause: rest.cause)
      results.append(dot)
    }
    // What the rest has along a kept axis is met there entry by entry; of what was summed nothing is left.
    if kept.count > 1 {
      _ = hat.gaussians.append(left)
    } else {
      for i in 0..<kept.count { hat.characters[kept[i]] = table.product(hat.characters[kept[i]], fresh) }
    }
    results.append(hat)
    return results
  }

  /// Weights that the component is still linear in become ordinary randomness along all their axes.
  func realize(_ component: Component, at site: Site) -> Component {
    if component.gaussians.isEmpty { return component }
    var result = component
    for factor in component.gaussians.all { result.characters = realized(result.characters, factor, at: site) }
    result.gaussians = GaussianFactors()
    return result
  }

  func realized(_ characters: Characters, _ factor: GaussianFactor, at site: Site) -> Characters {
    var result = characters
    let own = generator(factor, at: site)
    for i in 0..<factor.axes.count { result[factor.axes[i]] = table.product(result[factor.axes[i]], own) }
    return result
  }

  func growth(of axes: AxisList) -> Exponent {
    var sum = Exponent.zero
    for i in 0..<axes.count { sum += growth[Int(axes[i])] }
    return sum
  }
}
