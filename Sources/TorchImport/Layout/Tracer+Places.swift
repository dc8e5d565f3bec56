import TensorPrograms

extension Tracer {
  /// Dimensions in another order, with some of size 1 put in (nil) or left out.
  func rearrange(_ x: Tensor, _ order: [Int?]) -> Tensor {
    let result = order.map { $0.map { x.dims[$0] } ?? dims.make(.one) }
    return like(
      x,
      emit(result, of: [x], kind: x.kind) { writer in
        var placed = Placed(cells: [:])
        for (key, cell) in try writer[x].cells {
          placed.cells[order.map { $0.map { key[$0] } ?? 0 }] = .init(
            value: cell.value, axes: order.map { $0.map { cell.axes[$0] } ?? [] })
        }
        return placed
      })
  }

  /// The same entries in other dimensions, row-major.
  func view(_ x: Tensor, as extents: [Extent]) throws -> Tensor {
    let result = extents.map(dims.make)
    guard dims.regroup(x.dims, result) else {
      throw fail(
        "a view of \(self.extents(x)) as \(extents): sizes that do not fit, or that are split in several ways")
    }
    return viewed(x, as: result)
  }

  /// The same entries in dimensions that have been made one with its own already.
  private func viewed(_ x: Tensor, as result: [Dim]) -> Tensor {
    like(
      x,
      emit(result, of: [x], kind: x.kind) { [self] writer in
        // Both are the same factors in the same order, grouped differently.
        func counts(_ all: [Dim]) -> [[Int]] { all.map { dims.factors($0).map { dims.alternatives($0).count } } }
        let (from, to) = (counts(x.dims), counts(result))
        var placed = Placed(cells: [:])
        for (key, cell) in try writer[x].cells {
          var digits: [Int] = []
          for (i, radices) in from.enumerated() {
            var (rest, own) = (key[i], [Int]())
            for radix in radices.reversed() {
              own.append(rest % radix)
              rest /= radix
            }
            digits += own.reversed()
          }
          var left = digits[...]
          let new = to.map { radices in
            radices.reduce(0) { sum, radix in sum * radix + (left.popFirst() ?? 0) }
          }
          var flat = cell.flat[...]
          let axes = zip(result, new).map { dim, i in
            let count = dims.alternatives(dim)[i].count
            defer { flat = flat.dropFirst(count) }
            return Array(flat.prefix(count))
          }
          placed.cells[new] = .init(value: cell.value, axes: axes)
        }
        return placed
      })
  }

  /// Copies along dimensions of size 1, or along new ones in front.
  func expand(_ x: Tensor, to extents: [Extent?]) throws -> Tensor {
    let shift = extents.count - x.dims.count
    guard shift >= 0 else { throw fail("an expansion to fewer dimensions") }
    let result = extents.enumerated().map { i, extent -> Dim in
      guard i >= shift else { return dims.make(extent ?? .one) }
      let own = x.dims[i - shift]
      return isOne(own) && extent != nil && extent != .one ? dims.make(extent ?? .one) : own
    }
    return like(
      x,
      emit(result, of: [x], kind: x.kind) { [self] writer in
        let sizes = try result.map(writer.alternatives)
        let placed = try writer[x]
        var cells: [[Int]: Placed.Cell] = [:]
        for key in combinations(sizes.map(\.count)) {
          let own = x.dims.indices.map { isOne(x.dims[$0]) ? 0 : key[$0 + shift] }
          guard let cell = placed.cells[own] else { throw fail("parts that do not fit") }
          var names = AxisNames()
          for axis in cell.flat { _ = names.take(axis) }
          let axes = result.indices.map { i -> [Axis] in
            if i >= shift, !isOne(x.dims[i - shift]) { return cell.axes[i - shift] }
            return sizes[i][key[i]].map { names.take(Axis($0)) }
          }
          cells[key] = .init(value: cell.value, axes: axes)
        }
        return Placed(cells: cells)
      })
  }

  /// The slice at one index; the dimension goes.
  func select(_ x: Tensor, _ index: Int, along position: Int) throws -> Tensor {
    let extent = dims.extent(x.dims[position])
    let at = index < 0 ? index + extent.small : index
    guard at >= 0, at < extent.small, index >= 0 || extent.isFixed else {
      throw fail("index \(index) of a dimension of \(extent)")
    }
    if let stacked = x.stacked, stacked.position == position { return stacked.parts[at] }
    var result = x.dims
    let along = result.remove(at: position)
    return like(
      x,
      emit(result, of: [x], kind: x.kind) { [self] writer in
        let (alternative, indices) = try locate(at, in: along)
        var placed = Placed(cells: [:])
        for (key, cell) in try writer[x].cells where key[position] == alternative {
          var (key, cell) = (key, cell)
          key.remove(at: position)
          let axes = cell.axes.remove(at: position)
          for (axis, i) in zip(axes, indices) where cell.value.axes.contains(axis) {
            cell.value = TensorPrograms.select(cell.value, i, along: axis)
          }
          placed.cells[key] = cell
        }
        return placed
      })
  }

