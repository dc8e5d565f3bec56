import Exact
public import TensorPrograms

extension Growth {
  /// `phi(x)`, entry by entry.
  ///
  /// What was there at initialization is `phi` of it; what training did is `phi(x0 + d) - phi(x0)`, to second order
  /// in d where d is smaller than x0: a second-order term may have a mean where the first has none.
  public func map(_ phi: FunctionProfile, _ operand: Scale, at site: Site) -> Scale {
    if phi.homogeneity == 1, phi.parity == .odd { return pass(operand, at: site) }
    if phi.degreeAtInfinity < 0, let largest = operand.exponent, largest > 0 {
      return map(FunctionProfile(phi.parity, homogeneity: phi.degreeAtInfinity), operand, at: site)
    }
    let components = operand.components.map { realize($0, at: site) }
    let initial = components.filter { $0.origin == .initial }
    let update = components.filter { $0.origin == .update }
    var result = valueOf(phi, initial)
    if let p = phi.homogeneity, p < 0, let before = initial.map(\.exponent).max(),
      let now = update.map(\.exponent).max(), now > before
    {
      // Divided by something that training made larger: what the quotient was before is gone.
      result = []
    }
    if !update.isEmpty { result += changeOf(phi, from: initial, by: update) }
    return finish(result, site)
  }

  /// phi of what was there at initialization.
  private func valueOf(_ phi: FunctionProfile, _ parts: [Component]) -> [Component] {
    guard let top = parts.max(by: { $0.exponent < $1.exponent }) else {
      return phi.hasValueAtZero ? one().components : []
    }
    if let p = phi.homogeneity {
      return parts.map { part in
        part.exponent == top.exponent
          ? raised(part, times(p, part.power), characters(phi.parity, part.characters), by: p)
          : raised(
            part, plus(part.power, times(p - 1, top.power)),
            product(characters(phi.derivative.parity, top.characters), part.characters), by: 1)
      }
    }
    if top.exponent >= 0 {
      return parts.map { part in
        part.exponent == top.exponent
          ? raised(part, atMostOne(part.power), characters(phi.parity, part.characters), by: 1)
          : raised(
            part, atMostOne(part.power),
            product(characters(phi.derivative.parity, top.characters), part.characters),
            by: 1)
      }
    }
    var result = phi.hasValueAtZero ? one().components : []
    for part in parts {
      if phi.hasSlopeAtZero { result.append(part) }
      if phi.parity != .odd {
        result.append(raised(part, times(2, part.power), characters(.even, part.characters), by: 2))
      }
    }
    return result
  }

  /// phi(x0 + d) - phi(x0).
  private func changeOf(_ phi: FunctionProfile, from initial: [Component], by update: [Component]) -> [Component] {
    let slope = phi.derivative.parity
    let top = update.max { $0.exponent < $1.exponent }?.power ?? .one
    let largest = top.exponent
    let base = initial.max { $0.exponent < $1.exponent }
    let degree = phi.homogeneity
    var result: [Component] = []

    /// d enters through phi' of something of size n^size; and once more through phi''.
    func linearize(_ d: Component, at size: Power, _ around: Characters) {
      let scale = degree.map { times($0 - 1, size) } ?? .one
      result.append(raised(d, plus(d.power, scale), product(characters(slope, around), d.characters), by: 1))
      let second = degree.map { times($0 - 2, size) } ?? .one
      if d.exponent < size.exponent {
        result.append(
          raised(
            d, plus(times(2, d.power), second),
            product(characters(phi.parity, around), characters(.even, d.characters)), by: 2)
        )
      }
    }

    // The size at which phi is met: of the whole for a homogeneous function, 1 for another.
    let x0 = base.map { degree == nil ? atMostOne($0.power) : $0.power }
    if degree == nil, largest < 0, x0.map({ $0.exponent < 0 }) ?? true {
      // Everything is small: phi is its Taylor series at zero.
      for d in update {
        if phi.hasSlopeAtZero { result.append(d) }
        guard phi.parity != .odd else { continue }
        result.append(raised(d, times(2, d.power), characters(.even, d.characters), by: 2))
        for part in initial {
          result.append(raised(d, plus(d.power, part.power), product(part.characters, d.characters), by: 1))
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
          raised(d, degree.map { times($0, power) } ?? power, characters(phi.parity, d.characters), by: degree ?? 1))
        for part in initial {
          let small = degree.map { plus(part.power, times($0 - 1, power)) } ?? part.power
          result.append(raised(d, small, product(characters(slope, d.characters), part.characters), by: 1))
        }
      } else if isLargest, let base, let x0, exponent == x0.exponent {
        let both = base.characters.combined(d.characters) { self.table.hull($0, $1) }
        result.append(
          raised(d, degree.map { times($0, power) } ?? power, characters(phi.parity, both), by: degree ?? 1))
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

  private func raised(_ part: Component, _ power: Power, _ characters: Characters, by degree: Exponent)
    -> Component
  {
    var result = part
    result.power = power
    result.characters = characters
    if let coefficient = result.blame?.coefficient { result.blame?.coefficient = coefficient * degree }
    return result
  }
}
