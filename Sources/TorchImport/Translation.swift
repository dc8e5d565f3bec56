import Exact
import TensorPrograms

/// The translation of one model: every operation in order, then the loss, then the writing of the program.
struct Translation {
  let pair: ModelPair
  let loss: TorchModel.Loss
  let zero: [String]
  let tracer = Tracer()

  init(_ pair: ModelPair, loss: TorchModel.Loss, zero: [String]) {
    (self.pair, self.loss, self.zero) = (pair, loss, zero)
  }

  /// What all operations of torch that make the same number everywhere are called.
  private static let fills: [String: Double] = [
    "zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1,
  ]

  func model(named name: String) throws -> TorchModel {
    let symbols = try pair.symbols()
    var values: [String: Tensor] = [:]
    var names: [Int: String] = [:]
    let used = usedTensors
    var unused: [String] = []
    for (index, source) in pair.small.inputs.enumerated() {
      guard used.contains(source.name) else {
        if case .parameter(let name) = source.kind { unused.append(name) }
        continue
      }
      values[source.name] = try tensor(source, isFirst: index == 0)
    }
    let last = lastOfModules
    for (i, (a, b)) in zip(pair.small.nodes, pair.large.nodes).enumerated() {
      tracer.place = a.place
      tracer.operation = a.operation
      if a.results.isEmpty { continue }
      let made = try translate(a, b, values, symbols)
      guard made.count <= a.results.count else { throw tracer.fail("it makes more than the file says") }
      for (name, tensor) in zip(a.results, made) where !name.isEmpty { values[name] = tensor }
      if let module = last[i], let first = made.first { names[first.id] = module + ".out" }
    }
    guard let output = pair.small.outputs.first.flatMap({ values[$0] }) else {
      throw TorchImportError.format(file: pair.small.file, reason: "the model returns no tensor")
    }
    tracer.place = Place(module: "", line: "")
    tracer.operation = "the loss"
    return try write(try lossOf(output), name, names, unused, output)
  }

  // MARK: - Operations

  private func translate(
    _ a: ExportedGraph.Node, _ b: ExportedGraph.Node, _ values: [String: Tensor], _ symbols: [String: Extent]
  ) throws -> [Tensor] {
    let arguments = try zip(a.arguments, b.arguments).map { x, y in
      (x.name, try given(x.value, y.value, values, symbols))
    }
    let results = try a.results.map { $0.isEmpty ? [] : try pair.extents($0) }
    let call = Call(
      operation: a.operation, overload: a.overload, arguments: arguments, results: results, tracer: tracer)
    let kinds = a.results.map { pair.small.tensors[$0]?.kind ?? .real }
    if kinds.contains(.complex) { throw tracer.fail("complex numbers; write rotations as sines and cosines") }
    if let filled = try fill(call) { return [filled] }
    let tensors = arguments.flatMap { Translation.tensors(in: $0.1) }
    // What neither weights nor data decide need not be computed: it does not change as they do.
    if tensors.allSatisfy({ $0.constant != nil }), !isPassage(call, tensors) {
      return zip(a.results, zip(results, kinds)).map { constant($0, $1.0, $1.1) }
    }
    guard let operation = Operation.all[a.operation] else {
      let isOurs = a.operation.hasPrefix("aten.")
      throw tracer.fail(
        isOurs ? "no translation of it is known" : "an operation that is not torch's own; export without it")
    }
    return try operation.translate(call)
  }

  /// Whether a number stays known through an operation: it only turns or copies it.
  private func isPassage(_ call: Call, _ tensors: [Tensor]) -> Bool {
    guard tensors.count == 1, case .number? = tensors[0].constant else { return false }
    return (Operation.shapes + Operation.places).contains { $0.names.contains(call.operation) }
  }

  private func fill(_ call: Call) throws -> Tensor? {
    let name = call.operation.hasPrefix("aten.") ? String(call.operation.dropFirst(5)) : call.operation
    var number = Translation.fills[name].map { Scalar($0) }
    if ["full", "full_like", "new_full"].contains(name) { number = try call.number("fill_value") }
    if name == "scalar_tensor" { number = try call.number("s") }
    guard let number else { return nil }
    return tracer.number(number, like: try call.result().map(tracer.dims.make))
  }

