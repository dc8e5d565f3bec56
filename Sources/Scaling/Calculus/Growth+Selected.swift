import Exact
import TensorPrograms

/// Entries that data select along a growing axis: the rows of the tokens of a batch, the logits of its labels.
///
/// They are a few coordinates among n, and may be of another size than a typical one. A component with
/// ``Component/selected`` axes says what the coordinates selected along them are; a value with none such is there what it
/// is anywhere. Along those axes there are a fixed number of coordinates, so every rule reads them with these axes taken
/// as fixed: a sum over them adds nothing to an exponent, and of a Gaussian matrix there is a row, a vector of its own
/// randomness.
extension Growth {
  /// A rule for typical entries, and again for those selected along any axes along which operands are told apart.
  ///
  /// `meetsRows`: whether a Gaussian matrix among the operands has to be met row by row, too, since it is summed.
  func selectively(
    _ operands: [Scale], at site: Site, meetsRows: Bool = false, _ rule: ([Scale]) -> Scale
  ) -> Scale {
    if !hasSelections { return rule(operands) }
    let axes = axesToldApart(operands, meetsRows: meetsRows)
    if axes.isEmpty { return rule(operands) }
    var parts: [Component] = []
    for part in subsets(of: axes) {
      parts += read(operands, along: part, at: site, rule)
    }
    return merge(parts)
  }

  /// A rule for the entries selected along some axes, of a result that keeps the mark of those it has.
  func read(_ operands: [Scale], along part: AxisList, at site: Site, _ rule: ([Scale]) -> Scale) -> [Component] {
    let before = fixed
    for i in 0..<part.count { fixed.append(part[i]) }
    defer { fixed = before }
    var result = rule(operands.map { view($0, along: part, at: site) }).components
    let kept = part.filter(site.resultAxes.contains)
    for i in result.indices { for k in 0..<kept.count { result[i].selected.append(kept[k]) } }
    return result
  }

  /// What a value is at the coordinates selected along some axes; along none, at a typical one.
  func view(_ scale: Scale, along axes: AxisList, at site: Site) -> Scale {
    if axes.isEmpty { return Scale(scale.components.filter(\.selected.isEmpty)) }
    var marked = AxisList()
    for component in scale.components
    where component.selected.count > marked.count && component.selected.allSatisfy(axes.contains) {
      marked = component.selected
    }
    return Scale(
      scale.components.compactMap { component in
        guard component.selected == marked else { return nil }
        var component = restricted(component, to: axes, at: site)
        component.selected = AxisList()
        return component
      })
  }

  /// A component at a few coordinates along some axes: there it has no characters, and of a Gaussian matrix rows are left.
  private func restricted(_ component: Component, to axes: AxisList, at site: Site) -> Component {
    var result = component
    result.characters.keep { !axes.contains($0) }
    for factor in component.gaussians.all where !factor.axes.isDisjoint(with: axes) {
      result.gaussians.remove(factor)
      var row = factor.filter { !axes.contains($0) }
      row.isSelected = true
      if row.axes.count > 1 {
        _ = result.gaussians.append(row)
      } else if row.axes.count == 1 {
        result.characters[row.axes[0]] = table.product(result.characters[row.axes[0]], generator(row, at: site))
      }
    }
    return result
  }

  private func axesToldApart(_ operands: [Scale], meetsRows: Bool) -> AxisList {
    var result = AxisList()
    func note(_ axes: AxisList) {
      for i in 0..<axes.count where isSelectable(axes[i]) && !result.contains(axes[i]) { result.append(axes[i]) }
    }
    for operand in operands {
      for component in operand.components {
        note(component.selected)
        if meetsRows { for factor in component.gaussians.all { note(factor.axes) } }
      }
    }
    return result
  }

  private func subsets(of axes: AxisList) -> [AxisList] {
    (0..<1 << axes.count).map { mask in
      var part = AxisList()
      for i in 0..<axes.count where mask >> i & 1 == 1 { part.append(axes[i]) }
      return part
    }
  }

  /// Without what is at selected coordinates as it is anywhere.
  func withoutRepetition(_ scale: Scale) -> Scale {
    if scale.components.allSatisfy(\.selected.isEmpty) { return scale }
    var result = scale
    for marked in Set(scale.components.map(\.selected)) where !marked.isEmpty {
      let own = Set(scale.components.filter { $0.selected == marked }.map { $0.unmarked })
      var others = result
      others.components.removeAll { $0.selected == marked }
      let anywhere = merge(view(others, along: marked, at: sites[0]).components)
      if own == Set(anywhere.components) { result = others }
    }
    return result
  }

  /// What a mean over all coordinates sees: of a few among n a part n^(-1).
  func averaged(_ scale: Scale) -> Scale {
    if !hasSelections { return scale }
    var result = scale
    for i in result.components.indices {
      let axes = result.components[i].selected
      for k in 0..<axes.count {
        let exponent = result.components[i].exponent
        result.components[i].exponent = exponent - growth[Int(axes[k])]
      }
    }
    return result
  }

  /// The sum of two values of the same axes, entry by entry, selected entries included.
  func sum(of a: Scale, and b: Scale, at site: Site) -> Scale {
    selectively([a, b], at: site) { parts in Scale(parts[0].components + parts[1].components) }
  }
}

extension Scale {
  /// What it is at the entries that data select, where those are told apart.
  var ofSelected: Scale {
    let marked = components.filter { !$0.selected.isEmpty }
    return marked.isEmpty ? self : Scale(marked)
  }
}

extension Component {
  fileprivate var unmarked: Component {
    var result = self
    result.selected = AxisList()
    return result
  }
}
