import Foundation
import TensorPrograms

/// E[f(u) g(v)] of functions that are sums of known parts, in closed form.
///
/// Powers are taken away by Stein's lemma, E[u F] = E[u] E[F] + Var(u) E[dF/du] + Cov(u, v) E[dF/dv]; a Gaussian bump is
/// taken into the density; what is left is a table of pairs: arc-cosine kernels (Cho and Saul 2009), the arc-sine
/// kernel (Williams 1997), exponentials, sines and cosines.
struct ClosedExpectation {
  let first: [FunctionPart], second: [FunctionPart]

  /// Nil if a pair of parts has no closed form.
  init?(_ first: [FunctionPart]?, _ second: [FunctionPart]?) {
    guard let first, let second else { return nil }
    for f in first {
      for g in second where !Self.isClosed(f.base, g.base) { return nil }
    }
    (self.first, self.second) = (first, second)
  }

  /// Whether the means may differ from 0: of powers, steps and signs.
  var allowsMeans: Bool {
    (first + second).allSatisfy { part in
      switch part.base {
      case .one, .step, .sign: true
      case .erf, .bump, .exponential, .cosine, .sine: false
      }
    }
  }

  func callAsFunction(_ pair: GaussianPair) -> Double {
    var sum = 0.0
    for f in first {
      for g in second {
        sum += f.coefficient * g.coefficient * Self.expectation(f.power, f.base, g.power, g.base, pair)
      }
    }
    return sum
  }

  private static func isClosed(_ f: FunctionPart.Base, _ g: FunctionPart.Base) -> Bool {
    switch (f, g) {
    case (.step, .cosine), (.step, .sine), (.sign, .cosine), (.sign, .sine), (.erf, .cosine), (.erf, .sine),
      (.cosine, .step), (.sine, .step), (.cosine, .sign), (.sine, .sign), (.cosine, .erf), (.sine, .erf):
      false
    default: true
    }
  }

  /// E[u^p f(u) v^q g(v)].
  private static func expectation(
    _ p: Int, _ f: FunctionPart.Base, _ q: Int, _ g: FunctionPart.Base, _ pair: GaussianPair
  ) -> Double {
    if pair.uu == 0 { return value(p, f, at: pair.means.u) * single(q, g, pair.means.v, pair.vv) }
    if pair.vv == 0 { return value(q, g, at: pair.means.v) * single(p, f, pair.means.u, pair.uu) }
    if f == .one, p == 0 { return single(q, g, pair.means.v, pair.vv) }
    if g == .one, q == 0 { return single(p, f, pair.means.u, pair.uu) }
    if case .bump(let a) = f {
      let (factor, weighted) = pair.weighted(a)
      return factor * expectation(p, .one, q, g, weighted)
    }
    if f == .step, g == .step, pair.isCentered {
      if p == 1, q == 1 { return rectified(pair) }
      if p == 1, q == 0 { return halfRectified(pair) }
    }
    if p == 0 {
      return q > 0 || isBump(g) ? expectation(q, g, p, f, pair.swapped) : base(f, g, pair)
    }
    // Stein's lemma for one factor u.
    var sum = pair.means.u == 0 ? 0 : pair.means.u * expectation(p - 1, f, q, g, pair)
    for part in FunctionPart(power: p - 1, f).derivative {
      sum += pair.uu * part.coefficient * expectation(part.power, part.base, q, g, pair)
    }
    if p == 1, let jump = jump(f) {
      let v = pair.vWhereUVanishes
      sum += pair.uu * jump * pair.densityOfUAtZero * atJump(q, g, v.mean, v.variance)
    }
    guard pair.uv != 0 else { return sum }
    for part in FunctionPart(power: q, g).derivative {
      sum += pair.uv * part.coefficient * expectation(p - 1, f, part.power, part.base, pair)
    }
    if q == 0, let jump = jump(g) {
      let u = pair.swapped.vWhereUVanishes
      sum += pair.uv * jump * pair.swapped.densityOfUAtZero * atJump(p - 1, f, u.mean, u.variance)
    }
    return sum
  }

