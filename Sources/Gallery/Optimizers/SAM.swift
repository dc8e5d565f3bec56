public import TensorPrograms

extension Optimizer {
  /// Sharpness-aware minimization: the gradient is taken where all weights are moved uphill, each by its radius times
  /// its gradient over the norm of all gradients. `base` makes the step from it.
  ///
  /// One radius for all weights perturbs only the last layer of a wide network; each weight's own is found so that the
  /// perturbation is as large as its updates.
  public static func sam(radius: Double = 0.05, around base: Optimizer = .sgd) -> Optimizer {
    Optimizer(
      base.name == "SGD" ? "SAM" : "SAM around \(base.name)", defaultRate: base.defaultRate,
      summary: "the gradient at weights that are moved uphill",
      sources: [
        Citation(
          "2010.01412", "Sharpness-Aware Minimization for Efficiently Improving Generalization",
          "Foret, Kleiner, Mobahi, Neyshabur", 2020),
        Citation(
          "2411.00075", "Effective Sharpness Aware Minimization Requires Layerwise Perturbation Scaling",
          "Haas, Xu, Cevher, Vankadara", 2024),
      ]
    ) { s in
      s.step(of: base, from: "SAM \(radius)") { other in
        let norm = other.shared("global norm, guarded") { guarded(map(.sqrt, other.globalNormSquared), epsilon: 1e-12) }
        return other.weight + other.perturbation(other.plainGradient / norm, radius: radius)
      }
    }
  }
}
