/// A kind of data that a user can name: how it is recognized, opened, and for which programs it is the usual one.
///
/// Each has a file in `Kinds`; a new one is such a file and a line in ``all``.
public struct DataKind: Sendable {
  /// The name of data that need no file; nil for files.
  public let builtIn: String?
  let recognizes: @Sendable (_ argument: String) -> Bool
  let isUsual: @Sendable (_ inputs: [InputSlot]) -> Bool
  let open: @Sendable (_ argument: String, _ reading: TableReading) throws -> any DataSource

  /// Data that need no file.
  ///
  /// - Parameter isUsual: Whether a program with these inputs is trained on it if the user names no data.
  init(
    builtIn name: String, usual isUsual: @escaping @Sendable (_ inputs: [InputSlot]) -> Bool,
    open: @escaping @Sendable () throws -> any DataSource
  ) {
    (builtIn, recognizes, self.isUsual, self.open) = (
      name, { $0 == name }, isUsual,
      { _, reading in
        guard reading == TableReading() else { throw DataError.notATable(data: name) }
        return try open()
      }
    )
  }

  /// Data in files.
  init(
    files recognizes: @escaping @Sendable (_ path: String) -> Bool,
    open: @escaping @Sendable (_ path: String, _ reading: TableReading) throws -> any DataSource
  ) {
    (builtIn, self.recognizes, isUsual, self.open) = (nil, recognizes, { _ in false }, open)
  }
}
