extension Operation {
  /// Parts of tensors, and tensors made of parts.
  static let places: [Operation] = [
    Operation("select") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x)
      let index = try call.extent("index")
      guard index.isFixed else { throw call.fail("an index that changes with the width: \(index)") }
      return try call.tracer.select(x, index.small, along: at)
    },
    Operation("slice", "narrow") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x, default: 0)
      guard try call.int("step", default: 1) == 1 else { throw call.fail("a slice with steps") }
      let size = call.tracer.dims.extent(x.dims[at])
      let length = try call.result()[at]
      if length == size { return x }
      let given = try call.extent("start", default: Extent(0))
      let start = given.small < 0 ? given + size : given
      let end = size - start - length
      guard start.small >= 0, start.large >= 0, end.small >= 0, end.large >= 0, length.small > 0, length.large > 0
      else {
        throw call.fail("a slice of \(length) from \(start) of \(size)")
      }
      // One of several equal parts, if that is what it is; else what is before, itself and what is after.
      if let count = size / length, count.isFixed, let index = start / length, index.isFixed {
        return try call.tracer.split(x, Array(repeating: length, count: count.small), along: at)[index.small]
      }
      guard (start.small > 0) == (start.large > 0), (end.small > 0) == (end.large > 0) else {
        throw call.fail("a slice that is a border in one model only")
      }
      let before = start.small > 0 ? [start] : []
      let after = end.small > 0 ? [end] : []
      return try call.tracer.split(x, before + [length] + after, along: at)[before.count]
    },
    Operation(several: "split", "split_with_sizes", "chunk", "tensor_split", "unsafe_chunk", "unsafe_split") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x, default: 0)
      return try call.tracer.split(x, call.results.map { $0[at] }, along: at)
    },
    Operation(several: "unbind") { call in
      let x = try call.tensor("self")
      let at = try call.position(of: x, default: 0)
      return try call.results.indices.map { try call.tracer.select(x, $0, along: at) }
    },
    Operation("cat", "concat", "concatenate") { call in
      // An empty list of numbers, as caches begin with, adds nothing, whatever the others' dimensions.
      let all = try call.tensors("tensors").filter { call.tracer.extents($0) != [Extent(0)] }
      guard let first = all.first else { throw call.fail("nothing to concatenate") }
      return try call.tracer.concatenate(all, along: try call.position(of: first, default: 0))
    },
    Operation("stack") { call in
      let all = try call.tensors("tensors")
      guard let first = all.first else { throw call.fail("nothing to stack") }
      return try call.tracer.stack(all, at: try call.position(of: first, default: 0, extra: 1))
    },
    Operation("embedding") { call in
      try call.tracer.lookUp(try call.tensor("weight"), try call.tensor("indices"))
    },
    Operation("index_select") { call in
      let x = try call.tensor("self")
      guard try call.position(of: x) == 0 else { throw call.fail("rows along another dimension than the first") }
      return try call.tracer.lookUp(x, try call.tensor("index"))
    },
  ]
}

extension Tracer {
  /// Rows of a table. Positions that no data decide are all rows in order, where there are as many.
  func lookUp(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
    guard indices.constant != nil, indices.numbers == nil else { return try gather(table, indices) }
    let real = indices.dims.filter { !isOne($0) }
    guard real.count == 1, dims.extent(real[0]) == dims.extent(table.dims[0]) else {
      // Fewer positions than rows: which ones is for data to say.
      return try gather(table, numbers(indices))
    }
    table.weight?.found(.table)
    let lead = indices.dims.map { isOne($0) ? nil : 0 as Int? }
    return rearrange(table, lead + table.dims.indices.dropFirst().map { $0 })
  }

  /// Positions as whole numbers that data give.
  private func numbers(_ indices: Tensor) -> Tensor {
    numbers((place.module.isEmpty ? "" : place.module + ".") + "positions", indices.dims)
  }
}