  /// Which alternative of a dimension has this index, and the index along each of its leaves.
  private func locate(_ index: Int, in dim: Dim) throws -> (Int, [Int]) {
    let factors = dims.factors(dim)
    var (rest, alternative, indices) = (index, 0, [Int]())
    for (i, factor) in factors.enumerated() {
      let inner = factors[(i + 1)...].map { dims.extent($0).small }.reduce(1, *)
      let own = rest / max(inner, 1)
      rest %= max(inner, 1)
      guard let parts = dims.parts(factor) else {
        indices.append(own)
        continue
      }
      var (left, before) = (own, 0)
      for part in parts {
        let extent = dims.extent(part)
        if left < extent.small {
          let (inside, more) = try locate(left, in: part)
          alternative = alternative * dims.alternatives(factor).count + before + inside
          indices += more
          break
        }
        guard extent.isFixed else { throw fail("index \(index) behind a part that grows") }
        left -= extent.small
        before += dims.alternatives(part).count
      }
    }
    return (alternative, indices)
  }

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
          for (key, cell) in try writer[x].cells where (before..<before + own).contains(key[position]) {
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
        for (key, cell) in try writer[x].cells {
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
      for (key, first) in placed[0].cells {
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

  /// Rows of a table along its first dimension, by number.
  func gather(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
    guard let numbers = indices.numbers else {
      throw fail("indices that are computed; only those that are given as input look anything up")
    }
    if let below = numbers.below { try unify(below, table.dims[0], "tables looked up by the same numbers") }
    numbers.below = table.dims[0]
    table.weight?.found(.table)
    let result = indices.dims + table.dims.dropFirst()
    return emit(result, of: [table, indices]) { writer in
      let (rows, places) = (try writer[table], try writer[indices])
      var cells: [[Int]: Placed.Cell] = [:]
      for (i, place) in places.cells {
        for (j, row) in rows.cells {
          guard let along = row.axes[0].first, row.axes[0].count == 1 else {
            throw TorchImportError.size("a look-up in a table whose rows are split")
          }
          // The program matches axes that both have; here they are different ones.
          var names = AxisNames()
          for axis in place.flat + [along] { _ = names.take(axis) }
          let others = row.axes.dropFirst().map { $0.map { names.take($0) } }
          let value = row.relabeled([along] + others.flatMap(\.self))
          cells[i + j.dropFirst()] =
            Placed.Cell(
              value: TensorPrograms.gather(value, place.value, along: along), axes: place.axes + others
            ).plain
        }
      }
      return Placed(cells: cells)
    }
  }

  /// Of each row the entry that a number of its own tells: the logit of a label. The last dimension goes.
  func pick(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
    guard let numbers = indices.numbers, let classes = table.dims.last, indices.dims.count == table.dims.count - 1
    else {
      throw fail("labels that are computed, or of other dimensions than the logits")
    }
    if let below = numbers.below { try unify(below, classes, "tables looked up by the same numbers") }
    numbers.below = classes
    for (a, b) in zip(indices.dims, table.dims) { try unify(a, b, "labels and logits") }
    return emit(indices.dims, of: [table, indices]) { writer in
      let (rows, places) = (try writer[table], try writer[indices])
      var cells: [[Int]: Placed.Cell] = [:]
      for (key, place) in places.cells {
        guard let row = rows.cells[key + [0]], let along = row.axes.last?.first, row.axes.last?.count == 1 else {
          throw TorchImportError.size("labels of logits that are split")
        }
        let axes = Array(row.axes.dropLast())
        let value = TensorPrograms.gather(
          row.expanded(along: [along]), place.relabeled(axes.flatMap(\.self)), along: along)
        cells[key] = .init(value: value, axes: axes)
      }
      return Placed(cells: cells)
    }
  }

  /// The tensor with what is known of its origin.
  func like(_ x: Tensor, _ result: Tensor) -> Tensor {
    var result = result
    (result.weight, result.numbers, result.constant) = (x.weight, x.numbers, x.constant)
    return result
  }
}
