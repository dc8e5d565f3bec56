import TensorPrograms

extension Tracer {
  /// The product of tensors summed over every label that the result lacks, as in an einsum.
  func einsum(_ operands: [Tensor], _ labels: [[Int]], to out: [Int]) throws -> Tensor {
    var dim: [Int: Dim] = [:]
    for (operand, own) in zip(operands, labels) {
      guard own.count == operand.dims.count, Set(own).count == own.count else {
        throw fail("a diagonal, or labels that are not one a dimension")
      }
      for (label, d) in zip(own, operand.dims) {
        guard let known = dim[label], !isOne(known) else {
          dim[label] = d
          continue
        }
        if !isOne(d) { try unify(known, d, "sizes that are summed or kept together") }
      }
    }
    let name = multiplierName
    // A table that is looked up and summed, too, has no one size that fits both.
    var isTied = false
    for (operand, own) in zip(operands, labels) {
      if case .table? = operand.weight?.start,
        zip(own, operand.dims).contains(where: { !out.contains($0) && !isOne($1) })
      {
        isTied = true
      }
      let summed = zip(own, operand.dims).filter { !out.contains($0.0) && !isOne($0.1) }.map(\.1)
      operand.weight?.found(summed.isEmpty ? .one : .fanIn(summed))
    }
    let all = try out.map { label -> Dim in
      guard let found = dim[label] else { throw fail("a result with a label that no operand has") }
      return found
    }
    let known = dim
    let result = emit(all, of: operands) { [self] writer in
      if isTied {
        writer.note(
          "a weight that is looked up or added and also summed over, as a tied embedding is, has a multiplier of 1 added at "
            + "the sum, \(name): no one initial size fits both")
      }
      let placed = try operands.map { try writer[$0] }
      let summed = known.keys.filter { !out.contains($0) }.sorted()
      let sizes = try known.mapValues(writer.alternatives)
      func counts(_ labels: [Int]) -> [Int] { labels.map { sizes[$0]?.count ?? 1 } }
      var cells: [[Int]: Placed.Cell] = [:]
      for key in combinations(counts(out)) {
        var terms: [Placed.Cell] = []
        for inner in combinations(counts(summed)) {
          let choice = Dictionary(zip(out + summed, key + inner), uniquingKeysWith: { first, _ in first })
          let parts = zip(zip(operands, labels), placed).compactMap { pair, placed in
            placed.cells[zip(pair.1, pair.0.dims).map { isOne($1) ? 0 : choice[$0] ?? 0 }]
          }
          guard parts.count == operands.count else { throw fail("parts that do not fit") }
          terms.append(contracted(parts, labels, to: out, leaves: { sizes[$0]?[choice[$0] ?? 0] ?? [] }))
        }
        cells[key] = terms.count == 1 ? terms[0] : joined(terms)
      }
      return Placed(cells: cells)
    }
    return isTied ? scale(result, by: Scalar(1), named: name) : result
  }

  /// The sum of cells of the same dimensions.
  private func joined(_ terms: [Placed.Cell]) -> Placed.Cell {
    let names = terms[0].flat
    return Placed.Cell(value: total(terms.map { $0.relabeled(names) }), axes: terms[0].axes)
  }

  private func contracted(
    _ parts: [Placed.Cell], _ labels: [[Int]], to out: [Int], leaves: (Int) -> [Dimension]
  ) -> Placed.Cell {
    // A name for each leaf of each label, as the first operand has it where that is free.
    var names = AxisNames()
    var axes: [Int: [Axis]] = [:]
    for (part, own) in zip(parts, labels) {
      for (label, given) in zip(own, part.axes) where axes[label] == nil && given.count == leaves(label).count {
        axes[label] = given.map { names.take($0) }
      }
    }
    for label in Set(labels.joined()).union(out).sorted() where axes[label] == nil {
      axes[label] = leaves(label).map { names.take(Axis($0)) }
    }
    var values = zip(parts, labels).map { part, own in
      part.relabeled(zip(own, part.axes).flatMap { $1.isEmpty ? [] : axes[$0] ?? [] })
    }
    var factor = Monomial()
    for label in axes.keys.sorted() where !out.contains(label) {
      for axis in axes[label] ?? [] {
        let having = values.indices.filter { values[$0].axes.contains(axis) }
        if having.isEmpty {
          // The same along it: as many times.
          factor = Monomial(factor.constant, factor.powers.map { ($0.dimension, $0.exponent) } + [(axis.dimension, 1)])
        } else if having.count == 1, values.count > 1 {
          values[having[0]] = TensorPrograms.sum(values[having[0]], over: [axis])
        }
      }
    }
    let kept = out.map { axes[$0] ?? [] }
    let target = kept.flatMap(\.self).filter { axis in values.contains { $0.axes.contains(axis) } }
    var value = values[0]
    if values.count > 1 {
      value = contract(values, to: target)
    } else if value.axes.contains(where: { !target.contains($0) }) {
      value = TensorPrograms.sum(value, over: value.axes.filter { !target.contains($0) })
    }
    if factor != Monomial() { value = TensorPrograms.scale(value, by: factor) }
    return Placed.Cell(value: value, axes: kept).plain
  }

