import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// Networks whose loss has derivatives in it, and others made of words that have none everywhere.
@Suite struct GradientPenaltyTests {
  private let classes = Dimension("classes", 4)

  /// A perceptron of two hidden layers, and what else is minimized, from its input, its last layer and its outputs.
  private func network(
    _ phi: (Value) -> Value, _ penalty: (_ x: Value, _ hidden: Value, _ out: Value) -> Value?
  ) throws -> Program {
    try Program("penalized") { p in
      let model = Dimension("model", growing: .n)
      let x = p.input("x", .batch, Dimension("features", 8))
      let h = phi(Dense("hidden", to: model)(phi(Dense("in", to: model)(x))))
      let out = Dense("readout", to: classes)(h)
      let loss = crossEntropy(out, p.labels("label", below: classes))
      p.minimize(penalty(x, h, out).map { loss + $0 } ?? loss)
    }
  }

  private func rules(_ program: Program, _ optimizer: Optimizer) throws -> [String] {
    try program.maximalUpdate(optimizer: optimizer).parametrization.weights.map {
      "\($0.name) \($0.exponents.b) \($0.exponents.c)"
    }
  }

  /// The gradient in the input is as large as the outputs are, so that a penalty on it changes no rule (of a critic:
  /// 1704.00028).
  @Test(arguments: [Optimizer.sgd, .adam()]) func inTheInput(_ optimizer: Optimizer) throws {
    for phi in [Nonlinearity.tanh, .gelu, .silu, .softplus, .relu] {
      let plain = try network({ map(phi, $0) }, { _, _, _ in nil })
      let penalized = try network({ map(phi, $0) }, { x, _, out in mean(map(.square, out.gradient(in: x))) })
      #expect(try rules(penalized, optimizer) == rules(plain, optimizer), "\(phi.name)")
    }
  }

  /// A straight-through estimator has the rules of what it stands for.
  @Test(arguments: [Optimizer.sgd, .adam()]) func straightThrough(_ optimizer: Optimizer) throws {
    let plain = try network(tanh) { _, _, _ in nil }
    let estimated = try network(
      { tanh($0) + stopGradient(map(.sign, $0) - tanh($0)) }, { _, _, _ in nil })
    #expect(try rules(estimated, optimizer) == rules(plain, optimizer))
  }

  /// The larger of two halves is a nonlinearity like others (maxout: 1302.4389).
  @Test(arguments: [Optimizer.sgd, .adam()]) func maxout(_ optimizer: Optimizer) throws {
    let plain = try network(relu) { _, _, _ in nil }
    let program = try Program("maxout") { p in
      let model = Dimension("model", growing: .n)
      let pieces = Dimension("pieces", 2)
      var x = p.input("x", .batch, Dimension("features", 8))
      for name in ["in", "hidden"] {
        x = maximum(of: Dense(name, to: pieces, model)(x), along: Axis(pieces))
      }
      let out = Dense("readout", to: classes)(x)
      p.minimize(crossEntropy(out, p.labels("label", below: classes)))
    }
    #expect(try rules(program, optimizer) == rules(plain, optimizer))
  }

  @Test func whatHasNoGradient() throws {
    #expect(throws: ProgramError.self) { try network(tanh) { x, h, _ in mean(x.gradient(in: h)) } }
    #expect(throws: ProgramError.notDifferentiable("sign")) {
      try network({ map(.sign, $0) }, { x, _, out in mean(out.gradient(in: x)) })
    }
  }
}
