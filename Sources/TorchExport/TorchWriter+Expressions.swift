import TensorPrograms

extension TorchWriter {
  /// The right-hand side for an operation, nil if it is not known. This file holds all of them.
  static func expression(_ word: String, _ s: Site) throws -> String? {
    let x = s.operands.first?.code ?? ""
    switch word {
    case "input", "indices": return "batch[\(quoted(s.name))]"
    case "weight": return "self.weights[\(quoted(key(s.name)))]"
    case "one": return "torch.ones(\(s.axes.isEmpty ? "()" : s.shape), dtype=self.dtype, device=self.device)"
    case "contract", "sum":
      let parts = s.operands.map { s.letters($0.axes) }.joined(separator: ",")
      return
        "torch.einsum(\(quoted("\(parts)->\(s.letters(s.axes))")), \(s.operands.map(\.code).joined(separator: ", ")))"
    case "expand": return "\(s.aligned(s.operands[0])).expand(\(s.axes.map(s.size).joined(separator: ", ")))"
    case "add":
      let factors = try s.attributes.numbers("times") ?? []
      return zip(s.operands, factors.isEmpty ? s.operands.map { _ in 1 } : factors).map { operand, factor in
        factor == 1 ? s.aligned(operand) : "\(number(factor)) * \(s.aligned(operand))"
      }.joined(separator: " + ")
    case "scale": return try scaled(x, s)
    case "guard": return "\(x) + \(number(try s.attributes.number("epsilon")))"
    case "maximum": return "torch.maximum(\(s.aligned(s.operands[0])), \(s.aligned(s.operands[1])))"
    case "stopgradient": return "\(x).detach()"
    case "slope":
      let of = try s.attributes.required("of")
      return try function(of, "x", s).map { "slope(lambda x: \($0), \(x))" }
    case "atan2": return "torch.atan2(\(s.aligned(s.operands[0])), \(s.aligned(s.operands[1])))"
    case "softmax":
      let over = try s.attributes.axes("over").map { s.position($0, in: s.operands[0]) }
      return over.count == 1
        ? "torch.softmax(\(x), \(over[0]))"
        : "torch.exp(\(x) - torch.logsumexp(\(x), \(tuple(over.map(String.init))), keepdim=True))"
    case "logsumexp":
      let operand = s.operands[0]
      let over = operand.axes.indices.filter { !s.axes.contains(operand.axes[$0]) }
      let kept = Site.Operand(
        code: "torch.logsumexp(\(x), \(tuple(over.map(String.init))))",
        axes: operand.axes.filter { s.axes.contains($0) })
      return s.aligned(kept)
    case "gather":
      let along = try s.attributes.oneAxis("along")
      return "look_up(\(x), \(quoted(s.letters(s.operands[0].axes))), \(s.operands[1].code), "
        + "\(quoted(s.letters(s.operands[1].axes))), \(quoted(s.letters([along]))))"
    case "causal":
      let (query, key) = (try s.attributes.oneAxis("query"), try s.attributes.oneAxis("key"))
      let places = (s.position(query, in: s.operands[0]), s.position(key, in: s.operands[0]))
      return "causal(\(x), \(places.0), \(places.1), \(number(try s.attributes.number("fill"))))"
    case "patches", "fold": return try windows(word, x, s)
    case "select":
      let along = try s.attributes.oneAxis("along")
      return "\(x).select(\(s.position(along, in: s.operands[0])), \(try s.attributes.whole("at", default: 0)))"
    case "insert":
      let along = try s.attributes.oneAxis("along")
      return
        "insert(\(x), \(s.axes.firstIndex(of: along) ?? 0), \(try s.attributes.whole("at", default: 0)), \(s.size(along)))"
    case "largest":
      let along = s.position(try s.attributes.oneAxis("along"), in: s.operands[0])
      return "largest(\(x), \(along), \(try s.attributes.whole("count", default: 1)))"
    case "constant":
      let formula = try s.attributes.required("formula")
      guard let helper = TorchHelper.formulas[formula] else { return nil }
      let given = Formula.all.first { $0.name == formula }?.parameter ?? 0
      let parameter = try s.attributes.numbers("with")?.first ?? given
      return "\(helper)(\(s.shape), \(number(parameter)), self)"
    default: return try function(word, x, s)
    }
  }

  /// A weight's key in the module: `.` would be a module of its own.
  static func key(_ name: String) -> String { name.replacing(".", with: "/") }

  private static func scaled(_ x: String, _ s: Site) throws -> String? {
    switch s.instruction.primitive.runParameter {
    case nil: "\(x) * (\((s.instruction.role.factor ?? Monomial()).code))"
    case .multiplier(let name)?: "\(x) * self.multipliers[\(quoted(name))]"
    default: nil
    }
  }

  private static func windows(_ word: String, _ x: String, _ s: Site) throws -> String {
    let attributes = s.attributes
    let (over, to, window) = (
      try attributes.axes("over"), try attributes.axes("to"), try attributes.axes("window")
    )
    let (stride, padding) = (try attributes.whole("stride", default: 1), try attributes.whole("padding", default: 0))
    if word == "patches" {
      let places = over.map { s.position($0, in: s.operands[0]) }
      return
        "windows(\(x), \(places[0]), \(places[1]), \(s.size(window[0])), \(s.size(window[1])), \(stride), \(padding))"
    }
    // Rows and columns of windows at the places that the image's have, the windows' own last.
    let operand = s.operands[0]
    let wanted = s.axes.map { $0 == over[0] ? to[0] : $0 == over[1] ? to[1] : $0 } + window
    let order = tuple(wanted.map { "\(operand.axes.firstIndex(of: $0) ?? 0)" })
    let places = over.map { s.axes.firstIndex(of: $0) ?? 0 }
    return
      "fold(\(x).permute(\(order)), \(places[0]), \(places[1]), \(s.size(over[0])), \(s.size(over[1])), \(stride), \(padding))"
  }

  private static func function(_ word: String, _ x: String, _ s: Site) throws -> String? {
    switch word {
    case "identity": x
    case "relu", "tanh", "erf", "sigmoid", "exp", "log", "square", "sqrt", "reciprocal", "abs", "sign":
      "torch.\(word)(\(x))"
    case "sine": "torch.sin(\(x))"
    case "cosine": "torch.cos(\(x))"
    case "leakyrelu": "F.leaky_relu(\(x), \(number(try s.attributes.number("slope"))))"
    case "gelu", "silu", "softplus", "elu": "F.\(word)(\(x))"
    case "gelutanh": "F.gelu(\(x), approximate=\"tanh\")"
    case "cap": "torch.clamp(1 / torch.abs(\(x)), max=1)"
    default: nil
    }
  }
}
