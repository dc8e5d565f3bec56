/// What can be wrong with the settings of a gallery, or with the record that it continues.
public enum GalleryError: Error, Sendable, Equatable, CustomStringConvertible {
  case nothing
  case unreadable(file: String, reason: String)
  case unwritable(file: String, reason: String)
  /// A line that is not one of a record, and not the last.
  case malformed(file: String, line: Int, reason: String)
  /// A record of cells that were trained with other settings.
  case otherSettings(file: String, line: Int, differences: [String])

  public var description: String {
    switch self {
    case .nothing: "a gallery needs at least one architecture and one optimizer"
    case .unreadable(let file, let reason): "\(file) can't be read: \(reason)"
    case .unwritable(let file, let reason): "\(file) can't be written: \(reason)"
    case .malformed(let file, let line, let reason):
      "\(file), line \(line): not a cell of a gallery: \(reason); remove the line, or give another file"
    case .otherSettings(let file, let line, let differences):
      "\(file), line \(line), is of other settings: \(differences.joined(separator: "; ")); "
        + "give the same ones, or another file"
    }
  }
}
