public import Scaling
public import Training

extension Hyperparameters {
  /// The numbers of a parametrization at a width. At the base width they are the standard ones, whatever the exponents.
  ///
  /// Throws: ``ProgramError/size(dimension:size:width:reason:)`` if a dimension has no size at the base width.
  public init(_ parametrization: Parametrization, width: Int, base: Int, learningRate: Double) throws {
    self.init()
    for rule in parametrization.weights {
      initial[rule.name] = try rule.initial(at: width, base: base)
      self.learningRate[rule.name] = learningRate * rule.rate(at: width, base: base)
      if !rule.radius.isZero { radius[rule.name] = rule.radius(at: width, base: base) }
      if !rule.multiplier.isZero { multiplier[rule.name] = rule.multiplier(at: width, base: base) }
    }
    for rule in parametrization.multipliers { multiplier[rule.name] = try rule.value(at: width, base: base) }
  }
}
