import TensorPrograms

extension Operation {
  /// Functions of each entry by itself.
  static let entrywise: [Operation] =
    [
      ("relu", Nonlinearity.relu), ("relu_", .relu), ("tanh", .tanh), ("sigmoid", .sigmoid), ("silu", .silu),
      ("silu_", .silu), ("erf", .erf), ("exp", .exp), ("log", .log), ("sqrt", .sqrt), ("square", .square),
      ("reciprocal", .reciprocal), ("abs", .absoluteValue), ("sign", .sign), ("sin", .sine), ("cos", .cosine),
    ].map { name, function in Operation(name) { $0.tracer.map(function, try $0.tensor("self")) } } + [
      Operation("gelu") { call in
        call.tracer.map(call.text("approximate") == "tanh" ? .geluTanh : .gelu, try call.tensor("self"))
      },
      Operation("leaky_relu", "leaky_relu_") { call in
        let slope = try call.number("negative_slope") ?? Scalar(0.01)
        return call.tracer.map(.leakyReLU(slope.small), try call.tensor("self"))
      },
      Operation("rsqrt") { call in call.tracer.map(.reciprocal, call.tracer.map(.sqrt, try call.tensor("self"))) },
      Operation("softplus") { call in
        call.tracer.softplus(try call.tensor("self"))
      },
      Operation("elu", "elu_") { call in
        let one = Scalar(1)
        guard try (call.number("scale") ?? one) == one, try (call.number("input_scale") ?? one) == one else {
          throw call.fail("a scale other than 1")
        }
        return try call.tracer.elu(try call.tensor("self"), (try call.number("alpha") ?? one).small)
      },
      Operation("selu", "selu_") { call in
        let (alpha, scale) = (1.6732632423543772848170429916717, 1.0507009873554804934193349852946)
        return call.tracer.scale(try call.tracer.elu(try call.tensor("self"), alpha), by: Scalar(scale))
      },
      Operation("detach", "detach_") { call in
        let x = try call.tensor("self")
        return x.constant == nil ? call.tracer.each(x) { stopGradient($0) } : x
      },
      Operation("log_sigmoid") { call in
        let x = call.tracer.scale(try call.tensor("self"), by: Scalar(-1))
        return call.tracer.scale(call.tracer.softplus(x), by: Scalar(-1))
      },
      Operation("neg") { call in call.tracer.scale(try call.tensor("self"), by: Scalar(-1)) },
      Operation("pow") { call in
        let x = try call.tensor("self")
        guard let exponent = try call.number("exponent"), exponent.isFixed else {
          throw call.fail("a power that is a tensor, or changes with the width")
        }
        return try call.tracer.power(x, exponent.small)
      },
      // The same numbers; what a device or a type has to do with them does not matter here.
      Operation(
        "contiguous", "clone", "alias", "to", "_to_copy", "lift_fresh_copy", "lift_fresh",
        "type_as",
        "dropout", "dropout_", "native_dropout", "feature_dropout", "alpha_dropout", "float", "resolve_conj",
        "resolve_neg"
      ) { call in
        guard case .tensor(let x)? = call.arguments.first?.value else { throw call.fail("no tensor") }
        return x
      },
    ]
}

extension Tracer {
  /// `log(1 + exp x)`
  func softplus(_ x: Tensor) -> Tensor { map(.softplus, x) }

  /// x above 0, alpha (e^x - 1) below: `alpha elu(x) + (1 - alpha) relu(x)`.
  fileprivate func elu(_ x: Tensor, _ alpha: Double) throws -> Tensor {
    if alpha == 1 { return map(.elu, x) }
    return try sum(
      [scale(map(.elu, x), by: Scalar(alpha)), scale(map(.relu, x), by: Scalar(1 - alpha))], signs: [1, 1])
  }

  func power(_ x: Tensor, _ exponent: Double) throws -> Tensor {
    switch exponent {
    case 1: return x
    case 2: return map(.square, x)
    case 0.5: return map(.sqrt, x)
    case -1, -2, -0.5: return map(.reciprocal, try power(x, -exponent))
    case 3...8 where exponent == exponent.rounded():
      return try product(try power(x, exponent - 2), map(.square, x))
    default: throw fail("the power \(exponent); whole ones up to 8, their inverses and roots are known")
    }
  }
}
