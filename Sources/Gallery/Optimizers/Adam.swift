public import TensorPrograms

/// Adam, its forms of weight decay and its relatives.
extension Optimizer {
  /// Adam with its usual constants.
  public static let adam = Optimizer.adam()

  /// Adam with bias correction; no weight decay.
  public static func adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "Adam", defaultRate: 0.004, summary: "a mean of gradients over the root of a mean of their squares",
      sources: [adamPaper]
    ) { s in
      s.weight - s.rated(s.adam(s.gradient, beta1, beta2, epsilon))
    }
  }

  /// AdamW as PyTorch has it: decoupled from the gradient, the decay is times the rate.
  public static func adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "AdamW", defaultRate: 0.004, summary: "Adam; decay times the rate (PyTorch)", sources: [adamPaper, adamWPaper]
    ) { s in
      s.weight - s.rated(s.adam(s.gradient, beta1, beta2, epsilon) + s.decay)
    }
  }

  /// AdamW as its paper has it: the decay does not depend on the rate.
  public static func adamWIndependent(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "AdamW-independent", defaultRate: 0.004, summary: "Adam; decay independent of the rate (the paper)",
      sources: [adamPaper, adamWPaper]
    ) { s in
      (s.weight - s.decay) - s.rated(s.adam(s.gradient, beta1, beta2, epsilon))
    }
  }

  /// Adam with an L2 penalty: the decay is part of the gradient.
  public static func adamL2(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "Adam-L2", defaultRate: 0.004, summary: "Adam; decay through the gradient", sources: [adamPaper]
    ) { s in
      s.weight - s.rated(s.adam(s.gradient + s.decay, beta1, beta2, epsilon))
    }
  }

  /// Adamax: Adam with the largest gradient seen in place of the root mean square.
  public static func adamax(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "Adamax", defaultRate: 0.004, summary: "a mean of gradients over the largest of them", sources: [adamPaper]
    ) { s in
      let mean = s.remember("mean") { beta1 * $0 + (1 - beta1) * s.gradient }
      let largest = s.remember("largest") {
        maximum(beta2 * $0, s.epsilon(map(.absoluteValue, s.gradient), epsilon))
      }
      return s.weight - s.rated(s.corrected(mean, beta1) / largest)
    }
  }

  /// NAdam: Adam with Nesterov's momentum, without a schedule of the momentum.
  public static func nAdam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "NAdam", defaultRate: 0.004, summary: "Adam that looks a step ahead",
      sources: [adamPaper, Citation("", "Incorporating Nesterov Momentum into Adam", "Dozat", 2016)]
    ) { s in
      let mean = s.remember("mean") { beta1 * $0 + (1 - beta1) * s.gradient }
      let square = s.remember("square") { beta2 * $0 + (1 - beta2) * map(.square, s.gradient) }
      // 1 - beta1^t, and from it the same of the next step.
      let now = s.remember("corrections", axes: []) { beta1 * $0 + (1 - beta1) * s.one }
      let ahead = beta1 * mean / (beta1 * now + (1 - beta1) * s.one) + (1 - beta1) * s.corrected(s.gradient, beta1)
      return s.weight - s.rated(ahead / s.epsilon(map(.sqrt, s.corrected(square, beta2)), epsilon))
    }
  }

  /// Adam without epsilon: the angle of the two means, so that no number is to be scaled with the gradient. The factor
  /// makes it 1 where Adam's step is 1.
  public static func adamAtan2(beta1: Double = 0.9, beta2: Double = 0.999) -> Optimizer {
    Optimizer(
      "Adam-atan2", defaultRate: 0.004, summary: "Adam with an arctangent in place of epsilon",
      sources: [
        adamPaper,
        Citation("2407.05872", "Scaling Exponents Across Parameterizations and Optimizers", "Everett et al.", 2024),
      ]
    ) { s in
      let (mean, square) = s.adamMeans(s.gradient, beta1, beta2)
      return s.weight - s.rated(4 / Double.pi * atan2(mean, map(.sqrt, square)))
    }
  }

  /// StableAdamW: AdamW whose rate is divided, for each tensor, by how far the gradient exceeds what its mean of
  /// squares expects (update clipping).
  public static func stableAdamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) -> Optimizer {
    Optimizer(
      "StableAdamW", defaultRate: 0.004, summary: "AdamW with updates clipped by their root mean square",
      sources: [
        adamWPaper,
        Citation(
          "2304.13013", "Stable and Low-Precision Training for Large-Scale Vision-Language Models", "Wortsman et al.",
          2023),
      ]
    ) { s in
      let (mean, square) = s.adamMeans(s.gradient, beta1, beta2)
      let surprise = TensorPrograms.mean(
        map(.square, s.gradient) / s.floored(square, at: epsilon * epsilon, part: "clip"))
      let direction = mean / s.epsilon(map(.sqrt, square), epsilon) + s.decay
      return s.weight - s.rated(direction * map(.cap, map(.sqrt, surprise)))
    }
  }

  static let adamPaper = Citation("1412.6980", "Adam: A Method for Stochastic Optimization", "Kingma, Ba", 2014)
  static let adamWPaper = Citation("1711.05101", "Decoupled Weight Decay Regularization", "Loshchilov, Hutter", 2017)
}

extension OptimizerStep {
  /// Means of the gradient and of its square, both corrected for their start at zero.
  func adamMeans(_ gradient: Value, _ beta1: Double, _ beta2: Double) -> (mean: Value, square: Value) {
    let mean = remember("mean") { beta1 * $0 + (1 - beta1) * gradient }
    let square = remember("square") { beta2 * $0 + (1 - beta2) * map(.square, gradient) }
    return (corrected(mean, beta1), corrected(square, beta2))
  }

  /// `m / (sqrt(v) + epsilon)`
  func adam(_ gradient: Value, _ beta1: Double, _ beta2: Double, _ number: Double) -> Value {
    let (mean, square) = adamMeans(gradient, beta1, beta2)
    return mean / epsilon(map(.sqrt, square), number)
  }
}
