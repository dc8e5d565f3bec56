import Exact
import TensorPrograms

/// The first half of a translation: what operations of the model mean, in a few verbs on tensors by position.
///
/// A verb says at once how dimensions meet, and leaves behind how its result is written once all are known. An
/// operation of the model is a composition of verbs (``Operation``).
final class Tracer {
  let dims = Dims()
  /// Where the model is being translated.
  var place = Place(module: "", line: "")
  var operation = ""
  private(set) var steps: [Step] = []
  /// The parameters of the model, as they are used.
  var parameters: [String: Tensor] = [:]

  struct Step {
    var place: Place
    var operation: String
    var operands: [Int]
    var write: (ProgramWriter) throws -> Placed
  }

  func fail(_ reason: String) -> TorchImportError { .operation(name: operation, place: place, reason: reason) }

  /// The name for a multiplier that stands here.
  var multiplierName: String { place.module.isEmpty ? "scale" : place.module + ".scale" }

  func extents(_ tensor: Tensor) -> [Extent] { tensor.dims.map(dims.extent) }
  func isOne(_ dim: Dim) -> Bool { dims.extent(dim) == .one }

  /// A tensor that is written by `write` once its operands are.
  func emit(
    _ dims: [Dim], of operands: [Tensor], kind: ExportedGraph.TensorFacts.Kind = .real,
    _ write: @escaping (ProgramWriter) throws -> Placed
  ) -> Tensor {
    steps.append(Step(place: place, operation: operation, operands: operands.map(\.id), write: write))
    return Tensor(id: steps.count - 1, dims: dims, kind: kind)
  }

  func unify(_ a: Dim, _ b: Dim, _ what: @autoclosure () -> String) throws {
    guard dims.unify(a, b) else {
      throw fail(
        "\(what()): \(dims.extent(a)) and \(dims.extent(b)) do not go together, or are split in ways that do not fit")
    }
  }

  /// A position counted from the end if it is negative.
  func position(_ i: Int, in tensor: Tensor, extra: Int = 0) throws -> Int {
    let count = tensor.dims.count + extra
    let position = i < 0 ? i + count : i
    guard position >= 0, position < max(count, 1) else { throw fail("dimension \(i) of a tensor that has \(count)") }
    return position
  }

  // MARK: - What is given

  func parameter(_ name: String, _ extents: [Extent], isTrained: Bool, isZero: Bool) -> Tensor {
    let start = Tensor.WeightStart()
    let all = extents.map(dims.make)
    var tensor = emit(all, of: []) { [self] writer in
      try writer.source(all) { axes, suffix, key in
        let made = writer.unique(name + suffix)
        writer.weights.append(.init(name: made, parameter: name, dimensions: axes.map(\.dimension)))
        let leaves = zip(all, key).flatMap { dims.alternatives($0)[$1] }
        return writer.recorder.weight(
          made, axes, isZero ? .zero : try initializer(start.start, leaves, writer), frozen: !isTrained)
      }
    }
    tensor.weight = start
    parameters[name] = tensor
    return tensor
  }

  private func initializer(_ start: Tensor.WeightStart.Start?, _ leaves: [Dim], _ writer: ProgramWriter) throws
    -> Initializer
  {
    switch start {
    case .fanIn(let contracted)?:
      // Of a square matrix one of two equal dimensions is summed.
      var summed = contracted.flatMap(dims.alternatives).flatMap(\.self)
      let fanIn = leaves.filter { leaf in
        guard let i = summed.firstIndex(of: leaf) else { return false }
        summed.remove(at: i)
        return true
      }
      return .gaussian(.product(try fanIn.map(writer.dimension), power: Rational(-1, 2)))
    case .one?: return .constant(1)
    case .zero?: return .zero
    case .table?, nil: return .gaussian(Monomial())
    }
  }

