extension Optimizer {
  /// Adam with its usual constants.
  public static let adam = Optimizer.adam()

  /// Adam (1412.6980) with bias correction.
  public static func adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer("Adam", defaultRate: 0.004) { s in
      s.weight - s.rated(adamDirection(s, beta1, beta2, epsilon))
    }
  }

  /// AdamW (1711.05101): Adam with decay decoupled from the gradient.
  public static func adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer("AdamW", defaultRate: 0.004) { s in
      (s.weight - s.decay) - s.rated(adamDirection(s, beta1, beta2, epsilon))
    }
  }
}

/// `m / (sqrt(v) + epsilon)`, both corrected for their start at zero.
private func adamDirection(_ s: OptimizerStep, _ beta1: Double, _ beta2: Double, _ epsilon: Double) -> Value {
  let (m, v) = (s.state("mean"), s.state("square"))
  let mean = beta1 * m + (1 - beta1) * s.gradient
  let square = beta2 * v + (1 - beta2) * map(.square, s.gradient)
  s.set(m, mean)
  s.set(v, square)
  return s.corrected(mean, beta1) / s.epsilon(map(.sqrt, s.corrected(square, beta2)), epsilon)
}
