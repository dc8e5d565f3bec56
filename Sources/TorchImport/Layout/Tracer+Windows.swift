import TensorPrograms

extension Tracer {
  /// The windows of an image: rows and columns at the last two positions become places, and the window's two
  /// dimensions come after them.
  func windows(
    _ x: Tensor, size: (Int, Int), stride: (Int, Int), padding: (Int, Int), dilation: (Int, Int)
  ) throws -> Tensor {
    guard x.dims.count >= 3, stride.0 == stride.1, padding.0 == padding.1, dilation == (1, 1), stride.0 > 0,
      padding.0 >= 0, padding.0 < 1 << 20, stride.0 < 1 << 20
    else { throw fail("strides or paddings that differ by direction, or a dilation") }
    let (row, column) = (x.dims.count - 2, x.dims.count - 1)
    func places(_ dim: Dim, _ span: Int) throws -> Dim {
      let extent = dims.extent(dim)
      guard extent.isFixed else { throw fail("an image whose size grows with the width: \(extent)") }
      let room = extent.small + 2 * padding.0 - span
      guard room >= 0, span > 0 else { throw fail("a window of \(span) over \(extent)") }
      let made = room / stride.0 + 1
      return made == extent.small ? dim : dims.make(Extent(made))
    }
    if size == (1, 1), stride == (1, 1), padding == (0, 0) {
      return rearrange(x, x.dims.indices.map { $0 } + [nil, nil])
    }
    let to = (try places(x.dims[row], size.0), try places(x.dims[column], size.1))
    let window = (dims.make(Extent(size.0)), dims.make(Extent(size.1)))
    let result = x.dims.dropLast(2) + [to.0, to.1, window.0, window.1]
    return emit(Array(result), of: [x]) { [self] writer in
      func single(_ dim: Dim, _ size: Int) throws -> Dimension {
        if isOne(dim) { return Dimension(writer.unique("single"), size) }
        let found = try writer.alternatives(dim)
        guard found.count == 1, found[0].count == 1 else {
          throw TorchImportError.size("rows or columns of an image that are split into several dimensions")
        }
        return found[0][0]
      }
      let goal = (Axis(try single(to.0, 1)), Axis(try single(to.1, 1)))
      let span = (Axis(try single(window.0, 1)), Axis(try single(window.1, 1)))
      var placed = Placed(cells: [:])
      for (key, cell) in try writer[x].ordered {
        guard let rows = cell.axes[row].first, let columns = cell.axes[column].first, cell.axes[row].count == 1,
          cell.axes[column].count == 1
        else { throw TorchImportError.size("windows over an image of one row or column") }
        var names = AxisNames()
        for axis in cell.axes.dropLast(2).joined() { _ = names.take(axis) }
        let out = (names.take(goal.0), names.take(goal.1))
        let inside = (names.take(span.0), names.take(span.1))
        var value = patches(
          cell.expanded(along: [rows, columns]),
          .init(
            rows: rows, columns: columns, toRows: out.0, toColumns: out.1, windowRows: inside.0,
            windowColumns: inside.1, stride: stride.0, padding: padding.0))
        var axes = Array(cell.axes.dropLast(2))
        for (dim, axis) in [(to.0, out.0), (to.1, out.1), (window.0, inside.0), (window.1, inside.1)] {
          if isOne(dim) { value = TensorPrograms.sum(value, over: [axis]) }
          axes.append(isOne(dim) ? [] : [axis])
        }
        placed.cells[key.dropLast(2) + [key[row], key[column], 0, 0]] = .init(value: value, axes: axes)
      }
      return placed
    }
  }

  /// Windows, at the last two of four positions, added into an image of these rows and columns; nothing is padded but by
  /// `padding`.
  func folded(_ x: Tensor, rows: Int, columns: Int, stride: Int, padding: Int) throws -> Tensor {
    guard x.dims.count >= 4, stride > 0, stride < 1 << 20, (0..<1 << 20).contains(padding), rows > 1, columns > 1 else {
      throw fail("windows that are none, or an image of one row or column")
    }
    let own = Array(x.dims.suffix(4))
    func size(_ total: Int, _ places: Dim) -> Dim {
      dims.extent(places) == Extent(total) ? places : dims.make(Extent(total))
    }
    let image = (size(rows, own[0]), size(columns, own[1]))
    let result = Array(x.dims.dropLast(4)) + [image.0, image.1]
    return emit(result, of: [x]) { writer in
      func single(_ dim: Dim) throws -> Axis {
        let found = try writer.alternatives(dim)
        guard found.count == 1, found[0].count == 1 else {
          throw TorchImportError.size("rows or columns of an image that are split into several dimensions")
        }
        return Axis(found[0][0])
      }
      var placed = Placed(cells: [:])
      for (key, cell) in try writer[x].ordered {
        let inside = cell.axes.suffix(4)
        guard inside.allSatisfy({ $0.count == 1 }) else {
          throw TorchImportError.size("windows of one pixel, or an image of one row or column")
        }
        let axes = inside.map { $0[0] }
        var names = AxisNames()
        for axis in cell.axes.dropLast(4).joined() { _ = names.take(axis) }
        let to = (names.take(try single(image.0)), names.take(try single(image.1)))
        let value = cell.expanded(along: axes)
        let kept = value.axes.filter { !axes[2...].contains($0) }.map {
          $0 == axes[0] ? to.0 : $0 == axes[1] ? to.1 : $0
        }
        placed.cells[key.dropLast(4) + key.suffix(4).prefix(2)] = .init(
          value: fold(
            value,
            .init(
              rows: to.0, columns: to.1, toRows: axes[0], toColumns: axes[1], windowRows: axes[2],
              windowColumns: axes[3], stride: stride, padding: padding), to: kept),
          axes: Array(cell.axes.dropLast(4)) + [[to.0], [to.1]])
      }
      return placed
    }
  }

  /// Logits without those whose key, at the last position, comes after the query, at the one before.
  func causal(_ x: Tensor) -> Tensor {
    emit(x.dims, of: [x]) { writer in
      var placed = try writer[x]
      guard placed.cells.count == 1, let (key, cell) = placed.cells.first, let query = cell.axes.dropLast().last,
        let keys = cell.axes.last, query.count == 1, keys.count == 1, query[0].dimension == keys[0].dimension
      else {
        writer.note("a causal mask over positions that are concatenated or of different lengths is left out")
        return placed
      }
      placed.cells[key]?.value = TensorPrograms.causal(
        cell.expanded(along: query + keys), query: query[0], key: keys[0])
      return placed
    }
  }

  /// 1 where an entry is among the largest along a dimension, else 0.
  func largest(_ count: Int, of x: Tensor, along position: Int) throws -> Tensor {
    emit(x.dims, of: [x]) { writer in
      var placed = try writer[x]
      for (key, cell) in placed.ordered {
        guard cell.axes[position].count == 1, placed.cells.count == 1 else {
          throw TorchImportError.size("the largest along a dimension that is split")
        }
        placed.cells[key]?.value = TensorPrograms.largest(
          count, of: cell.expanded(along: cell.axes[position]), along: cell.axes[position][0])
      }
      return placed
    }
  }
}
