extension DataKind {
  /// Texts in all other files.
  static let textFile = DataKind(
    files: { _ in true }, open: { path in try DataText(DataFile.bytes(path), file: path, name: path) })
}
