public import Exact
import TensorPrograms

/// How weight decay must scale with width, by the convention that a trainer has, for it to matter as much at every
/// width as at the base width.
///
/// In each convention the decay's term must keep its proportion to the largest of what it is added to: the weight
/// itself, or the gradient.
public struct DecayExponents: Sendable, Hashable, Codable {
  /// `w - decay w`: a constant.
  public var independent: Rational
  /// `w - rate decay w`, as AdamW has it in PyTorch: 1 over the rate.
  public var timesRate: Rational
  /// `gradient + decay w`, an L2 penalty: the gradient over the weight. Nil where no gradient arrives.
  public var throughGradient: Rational?
}

extension Derivation {
  /// The exponents of weight decay for each weight, in the order of ``Parametrization/weights``: decay n^x.
  public func decays() -> [DecayExponents] {
    zip(parametrization.weights, weights).map { rule, facts in
      // What is trained is n^a times the weight as the network uses it; its entries are those of start or update.
      let initial = rule.initializer == .zero ? nil : Optional(rule.initialSize)
      let update = facts.updateSize.map { $0 + rule.exponents.a }
      let size = [initial, update].compactMap { $0 }.max()
      let slope = gradient(of: rule.name)
      return DecayExponents(
        independent: 0, timesRate: -rule.rate,
        throughGradient: slope.flatMap { slope in size.map { slope - $0 } })
    }
  }
}
