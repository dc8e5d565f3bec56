import TensorPrograms

extension Tracer {
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
      for (i, place) in places.ordered {
        for (j, row) in rows.ordered {
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
      for (key, place) in places.ordered {
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
}