  /// The sum over some dimensions, which stay with size 1 or go.
  func sum(_ x: Tensor, over positions: [Int], keeping: Bool) throws -> Tensor {
    let kept = x.dims.indices.filter { !positions.contains($0) }
    let result = try einsum([x], [Array(x.dims.indices)], to: kept)
    return keeping ? rearrange(result, x.dims.indices.map { kept.firstIndex(of: $0) }) : result
  }

  func mean(_ x: Tensor, over positions: [Int], keeping: Bool) throws -> Tensor {
    let total = try sum(x, over: positions, keeping: keeping)
    return divide(total, bySizesOf: positions.map { x.dims[$0] })
  }

  /// Divided by how many entries there are along some dimensions.
  private func divide(_ x: Tensor, bySizesOf over: [Dim]) -> Tensor {
    emit(x.dims, of: [x]) { [self] writer in
      var result = try writer[x]
      let sizes = try over.map(writer.alternatives)
      let factor: Monomial
      if sizes.allSatisfy({ $0.count == 1 }) {
        factor = .product(sizes.flatMap { $0[0] }, power: -1)
      } else {
        let count = over.map { Scalar(dims.extent($0)) }.reduce(Scalar(1), *)
        guard let found = writer.widths.factor(Scalar(1) / count, among: writer.leaves) else {
          throw TorchImportError.size("a mean over \(count) entries, which is no simple power of the width")
        }
        factor = Monomial(found.0, try found.leaf.map { [(try writer.dimension($0), found.exponent)] } ?? [])
      }
      for (key, cell) in result.ordered { result.cells[key]?.value = TensorPrograms.scale(cell.value, by: factor) }
      return result
    }
  }

  func softmax(_ x: Tensor, over position: Int) throws -> Tensor {
    emit(x.dims, of: [x]) { writer in
      var result = try writer[x]
      let parts = try writer.alternatives(x.dims[position]).count
      if parts == 1 {
        for (key, cell) in result.ordered where !cell.axes[position].isEmpty {
          result.cells[key]?.value = TensorPrograms.softmax(
            cell.expanded(along: cell.axes[position]), over: cell.axes[position])
        }
        return result
      }
      // Over parts that stand one after the other it is what it is: exponentials over their sum.
      for (key, _) in result.ordered where key[position] == 0 {
        let keys = (0..<parts).map { part in key.indices.map { $0 == position ? part : key[$0] } }
        let cells = keys.compactMap { result.cells[$0] }
        let powers = cells.map { TensorPrograms.map(.exp, $0.expanded(along: $0.axes[position])) }
        let kept = cells[0].axes.indices.filter { $0 != position }.flatMap { cells[0].axes[$0] }
        let sums = zip(cells, powers).map { cell, power -> Value in
          let own = cell.axes.indices.filter { $0 != position }.flatMap { cell.axes[$0] }
          let sum = cell.axes[position].isEmpty ? power : TensorPrograms.sum(power, over: cell.axes[position])
          return Placed.Cell(value: sum, axes: [own]).relabeled(kept)
        }
        let whole = total(sums)
        for (key, (cell, power)) in zip(keys, zip(cells, powers)) {
          let own = cell.axes.indices.filter { $0 != position }.flatMap { cell.axes[$0] }
          result.cells[key]?.value = power / Placed.Cell(value: whole, axes: [kept]).relabeled(own)
        }
      }
      return result
    }
  }

  /// The logarithm of the sum of exponentials; the dimension stays with size 1.
  func logSumExp(_ x: Tensor, over position: Int) throws -> Tensor {
    var result = x.dims
    result[position] = dims.make(.one)
    return emit(result, of: [x]) { writer in
      guard try writer.alternatives(x.dims[position]).count == 1 else {
        throw TorchImportError.size("a softmax over logits that are concatenated from unequal parts")
      }
      var placed = try writer[x]
      for (key, cell) in placed.ordered {
        let over = cell.axes[position]
        var axes = cell.axes
        axes[position] = []
        placed.cells[key] = .init(
          value: TensorPrograms.logSumExp(cell.expanded(along: over), over: over), axes: axes)
      }
      return placed
    }
  }
}