  /// E[x^q g(x)] of one Gaussian number.
  static func single(_ q: Int, _ g: FunctionPart.Base, _ mean: Double, _ variance: Double) -> Double {
    if variance == 0 { return value(q, g, at: mean) }
    if case .bump(let a) = g {
      let s = 1 + 2 * a * variance
      return exp(-a * mean * mean / s) / s.squareRoot() * single(q, .one, mean / s, variance / s)
    }
    if q > 0 {
      var sum = mean == 0 ? 0 : mean * single(q - 1, g, mean, variance)
      for part in FunctionPart(power: q - 1, g).derivative {
        sum += variance * part.coefficient * single(part.power, part.base, mean, variance)
      }
      if q == 1, let jump = jump(g) {
        sum += variance * jump * exp(-mean * mean / (2 * variance)) / (2 * Double.pi * variance).squareRoot()
      }
      return sum
    }
    switch g {
    case .one, .bump: return 1
    case .step: return normalDistribution(mean / variance.squareRoot())
    case .sign: return erf(mean / (2 * variance).squareRoot())
    case .erf(let a): return erf(a * mean / (1 + 2 * a * a * variance).squareRoot())
    case .exponential(let a): return exp(a * mean + a * a * variance / 2)
    case .cosine(let a): return exp(-a * a * variance / 2) * cos(a * mean)
    case .sine(let a): return exp(-a * a * variance / 2) * sin(a * mean)
    }
  }

  /// The mean of what a jump is multiplied with. If that is certain to jump at the same place, it is taken halfway.
  private static func atJump(_ q: Int, _ g: FunctionPart.Base, _ mean: Double, _ variance: Double) -> Double {
    variance == 0 && mean == 0 && q == 0 && g == .step ? 0.5 : single(q, g, mean, variance)
  }

  private static func isBump(_ base: FunctionPart.Base) -> Bool { if case .bump = base { true } else { false } }

  /// By how much a base jumps at 0.
  private static func jump(_ base: FunctionPart.Base) -> Double? {
    switch base {
    case .step: 1
    case .sign: 2
    case .one, .erf, .bump, .exponential, .cosine, .sine: nil
    }
  }

  static func value(_ power: Int, _ base: FunctionPart.Base, at x: Double) -> Double {
    let factor = power == 0 ? 1 : pow(x, Double(power))
    switch base {
    case .one: return factor
    case .step: return x > 0 ? factor : 0
    case .sign: return x == 0 ? 0 : x > 0 ? factor : -factor
    case .erf(let a): return factor * erf(a * x)
    case .bump(let a): return factor * exp(-a * x * x)
    case .exponential(let a): return factor * exp(a * x)
    case .cosine(let a): return factor * cos(a * x)
    case .sine(let a): return factor * sin(a * x)
    }
  }

  /// E[max(0, u) step(v)] of centered numbers: the deviation of u times 1 + r, r their correlation, over 2 sqrt(2 pi).
  private static func halfRectified(_ pair: GaussianPair) -> Double {
    let root = (pair.uu * pair.vv).squareRoot()
    // Where they are nearly opposite, 1 + r is (1 - r^2) / (1 - r).
    let sum = pair.uv < 0 ? pair.determinant / (root * (root - pair.uv)) : 1 + pair.uv / root
    return pair.uu.squareRoot() * sum / (2 * (2 * Double.pi).squareRoot())
  }

  /// E[max(0, u) max(0, v)] of centered numbers. Where they are nearly opposite the two terms cancel, and a series of
  /// `sin x - x cos x` takes their place.
  static func rectified(_ pair: GaussianPair) -> Double {
    let root = pair.determinant.squareRoot()
    let x = atan2(root, -pair.uv)
    guard x < 0.5 else { return (root + pair.uv * x) / (2 * Double.pi) }
    // The sum over k of (-1)^(k+1) 2k x^(2k+1) / (2k+1)!
    var (term, sum) = (x * x * x / 6, 0.0)
    for k in 1...12 {
      let even = Double(2 * k)
      sum += even * term
      term *= -x * x / ((even + 2) * (even + 3))
    }
    return sum * hypot(root, pair.uv) / (2 * Double.pi)
  }
}

