public import TensorPrograms

extension Parametrization {
  /// The weights that it multiplies by a power of the width.
  public var multipliedWeights: Set<String> { Set(weights.filter { !$0.multiplier.isZero }.map(\.name)) }
}

extension Program {
  /// The program that is carried out when this network is trained under these parametrizations: an explicit multiplier
  /// after each weight that one of them multiplies, the gradient, and the optimizer's step.
  ///
  /// Throws as ``withStep(_:)``.
  public func trained(by optimizer: Optimizer, under parametrizations: [Parametrization]) throws -> Program {
    try withMultipliers(of: parametrizations).withStep(optimizer)
  }

  /// The forward program with an explicit multiplier after each weight that one of these parametrizations multiplies.
  public func withMultipliers(of parametrizations: [Parametrization]) -> Program {
    withWeightMultipliers(parametrizations.reduce(into: []) { $0.formUnion($1.multipliedWeights) })
  }
}
