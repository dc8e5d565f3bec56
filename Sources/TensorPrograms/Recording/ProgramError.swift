/// What can be wrong with a program or with what it is asked, in the user's own names.
public enum ProgramError: Error, Sendable, Equatable {
  /// Operands that do not fit: the operation, its operands with their axes, what is wrong and what to do.
  case shape(operation: String, operands: [String], reason: String)
  case duplicateName(String)
  case unknownValue(String)
  case unknownDimension(String, known: [String])
  case conflictingDimension(String, first: String, second: String)
  case size(dimension: String, size: String, width: Int, reason: String)
  case noLoss(program: String)
  case lossNotScalar(String, axes: String)
  case notDifferentiable(String)
  case attribute(operation: String, attribute: String, reason: String)
  case unknownOperation(String, known: [String])
  /// A word of other tools, and what is written for it here.
  case otherName(String, here: String)
  case unknownWeight(String, known: [String])
  case unknownOptimizer(String, known: [String])
  /// A part of an optimizer is for weights of which the program has none.
  case unfitPattern(String, weights: [String])
  /// A step that a program brings with it cannot be used.
  case ownStep(String)
  case unknownArchitecture(String, known: [String])
  case unknownOption(String, of: String, known: [String])
  case option(String)
  case syntax(String)
  /// An error at a line of a program file.
  indirect case at(file: String, line: Int, ProgramError)
  case foreignValue
}

extension ProgramError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .shape(let operation, let operands, let reason):
      "\(operation) of \(operands.joined(separator: " and ")): \(reason)"
    case .duplicateName(let name):
      "the name \"\(name)\" is given twice; every weight and value has a name of its own"
    case .unknownValue(let name): "no value is named \"\(name)\"; a line may use what earlier lines have made"
    case .unknownDimension(let name, let known):
      "no dimension named \"\(name)\"; declare it (dimension \(name) = n)" + ProgramError.list(known, "known: ")
    case .conflictingDimension(let name, let first, let second):
      "dimension \"\(name)\" is \(first) in one place and \(second) in another; give one of them another name"
    case .size(let dimension, let size, let width, let reason):
      "dimension \"\(dimension)\" = \(size) at width \(width): \(reason)"
    case .noLoss(let program):
      "program \"\(program)\" has no loss, so nothing can be trained or derived; end it with: minimize LOSS"
    case .lossNotScalar(let name, let axes):
      "the loss \"\(name)\" has axes \(axes); take its mean over them first"
    case .notDifferentiable(let what): "\(what) has no derivative, but the loss depends on it through a weight"
    case .attribute(let operation, let attribute, let reason): "\(operation): \(attribute): \(reason)"
    case .unknownOperation(let name, let known):
      "no operation named \"\(name)\"" + ProgramError.shortSuggestion(name, known)
    case .otherName(let name, let here): "no operation named \"\(name)\"; here it is: \(here)"
    case .unknownWeight(let name, let known):
      "no weight or multiplier named \"\(name)\"" + ProgramError.suggestion(name, known)
    case .unknownOptimizer(let name, let known):
      "no optimizer named \"\(name)\"" + ProgramError.shortSuggestion(name, known)
    case .ownStep(let reason): "the program's own step can't be used: \(reason)"
    case .unfitPattern(let pattern, let weights):
      "no weight fits \"\(pattern)\"" + ProgramError.suggestion(pattern, weights)
    case .unknownArchitecture(let name, let known):
      "no built-in architecture and no file named \"\(name)\"" + ProgramError.shortSuggestion(name, known)
    case .unknownOption(let name, let owner, let known):
      "\(owner) has no option --\(name)" + ProgramError.suggestion(name, known)
    case .option(let text): text
    case .syntax(let text): text
    case .at(let file, let line, let error): "\(file), line \(line): \(error)"
    case .foreignValue: "a value of another recording is used here; record the whole network in one closure"
    }
  }

  static func list(_ names: [String], _ lead: String) -> String {
    names.isEmpty ? "" : "; \(lead)" + names.prefix(40).joined(separator: ", ")
  }

  /// "; did you mean "readout"? known: ...".
  package static func suggestion(_ name: String, _ known: [String]) -> String {
    let guess = guess(name, known)
    return guess.isEmpty ? list(known, "known: ") : guess + list(known, "known: ").dropFirst()
  }

  /// The guess alone if there is one, else the list: for lists that are long.
  static func shortSuggestion(_ name: String, _ known: [String]) -> String {
    let guess = guess(name, known)
    return guess.isEmpty ? list(known, "known: ") : guess
  }

  private static func guess(_ name: String, _ known: [String]) -> String {
    let near = known.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }.min { $0.1 < $1.1 }
    return near.flatMap {
      $0.1 <= max(name.count >= 4 ? 2 : 1, name.count / 3) ? "; did you mean \"\($0.0)\"?" : nil
    } ?? ""
  }

  private static func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }
}