extension ClosedExpectation {
  /// E[f(u) g(v)] of two bases, none of them 1 or a bump.
  private static func base(_ f: FunctionPart.Base, _ g: FunctionPart.Base, _ pair: GaussianPair) -> Double {
    let (uu, vv, uv) = (pair.uu, pair.vv, pair.uv)
    switch (f, g) {
    case (.step, .step):
      if pair.isCentered { return pair.coangle / (2 * Double.pi) }
      return orthant(pair)
    case (.step, .sign):
      return pair.isCentered
        ? 0.5 * base(.sign, .sign, pair) : 2 * base(.step, .step, pair) - single(0, .step, pair.means.u, uu)
    case (.sign, .step): return base(.step, .sign, pair.swapped)
    case (.sign, .sign):
      if pair.isCentered { return 2 / Double.pi * atan2(uv, pair.determinant.squareRoot()) }
      return 2 * base(.step, .sign, pair) - single(0, .sign, pair.means.v, vv)
    case (.sign, .erf(let b)):
      let other = (uu + 2 * b * b * pair.determinant).squareRoot()
      return 2 / Double.pi * atan2(2.0.squareRoot() * b * uv, other)
    case (.step, .erf): return 0.5 * base(.sign, g, pair)
    case (.erf(let a), .erf(let b)):
      let rest = 1 + 2 * a * a * uu + 2 * b * b * vv + 4 * a * a * b * b * pair.determinant
      return 2 / Double.pi * atan2(2 * a * b * uv, rest.squareRoot())
    case (.step, .exponential(let a)):
      return exp(a * a * vv / 2) * normalDistribution(a * uv / uu.squareRoot())
    case (.sign, .exponential(let a)): return exp(a * a * vv / 2) * erf(a * uv / (2 * uu).squareRoot())
    case (.erf(let a), .exponential(let b)):
      return exp(b * b * vv / 2) * erf(a * b * uv / (1 + 2 * a * a * uu).squareRoot())
    case (.exponential(let a), .exponential(let b)): return exp((a * a * uu + b * b * vv) / 2 + a * b * uv)
    case (.cosine(let a), .cosine(let b)):
      let (level, x) = ((a * a * uu + b * b * vv) / 2, abs(a * b * uv))
      return 0.5 * exp(x - level) * (1 + exp(-2 * x))
    case (.sine(let a), .sine(let b)):
      let (level, x) = ((a * a * uu + b * b * vv) / 2, a * b * uv)
      return (x < 0 ? 0.5 : -0.5) * exp(abs(x) - level) * expm1(-2 * abs(x))
    case (.cosine, .sine), (.sine, .cosine): return 0
    case (.exponential(let a), .cosine(let b)): return exp((a * a * uu - b * b * vv) / 2) * cos(a * b * uv)
    case (.exponential(let a), .sine(let b)): return exp((a * a * uu - b * b * vv) / 2) * sin(a * b * uv)
    case (.erf, .step), (.erf, .sign), (.exponential, .step), (.exponential, .sign), (.exponential, .erf),
      (.cosine, .exponential), (.sine, .exponential):
      return base(g, f, pair.swapped)
    default: return .nan
    }
  }

  /// The probability that both numbers are positive: by Plackett's identity, the integral of their density at 0 over the
  /// correlation, substituted so that it is smooth up to a correlation of 1 (Genz 2004).
  static func orthant(_ pair: GaussianPair) -> Double {
    let h = -pair.means.u / pair.uu.squareRoot()
    let k = -pair.means.v / pair.vv.squareRoot()
    let independent = normalDistribution(-h) * normalDistribution(-k)
    let end = atan2(pair.uv, pair.determinant.squareRoot())
    if end == 0 { return independent }
    if pair.determinant == 0 {
      return pair.uv > 0 ? normalDistribution(-max(h, k)) : max(0, normalDistribution(-h) - normalDistribution(k))
    }
    let half = (h * h + k * k) / 2
    let product = h * k
    let integral = GaussLegendre.integrate(from: 0, to: end, panels: 1 + Int(24 * abs(end))) { angle in
      let (sine, cosine) = (sin(angle), cos(angle))
      return exp((sine * product - half) / (cosine * cosine))
    }
    return independent + integral / (2 * Double.pi)
  }
}
