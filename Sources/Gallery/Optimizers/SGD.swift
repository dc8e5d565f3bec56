public import TensorPrograms

extension Optimizer {
  /// Stochastic gradient descent.
  public static let sgd = Optimizer(
    "SGD", defaultRate: 0.1, summary: "the gradient",
    sources: [Citation("10.1214/aoms/1177729586", "A Stochastic Approximation Method", "Robbins, Monro", 1951)]
  ) { s in s.weight - s.rated(s.gradient) }

  /// SGD with heavy-ball momentum, as PyTorch has it: `m = beta m + g`.
  public static func momentum(_ beta: Double = 0.9) -> Optimizer {
    Optimizer(
      "momentum", defaultRate: 0.02, summary: "a decaying sum of gradients",
      sources: [
        Citation(
          "10.1016/0041-5553(64)90137-5", "Some Methods of Speeding up the Convergence of Iteration Methods", "Polyak",
          1964)
      ]
    ) { s in s.weight - s.rated(s.remember("momentum") { beta * $0 + s.gradient }) }
  }

  /// SGD with Nesterov's momentum, as PyTorch has it: the gradient plus beta times the momentum that contains it.
  public static func nesterov(_ beta: Double = 0.9) -> Optimizer {
    Optimizer(
      "Nesterov", defaultRate: 0.02, summary: "momentum that looks a step ahead",
      sources: [
        Citation(
          "", "On the Importance of Initialization and Momentum in Deep Learning", "Sutskever, Martens, Dahl, Hinton",
          2013)
      ]
    ) { s in
      let momentum = s.remember("momentum") { beta * $0 + s.gradient }
      return s.weight - s.rated(s.gradient + beta * momentum)
    }
  }
}
