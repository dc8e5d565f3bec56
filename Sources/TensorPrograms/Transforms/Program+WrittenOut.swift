extension Program {
  /// The program with what is only notation written out: an axis that is made of parts one after the other is gone, and
  /// for every value that had it there is one for each part; an axis that is several is those.
  ///
  /// Throws ``ProgramError/shape(operation:operands:reason:)`` for what cannot be told by parts.
  func writtenOut() throws -> Program {
    guard instructions.contains(where: { $0.primitive is any Notation }) else { return self }
    guard backward.isEmpty, step.isEmpty else {
      throw ProgramError.syntax("concatenate, slice, split and merge belong to a forward pass alone")
    }
    var writer = try NotationWriter(self)
    return try writer.written()
  }
}

/// Records a program again, value by value in the parts that each has.
private struct NotationWriter {
  private let source: Program
  private let recorder: Recorder
  private var cuts: [String: DimensionParts] = [:]
  /// By instruction, its value for each choice of a part along its axes of several parts, in their order.
  private var images: [[[Int]: Value]] = []
  /// The instruction that is being written.
  private var index = 0

  init(_ source: Program) throws {
    self.source = source
    var empty = Program(name: source.name)
    empty.sources = source.sources
    recorder = Recorder(empty)
    for dimension in source.dimensions { try recorder.declare(dimension) }
    for i in source.instructions.indices {
      guard let (axis, parts) = (source.instructions[i].primitive as? any Notation)?.cut else { continue }
      index = i
      let known = cuts[axis.dimension.name]
      guard known == nil || known == parts else {
        throw refusal("\"\(axis.dimension.name)\" is \(parts.text) here and \(known?.text ?? "") elsewhere")
      }
      cuts[axis.dimension.name] = parts
    }
    for (name, parts) in cuts.sorted(by: { $0.key < $1.key }) {
      if let nested = parts.all.first(where: { cuts[$0.name] != nil }) {
        throw refusal("\"\(nested.name)\", a part of \"\(name)\", is made of parts itself; give \"\(name)\" those")
      }
    }
  }

  mutating func written() throws -> Program {
    for i in source.instructions.indices {
      index = i
      images.append(try image())
      if let error = recorder.firstError { throw error }
    }
    if let loss = source.loss, let image = images[loss.index][[]] { recorder.minimize(image) }
    return try recorder.finish()
  }

  // MARK: - Axes

  private var instruction: Instruction { source.instructions[index] }

  private func refusal(_ reason: String) -> ProgramError {
    .shape(
      operation: instruction.primitive.word,
      operands: (instruction.operands.isEmpty ? [ValueID(index)] : instruction.operands).map {
        "\"\(source[$0].name)\" \(source[$0].axes.bracketed)"
      }, reason: reason)
  }

  private func isCut(_ axis: Axis) -> Bool { cuts[axis.dimension.name] != nil }
  private func isSum(_ axis: Axis) -> Bool { if case .sum? = cuts[axis.dimension.name] { true } else { false } }

  private func part(_ axis: Axis, _ k: Int) -> Axis {
    let size = cuts[axis.dimension.name]?.all[k].size ?? axis.dimension.size
    return Axis(Dimension("\(axis.dimension.name)/\(k)", growing: size), primes: axis.primes)
  }

  /// The axes that a value has for a choice of parts.
  private func mapped(_ axes: [Axis], _ choice: [Axis: Int]) -> [Axis] {
    axes.flatMap { axis -> [Axis] in
      switch cuts[axis.dimension.name] {
      case nil: [axis]
      case .sum?: [part(axis, choice[axis] ?? 0)]
      case .product(let parts)?: parts.indices.map { part(axis, $0) }
      }
    }
  }

  /// Every choice of a part along each of the axes that have several.
  private func choices(_ axes: [Axis]) -> [[Axis: Int]] {
    axes.filter(isSum).reduce([[:]]) { all, axis in
      let count = cuts[axis.dimension.name]?.all.count ?? 1
      return all.flatMap { known in (0..<count).map { known.merging([axis: $0]) { $1 } } }
    }
  }

  private func key(_ axes: [Axis], _ choice: [Axis: Int]) -> [Int] { axes.filter(isSum).map { choice[$0] ?? 0 } }

  private func operand(_ k: Int, _ choice: [Axis: Int]) throws -> Value {
    let id = instruction.operands[k]
    guard let found = images[id.index][key(source[id].axes, choice)] else { throw refusal("a part is missing") }
    return found
  }

  private func operands(_ choice: [Axis: Int]) throws -> [Value] {
    try instruction.operands.indices.map { try operand($0, choice) }
  }

  /// The name for a choice of parts: `qkv/0`.
  private func name(_ choice: [Axis: Int]) -> String? {
    guard instruction.isNamed else { return nil }
    return ([instruction.name] + key(instruction.axes, choice).map(String.init)).joined(separator: "/")
  }

  // MARK: - Values

