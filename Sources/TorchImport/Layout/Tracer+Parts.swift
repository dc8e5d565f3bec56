import TensorPrograms

extension Tracer {
  /// Cuts a dimension into parts of these sizes and returns each.
  func split(_ x: Tensor, _ sizes: [Extent], along position: Int) throws -> [Tensor] {
    if sizes.count == 1 { return [x] }
    if Set(sizes).count == 1 {
      let count = Extent(sizes.count)
      guard let (outer, inner) = dims.divide(x.dims[position], outer: count) else {
        throw fail("\(dims.extent(x.dims[position])) in \(sizes.count) parts: it is split in another way, too")
      }
      var apart = x.dims
      apart.replaceSubrange(position...position, with: [outer, inner])
      let table = viewed(x, as: apart)
      return try sizes.indices.map { try select(table, $0, along: position) }
    }
    guard let parts = dims.cut(x.dims[position], sizes) else {
      throw fail("\(dims.extent(x.dims[position])) cut into \(sizes): it is split in another way, too")
    }
    return parts.indices.map { i in
      var result = x.dims
      result[position] = parts[i]
      return like(
        x,
        emit(result, of: [x], kind: x.kind) { [self] writer in
          let before = parts[..<i].map { dims.alternatives($0).count }.reduce(0, +)
          let own = dims.alternatives(parts[i]).count
          var placed = Placed(cells: [:])
          for (key, cell) in try writer[x].ordered where (before..<before + own).contains(key[position]) {
            var key = key
            key[position] -= before
            placed.cells[key] = cell
          }
          return placed
        })
    }
  }

  /// Tensors one after the other along a dimension.
  func concatenate(_ all: [Tensor], along position: Int) throws -> Tensor {
    for x in all.dropFirst() {
      guard x.dims.count == all[0].dims.count else { throw fail("tensors of different dimensions in one") }
      for i in x.dims.indices where i != position { try unify(all[0].dims[i], x.dims[i], "what is concatenated") }
    }
    if all.count == 1 { return all[0] }
    for x in all { x.weight?.found(.table) }
    let own = all.map { $0.dims[position] }
    guard !own.contains(where: { dims.extent($0).small < 1 }) else { throw fail("a part without entries") }
    if Set(own.map(dims.extent)).count == 1 {
      let stacked = try stack(all.map { x in rearrange(x, Array(x.dims.indices)) }, at: position)
      var result = stacked.dims
      result.replaceSubrange(position...(position + 1), with: [dims.product([result[position], result[position + 1]])])
      return viewed(stacked, as: result)
    }
    var result = all[0].dims
    result[position] = dims.sum(own)
    return emit(result, of: all, kind: all[0].kind) { [self] writer in
      var placed = Placed(cells: [:])
      var before = 0
      for x in all {
        for (key, cell) in try writer[x].ordered {
          var key = key
          key[position] += before
          placed.cells[key] = cell
        }
        before += dims.alternatives(x.dims[position]).count
      }
      return placed
    }
  }

  /// Tensors of the same size along a new dimension.
  func stack(_ all: [Tensor], at position: Int) throws -> Tensor {
    for x in all.dropFirst() {
      guard x.dims.count == all[0].dims.count else { throw fail("tensors of different dimensions in one") }
      for i in x.dims.indices { try unify(all[0].dims[i], x.dims[i], "what is stacked") }
    }
    for x in all { x.weight?.found(.table) }
    var result = all[0].dims
    let along = dims.make(Extent(all.count))
    result.insert(along, at: position)
    if all.count == 1 {
      return rearrange(all[0], (0...all[0].dims.count).map { $0 == position ? nil : $0 < position ? $0 : $0 - 1 })
    }
    var made = emit(result, of: all, kind: all[0].kind) { writer in
      let sizes = try writer.alternatives(along)
      guard sizes.count == 1 else { throw TorchImportError.size("what was stacked is cut into unequal parts") }
      let placed = try all.map { try writer[$0] }
      var cells: [[Int]: Placed.Cell] = [:]
      for (key, first) in placed[0].ordered {
        var names = AxisNames()
        for axis in first.flat { _ = names.take(axis) }
        let new = sizes[0].map { names.take(Axis($0)) }
        var parts: [Value] = []
        for (i, own) in placed.enumerated() {
          guard let cell = own.cells[key] else { continue }
          var value = cell.relabeled(first.flat)
          // Of a dimension of several leaves the index is one along each.
          var rest = i
          for axis in new.reversed() {
            let size = try axis.dimension.size.value(at: 1, of: axis.name)
            value = insert(value, rest % size, along: axis)
            rest /= size
          }
          parts.append(value)
        }
        var axes = first.axes
        axes.insert(new, at: position)
        var key = key
        key.insert(0, at: position)
        cells[key] = .init(value: total(parts), axes: axes)
      }
      return Placed(cells: cells)
    }
    made.stacked = Tensor.Stacked(all, position)
    return made
  }
}
