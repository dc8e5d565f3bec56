public import TensorPrograms

/// Steps whose size is relative to the norm of the weight.
///
/// The norm has a floor, so that a weight that starts at zero can begin; it is taken to be negligible.
extension Optimizer {
  /// LARS: momentum of gradients that are brought to the weight's norm. The paper's trust coefficient is part of the
  /// rate.
  public static func lars(_ beta: Double = 0.9) -> Optimizer {
    Optimizer(
      "LARS", defaultRate: 0.01, summary: "momentum of gradients brought to the weight's norm",
      sources: [
        Citation("1708.03888", "Large Batch Training of Convolutional Networks", "You, Gitman, Ginsburg", 2017)
      ]
    ) { s in
      let size = s.floored(rootMeanSquare(s.weight), at: 1e-3, part: "size")
      let trust = size / s.epsilon(rootMeanSquare(s.gradient) + rootMeanSquare(s.decay), 1e-12)
      return s.weight - s.rated(s.remember("momentum") { beta * $0 + trust * (s.gradient + s.decay) })
    }
  }

  /// LAMB: Adam's step, with its decay, brought to the weight's norm.
  public static func lamb(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-6) -> Optimizer {
    Optimizer(
      "LAMB", defaultRate: 0.04, summary: "Adam's step brought to the weight's norm",
      sources: [
        Citation(
          "1904.00962", "Large Batch Optimization for Deep Learning: Training BERT in 76 Minutes", "You et al.", 2019)
      ]
    ) { s in
      let direction = s.adam(s.gradient, beta1, beta2, epsilon) + s.decay
      let size = s.floored(rootMeanSquare(s.weight), at: 1e-3, part: "size")
      return s.weight - s.rated(size / s.epsilon(rootMeanSquare(direction), 1e-12, part: "direction") * direction)
    }
  }
}