  /// Real numbers of a batch.
  func data(_ name: String, _ extents: [Extent], isConstant: Bool = false) -> Tensor {
    let all = extents.map(dims.make)
    return emit(all, of: []) { writer in
      if isConstant { writer.constants.append(name) }
      return try writer.source(all) { axes, suffix, _ in writer.recorder.input(writer.unique(name + suffix), axes) }
    }
  }

  /// Whole numbers of a batch, below a dimension that their use tells.
  func numbers(_ name: String, _ all: [Dim]) -> Tensor {
    let numbers = Tensor.Numbers()
    var tensor = emit(all, of: [], kind: .whole) { [self] writer in
      guard let below = numbers.below else {
        throw TorchImportError.size("the whole numbers \"\(name)\" are used, but not to look anything up")
      }
      let limits = try writer.alternatives(below)
      guard limits.count == 1, limits[0].count == 1 else {
        throw TorchImportError.size("\"\(name)\" looks up in a table of \(dims.extent(below)) rows that is split")
      }
      return try writer.source(all) { axes, suffix, _ in
        writer.recorder.indices(writer.unique(name + suffix), axes.map(\.dimension), below: limits[0][0])
      }
    }
    tensor.numbers = numbers
    return tensor
  }

  /// A number that is the same everywhere.
  func number(_ number: Scalar, like all: [Dim]) -> Tensor {
    var tensor = emit(all, of: []) { [self] writer in
      let value = try scaled(writer.recorder.one(), by: number, named: nil, writer)
      let sizes = try all.map(writer.alternatives)
      var cells: [[Int]: Placed.Cell] = [:]
      for key in combinations(sizes.map(\.count)) {
        var names = AxisNames()
        cells[key] = .init(value: value, axes: zip(sizes, key).map { $0[$1].map { names.take(Axis($0)) } })
      }
      return Placed(cells: cells)
    }
    tensor.constant = .number(number)
    return tensor
  }

  // MARK: - Numbers

  /// `factor * x`. A number that changes with the width is a free multiplier if `name` is given.
  func scale(_ x: Tensor, by factor: Scalar, named name: String? = nil) -> Tensor {
    if factor.isAlways(1), name == nil { return x }
    return emit(x.dims, of: [x]) { [self] writer in
      var result = try writer[x]
      // Parts that stand one after the other have a multiplier each.
      for (number, key) in result.cells.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }).enumerated() {
        guard let cell = result.cells[key] else { continue }
        let own = result.cells.count == 1 ? name : name.map { "\($0)/\(number)" }
        result.cells[key]?.value = try scaled(cell.value, by: factor, named: own, writer)
      }
      return result
    }
  }

  private func scaled(_ value: Value, by number: Scalar, named name: String?, _ writer: ProgramWriter) throws -> Value {
    guard let found = writer.widths.factor(number, among: writer.leaves) else {
      throw TorchImportError.size("the number \(number) changes with the width by no simple power of a size")
    }
    let factor = Monomial(found.0, try found.leaf.map { [(try writer.dimension($0), found.exponent)] } ?? [])
    if found.leaf == nil, name == nil { return found.0 == 1 ? value : found.0 * value }
    guard let name else { return TensorPrograms.scale(value, by: factor) }
    let made = writer.unique(name)
    writer.scalings.append(.init(name: made, number: number, power: factor.description))
    return multiplier(made, value, standard: factor)
  }

  /// `x + number`, a guard against division by zero if it is tiny.
  func add(_ x: Tensor, _ number: Scalar) -> Tensor {
    if number.isAlways(0) { return x }
    if number.isFixed, number.small > 0, number.small <= 1e-3 {
      return each(x) { guarded($0, epsilon: number.small) }
    }
    return emit(x.dims, of: [x]) { [self] writer in
      var result = try writer[x]
      let constant = try scaled(writer.recorder.one(), by: number, named: nil, writer)
      for (key, cell) in result.ordered { result.cells[key]?.value = cell.value + constant }
      return result
    }
  }
}
