/// How a weight starts.
public enum Initializer: Sendable, Hashable {
  /// Independent entries of mean zero; the standard deviation is what the standard parametrization would use. A
  /// derived parametrization equals it at the base width.
  case gaussian(Monomial)
  case constant(Double)
  case zero
}
