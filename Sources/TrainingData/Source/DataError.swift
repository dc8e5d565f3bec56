/// What can be wrong with data or with how they fit a program; the message says where, and what to do about it.
public enum DataError: Error, Sendable, Equatable {
  /// A field of a table. Lines and columns count from 1; `header` is the column's name, if the file names it.
  public struct Place: Sendable, Equatable, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var column: Int
    public var header: String?

    public init(file: String, line: Int, column: Int, header: String? = nil) {
      (self.file, self.line, self.column, self.header) = (file, line, column, header)
    }

    public var description: String {
      "\(file), line \(line), column \(column)" + (header.map { " (\"\($0)\")" } ?? "")
    }
  }

  case unreadable(file: String, reason: String)
  case tooLarge(file: String, bytes: Int, limit: Int)
  case empty(file: String)
  case tooFewColumns(file: String, line: Int)
  case ragged(file: String, line: Int, columns: Int, expected: Int)
  case openQuote(file: String, line: Int)
  case hole(Place)
  case notANumber(Place, text: String)
  case notFinite(Place, text: String)
  /// A column of a table that is named, and is not there.
  case unknownColumn(file: String, name: String, known: [String])
  /// Options of tables for data that are none.
  case notATable(data: String)
  case fractionalLabel(Place, text: String)
  case constantFeatures(file: String)
  case singleClass(file: String, label: String)
  case tooManyClasses(file: String, count: Int, limit: Int)
  case vocabularyTooLarge(file: String, count: Int, limit: Int)
  /// A text with fewer characters than one sequence and the character after it.
  case textTooShort(file: String, characters: Int, sequence: Int, dimension: String)
  /// Held-out data of which one part would be empty.
  case split(data: String, fraction: Double, reason: String)
  /// A text or random data where a table's rows are asked for.
  case noTable(data: String)
  case tooFewRows(data: String, rows: Int, batch: Int, dimension: String)
  /// The data have one size and the program another.
  case mismatch(data: String, have: String, program: String, wants: String, remedy: String)
  /// The program's inputs are not of a kind that the data can fill.
  case inputs(program: String, inputs: String, data: String, remedy: String)
}

extension DataError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .tooLarge(let file, let bytes, let limit):
      "\(file): \(bytes >> 20) MiB is more than the \(limit >> 20) MiB that are read into memory; "
        + "a check needs a few batches only, so cut it: head -n 10000"
    case .empty(let file):
      "\(file): there is nothing in it; give a table (.csv) with a row an example, or a text"
    case .tooFewColumns(let file, let line):
      "\(file), line \(line), column 1: one column only; a row is its features and then, last, its label, "
        + "separated by commas, semicolons or tabs"
    case .ragged(let file, let line, let columns, let expected):
      "\(file), line \(line), column \(min(columns, expected) + 1): the row has \(columns) "
        + "column\(columns == 1 ? "" : "s"), the first row has \(expected); "
        + (columns < expected
          ? "fill in what is missing, or remove the row" : "remove what is too much, or quote it")
    case .openQuote(let file, let line):
      "\(file), line \(line): a quotation mark is opened here and never closed; close it, or double it if it is meant"
    case .hole(let place): "\(place): empty; fill it in, remove the row, or give --drop-missing"
    case .notANumber(let place, let text):
      "\(place): \"\(text.shortened)\" is not a number; features are numbers "
        + (place.line == 1
          ? "(a header has no number among its features)"
          : "and only the label may be words (it is the last column, unless --label says which)")
    case .notFinite(let place, let text):
      "\(place): \"\(text.shortened)\" is not a finite number; replace it, remove the row, or give --drop-missing"
    case .unknownColumn(let file, let name, let known):
      "\(file) has no column \"\(name)\"; --label takes a number from 1 on"
        + (known.isEmpty ? ", as the table names no columns" : " or one of: " + known.joined(separator: ", "))
    case .notATable(let data): "\(data) has no columns; --label and --drop-missing are for tables (.csv)"
    case .fractionalLabel(let place, let text):
      "\(place): the label \"\(text.shortened)\" is neither a whole number nor a word, and the program asks for a class; "
        + "say which column the class is (--label), or give a program whose target is a number"
    case .constantFeatures(let file):
      "\(file), line 1, column 1: every feature is the same number, so there is nothing to learn from; check the columns"
    case .singleClass(let file, let label):
      "\(file), last column: every label is \"\(label.shortened)\"; at least two classes are needed (is the label the "
        + "last column, and are the rows not sorted and cut?)"
    case .tooManyClasses(let file, let count, let limit):
      "\(file), last column: \(count) different labels are more than \(limit); is the label really the last column?"
    case .vocabularyTooLarge(let file, let count, let limit):
      "\(file): \(count) different characters are more than \(limit); give a text in fewer scripts"
    case .textTooShort(let file, let characters, let sequence, let dimension):
      "\(file): \(characters) character\(characters == 1 ? "" : "s"), but a sequence of \(sequence) and what "
        + "comes next need \(sequence + 1); give a longer text, or "
        + (characters > 1 ? "--\(dimension) \(characters - 1)" : "another one")
    case .noTable(let data): "\(data) has no rows to go through; give --data digits or a table (.csv)"
    case .tooFewRows(let data, let rows, let batch, let dimension):
      "\(data): \(rows) rows, but the program's batch has \(batch) examples; give --\(dimension) \(rows), or more rows"
    case .split(let data, let fraction, let reason): "\(fraction) of \(data) cannot be held out: \(reason)"
    case .mismatch(let data, let have, let program, let wants, let remedy):
      "\(data) has \(have), but program \"\(program)\" wants \(wants); \(remedy)"
    case .inputs(let program, let inputs, let data, let remedy):
      "program \"\(program)\" asks for \(inputs), which \(data) cannot fill; \(remedy)"
    }
  }
}

extension String {
  /// At most 40 characters of it, on one line.
  var shortened: String {
    let line = map { $0.isNewline ? " " : $0 }
    return line.count <= 40 ? String(line) : String(line.prefix(37)) + "..."
  }
}
