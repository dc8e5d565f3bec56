import Exact
public import TensorPrograms

extension Growth {
  /// `phi(x)`, entry by entry.
  ///
  /// What was there at initialization is `phi` of it; what training did is `phi(x0 + d) - phi(x0)`, to second order
  /// in d where d is smaller than x0: a second-order term may have a mean where the first has none.
  public func map(_ phi: FunctionProfile, _ operand: Scale, at site: Site) -> Scale {
    selectively([operand], at: site) { mapAnywhere(phi, $0[0], at: site) }
  }

  private func mapAnywhere(_ phi: FunctionProfile, _ operand: Scale, at site: Site) -> Scale {
    if phi.homogeneity == 1, phi.parity == .odd { return pass(operand, at: site) }
    if phi.degreeAtInfinity < 0, let largest = operand.exponent, largest > 0 {
      return map(FunctionProfile(phi.parity, homogeneity: phi.degreeAtInfinity), operand, at: site)
    }
    if phi.homogeneity == nil { meetsFunction(operand, at: site) }
    let whole = operand.components.filter { $0.origin == .initial }
    let initial = whole.map { realize($0, at: site) }
    let wholeUpdate = operand.components.filter { $0.origin == .update }
    let update = wholeUpdate.map { realize($0, at: site) }
    var result = valueOf(phi, initial, linear: whole)
    if let p = phi.homogeneity, p < 0, let before = initial.map(\.exponent).max(),
      let now = update.map(\.exponent).max(), now > before
    {
      // Divided by something that training made larger: what the quotient was before is gone.
      result = []
    }
    if !update.isEmpty { result += changeOf(phi, from: initial, by: update, linear: wholeUpdate) }
    if phi.homogeneity == nil, operand.components.contains(where: { $0.exponent >= 0 }) {
      // What is as large as the function allows has been settled by it.
      for i in result.indices { result[i].open = 0 }
    }
    return finish(result, site)
  }

  /// phi of what was there at initialization. `linear`: the same parts as they came, which a Gaussian matrix of small
  /// entries still is behind phi.
  private func valueOf(_ phi: FunctionProfile, _ parts: [Component], linear: [Component]) -> [Component] {
    guard let top = parts.max(by: { $0.exponent < $1.exponent }) else {
      return phi.hasValueAtZero ? one().components : []
    }
    if let p = phi.homogeneity {
      return parts.map { part in
        part.exponent == top.exponent
          ? raised(part, times(p, part.power), characters(phi.parity, part.characters))
          : raised(
            part, plus(part.power, times(p - 1, top.power)),
            product(characters(phi.derivative.parity, top.characters), part.characters))
      }
    }
    if top.exponent >= 0 {
      return parts.map { part in
        part.exponent == top.exponent
          ? saturated(phi, raised(part, atMostOne(part.power), characters(phi.parity, part.characters)))
          : raised(
            part, atMostOne(part.power),
            product(characters(phi.derivative.parity, top.characters), part.characters))
      }
    }
    var result = phi.hasValueAtZero ? one().components : []
    for (part, linear) in zip(parts, linear) {
      if phi.hasSlopeAtZero { result.append(linear) }
      if phi.parity != .odd {
        result.append(raised(part, times(2, part.power), characters(.even, part.characters)))
      }
    }
    return result
  }

  /// Of a function that is not 0 at 0, the value is of size 1 however small its argument: no unknown is to thank for it.
  private func saturated(_ phi: FunctionProfile, _ part: Component) -> Component {
    guard phi.hasValueAtZero else { return part }
    var result = part
    result.power = .one
    result.blame = nil
    return result
  }

  /// phi(x0 + d) - phi(x0).
  private func changeOf(
    _ phi: FunctionProfile, from initial: [Component], by update: [Component], linear: [Component]
  ) -> [Component] {
    let slope = phi.derivative.parity
    let top = update.max { $0.exponent < $1.exponent }?.power ?? .one
    let largest = top.exponent
    let base = initial.max { $0.exponent < $1.exponent }
    let degree = phi.homogeneity
    var result: [Component] = []

    /// d enters through phi' of something of size n^size; and once more through phi''.
    func linearize(_ d: Component, at size: Power, _ around: Characters) {
      let scale = degree.map { times($0 - 1, size) } ?? .one
      result.append(raised(d, plus(d.power, scale), product(characters(slope, around), d.characters)))
      let second = degree.map { times($0 - 2, size) } ?? .one
      if d.exponent < size.exponent {
        result.append(
          raised(
            d, plus(times(2, d.power), second),
            product(characters(phi.parity, around), characters(.even, d.characters)))
        )
      }
    }

    // The size at which phi is met: of the whole for a homogeneous function, 1 for another.
    let x0 = base.map { degree == nil ? atMostOne($0.power) : $0.power }
    if degree == nil, largest < 0, x0.map({ $0.exponent < 0 }) ?? true {
      // Everything is small: phi is its Taylor series at zero.
      for (d, linear) in zip(update, linear) {
        if phi.hasSlopeAtZero { result.append(linear) }
        guard phi.parity != .odd else { continue }
        result.append(raised(d, times(2, d.power), characters(.even, d.characters)))
        for part in initial {
          result.append(raised(d, plus(d.power, part.power), product(part.characters, d.characters)))
        }
      }
      return result
    }
    for d in update {
      let power = degree == nil ? atMostOne(d.power) : d.power
      let exponent = power.exponent
      let isLargest = degree == nil ? exponent == 0 : d.exponent == largest
      if isLargest, x0.map({ exponent > $0.exponent }) ?? true {
        // It dominates: phi of it alone, and what was there enters through phi'.
        result.append(
          raised(d, degree.map { times($0, power) } ?? power, characters(phi.parity, d.characters)))
        for part in initial {
          let small = degree.map { plus(part.power, times($0 - 1, power)) } ?? part.power
          result.append(raised(d, small, product(characters(slope, d.characters), part.characters)))
        }
      } else if isLargest, let base, let x0, exponent == x0.exponent {
        let both = base.characters.combined(d.characters) { self.table.hull($0, $1) }
        // Of a quotient, what happens is the less of d/x0^2 and 1/d: where the two are equal, no more than 1/x0.
        let met = (degree ?? 1) < 0 ? x0 : power
        result.append(raised(d, degree.map { times($0, met) } ?? met, characters(phi.parity, both)))
      } else {
        let dominant = update.filter { $0.exponent == largest }.reduce(Characters?.none) { known, d in
          known.map { $0.combined(d.characters) { self.table.hull($0, $1) } } ?? d.characters
        }
        if let base, let x0, x0.exponent >= largest {
          let around =
            largest == x0.exponent
            ? base.characters.combined(dominant ?? base.characters) { self.table.hull($0, $1) } : base.characters
          linearize(d, at: x0, around)
        } else {
          linearize(d, at: degree == nil ? .one : top, dominant ?? Characters())
        }
      }
    }
    return result
  }

  private func characters(_ parity: FunctionProfile.Parity, _ sets: Characters) -> Characters {
    switch parity {
    case .odd: sets
    case .even: sets.mapped { table.even($0) }
    case .neither: sets.mapped { table.span($0) }
    }
  }

  private func product(_ a: Characters, _ b: Characters) -> Characters {
    a.combined(b) { self.table.product($0, $1) }
  }

  private func raised(_ part: Component, _ power: Power, _ characters: Characters) -> Component {
    var result = part
    result.power = power
    result.characters = characters
    return result
  }
}
