public import TensorPrograms

/// A kind of data that a user can name: how it is recognized, opened, and for which programs it is the usual one.
///
/// Each has a file in `Kinds`; a new one is such a file and a line in ``all``.
public struct DataKind: Sendable {
  /// The name of data that need no file; nil for files.
  public let builtIn: String?
  let recognizes: @Sendable (_ argument: String) -> Bool
  let isUsual: @Sendable (_ inputs: [InputSlot]) -> Bool
  let open: @Sendable (_ argument: String) throws -> any DataSource

  /// All kinds, in the order in which they are tried: the first that recognizes an argument opens it, and a program is
  /// trained on the first that is usual for its inputs if the user names none.
  public static let all: [DataKind] = [.digits, .shakespeare, .random, .tableFile, .textFile]

  /// Data that need no file.
  ///
  /// - Parameter isUsual: Whether a program with these inputs is trained on it if the user names no data.
  init(
    builtIn name: String, usual isUsual: @escaping @Sendable (_ inputs: [InputSlot]) -> Bool,
    open: @escaping @Sendable () throws -> any DataSource
  ) {
    (builtIn, recognizes, self.isUsual, self.open) = (name, { $0 == name }, isUsual, { _ in try open() })
  }

  /// Data in files.
  init(
    files recognizes: @escaping @Sendable (_ path: String) -> Bool,
    open: @escaping @Sendable (_ path: String) throws -> any DataSource
  ) {
    (builtIn, self.recognizes, isUsual, self.open) = (nil, recognizes, { _ in false }, open)
  }
}

extension DataKind {
  /// The names of data that need no file.
  public static let builtIn = all.compactMap(\.builtIn)

  /// Data by name, or from a file: a table if its name ends in `.csv` or `.tsv`, else a text.
  ///
  /// Throws: ``DataError``, which names the file, the line, the column and the remedy.
  public static func named(_ name: String) throws -> any DataSource {
    try (all.first { $0.recognizes(name) } ?? .textFile).open(name)
  }

  /// The name of data that a program can be trained on: by its inputs.
  public static func usual(for program: Program) -> String {
    let inputs = InputSlot.all(program)
    return all.first { $0.isUsual(inputs) }?.builtIn ?? RandomData.name
  }
}
