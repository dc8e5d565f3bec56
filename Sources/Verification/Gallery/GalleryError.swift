/// What can be wrong with the settings of a gallery.
public enum GalleryError: Error, Sendable, Equatable, CustomStringConvertible {
  case nothing

  public var description: String { "a gallery needs at least one architecture and one optimizer" }
}
