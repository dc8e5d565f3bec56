/// The lines of a page between which the table stands.
public enum GalleryMarks {
  public static let begin = "<!-- table: begin -->"
  public static let end = "<!-- table: end -->"

  /// A page lacks the marks.
  public struct Missing: Error, Equatable, CustomStringConvertible {
    public var file: String

    public var description: String {
      "\(file) has no place for the table: lines \"\(begin)\" and, after it, \"\(end)\""
    }
  }
}
