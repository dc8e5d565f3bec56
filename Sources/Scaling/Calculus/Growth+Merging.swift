import Exact
import TensorPrograms

/// Components that differ in nothing that matters are one.
extension Growth {
  /// One component for each origin, exponent and set of weights; none that a larger one covers.
  func merge(_ components: [Component]) -> Scale {
    let merged = merge(components, tellsWeightsApart: true)
    let isMany = merged.components.count > Growth.mostOfWeights && isPending(merged.components[0])
    return isMany ? merge(merged.components, tellsWeightsApart: false) : merged
  }

  private func merge(_ components: [Component], tellsWeightsApart: Bool) -> Scale {
    if components.count < 2 || (components.count == 2 && components[0].origin != components[1].origin) {
      return Scale(components)
    }
    var result: [Component] = []
    result.reserveCapacity(components.count)
    var ordered = components
    for i in 1..<ordered.count {
      // A handful of components: insertion, stable.
      var j = i
      while j > 0, ordered[j - 1].exponent < ordered[j].exponent {
        ordered.swapAt(j - 1, j)
        j -= 1
      }
    }
    for component in ordered {
      var covered = false
      for i in result.indices where areAlike(result[i], component, tellsWeightsApart) {
        if result[i].exponent == component.exponent {
          if !toldApart.isEmpty, areToldApart(result[i].form, component.form) { continue }
          result[i].characters = result[i].characters.combined(component.characters) { self.table.hull($0, $1) }
          covered = true
        } else if !keepsSmallParts || component.characters != Characters() {
          covered =
            result[i].characters.combined(component.characters, { self.table.hull($0, $1) }) == result[i].characters
        }
        if covered { break }
      }
      if !covered { result.append(component) }
    }
    while result.count > (hasSelections ? 2 : 1) * Growth.mostComponents, !(tellsWeightsApart && isPending(result[0])) {
      // Too many small parts: the smallest is counted with the next larger one of its kind.
      let last = result.removeLast()
      guard let i = result.lastIndex(where: { areAlike($0, last, tellsWeightsApart) }) else {
        result.insert(last, at: 0)
        continue
      }
      result[i].characters = result[i].characters.combined(last.characters) { self.table.hull($0, $1) }
    }
    return hasSelections ? withoutRepetition(Scale(result)) : Scale(result)
  }

  private static let mostComponents = 8
  /// Whether two differ in size and characters alone.
  private func areAlike(_ a: Component, _ b: Component, _ tellsWeightsApart: Bool) -> Bool {
    a.origin == b.origin && a.gaussians == b.gaussians && a.selected == b.selected
      && (!tellsWeightsApart || a.form == b.form || !(isPending(a) || isPending(b)))
  }

  /// Whether two forms differ in an unknown of which it is asked what it enters.
  private func areToldApart(_ a: FormID, _ b: FormID) -> Bool {
    func differs(_ form: FormTable.Form, _ other: FormTable.Form) -> Bool {
      form.terms.contains { toldApart.contains($0.unknown) && other.coefficient(of: $0.unknown) != $0.coefficient }
    }
    return a != b && (differs(forms[a], forms[b]) || differs(forms[b], forms[a]))
  }

  /// Whether a component is still to be judged for the weights that entered it: it has met no data, or is judged later.
  private func isPending(_ component: Component) -> Bool {
    component.isRaw || component.blame?.entered.map { isDeferred[safe: Int($0)] } ?? false
  }

  /// What is made of weights is told apart by weights as long as that is not too much.
  private static let mostOfWeights = 12
}

extension Component {
  /// Whether this is a weight, or made of weights only: it has not met data yet.
  public var isRaw: Bool { blame.map { $0.entered == nil } ?? !gaussians.isEmpty }
}

extension Growth {
  /// What has been added to a weight so far and one more gradient, as components that training caused, their
  /// exponents shifted.
  func accumulate(_ sum: Scale, _ gradient: Scale, of weight: ValueID, shift: Power, at site: Site) -> Scale {
    let more = gradient.components.map {
      // The weight itself, as a penalty on its size adds it, is still the matrix that it was.
      var component = isWeight($0, weight) ? $0 : realize($0, at: site)
      component.power = plus(component.power, shift)
      component.open = 0
      component.origin = .update
      return component
    }
    return merge(self.sum(of: sum, and: Scale(more), at: site).components)
  }

  /// Whether a component is a multiple of an initial Gaussian weight.
  private func isWeight(_ component: Component, _ weight: ValueID) -> Bool {
    let factors = component.gaussians.all
    return factors.count == 1 && factors[0].weight == Int32(weight.index) && factors[0].axes == factors[0].own
      && component.characters == Characters() && component.selected.isEmpty
  }
}
