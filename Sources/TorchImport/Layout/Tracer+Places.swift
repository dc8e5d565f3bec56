import TensorPrograms

extension Tracer {
  /// Dimensions in another order, with some of size 1 put in (nil) or left out.
  func rearrange(_ x: Tensor, _ order: [Int?]) -> Tensor {
    let result = order.map { $0.map { x.dims[$0] } ?? dims.make(.one) }
    return like(
      x,
      emit(result, of: [x], kind: x.kind) { writer in
        var placed = Placed(cells: [:])
        for (key, cell) in try writer[x].ordered {
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
  func viewed(_ x: Tensor, as result: [Dim]) -> Tensor {
    like(
      x,
      emit(result, of: [x], kind: x.kind) { [self] writer in
        // Both are the same factors in the same order, grouped differently.
        func counts(_ all: [Dim]) -> [[Int]] { all.map { dims.factors($0).map { dims.alternatives($0).count } } }
        let (from, to) = (counts(x.dims), counts(result))
        var placed = Placed(cells: [:])
        for (key, cell) in try writer[x].ordered {
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
        for (key, cell) in try writer[x].ordered where key[position] == alternative {
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

  /// The tensor with what is known of its origin.
  func like(_ x: Tensor, _ result: Tensor) -> Tensor {
    var result = result
    (result.weight, result.numbers, result.constant) = (x.weight, x.numbers, x.constant)
    return result
  }
}
