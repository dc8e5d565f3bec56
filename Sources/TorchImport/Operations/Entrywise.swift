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
        "contiguous", "clone", "detach", "detach_", "alias", "to", "_to_copy", "lift_fresh_copy", "lift_fresh",
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
  func softplus(_ x: Tensor) -> Tensor { map(.log, add(map(.exp, x), Scalar(1))) }

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
