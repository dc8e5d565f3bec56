/// What can be wrong with a checkpoint, in the names of its file and of the program.
public enum CheckpointError: Error, Sendable, Equatable {
  /// The file cannot be read at all.
  case unreadable(file: String, reason: String)
  /// The file ends too early; bytes.
  case truncated(file: String, expected: Int, found: Int)
  case notSafetensors(file: String, reason: String)
  /// The file cannot be written, for example because the disk is full. One that was there before is unchanged.
  case notWritten(file: String, reason: String)
  /// A tensor has another shape than the program's weight or state; `expected` names the axes.
  case wrongShape(String, expected: String, found: [Int])
  /// A tensor is of another precision than the run.
  case wrongType(String, expected: String, found: String)
  /// Weights and states of the program that the checkpoint lacks.
  case missingTensors([String], program: String)
  /// Tensors that the program does not have.
  case unknownTensors([String], program: String)
  /// A count that a run needs is missing or is no whole number.
  case unusableMetadata(String, value: String?)
  /// The checkpoint was written by a run with another value of a setting.
  case otherRun(setting: String, saved: String, given: String)
}

extension CheckpointError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .truncated(let file, let expected, let found):
      "\(file): ends too early: it has \(found) of \(expected) bytes; was it copied in part?"
    case .notSafetensors(let file, let reason): "\(file): not a safetensors file: \(reason)"
    case .notWritten(let file, let reason): "\(file): cannot be written: \(reason)"
    case .wrongShape(let name, let expected, let found):
      "the checkpoint's \"\(name)\" is \(found.map(String.init).joined(separator: " x ")); the program's is \(expected)"
    case .wrongType(let name, let expected, let found):
      "the checkpoint's \"\(name)\" is of type \(found); this run is in \(expected)"
    case .missingTensors(let names, let program):
      "the checkpoint lacks \(CheckpointError.list(names)) of program \"\(program)\"; "
        + "was it made with another optimizer or other options?"
    case .unknownTensors(let names, let program):
      "the checkpoint has \(CheckpointError.list(names)), which program \"\(program)\" has not; "
        + "was it made with another optimizer or other options?"
    case .unusableMetadata(let name, let value):
      "the checkpoint "
        + (value.map { "gives \"\($0)\" as \(name), which is no such number" } ?? "does not say \(name)")
        + "; it was not made by a training run"
    case .otherRun(let setting, let saved, let given):
      "the checkpoint's run has \(setting) \(saved), this one \(given): give the same to go on with it"
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
