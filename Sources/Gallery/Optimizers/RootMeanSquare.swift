public import TensorPrograms

/// Steps divided, entry by entry, by the root of what has been seen of squared gradients.
extension Optimizer {
  /// Adagrad: by the root of the sum of all squares so far.
  public static func adagrad(epsilon: Double = 1e-10) -> Optimizer {
    Optimizer(
      "Adagrad", defaultRate: 0.01, summary: "the gradient over the root of the sum of its squares",
      sources: [
        Citation(
          "", "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", "Duchi, Hazan, Singer",
          2011)
      ]
    ) { s in
      let squares = s.remember("square") { $0 + map(.square, s.gradient) }
      return s.weight - s.rated(s.gradient / s.epsilon(map(.sqrt, squares), epsilon))
    }
  }

  /// RMSProp, as PyTorch has it: by the root of a mean of squares that starts at zero.
  public static func rmsProp(_ alpha: Double = 0.99, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "RMSProp", defaultRate: 0.001, summary: "the gradient over the root of a mean of its squares",
      sources: [
        Citation(
          "", "Lecture 6.5, RMSProp, in: Neural Networks for Machine Learning (Coursera)", "Tieleman, Hinton", 2012)
      ]
    ) { s in
      let square = s.remember("square") { alpha * $0 + (1 - alpha) * map(.square, s.gradient) }
      return s.weight - s.rated(s.gradient / s.epsilon(map(.sqrt, square), epsilon))
    }
  }
}
