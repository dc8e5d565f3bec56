extension Optimizer {
  /// Stochastic gradient descent.
  public static let sgd = Optimizer("SGD", defaultRate: 0.1) { s in s.weight - s.rated(s.gradient) }

  /// SGD with heavy-ball momentum, as PyTorch has it: `m = beta m + g`.
  public static func momentum(_ beta: Double = 0.9) -> Optimizer {
    Optimizer("momentum", defaultRate: 0.02) { s in
      let m = s.state("momentum")
      let next = beta * m + s.gradient
      s.set(m, next)
      return s.weight - s.rated(next)
    }
  }
}
