public import Exact

/// What an interpretation needs to know of a function of one variable.
public struct FunctionProfile: Sendable, Hashable {
  public enum Parity: Sendable, Hashable { case odd, even, neither }
  public var parity: Parity
  /// p where phi(s x) = s^p phi(x) for s > 0.
  public var homogeneity: Exponent?
  /// Whether phi(0) and phi'(0) differ from zero.
  public var hasValueAtZero: Bool
  public var hasSlopeAtZero: Bool
  /// p where a function that is not homogeneous is of size |x|^p for large x; only negative powers count.
  public var degreeAtInfinity: Exponent

  public init(
    _ parity: Parity, homogeneity: Exponent? = nil, valueAtZero: Bool = false, slopeAtZero: Bool = true,
    degreeAtInfinity: Exponent = .zero
  ) {
    self.parity = parity
    self.homogeneity = homogeneity
    hasValueAtZero = valueAtZero
    hasSlopeAtZero = slopeAtZero
    self.degreeAtInfinity = degreeAtInfinity
  }

  /// phi', seen from a profile of phi.
  public var derivative: FunctionProfile {
    let parity: Parity = parity == .odd ? .even : parity == .even ? .odd : .neither
    return FunctionProfile(
      parity, homogeneity: homogeneity.map { $0 - 1 }, valueAtZero: hasSlopeAtZero,
      slopeAtZero: self.parity != .odd)
  }
}
