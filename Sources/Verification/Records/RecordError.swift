/// Why a record of a study cannot be used. Whatever it is, the file is as it was.
public enum RecordError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// A line that is none of a record of this study.
  case malformed(file: String, line: Int, study: String, reason: String)
  /// A record of cells that were made with other settings.
  case otherSettings(file: String, line: Int, differences: [String])

  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file) can't be read: \(reason)"
    case .unwritable(let file, let reason): "\(file) can't be written: \(reason)"
    case .malformed(let file, let line, let study, let reason):
      "\(file), line \(line): not a cell of \("aeiou".contains(study.prefix(1)) ? "an" : "a") \(study): \(reason); "
        + "remove the line, or give another file"
    case .otherSettings(let file, let line, let differences):
      "\(file), line \(line), is of other settings: \(differences.joined(separator: "; ")); "
        + "give the same ones, or another file"
    }
  }

  /// What a decoder did not like, in a few words.
  static func reason(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      "\"\(place(context))\" is of another kind"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      "\"\(place(context))\" has a value that can't be"
    default: "it is no JSON"
    }
  }
}
