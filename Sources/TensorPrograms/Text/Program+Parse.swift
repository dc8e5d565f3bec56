extension Program {
  /// Reads a program's text. `file` names it in errors.
  ///
  /// Lines: `program NAME`, `dimension NAME = SIZE`, `NAME [AXES] = OPERATION OPERANDS ATTRIBUTES`,
  /// `minimize NAME`, and in a program with its step `backward`, `step`, `gradient WEIGHT = NAME`,
  /// `update NAME = NAME`. `#` starts a comment.
  ///
  /// Throws: ``ProgramError/at(file:line:_:)``.
  public init(text: String, file: String = "program") throws {
    var reader = TextReader(file: file)
    try reader.read(text)
    self = try reader.finish()
  }
}

/// Reads a text line by line into a recorder, so that a file and a closure obey the same checks.
private struct TextReader {
  let file: String
  private let recorder = Recorder(Program(name: "program"))
  private var values: [String: Value] = [:]
  private var dimensions: [Dimension] = []
  private var forward: Int?
  private var backward: Int?
  private var line = 0

  init(file: String) { self.file = file }

  mutating func read(_ text: String) throws {
    let body = text.unicodeScalars.first == "\u{FEFF}" ? Substring(text.unicodeScalars.dropFirst()) : Substring(text)
    for bytes in body.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      // What is left of a line's end on other systems is white space.
      let raw = Substring(bytes)
      line += 1
      let content = Substring(raw.utf8.prefix { $0 != UInt8(ascii: "#") }).trimmed
      if content.isEmpty { continue }
      do {
        try readLine(content)
      } catch let error as ProgramError {
        throw ProgramError.at(file: file, line: line, error)
      }
      if let error = recorder.firstError { throw ProgramError.at(file: file, line: line, error) }
    }
  }

  func finish() throws -> Program {
    guard line > 0, !recorder.program.instructions.isEmpty else {
      throw ProgramError.at(file: file, line: max(line, 1), .syntax("there are no instructions"))
    }
    if let error = recorder.firstError { throw error }
    var program = recorder.program
    let count = program.instructions.count
    let (forwardEnd, backwardEnd) = (forward ?? count, backward ?? count)
    program.segments = Segments(
      forward: forwardEnd, backward: backwardEnd - forwardEnd, step: count - backwardEnd)
    return try program.writtenOut()
  }

  private mutating func readLine(_ content: String) throws {
    let count = recorder.program.instructions.count
    let (first, rest) = content.splitOnce(" ")
    switch first {
    case "program" where !rest.isEmpty && !rest.hasPrefix("["):
      recorder.edit { $0.name = rest }
    case "dimension" where rest.contains("=") && !rest.hasPrefix("["):
      let (name, sizeText) = rest.splitOnce("=")
      guard Recorder.isIdentifier(name) else { throw ProgramError.syntax("\"\(name)\" is not a name for a dimension") }
      let size: Size
      if let known = Size(sizeText) {
        size = known
      } else if let same = dimensions.first(where: { $0.name == sizeText }) {
        size = same.size
      } else {
        throw ProgramError.syntax(
          "\"\(sizeText)\" is not a size; write a whole number, n, 4n, n/32, n^(1/2), or an earlier dimension's name")
      }
      guard !dimensions.contains(where: { $0.name == name }) else { throw ProgramError.duplicateName(name) }
      dimensions.append(Dimension(name, growing: size))
      try recorder.declare(dimensions[dimensions.count - 1])
    case "minimize" where !rest.hasPrefix("["):
      try require(forward == nil, "minimize belongs before backward")
      recorder.minimize(try value(rest))
    case "backward" where rest.isEmpty:
      try require(forward == nil, "backward is given twice")
      try require(recorder.program.loss != nil, "backward needs a loss; write before it: minimize LOSS")
      forward = count
    case "step" where rest.isEmpty:
      try require(forward != nil, "step belongs after backward")
      try require(backward == nil, "step is given twice")
      backward = count
    case "gradient" where !rest.hasPrefix("["), "update" where !rest.hasPrefix("["):
      try readOutcome(first, rest.splitOnce("="))
    default: try readInstruction(content)
    }
  }

  private func require(_ condition: Bool, _ problem: String) throws {
    if !condition { throw ProgramError.syntax(problem) }
  }

  /// `gradient WEIGHT = NAME`, `update NAME = NAME`
  private func readOutcome(_ word: String, _ names: (String, String)) throws {
    let (to, from) = (try value(names.0), try value(names.1))
    guard let target = to.id, let source = from.id else { return }
    let role = recorder.program[target].role
    let isGradient = word == "gradient"
    try require(role.isWeight || (!isGradient && role.isState), "\"\(names.0)\" is no weight")
    try require(
      isGradient ? forward != nil : backward != nil,
      isGradient ? "a gradient belongs after backward" : "an update belongs after step")
    try require(
      to.axes == from.axes, "\"\(names.0)\" is \(to.axes.bracketed), but \"\(names.1)\" is \(from.axes.bracketed)")
    let known = recorder.program.gradients.map(\.weight)
    let done = recorder.program.updates.map(\.target)
    try require(!(isGradient ? known : done).contains(target), "the \(word) of \"\(names.0)\" is given twice")
    recorder.edit {
      if isGradient {
        $0.gradients.append(.init(weight: target, value: source))
      } else {
        $0.updates.append(.init(target: target, value: source))
      }
    }
  }

  /// What is data or trained is named before the backward pass; what an optimizer supplies, after it.
  private func checkPlace(_ primitive: any Primitive) throws {
    if primitive.role.isWeight || primitive.role.isData {
      try require(forward == nil, "weights and inputs belong before backward")
    }
    var isOptimizers = primitive.role.isState
    switch primitive.runParameter {
    case .rate(let name), .decay(let name), .radius(let name):
      isOptimizers = true
      let isWeight = values[name]?.id.map { recorder.program[$0].role.isWeight } ?? false
      try require(isWeight, "no weight is named \"\(name)\"")
    case .epsilon(let owner):
      isOptimizers = true
      let isWeight = values[owner.weight]?.id.map { recorder.program[$0].role.isWeight } ?? false
      try require(isWeight, "no weight is named \"\(owner.weight)\"")
    case .correction, .power: isOptimizers = true
    case .multiplier, .gauge, nil: break
    }
    try require(!isOptimizers || backward != nil, "what an optimizer remembers or supplies belongs after step")
  }

  private func value(_ name: String) throws -> Value {
    guard let found = values[name] else { throw ProgramError.unknownValue(name) }
    return found
  }

  /// `name [axes] = word operands attributes`
  private mutating func readInstruction(_ content: String) throws {
    guard let open = content.firstIndex(of: "["), let close = content[open...].firstIndex(of: "]"),
      let equals = content[close...].firstIndex(of: "="),
      content[content.index(after: close)..<equals].allSatisfy(\.isWhitespace)
    else {
      throw ProgramError.syntax("expected: NAME [AXES] = OPERATION OPERANDS, such as: y [batch, model] = tanh x")
    }
    let name = content[..<open].trimmed
    guard Recorder.isIdentifier(name) else { throw ProgramError.syntax("\"\(name)\" is not a name") }
    let names = AttributeReader(word: "axes", [], dimensions: dimensions)
    let axes = try content[content.index(after: open)..<close].split(separator: ",").map { try names.axis($0) }
    let (word, rest) = content[content.index(after: equals)...].trimmed.splitOnce(" ")
    let (operandText, attributes) = try splitAttributes(rest)
    let operands = try operandText.split(separator: ",").map { try value($0.trimmed) }
    let reader = AttributeReader(word: word, attributes, dimensions: dimensions)
    let primitive = try Catalog.primitive(reader)
    try reader.finish()
    try checkPlace(primitive)
    let result = recorder.record(primitive, operands, axes: axes, name: name)
    if recorder.firstError == nil, result.axes != axes {
      throw ProgramError.shape(
        operation: word,
        operands: operands.enumerated().map {
          "\"\(operandText.split(separator: ",")[$0].trimmed)\" \($1.axes.bracketed)"
        },
        reason: "the result has axes \(result.axes.bracketed), not \(axes.bracketed)")
    }
    values[name] = result
  }

  /// Operands come first; then words with parentheses.
  private func splitAttributes(_ text: String) throws -> (String, [Attribute]) {
    var attributes: [Attribute] = []
    var head = Substring(text)
    while let close = head.lastIndex(of: ")"), head[head.index(after: close)...].allSatisfy(\.isWhitespace) {
      // The matching parenthesis; exponents have their own.
      var depth = 0
      var open: String.Index?
      for i in head[...close].indices.reversed() {
        if head[i] == ")" { depth += 1 }
        if head[i] == "(" { depth -= 1 }
        if depth == 0 {
          open = i
          break
        }
      }
      guard let open else { throw ProgramError.syntax("a parenthesis is not opened") }
      let key = head[..<open].reversed().prefix { $0.isLetter }.reversed()
      attributes.insert(
        Attribute(String(key), String(head[head.index(after: open)..<close]).trimmed), at: 0)
      head = head[..<head.index(open, offsetBy: -key.count)]
    }
    return (head.trimmed, attributes)
  }
}

extension String {
  /// What stands before and after the first separator, trimmed.
  func splitOnce(_ separator: Character) -> (String, String) {
    guard let i = firstIndex(of: separator) else { return (trimmed, "") }
    return (self[..<i].trimmed, self[index(after: i)...].trimmed)
  }
}
