extension Operation {
  /// The same entries in other dimensions.
  static let shapes: [Operation] = [
    // The sizes are those that the file tells of the result, so that -1 needs no thought.
    Operation("view", "reshape", "_unsafe_view", "flatten", "unflatten", "view_as", "reshape_as") { call in
      try call.tracer.view(try call.tensor("self"), as: try call.result())
    },
    Operation("squeeze") { call in
      let x = try call.tensor("self")
      let among = try call.positions(of: x)
      return call.tracer.rearrange(
        x, x.dims.indices.filter { !(among.contains($0) && call.tracer.isOne(x.dims[$0])) })
    },
    Operation("unsqueeze") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x, extra: 1)
      return call.tracer.rearrange(x, (0...x.dims.count).map { $0 == at ? nil : $0 < at ? $0 : $0 - 1 })
    },
    Operation("transpose", "swapaxes", "swapdims") { call in
      let x = try call.tensor("self")
      let pair = (
        try call.position(call.given("dim0") == nil ? "axis0" : "dim0", of: x),
        try call.position(call.given("dim1") == nil ? "axis1" : "dim1", of: x)
      )
      var order = Array(x.dims.indices)
      order.swapAt(pair.0, pair.1)
      return call.tracer.rearrange(x, order)
    },
    Operation("t", "numpy_T", "mT", "mH") { call in
      let x = try call.tensor("self")
      var order = Array(x.dims.indices)
      if order.count == 2 || call.operation == "aten.numpy_T" {
        order.reverse()
      } else if order.count > 2 {
        order.swapAt(order.count - 1, order.count - 2)
      }
      return call.tracer.rearrange(x, order)
    },
    Operation("permute") { call in
      let x = try call.tensor("self")
      let order = try call.positions("dims", of: x)
      guard order.sorted() == Array(x.dims.indices) else { throw call.fail("an order that is none") }
      return call.tracer.rearrange(x, order)
    },
    Operation("movedim", "moveaxis") { call in
      let x = try call.tensor("self")
      let (from, to) = (try call.positions("source", of: x), try call.positions("destination", of: x))
      var order = x.dims.indices.filter { !from.contains($0) }
      for (place, source) in zip(to, from).sorted(by: { $0.0 < $1.0 }) {
        order.insert(source, at: min(place, order.count))
      }
      return call.tracer.rearrange(x, order)
    },
    Operation("expand", "expand_as", "broadcast_to") { call in
      try call.tracer.expand(try call.tensor("self"), to: try call.result().map { $0 })
    },
    // What they are broadcast for does it by itself.
    Operation(several: "broadcast_tensors") { try $0.tensors("tensors") },
    // Each entry several times in a row: a new dimension behind the repeated one, then both as one.
    Operation("repeat_interleave") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x)
      let count = try call.extent("repeats")
      let apart = call.tracer.rearrange(x, (0...x.dims.count).map { $0 == at + 1 ? nil : $0 <= at ? $0 : $0 - 1 })
      var sizes = call.tracer.extents(apart)
      sizes[at + 1] = count
      let copies = try call.tracer.expand(apart, to: sizes)
      return try call.tracer.view(copies, as: try call.result())
    },
    // The whole several times: a new dimension before each repeated one.
    Operation("repeat") { call in
      let x = try call.tensor("self")
      guard let counts = try call.extents("repeats"), counts.count >= x.dims.count else {
        throw call.fail("fewer repeats than dimensions")
      }
      let shift = counts.count - x.dims.count
      var order: [Int?] = []
      var sizes: [Extent] = []
      for (i, count) in counts.enumerated() {
        order += [nil, i < shift ? nil : i - shift]
        sizes += [count, i < shift ? .one : call.tracer.dims.extent(x.dims[i - shift])]
      }
      let copies = try call.tracer.expand(call.tracer.rearrange(x, order), to: sizes)
      return try call.tracer.view(copies, as: try call.result())
    },
  ]
}
