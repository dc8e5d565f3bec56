import Foundation

extension Operation {
  /// Attention and its masks.
  static let attention: [Operation] = [
    Operation("scaled_dot_product_attention") { call in
      let (q, k, v) = (try call.tensor("query"), try call.tensor("key"), try call.tensor("value"))
      let t = call.tracer
      guard q.dims.count >= 2, k.dims.count == q.dims.count, v.dims.count == q.dims.count else {
        throw call.fail("queries, keys and values of different dimensions")
      }
      var (query, key, value) = (q, k, v)
      let isGrouped = try call.bool("enable_gqa") && q.dims.count >= 3
      let heads = q.dims.count - 3
      if isGrouped, t.dims.extent(q.dims[heads]) != t.dims.extent(k.dims[heads]) {
        // Query heads in groups that share a key: [.., key heads, group, ..].
        var sizes = t.extents(q)
        let own = t.dims.extent(k.dims[heads])
        guard let group = sizes[heads] / own else { throw call.fail("heads that are no multiple of the key heads") }
        sizes.replaceSubrange(heads...heads, with: [own, group])
        query = try t.view(q, as: sizes)
        let order: [Int?] = k.dims.indices.flatMap { $0 == heads ? [$0, nil] : [$0 as Int?] }
        (key, value) = (t.rearrange(k, order), t.rearrange(v, order))
      }
      let swapped = key.dims.indices.map { i in
        i == key.dims.count - 1 ? i - 1 : i == key.dims.count - 2 ? i + 1 : i
      }
      var logits = try t.matmul(query, t.rearrange(key, swapped))
      let head = Scalar(t.dims.extent(q.dims[q.dims.count - 1]))
      let scale = try call.number("scale") ?? head.map { 1 / $0.squareRoot() }
      // A number for all that, if it is to be chosen anew at each width.
      logits = t.scale(logits, by: scale, named: t.multiplierName)
      if try call.bool("is_causal") { logits = t.causal(logits) }
      if let mask = try call.tensorIfGiven("attn_mask") { logits = try t.masked(logits, by: mask) }
      let mixed = try t.matmul(try t.softmax(logits, over: logits.dims.count - 1), value)
      return try t.view(mixed, as: try call.result())
    },
    Operation("masked_fill", "masked_fill_") { call in
      guard let fill = try call.number("value") else { throw call.fail("a fill that is a tensor") }
      let x = try call.tensor("self")
      guard fill.small == -.infinity || fill.small <= -1e4 else {
        throw call.fail("a mask that fills with \(fill); only masks of attention logits (-inf) are known")
      }
      return try call.tracer.masked(x, by: try call.tensor("mask"))
    },
    Operation("where") { call in
      let mask = try call.tensor("condition")
      // What is chosen where the mask does not say so: a number, also where it is a tensor of it.
      for (kept, filled) in [("self", "other"), ("other", "self")] {
        guard case .tensor(let x)? = call.given(kept) else { continue }
        if case .number? = x.constant { continue }
        var fill = try? call.number(filled)
        if case .tensor(let tensor)? = call.given(filled), case .number(let number)? = tensor.constant { fill = number }
        if let fill, fill.small <= -1e4 { return try call.tracer.masked(x, by: mask) }
      }
      throw call.fail("a choice between values; only masks of attention logits (-inf) are known")
    },
    Operation("triu", "tril") { call in
      throw call.fail("a triangle of values that are computed; only constant masks are known")
    },
  ]
}

extension Tracer {
  /// Logits under a mask that no data decide: taken to be causal, if a query can see as many keys as there are queries.
  ///
  /// How a value grows does not depend on which of the keys are left out.
  func masked(_ logits: Tensor, by mask: Tensor) throws -> Tensor {
    guard mask.constant != nil else { throw fail("a mask that is computed from data") }
    return causal(logits)
  }
}
