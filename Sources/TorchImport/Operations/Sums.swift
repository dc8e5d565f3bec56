extension Operation {
  /// Sums, means and what is normalized by them.
  static let sums: [Operation] = [
    Operation("sum") { call in
      let x = try call.tensor("self")
      return try call.tracer.sum(x, over: try call.positions(of: x), keeping: try call.bool("keepdim"))
    },
    Operation("mean") { call in
      let x = try call.tensor("self")
      return try call.tracer.mean(x, over: try call.positions(of: x), keeping: try call.bool("keepdim"))
    },
    Operation("var") { call in
      let x = try call.tensor("self")
      let over = try call.positions(of: x)
      let centered = try call.tracer.centered(x, over: over)
      // One less in the divisor does not change how it grows, and is left out.
      return try call.tracer.mean(call.tracer.map(.square, centered), over: over, keeping: try call.bool("keepdim"))
    },
    Operation("softmax", "_softmax", "_safe_softmax") { call in
      let x = try call.tensor("self")
      let over = try call.position(of: x)
      guard let chosen = x.chosen else { return try call.tracer.softmax(x, over: over) }
      // Over the chosen ones: as much as the others are none.
      let all = try call.tracer.product(try call.tracer.softmax(x, over: over), chosen.mask)
      let sum = try call.tracer.sum(all, over: [over], keeping: true)
      return try call.tracer.product(all, call.tracer.map(.reciprocal, sum))
    },
    Operation("log_softmax", "_log_softmax") { call in
      let x = try call.tensor("self")
      return try call.tracer.logSoftmax(x, over: try call.position(of: x))
    },
    Operation("logsumexp") { call in
      let x = try call.tensor("self")
      let over = try call.positions(of: x)
      guard over.count == 1 else { throw call.fail("several dimensions at once") }
      let kept = try call.tracer.logSumExp(x, over: over[0])
      return try call.bool("keepdim") ? kept : call.tracer.rearrange(kept, x.dims.indices.filter { $0 != over[0] })
    },
    Operation("linalg_vector_norm", "norm") { call in
      let x = try call.tensor("self")
      guard (try call.number(call.given("ord") == nil ? "p" : "ord") ?? Scalar(2)).isAlways(2) else {
        throw call.fail("another norm than the Euclidean one")
      }
      let total = try call.tracer.sum(
        call.tracer.map(.square, x), over: try call.positions(of: x), keeping: try call.bool("keepdim"))
      return call.tracer.map(.sqrt, total)
    },
  ]
}

extension Tracer {
  func centered(_ x: Tensor, over positions: [Int]) throws -> Tensor {
    try sum([x, try mean(x, over: positions, keeping: true)], signs: [1, -1])
  }

  func logSoftmax(_ x: Tensor, over position: Int) throws -> Tensor {
    try sum([x, try logSumExp(x, over: position)], signs: [1, -1])
  }
}
