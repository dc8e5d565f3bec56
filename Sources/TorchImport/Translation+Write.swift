import Exact
import TensorPrograms

extension Translation {
  /// The scalar that is minimized.
  func lossOf(_ output: Tensor) throws -> Tensor {
    let t = tracer
    let real = output.dims.filter { !t.isOne($0) }
    func mean(_ x: Tensor) throws -> Tensor { try t.mean(x, over: Array(x.dims.indices), keeping: false) }
    var kind = loss
    if kind == .automatic {
      let classes = output.dims.last.map(t.dims.extent)
      kind =
        real.isEmpty ? .output : classes.map { $0.isFixed && $0.small > 1 } ?? false ? .crossEntropy : .squaredError
    }
    switch kind {
    case .output, .automatic:
      guard real.isEmpty else { throw t.fail("the model's output has sizes \(t.extents(output)), so it is no loss") }
      return t.rearrange(output, [])
    case .mean: return try mean(output)
    case .crossEntropy:
      guard !output.dims.isEmpty else { throw t.fail("a cross-entropy of one number") }
      return try mean(try t.crossEntropy(output, t.numbers("labels", Array(output.dims.dropLast()))))
    case .squaredError:
      let target = t.data("target", t.extents(output))
      return try mean(t.map(.square, try t.sum([output, target], signs: [1, -1])))
    }
  }

  func write(
    _ loss: Tensor, _ name: String, _ names: [Int: String], _ unused: [String], _ output: Tensor
  ) throws -> TorchModel {
    var isNeeded = [Bool](repeating: false, count: tracer.steps.count)
    isNeeded[loss.id] = true
    for i in tracer.steps.indices.reversed() where isNeeded[i] {
      for operand in tracer.steps[i].operands { isNeeded[operand] = true }
    }
    let parameters = tracer.parameters.sorted { $0.value.id < $1.value.id }.filter { isNeeded[$0.value.id] }
    let leaves = parameters.flatMap { $0.value.dims.flatMap(tracer.dims.alternatives).flatMap(\.self) }
    let widths = try Widths(width: mostCommon(leaves.map(tracer.dims.extent).filter { $0.small < $0.large }) ?? .one)
    var unique: [Dim] = []
    for leaf in leaves where !unique.contains(leaf) { unique.append(leaf) }
    var report: TorchImportReport?
    let program = try Program(name) { recorder in
      let writer = ProgramWriter(
        recorder, tracer.dims, widths, leaves: unique, roles: roles(parameters.map { ($0.key, $0.value) }))
      if let batch = output.dims.first, output.dims.count > 1, let leaf = tracer.dims.factors(batch).first,
        tracer.dims.parts(leaf) == nil, tracer.dims.extent(leaf).isFixed
      {
        try writer.name(leaf, "batch")
      }
      for (i, step) in tracer.steps.enumerated() where isNeeded[i] {
        let placed: Placed
        do { placed = try step.write(writer) } catch TorchImportError.size(let reason) {
          throw TorchImportError.operation(name: step.operation, place: step.place, reason: reason)
        }
        if let error = recorder.firstError {
          throw TorchImportError.operation(name: step.operation, place: step.place, reason: "\(error)")
        }
        writer.placed[i] = placed
        if let name = names[i], placed.cells.count == 1, let value = placed.cells.first?.value.value,
          let id = value.id, !recorder.program[id].isNamed
        {
          recorder.name(value, writer.unique(name))
        }
      }
      recorder.minimize(try writer.cell(loss).value.named(writer.unique("loss")))
      report = self.report(writer, widths, unused)
    }
    guard let report else { throw TorchImportError.different("nothing was written") }
    return TorchModel(program: program, report: report)
  }

  /// By leaf the places in weights where it stands, the numbers of blocks left out.
  private func roles(_ parameters: [(name: String, tensor: Tensor)]) -> [Dim: String] {
    var found: [Dim: [String]] = [:]
    for (name, tensor) in parameters {
      let key = name.split(separator: ".").map { $0.allSatisfy(\.isNumber) ? "*" : String($0) }.joined(separator: ".")
      for (i, dim) in tensor.dims.enumerated() {
        for (j, leaf) in tracer.dims.alternatives(dim).joined().enumerated() {
          let place = "\(key) \(i) \(j)"
          if found[leaf]?.contains(place) != true { found[leaf, default: []].append(place) }
        }
      }
    }
    return found.mapValues { $0.sorted().joined(separator: ", ") }
  }

  /// The size that most dimensions of weights have: the width.
  private func mostCommon(_ sizes: [Extent]) -> Extent? {
    var counts: [Extent: Int] = [:]
    for size in sizes { counts[size, default: 0] += 1 }
    return sizes.first { counts[$0] == counts.values.max() }
  }

  private func report(_ writer: ProgramWriter, _ widths: Widths, _ unused: [String]) -> TorchImportReport {
    let lines = writer.namedDimensions.map { dimension, extent in
      TorchImportReport.Line(
        dimension: dimension.name, small: extent.small, large: extent.large, size: dimension.size.description,
        isExact: widths.isExact(extent),
        parameters: writer.weights.filter { $0.dimensions.contains(dimension) }.map(\.parameter))
    }
    let split = Dictionary(grouping: writer.weights, by: \.parameter).mapValues { $0.map(\.name) }
      .filter { $0.value != [$0.key] }
    return TorchImportReport(
      base: widths.width.small,
      dimensions: lines.sorted {
        ($0.small == $0.large ? 1 : 0, $0.small, $0.dimension) < ($1.small == $1.large ? 1 : 0, $1.small, $1.dimension)
      },
      scalings: writer.scalings.map {
        .init(name: $0.name, small: $0.number.small, large: $0.number.large, power: $0.power)
      },
      split: split, unused: unused, constants: writer.constants, notes: writer.notes)
  }
}
