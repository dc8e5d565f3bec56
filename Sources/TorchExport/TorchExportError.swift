/// Why a program cannot be written as PyTorch code.
public enum TorchExportError: Error, Sendable, Equatable {
  /// An operation that the code has no expression for.
  case operation(String, line: String)
  /// An optimizer that torch does not have, or whose rules say more than parameter groups can.
  case optimizer(String, known: [String])
}

extension TorchExportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .operation(let word, let line):
      "\"\(word)\" has no form in PyTorch code (\(line)); only forward passes are exported"
    case .optimizer(let name, let known):
      "PyTorch code is written for \(known.joined(separator: ", ")), not for \(name)"
    }
  }
}