  /// Numbers that the file does not tell.
  private func constant(_ name: String, _ extents: [Extent], _ kind: ExportedGraph.TensorFacts.Kind) -> Tensor {
    var tensor = tracer.data(name, extents, isConstant: true)
    (tensor.kind, tensor.constant) = (kind, .unknown)
    return tensor
  }

  private static func tensors(in given: Call.Given) -> [Tensor] {
    switch given {
    case .tensor(let tensor): [tensor]
    case .list(let all): all.flatMap(tensors)
    default: []
    }
  }

  private func given(
    _ a: ExportedGraph.Argument, _ b: ExportedGraph.Argument, _ values: [String: Tensor], _ symbols: [String: Extent]
  ) throws -> Call.Given {
    switch (a, b) {
    case (.nothing, .nothing): return .nothing
    case (.tensor(let x), .tensor(let y)) where x == y:
      if x.isEmpty { return .nothing }
      guard let found = values[x] else { throw tracer.fail("\"\(x)\" is used before it is made") }
      return .tensor(found)
    case (.list(let x), .list(let y)) where x.count == y.count:
      return .list(try zip(x, y).map { try given($0, $1, values, symbols) })
    case (.int(let x), .int(let y)): return .int(Extent(x, y))
    case (.float(let x), .float(let y)): return .float(Scalar(x, y))
    case (.int(let x), .float(let y)): return .float(Scalar(Double(x), y))
    case (.float(let x), .int(let y)): return .float(Scalar(x, Double(y)))
    case (.symbol(let x), .symbol(let y)) where x == y:
      guard let found = symbols[x] else { throw tracer.fail("a number that is only known when the model runs") }
      return .int(found)
    case (.bool(let x), .bool(let y)) where x == y: return .bool(x)
    case (.text(let x), .text(let y)) where x == y: return .text(x)
    case (.other, .other): return .other
    default: throw tracer.fail("it is given different things in the two files")
    }
  }

  // MARK: - Inputs

  private func tensor(_ source: ExportedGraph.Source, isFirst: Bool) throws -> Tensor {
    let extents = try pair.extents(source.name)
    let facts = pair.small.tensors[source.name]
    switch source.kind {
    case .parameter(let name):
      return tracer.parameter(
        name, extents, isTrained: facts?.isTrained ?? true, isZero: zero.contains { matches($0, name) })
    case .buffer(let name): return constant(name, extents, facts?.kind ?? .real)
    case .user:
      if facts?.kind == .whole { return tracer.numbers(source.name, extents.map(tracer.dims.make)) }
      return facts?.kind == .truth
        ? constant(source.name, extents, .truth) : tracer.data(source.name, extents)
    }
  }

  private var usedTensors: Set<String> {
    func names(_ argument: ExportedGraph.Argument) -> [String] {
      switch argument {
      case .tensor(let name): [name]
      case .list(let all): all.flatMap(names)
      default: []
      }
    }
    return Set(pair.small.nodes.flatMap { $0.arguments.flatMap { names($0.value) } } + pair.small.outputs)
  }

  /// By node, the module whose last operation it is.
  private var lastOfModules: [Int: String] {
    var last: [String: Int] = [:]
    for (i, node) in pair.small.nodes.enumerated() where !node.place.module.isEmpty { last[node.place.module] = i }
    return Dictionary(last.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// Whether a name fits a pattern in which `*` stands for anything.
func matches(_ pattern: String, _ name: String) -> Bool {
  let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
  guard parts.count > 1 else { return pattern == name }
  guard name.hasPrefix(parts[0]), name.hasSuffix(parts[parts.count - 1]),
    name.count >= parts[0].count + parts[parts.count - 1].count
  else { return false }
  var rest = name.dropFirst(parts[0].count).dropLast(parts[parts.count - 1].count)
  for part in parts[1..<(parts.count - 1)] where !part.isEmpty {
    guard let range = rest.firstRange(of: part) else { return false }
    rest = rest[range.upperBound...]
  }
  return true
}
