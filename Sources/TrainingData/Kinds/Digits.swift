extension DataKind {
  /// 1,797 handwritten digits, for programs with real inputs and a class for each example.
  static let digits = DataKind(
    builtIn: "digits",
    usual: { inputs in
      inputs.contains { $0.below == nil } && inputs.contains { $0.below != nil && $0.axes.count == 1 }
    },
    open: { try digitsTable.get() })

  // Read once.
  private static let digitsTable = Result {
    let path = try DataFile.resource("digits.csv")
    // Pixels have one unit.
    return try DataTable(DataFile.bytes(path), file: path, name: "digits", isOneUnit: true)
  }
}
