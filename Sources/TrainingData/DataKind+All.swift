public import TensorPrograms

extension DataKind {
  /// All kinds, in the order in which they are tried: the first that recognizes an argument opens it, and a program is
  /// trained on the first that is usual for its inputs if the user names none.
  public static let all: [DataKind] = [.digits, .shakespeare, .random, .tableFile, .textFile]

  /// The names of data that need no file.
  public static let builtIn = all.compactMap(\.builtIn)

  /// Data by name, or from a file: a table if its name ends in `.csv` or `.tsv`, else a text.
  ///
  /// Throws: ``DataError``, which names the file, the line, the column and the remedy.
  public static func named(_ name: String) throws -> any DataSource { try named(name, reading: TableReading()) }

  /// The same, where a table is read in another than the usual way; of other data there is only that.
  public static func named(_ name: String, reading: TableReading) throws -> any DataSource {
    let kind = all.first { $0.recognizes(name) } ?? .textFile
    if kind.builtIn == nil, !DataFile.exists(name) {
      throw DataError.unreadable(
        file: name, reason: "there is no such file; built in are " + builtIn.joined(separator: ", "))
    }
    return try kind.open(name, reading)
  }

  /// The name of data that a program can be trained on: by its inputs.
  public static func usual(for program: Program) -> String {
    let inputs = InputSlot.all(program)
    return all.first { $0.isUsual(inputs) }?.builtIn ?? RandomData.name
  }
}
