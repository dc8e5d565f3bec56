import Foundation

extension ExportedGraph {
  /// The major version of the schema that is known.
  static let schema = 8
  static let largestSize = 1 << 40

  /// Reads what `torch.export.save` wrote (torch 2.6 or later). Weights are not looked at and need not be there.
  init(contentsOf path: String) throws {
    self = try Archive.reading(path) { archive in
      // `NAME/models/model.json` inside, or, up to torch 2.7, one file at the top.
      let graphs = archive.names.indices.filter { i in
        let parts = archive.names[i].split(separator: "/")
        return parts.last == "serialized_exported_program.json"
          || parts.count >= 2 && parts[parts.count - 2] == "models" && archive.names[i].hasSuffix(".json")
      }
      guard let first = graphs.first else {
        throw TorchImportError.archive(
          file: path, reason: "no graph in it (models/NAME.json); write it with torch.export.save")
      }
      guard graphs.count == 1 else {
        throw TorchImportError.archive(
          file: path, reason: "\(graphs.count) graphs in it; save one model a file")
      }
      return try ExportedGraph(JSON(archive.entry(first), file: path))
    }
  }

  init(_ document: JSON) throws {
    file = document.file
    let version = try document.required("schema_version").required("major").int()
    guard version == ExportedGraph.schema else {
      throw TorchImportError.version(file: file, found: version, known: ExportedGraph.schema)
    }
    let module = try document.required("graph_module")
    let graph = try module.required("graph")
    for (name, facts) in try graph.required("tensor_values").object() { tensors[name] = try TensorFacts(facts) }
    nodes = try graph.required("nodes").array().map { try Node($0) }
    let signature = try module.required("signature")
    inputs = try signature.required("input_specs").array().compactMap { try Source($0) }
    for output in try signature.required("output_specs").array() {
      let (tag, content) = try output.member()
      // Losses are outputs with a name of their own; what changes buffers is of no concern.
      guard tag == "user_output" || tag == "loss_output" else { continue }
      let (kind, value) = try content.required("arg").memberOrName()
      if kind == "as_tensor" { outputs.append(try value.required("name").string()) }
    }
  }
}

extension JSON {
  /// An argument as a union, or, where only a tensor can be, its name alone.
  fileprivate func memberOrName() throws -> (String, JSON) { self["name"] == nil ? try member() : ("as_tensor", self) }

  /// A size: a number, or an expression whose value in the exported example is told.
  fileprivate func size() throws -> Int {
    let (tag, content) = try member()
    let number: Int
    switch tag {
    case "as_int": number = try content.int()
    case "as_expr":
      guard let hint = content["hint"] else {
        throw fail("is a size that is only known when the model runs; export without dynamic shapes")
      }
      number = try hint.member().content.int()
    default: throw fail("is a size of an unknown kind: \(tag)")
    }
    guard (0...ExportedGraph.largestSize).contains(number) else { throw fail("is a size of \(number)") }
    return number
  }
}

extension ExportedGraph.TensorFacts {
  init(_ facts: JSON) throws {
    sizes = try facts.required("sizes").array().map { try $0.size() }
    guard sizes.count <= 16 else { throw facts.fail("has \(sizes.count) dimensions") }
    isTrained = try facts["requires_grad"]?.bool() ?? false
    // The schema's numbers of scalar types.
    switch try facts.required("dtype").int() {
    case 1...5, 15...30: kind = .whole
    case 9...11: kind = .complex
    case 12: kind = .truth
    default: kind = .real
    }
  }
}

extension ExportedGraph.Source {
  /// Nil for what no operation uses as a tensor.
  fileprivate init?(_ specification: JSON) throws {
    let (tag, content) = try specification.member()
    switch tag {
    case "user_input":
      let (kind, value) = try content.required("arg").member()
      guard kind == "as_tensor" else { return nil }
      self.init(name: try value.required("name").string(), kind: .user)
    case "parameter": self.init(content, .parameter(try content.required("parameter_name").string()))
    case "buffer": self.init(content, .buffer(try content.required("buffer_name").string()))
    case "tensor_constant": self.init(content, .buffer(try content.required("tensor_constant_name").string()))
    case "custom_obj", "token", "constant_input": return nil
    default: throw specification.fail("is an input of an unknown kind: \(tag)")
    }
    if name.isEmpty { throw specification.fail("has no name") }
  }

