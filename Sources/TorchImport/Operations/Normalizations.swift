extension Operation {
  /// Normalizations, as the sums, squares and roots that they are.
  static let normalizations: [Operation] = [
    Operation("layer_norm") { call in
      let x = try call.tensor("input")
      let over = Array(x.dims.indices.suffix(try call.extents("normalized_shape")?.count ?? 1))
      let normal = try call.tracer.normalized(
        try call.tracer.centered(x, over: over), over: over, epsilon: try call.number("eps") ?? Scalar(1e-5))
      return try call.scaledAndShifted(normal)
    },
    Operation("rms_norm") { call in
      let x = try call.tensor("input")
      let over = Array(x.dims.indices.suffix(try call.extents("normalized_shape")?.count ?? 1))
      // Torch's own, if none is given: the rounding of single precision.
      let normal = try call.tracer.normalized(
        x, over: over, epsilon: try call.number("eps") ?? Scalar(Double(Float.ulpOfOne)))
      return try call.scaledAndShifted(normal)
    },
    Operation("group_norm") { call in
      let x = try call.tensor("input")
      guard x.dims.count >= 2 else { throw call.fail("no channels") }
      let sizes = call.tracer.extents(x)
      let groups = try call.extent("num_groups")
      guard let within = sizes[1] / groups else { throw call.fail("\(groups) groups of \(sizes[1]) channels") }
      let apart = try call.tracer.view(x, as: [sizes[0], groups, within] + sizes[2...])
      let over = Array(apart.dims.indices.dropFirst(2))
      let normal = try call.tracer.normalized(
        try call.tracer.centered(apart, over: over), over: over, epsilon: try call.number("eps") ?? Scalar(1e-5))
      return try call.scaledAndShifted(try call.tracer.view(normal, as: sizes), alongChannels: true)
    },
    // As in training, also where the file was made for evaluation: by the batch's own mean and variance.
    Operation("batch_norm", "_native_batch_norm_legit", "instance_norm") { call in
      let x = try call.tensor("input")
      guard x.dims.count >= 2 else { throw call.fail("no channels") }
      let isInstance = call.operation == "aten.instance_norm"
      let over = x.dims.indices.filter { $0 > 1 || ($0 == 0 && !isInstance) }
      let normal = try call.tracer.normalized(
        try call.tracer.centered(x, over: over), over: over, epsilon: try call.number("eps") ?? Scalar(1e-5))
      return try call.scaledAndShifted(normal, alongChannels: true)
    },
  ]
}

extension Tracer {
  func normalized(_ x: Tensor, over positions: [Int], epsilon: Scalar) throws -> Tensor {
    let size = add(try mean(map(.square, x), over: positions, keeping: true), epsilon)
    return try product(x, map(.reciprocal, map(.sqrt, size)))
  }
}

extension Call {
  /// Times `weight` plus `bias`, where they are given.
  fileprivate func scaledAndShifted(_ x: Tensor, alongChannels: Bool = false) throws -> Tensor {
    func aligned(_ own: Tensor) -> Tensor {
      alongChannels ? tracer.rearrange(own, [0] + x.dims.dropFirst(2).map { _ in nil }) : own
    }
    var result = x
    if let gain = try tensorIfGiven("weight") { result = try tracer.product(result, aligned(gain)) }
    if let bias = try tensorIfGiven("bias") {
      bias.weight?.found(.zero)
      result = try tracer.sum([result, aligned(bias)], signs: [1, 1])
    }
    return result
  }
}
