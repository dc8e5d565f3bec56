public import TensorPrograms

/// Steps of which only the sign counts.
extension Optimizer {
  /// signSGD: every entry moves by the same amount.
  public static let signSGD = Optimizer(
    "signSGD", defaultRate: 0.002, summary: "the sign of the gradient",
    sources: [
      Citation(
        "1802.04434", "signSGD: Compressed Optimisation for Non-Convex Problems",
        "Bernstein, Wang, Azizzadenesheli, Anandkumar", 2018)
    ]
  ) { s in s.weight - s.rated(map(.sign, s.gradient)) }

  /// Lion: the sign of an average that is more recent than what is remembered; decay times the rate.
  public static func lion(beta1: Double = 0.9, beta2: Double = 0.99) -> Optimizer {
    Optimizer(
      "Lion", defaultRate: 0.002, summary: "the sign of a mean of gradients; decay times the rate",
      sources: [Citation("2302.06675", "Symbolic Discovery of Optimization Algorithms", "Chen et al.", 2023)]
    ) { s in
      let old = s.state("mean")
      s.set(old, beta2 * old + (1 - beta2) * s.gradient)
      return s.weight - s.rated(map(.sign, beta1 * old + (1 - beta1) * s.gradient) + s.decay)
    }
  }
}
