public import TensorPrograms

/// Gradients clipped by the norm of all of them together.
extension Optimizer {
  /// SGD with the gradients of all weights scaled down so that their common norm is at most `threshold`.
  ///
  /// The threshold is a constant: where the norm grows with the width the step becomes relative to it, where it shrinks
  /// nothing is clipped. The usual one is small, so that it is in force from the first step.
  public static func sgdClipped(_ threshold: Double = 0.1) -> Optimizer {
    Optimizer(
      "SGD-clipped", defaultRate: 2, summary: "the gradient, clipped by the norm of all gradients",
      sources: [clippingPaper]
    ) { s in s.weight - s.rated(s.clipped(threshold)) }
  }

  /// Adam of gradients that are scaled down so that their common norm is at most `threshold`.
  public static func adamClipped(
    _ threshold: Double = 1, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Optimizer {
    Optimizer(
      "Adam-clipped", defaultRate: 0.004, summary: "Adam of gradients clipped by the norm of all",
      sources: [adamPaper, clippingPaper]
    ) { s in s.weight - s.rated(s.adam(s.clipped(threshold), beta1, beta2, epsilon)) }
  }

  /// This optimizer, of gradients that are scaled down so that their common norm is at most `threshold`.
  ///
  /// Clipped is what the step is made from: for ``sam(radius:around:)`` the gradient at the weights that are moved.
  public func clipped(at threshold: Double) -> Optimizer {
    Optimizer(
      "\(name), clipped at \(threshold)", defaultRate: defaultRate, summary: summary,
      sources: sources + (sources.contains(Optimizer.clippingPaper) ? [] : [Optimizer.clippingPaper]),
      patterns: patterns, tellsWeightsApart: tellsWeightsApart
    ) { s in
      s.clip(at: threshold)
      return step(s)
    }
  }

  private static let clippingPaper = Citation(
    "1211.5063", "On the Difficulty of Training Recurrent Neural Networks", "Pascanu, Mikolov, Bengio", 2012)
}
