public import Exact
import TensorPrograms

/// The spectral norms of a weight and of its update as powers of width (A Spectral Condition for Feature Learning,
/// 2310.17813): both shall be of size (fan-out/fan-in)^(1/2).
public struct SpectralNorms: Sendable, Hashable {
  public var name: String
  public var fan: Fan
  /// Of the initial weight, independent entries: entry size times the root of the larger side.
  public var initial: Rational
  /// Of its accumulated update, a few outer products: entry size times the roots of both sides. Nil if there is none.
  public var update: Rational?
  /// (fan-out/fan-in)^(1/2).
  public var condition: Rational { (fan.out - fan.in) * .half }
}

extension Derivation {
  /// The norms of each weight as the network uses it; they are the same in every gauge.
  public func spectralNorms() throws -> [SpectralNorms] {
    let law = try gaugeLaw()
    return zip(parametrization.weights, weights).compactMap { rule, facts in
      guard let fan = law.weights.first(where: { $0.name == rule.name })?.fan else { return nil }
      return SpectralNorms(
        name: rule.name, fan: fan,
        initial: max(fan.in, fan.out) * .half - rule.exponents.a - rule.exponents.b,
        update: facts.updateSize.map { $0 + (fan.in + fan.out) * .half })
    }
  }

  /// Powers (x, y) with rate = fan-out^x fan-in^y for every weight of this gauge; nil if no two fit all of them, or
  /// many do.
  public func rateAsPowersOfFans() throws -> (out: Rational, in: Rational)? {
    let law = try gaugeLaw()
    let points = parametrization.weights.compactMap { rule in
      law.weights.first { $0.name == rule.name && $0.hasStep }.map { (fan: $0.fan, rate: rule.rate) }
    }
    for (i, p) in points.enumerated() {
      for q in points[..<i] {
        let determinant = p.fan.out * q.fan.in - p.fan.in * q.fan.out
        if determinant.isZero { continue }
        let x = (p.rate * q.fan.in - q.rate * p.fan.in) / determinant
        let y = (q.rate * p.fan.out - p.rate * q.fan.out) / determinant
        return points.allSatisfy { $0.rate == x * $0.fan.out + y * $0.fan.in } ? (x, y) : nil
      }
    }
    return nil
  }
}
