extension Operation {
  /// Sums, differences, products and quotients of two, one of which may be a number.
  static let arithmetic: [Operation] = [
    Operation("add", "add_") { try $0.sum(sign: 1) },
    Operation("sub", "sub_") { try $0.sum(sign: -1) },
    Operation("rsub") { call in
      let x = call.tracer.scale(try call.tensor("self"), by: Scalar(-1))
      if let number = try? call.number("other") { return call.tracer.add(x, number) }
      return try call.tracer.sum([try call.tensor("other"), x], signs: [1, 1])
    },
    Operation("mul", "mul_") { call in
      let x = try call.tensor("self")
      if let number = try call.numberOther() { return call.scaled(x, by: number) }
      let other = try call.tensor("other")
      if case .number(let number)? = x.constant { return call.scaled(other, by: number) }
      return try call.tracer.product(x, other)
    },
    Operation("div", "div_") { call in
      let x = try call.tensor("self")
      if let number = try call.numberOther() {
        guard number.small != 0, number.large != 0 else { throw call.fail("a division by zero") }
        return call.scaled(x, by: Scalar(1) / number)
      }
      let inverse = call.tracer.map(.reciprocal, try call.tensor("other"))
      if case .number(let number)? = x.constant { return call.scaled(inverse, by: number) }
      return try call.tracer.product(x, inverse)
    },
    Operation("maximum") { call in try call.tracer.maximum(try call.tensor("self"), try call.tensor("other")) },
    Operation("minimum") { call in
      func negative(_ name: String) throws -> Tensor { call.tracer.scale(try call.tensor(name), by: Scalar(-1)) }
      return call.tracer.scale(try call.tracer.maximum(try negative("self"), try negative("other")), by: Scalar(-1))
    },
  ]
}

extension Call {
  /// The other operand, if it is a number.
  fileprivate func numberOther() throws -> Scalar? {
    if case .tensor(let tensor)? = given("other") {
      guard case .number(let number)? = tensor.constant, tensor.dims.allSatisfy(tracer.isOne) else { return nil }
      return number
    }
    return try number("other")
  }

  /// A number that changes with the width is a multiplier of its own.
  fileprivate func scaled(_ x: Tensor, by number: Scalar) -> Tensor {
    tracer.scale(x, by: number, named: number.isFixed ? nil : tracer.multiplierName)
  }

  fileprivate func sum(sign: Double) throws -> Tensor {
    let x = try tensor("self")
    let factor = try number("alpha") ?? Scalar(1)
    if let number = try numberOther() { return tracer.add(x, Scalar(sign) * number * factor) }
    let other = scaled(try tensor("other"), by: factor)
    if case .number(let number)? = x.constant {
      return tracer.add(tracer.scale(other, by: Scalar(sign)), number)
    }
    return try tracer.sum([x, other], signs: [1, sign])
  }
}
