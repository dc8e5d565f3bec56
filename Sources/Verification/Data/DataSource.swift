/// Data to train on: a table of features and labels, a text, or noise.
///
///     let digits = try DataSource.named("digits")     // 1797 rows, 64 features, 10 classes
///     let batch = try digits.batches(for: program, width: 256).batch(0)
public struct DataSource: Sendable {
  /// As the user names it: `digits`, or a path.
  public let name: String
  public let contents: Contents

  public enum Contents: Sendable {
    case table(DataTable)
    case text(DataText)
    /// Standard normal inputs and uniform labels, for programs of any shape.
    case noise
  }

  /// The data that need no file.
  public static let builtIn = ["digits", "shakespeare", "random"]

  /// Data by name, or from a file: a table if its name ends in `.csv` or `.tsv`, else a text.
  ///
  /// Throws: ``DataError``, which names the file, the line, the column and the remedy.
  public static func named(_ name: String) throws -> DataSource {
    switch name {
    case "digits": try digits.get()
    case "shakespeare": try shakespeare.get()
    case "random": DataSource(name: name, contents: .noise)
    default: try DataSource(name: name, path: name)
    }
  }

  // Read once.
  private static let digits = Result { try DataSource(name: "digits", path: DataFile.resource("digits.csv")) }
  private static let shakespeare = Result {
    try DataSource(name: "shakespeare", path: DataFile.resource("shakespeare.txt"))
  }

  /// A table from text in memory, for tests and callers without files.
  public static func table(_ text: String, name: String) throws -> DataSource {
    DataSource(name: name, contents: .table(try DataTable(try checked(text, name), file: name)))
  }

  /// A text in memory.
  public static func text(_ text: String, name: String) throws -> DataSource {
    DataSource(name: name, contents: .text(try DataText(try checked(text, name), file: name)))
  }

  private static func checked(_ text: String, _ name: String) throws -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.contains(where: { $0 > 32 }) else { throw DataError.empty(file: name) }
    return bytes
  }

  init(name: String, contents: Contents) { (self.name, self.contents) = (name, contents) }

  private init(name: String, path: String) throws {
    let bytes = try DataFile.bytes(path)
    let ending = path.split(separator: ".").last?.lowercased()
    self.init(
      name: name,
      contents: ending == "csv" || ending == "tsv"
        ? .table(try DataTable(bytes, file: path)) : .text(try DataText(bytes, file: path)))
  }

  /// `digits: 1797 rows, 64 features, 10 classes`.
  public var summary: String {
    switch contents {
    case .table(let table):
      "\(name): \(table.rowCount) rows, \(table.featureCount) features, \(table.classes.count) classes"
    case .text(let text): "\(name): \(text.tokens.count) characters, \(text.vocabulary.count) different ones"
    case .noise: "\(name): standard normal inputs, uniform labels"
    }
  }
}
