extension DataKind {
  /// Texts in all other files.
  static let textFile = DataKind(
    files: { _ in true },
    open: { path, reading in
      guard reading == TableReading() else { throw DataError.notATable(data: path) }
      return try DataText(DataFile.bytes(path), file: path, name: path)
    })
}
