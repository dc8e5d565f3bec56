/// One model at two widths: the operations that both files have, with every number of both.
struct ModelPair {
  let small: ExportedGraph
  let large: ExportedGraph

  /// Throws ``TorchImportError/different(_:)`` with the first difference.
  init(_ a: ExportedGraph, _ b: ExportedGraph) throws {
    func size(_ graph: ExportedGraph) -> Double {
      graph.inputs.reduce(0) { $0 + (graph.tensors[$1.name]?.sizes.reduce(1) { $0 * Double($1) } ?? 0) }
    }
    (small, large) = size(a) <= size(b) ? (a, b) : (b, a)
    func fail(_ reason: String) -> TorchImportError { .different("\(small.file), \(large.file): \(reason)") }
    for (x, y) in zip(small.nodes, large.nodes) where (x.operation, x.overload) != (y.operation, y.overload) {
      throw fail("\(x.operation) in the one (\(x.place.line)) is \(y.operation) in the other (\(y.place.line))")
    }
    guard small.nodes.count == large.nodes.count else {
      throw fail("\(small.nodes.count) and \(large.nodes.count) operations; do they differ in depth?")
    }
    for (x, y) in zip(small.nodes, large.nodes) {
      guard x.results == y.results, x.arguments.map(\.name) == y.arguments.map(\.name) else {
        throw fail("\(x.operation) (\(x.place.line)) is given or makes different things")
      }
    }
    guard small.inputs.map(\.name) == large.inputs.map(\.name), small.inputs.map(\.kind) == large.inputs.map(\.kind),
      small.outputs == large.outputs
    else { throw fail("other parameters, inputs or outputs") }
  }

  /// The sizes of a tensor.
  func extents(_ name: String) throws -> [Extent] {
    guard let a = small.tensors[name], let b = large.tensors[name] else {
      throw TorchImportError.format(file: small.file, reason: "nothing is said of the tensor \"\(name)\"")
    }
    guard a.sizes.count == b.sizes.count, a.kind == b.kind else {
      throw TorchImportError.different(
        "\"\(name)\" has \(a.sizes.count) and \(b.sizes.count) dimensions, or other types")
    }
    return zip(a.sizes, b.sizes).map { Extent($0, $1) }
  }

  /// Whole numbers that operations make of sizes, by name.
  func symbols() throws -> [String: Extent] {
    var known: [String: Extent] = [:]
    for (a, b) in zip(small.nodes, large.nodes) {
      guard let name = a.number else { continue }
      func number(_ i: Int) -> Extent? {
        guard a.arguments.indices.contains(i), b.arguments.indices.contains(i) else { return nil }
        switch (a.arguments[i].value, b.arguments[i].value) {
        case (.int(let x), .int(let y)): return Extent(x, y)
        case (.symbol(let x), _): return known[x]
        default: return nil
        }
      }
      var value: Extent?
      switch a.operation {
      case "aten.sym_size":
        if case .tensor(let tensor)? = a.arguments.first?.value, let i = number(1)?.small {
          let sizes = try extents(tensor)
          value = sizes.indices.contains(i) ? sizes[i] : nil
        }
      case "_operator.mul": value = number(0).flatMap { a in number(1).flatMap { a * $0 } }
      case "_operator.add": value = number(0).flatMap { a in number(1).map { a + $0 } }
      case "_operator.sub": value = number(0).flatMap { a in number(1).map { a - $0 } }
      case "_operator.floordiv": value = number(0).flatMap { a in number(1).flatMap { a / $0 } }
      default: break
      }
      known[name] = value
    }
    return known
  }
}
