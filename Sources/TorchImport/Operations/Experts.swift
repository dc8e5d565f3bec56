extension Operation {
  /// The largest of several, as routers choose experts.
  ///
  /// What is chosen keeps the dimension that it was chosen from, with zeros elsewhere, so that to scatter it back is
  /// nothing more.
  static let experts: [Operation] = [
    Operation(several: "topk") { call in
      let x = try call.tensor("self")
      let along = try call.position(of: x, default: -1)
      let mask = try call.tracer.largest(try call.int("k"), of: x, along: along)
      var values = try call.tracer.product(x, mask)
      values.chosen = Tensor.Chosen(mask)
      var indices = mask
      indices.chosen = Tensor.Chosen(mask)
      indices.kind = .whole
      return [values, indices]
    },
    Operation("scatter", "scatter_") { call in
      guard let chosen = try call.tensor("index").chosen, case .number(let zero)? = try call.tensor("self").constant,
        zero.isAlways(0)
      else { throw call.fail("places that are not the largest of a topk, or a target that is not zero") }
      if let number = try call.number(call.given("value") == nil ? "src" : "value", orTensor: true) {
        return call.tracer.scale(chosen.mask, by: number)
      }
      return try call.tensor("src")
    },
    Operation("gather") { call in
      let (x, index) = (try call.tensor("self"), try call.tensor("index"))
      let along = try call.position(of: x)
      if let chosen = index.chosen {
        var result = try call.tracer.product(x, chosen.mask)
        result.chosen = chosen
        return result
      }
      // Labels, one a row.
      guard along == x.dims.count - 1, index.dims.count == x.dims.count, call.tracer.isOne(index.dims[along]) else {
        throw call.fail("places that are neither labels nor the largest of a topk")
      }
      let labels = call.tracer.rearrange(index, x.dims.indices.dropLast().map { $0 })
      return call.tracer.rearrange(try call.tracer.pick(x, labels), x.dims.indices.map { $0 == along ? nil : $0 })
    },
  ]
}

extension Call {
  /// A number, also where it is a tensor that has it everywhere; nil if it is another tensor.
  fileprivate func number(_ name: String, orTensor: Bool) throws -> Scalar? {
    guard case .tensor(let tensor)? = given(name) else { return try number(name) }
    if case .number(let number)? = tensor.constant { return number }
    return nil
  }
}