  /// The value of the instruction for each choice of parts.
  private func image() throws -> [[Int]: Value] {
    let axes = instruction.axes
    var found: [[Int]: Value] = [:]
    for choice in choices(axes) {
      var value = try value(choice)
      let wanted = mapped(axes, choice)
      if value.id != nil, value.axes != wanted { value = expand(value, to: wanted) }
      if let name = name(choice), let id = value.id, !recorder.program[id].isNamed { value = value.named(name) }
      found[key(axes, choice)] = value
    }
    return found
  }

  private func value(_ choice: [Axis: Int]) throws -> Value {
    let cutAxes = (instruction.operands.flatMap { source[$0].axes } + instruction.axes).filter(isCut)
    let wanted = mapped(instruction.axes, choice)
    func same() throws -> Value {
      recorder.record(instruction.primitive, try operands(choice), axes: wanted, name: name(choice))
    }
    if let notation = instruction.primitive as? any Notation { return try notationValue(notation, choice) }
    if let below = instruction.role.below, cuts[below.name] != nil {
      throw refusal("its numbers are below \"\(below.name)\", which is made of parts")
    }
    if cutAxes.isEmpty { return try same() }
    switch instruction.role {
    case .weight, .one, .guarded, .function, .sum, .copies: return try same()
    case .input, .indices:
      if let axis = instruction.axes.first(where: isSum) {
        throw refusal("data along \"\(axis.name)\", which is made of parts: give each part an input of its own")
      }
      return try same()
    case .state, .constant:
      throw refusal("its entries along \"\(cutAxes[0].name)\", which is made of parts, are not told apart")
    case .contraction:
      let summed = instruction.operands.flatMap { source[$0].axes }.filter { !instruction.axes.contains($0) }
      var seen: [Axis] = []
      for axis in summed where !seen.contains(axis) { seen.append(axis) }
      return total(
        try choices(seen).map { inner in
          recorder.record(instruction.primitive, try operands(choice.merging(inner) { $1 }), axes: wanted)
        })
    case .passage(.scaled(let factor)):
      guard case .multiplier(let own)? = instruction.primitive.runParameter, !choice.isEmpty else { return try same() }
      let parts = [own] + key(instruction.axes, choice).map(String.init)
      return scale(
        try operand(0, choice), by: factor, .multiplier(parts.joined(separator: "/")))
    case .passage(.renamed(let from, let to)): return try renamed(from, to, choice, otherwise: same)
    case .linear, .nonlinear:
      try requireApart(cutAxes)
      return try same()
    }
  }

  private func renamed(_ from: Axis, _ to: Axis, _ choice: [Axis: Int], otherwise same: () throws -> Value) throws
    -> Value
  {
    guard isCut(from) || isCut(to) else { return try same() }
    guard from.dimension.name == to.dimension.name, let parts = cuts[from.dimension.name] else {
      throw refusal("one of \"\(from.name)\" and \"\(to.name)\" is made of parts; slice it, or split it")
    }
    if isSum(from) {
      let k = choice[to] ?? 0
      return rename(try operand(0, choice.merging([from: k]) { $1 }), part(from, k), to: part(to, k))
    }
    return parts.all.indices.reduce(try operand(0, choice)) { rename($0, part(from, $1), to: part(to, $1)) }
  }

  /// What is done entry by entry along the axes that are made of parts can be done part by part.
  private func requireApart(_ axes: [Axis]) throws {
    let words = Set(
      instruction.primitive.attributes.flatMap {
        $0.text.split { !($0.isLetter || $0.isNumber || "._-%/'".contains($0)) }
      }
      .map(String.init))
    for axis in axes {
      let isKept =
        instruction.axes.contains(axis) && !words.contains(axis.name)
        && !instruction.axes.contains { $0 != axis && $0.dimension == axis.dimension }
      guard isKept else {
        throw refusal(
          "it is not done part by part along \"\(axis.name)\", which is \(cuts[axis.dimension.name]?.text ?? "")")
      }
    }
  }

  private func notationValue(_ notation: any Notation, _ choice: [Axis: Int]) throws -> Value {
    let (axis, made) = notation.cut
    let parts = made.all
    func own(_ k: Int) -> Axis { part(axis, k) }
    switch (made, notation.making) {
    case (.sum, .whole):
      let k = choice[axis] ?? 0
      return rename(try operand(k, choice), Axis(parts[k]), to: own(k))
    case (.sum, .part(let k)):
      return rename(try operand(0, choice.merging([axis: k]) { $1 }), own(k), to: Axis(parts[k]))
    case (.product, .whole):
      return parts.indices.reduce(try operand(0, choice)) { rename($0, Axis(parts[$1]), to: own($1)) }
    case (.product, .parts):
      return parts.indices.reduce(try operand(0, choice)) { rename($0, own($1), to: Axis(parts[$1])) }
    case (.sum, .parts), (.product, .part):
      throw refusal("\"\(axis.name)\" is \(made.text), which cannot be taken apart so")
    }
  }
}
