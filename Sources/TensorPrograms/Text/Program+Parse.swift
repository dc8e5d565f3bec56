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
    program.forwardCount = forward ?? count
    program.backwardCount = backward ?? (forward == nil ? count : count)
    return program
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
    case "minimize" where !rest.hasPrefix("["): recorder.minimize(try value(rest))
    case "backward" where rest.isEmpty: forward = count
    case "step" where rest.isEmpty: backward = count
    case "gradient" where !rest.hasPrefix("["), "update" where !rest.hasPrefix("["):
      let (target, source) = rest.splitOnce("=")
      guard let to = try value(target).id, let from = try value(source).id else { return }
      recorder.edit {
        if first == "gradient" {
          $0.gradients.append(.init(weight: to, value: from))
        } else {
          $0.updates.append(.init(target: to, value: from))
        }
      }
    default: try readInstruction(content)
    }
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
