extension Operation {
  /// Losses, where the model has one itself.
  static let losses: [Operation] = [
    Operation("cross_entropy_loss") { call in
      let (x, target) = (try call.tensor("self"), try call.tensor("target"))
      guard (try call.number("label_smoothing") ?? Scalar(0)).isAlways(0), try call.tensorIfGiven("weight") == nil
      else {
        throw call.fail("smoothed labels, or weights of classes")
      }
      let logits = call.tracer.classesLast(x)
      return try call.reduced(call.tracer.crossEntropy(logits, target))
    },
    Operation("nll_loss", "nll_loss_nd", "nll_loss2d") { call in
      let (x, target) = (try call.tensor("self"), try call.tensor("target"))
      let picked = try call.tracer.pick(call.tracer.classesLast(x), target)
      return try call.reduced(call.tracer.scale(picked, by: Scalar(-1)))
    },
    Operation("mse_loss") { call in
      let difference = try call.tracer.sum([try call.tensor("self"), try call.tensor("target")], signs: [1, -1])
      return try call.reduced(call.tracer.map(.square, difference))
    },
    Operation("l1_loss") { call in
      let difference = try call.tracer.sum([try call.tensor("self"), try call.tensor("target")], signs: [1, -1])
      return try call.reduced(call.tracer.map(.absoluteValue, difference))
    },
    Operation("binary_cross_entropy_with_logits") { call in
      let (x, target) = (try call.tensor("self"), try call.tensor("target"))
      return try call.reduced(
        try call.tracer.sum([call.tracer.softplus(x), try call.tracer.product(x, target)], signs: [1, -1]))
    },
  ]
}

extension Tracer {
  /// Logits with the classes, torch's second dimension, as the last.
  fileprivate func classesLast(_ x: Tensor) -> Tensor {
    x.dims.count <= 2 ? x : rearrange(x, [0] + x.dims.indices.dropFirst(2).map { $0 } + [1])
  }

  /// For each label the cross-entropy; classes are the last dimension of the logits.
  func crossEntropy(_ logits: Tensor, _ labels: Tensor) throws -> Tensor {
    let last = logits.dims.count - 1
    guard last >= 0 else { throw fail("logits without classes") }
    let sum = rearrange(try logSumExp(logits, over: last), logits.dims.indices.dropLast().map { $0 })
    return try self.sum([sum, try pick(logits, labels)], signs: [1, -1])
  }
}

extension Call {
  /// The mean of a loss, or its sum.
  fileprivate func reduced(_ x: Tensor) throws -> Tensor {
    switch try int("reduction", default: 1) {
    case 0: x
    case 1: try tracer.mean(x, over: Array(x.dims.indices), keeping: false)
    default: try tracer.sum(x, over: Array(x.dims.indices), keeping: false)
    }
  }
}
