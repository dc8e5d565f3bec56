import TensorPrograms

extension Tracer {
  /// What is done with each entry by itself.
  func each(_ x: Tensor, _ body: @escaping (Value) throws -> Value) -> Tensor {
    emit(x.dims, of: [x]) { writer in
      var result = try writer[x]
      for (key, cell) in result.ordered { result.cells[key]?.value = try body(cell.value) }
      return result
    }
  }

  func map(_ function: Nonlinearity, _ x: Tensor) -> Tensor { each(x) { TensorPrograms.map(function, $0) } }

  /// The sum of tensors, broadcast by position from the end.
  func sum(_ operands: [Tensor], signs: [Double]) throws -> Tensor {
    for operand in operands {
      let real = operand.dims.filter { !isOne($0) }.count
      operand.weight?.found(real >= 2 ? .table : .zero)
    }
    return try broadcast(operands) { values in
      total(zip(values, signs).map { $1 == 1 ? $0 : $1 * $0 })
    }
  }

  /// The larger of two, entry by entry: `a + relu(b - a)`, which has a derivative.
  func maximum(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    try broadcast([a, b]) { $0[0] + TensorPrograms.map(.relu, $0[1] - $0[0]) }
  }

  /// The product, broadcast.
  func product(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    let dims = try broadcastDims([a, b])
    func labels(_ x: Tensor) -> [Int] { Array(dims.indices.suffix(x.dims.count)) }
    return try einsum([a, b], [labels(a), labels(b)], to: Array(dims.indices))
  }

  /// Tensors of several sizes taken together entry by entry, aligned at their last dimension as torch does.
  func broadcast(_ operands: [Tensor], _ body: @escaping ([Value]) throws -> Value) throws -> Tensor {
    let all = try broadcastDims(operands)
    return emit(all, of: operands) { [self] writer in
      let sizes = try all.map(writer.alternatives)
      let placed = try operands.map { try writer[$0] }
      var cells: [[Int]: Placed.Cell] = [:]
      for key in combinations(sizes.map(\.count)) {
        // Each operand's cell, its axes at the result's positions.
        let parts = zip(operands, placed).map { operand, placed -> Placed.Cell? in
          let shift = all.count - operand.dims.count
          let own = operand.dims.indices.map { isOne(operand.dims[$0]) ? 0 : key[$0 + shift] }
          guard var cell = placed.cells[own] else { return nil }
          cell.axes = Array(repeating: [], count: shift) + cell.axes
          return cell
        }
        guard !parts.contains(where: { $0 == nil }) else { throw fail("parts that do not fit") }
        let present = parts.compactMap(\.self)
        let order = present.indices.sorted { present[$0].value.axes.count > present[$1].value.axes.count }
        var names = AxisNames()
        let target = all.indices.map { i -> [Axis] in
          let source = order.first { present[$0].axes[i].count == sizes[i][key[i]].count }
          return sizes[i][key[i]].indices.map { j in
            names.take(source.map { present[$0].axes[i][j] } ?? Axis(sizes[i][key[i]][j]))
          }
        }
        let values = present.map { cell in
          cell.relabeled(all.indices.flatMap { cell.axes[$0].isEmpty ? [] : target[$0] })
        }
        cells[key] = Placed.Cell(value: try body(values), axes: target)
      }
      return Placed(cells: cells)
    }
  }

  private func broadcastDims(_ operands: [Tensor]) throws -> [Dim] {
    let count = operands.map(\.dims.count).max() ?? 0
    return try (0..<count).map { i in
      var found: Dim?
      var one: Dim?
      for operand in operands where i - (count - operand.dims.count) >= 0 {
        let dim = operand.dims[i - (count - operand.dims.count)]
        if isOne(dim) {
          one = dim
        } else if let found {
          try unify(found, dim, "sizes that meet entry by entry")
        } else {
          found = dim
        }
      }
      return found ?? one ?? dims.make(.one)
    }
  }
}
