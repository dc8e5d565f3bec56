extension DataKind {
  /// Tables in files whose names end in `.csv` or `.tsv`.
  static let tableFile = DataKind(
    files: { path in
      let ending = path.split(separator: ".").last?.lowercased()
      return ending == "csv" || ending == "tsv"
    },
    open: { path, reading in try DataTable(DataFile.bytes(path), file: path, name: path, reading: reading) })
}