  private init(_ content: JSON, _ kind: Kind) {
    self.init(name: (try? content["arg"]?["name"]?.string()) ?? "", kind: kind)
  }
}

extension ExportedGraph.Node {
  fileprivate init(_ node: JSON) throws {
    let target = try node.required("target").string()
    // `torch.ops.aten.linear.default`, `_operator.mul`
    var parts = target.split(separator: ".").map(String.init)
    if parts.starts(with: ["torch", "ops"]) { parts.removeFirst(2) }
    overload = parts.count > 2 ? parts.removeLast() : "default"
    operation = parts.joined(separator: ".")
    let metadata = node["metadata"]
    place = Place(
      module: (try metadata?["nn_module_stack"]?.string()).map(Place.module) ?? "",
      line: (try metadata?["stack_trace"]?.string()).map(Place.line) ?? "")
    arguments = try node.required("inputs").array().map {
      (try $0.required("name").string(), try .init($0.required("arg")))
    }
    results = []
    number = nil
    for output in try node.required("outputs").array() {
      let (tag, content) = try output.member()
      switch tag {
      case "as_tensor": results.append(try content.required("name").string())
      case "as_tensors": results += try content.array().map { try $0.required("name").string() }
      case "as_sym_int", "as_sym_float", "as_sym_bool": number = try? content.member().content.string()
      case "as_none", "as_optional_tensor", "as_optional_tensors": results.append("")
      default: break
      }
    }
  }
}

extension ExportedGraph.Argument {
  fileprivate init(_ argument: JSON) throws {
    let (tag, content) = try argument.member()
    func list(_ element: (JSON) throws -> Self) throws -> Self { .list(try content.array().map(element)) }
    switch tag {
    case "as_none": self = .nothing
    case "as_tensor": self = .tensor(try content.required("name").string())
    case "as_tensors": self = try list { .tensor(try $0.required("name").string()) }
    case "as_optional_tensor": self = try .init(content)
    case "as_optional_tensors": self = try list { try .init($0) }
    case "as_int": self = .int(try content.int())
    case "as_ints": self = try list { .int(try $0.int()) }
    case "as_float": self = .float(try content.double())
    case "as_floats": self = try list { .float(try $0.double()) }
    case "as_bool": self = .bool(try content.bool())
    case "as_bools": self = try list { .bool(try $0.bool()) }
    case "as_string": self = .text(try content.string())
    case "as_strings": self = try list { .text(try $0.string()) }
    case "as_sym_int", "as_sym_float", "as_sym_bool": self = try .init(symbol: content)
    case "as_sym_ints", "as_sym_floats", "as_sym_bools": self = try list { try .init(symbol: $0) }
    case "as_scalar_type", "as_memory_format", "as_layout", "as_device", "as_custom_obj", "as_operator",
      "as_complex", "as_graph", "as_int_lists", "as_nested_tensors", "as_string_to_argument":
      self = .other
    default: throw argument.fail("is an argument of an unknown kind: \(tag)")
    }
  }

  private init(symbol: JSON) throws {
    let (tag, content) = try symbol.member()
    switch tag {
    case "as_name": self = .symbol(try content.string())
    case "as_int": self = .int(try content.int())
    case "as_float": self = .float(try content.double())
    case "as_bool": self = .bool(try content.bool())
    default: throw symbol.fail("is a number of an unknown kind: \(tag)")
    }
  }
}

extension Place {
  /// The innermost module of `L__self__,,Model;L__self__up,up,torch.nn.modules.linear.Linear`.
  fileprivate static func module(_ stack: String) -> String {
    stack.split(separator: ";").last.map { entry in
      let parts = entry.split(separator: ",", omittingEmptySubsequences: false)
      return parts.count >= 2 ? String(parts[1]) : ""
    } ?? ""
  }

  /// The innermost line of a traceback that is not torch's own.
  fileprivate static func line(_ trace: String) -> String {
    var found = ""
    let lines = trace.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    for (i, line) in lines.enumerated() where line.hasPrefix("File \"") && !line.contains("site-packages/torch/") {
      let pieces = line.dropFirst(6).split(separator: "\"", maxSplits: 1)
      guard pieces.count == 2 else { continue }
      let name = pieces[0].split(separator: "/").last.map(String.init) ?? ""
      let number = pieces[1].drop { !$0.isNumber }.prefix { $0.isNumber }
      found = "\(name):\(number)" + (i + 1 < lines.count ? ": \(lines[i + 1])" : "")
    }
    return found
  }
}
