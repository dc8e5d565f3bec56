import Foundation
import Gallery
import TensorPrograms
import Testing
import TrainingData
import Verification

@Suite struct DataTests {
  @Test func digitsAreStandardizedAsElsewhere() throws {
    let digits = try DataKind.named("digits")
    let table = try #require(digits as? DataTable)
    #expect(digits.summary == "digits: 1797 rows, 64 features, 10 classes")
    // Pixels have one unit.
    #expect(table.means.allSatisfy { abs($0 - 4.884164579855314) < 1e-12 } && table.means.count == 64)
    #expect(table.deviations.allSatisfy { abs($0 - 6.016787548672236) < 1e-12 })
    let program = try Architecture.mlp.program(digits.defaults(for: .mlp))
    let batch = try digits.batches(for: program, width: 64).batch(3)
    #expect(batch.map(\.name) == ["features", "label"])
    #expect(batch[1].contents == .indices((0..<64).map { table.labels[$0] }))
    guard case .numbers(let x) = batch[0].contents else { return #expect(Bool(false)) }
    #expect(x.count == 64 * 64 && abs(x[2] - (5 - table.means[2]) / table.deviations[2]) < 1e-12)
  }

  @Test func kindsAreRecognized() throws {
    #expect(DataKind.builtIn == ["digits", "shakespeare", "random"])
    for name in DataKind.builtIn { #expect(try DataKind.named(name).name == name) }
    for (architecture, name) in [(Architecture.mlp, "digits"), (.gpt, "shakespeare"), (.autoencoder, "random")] {
      #expect(DataKind.usual(for: architecture) == name)
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("widthwise-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, isTable) in [("a.csv", true), ("a.TSV", true), ("a.txt", false), ("a.csv.txt", false), ("a", false)] {
      let path = folder.appendingPathComponent(name).path
      try Data("1,2\n3,4\n".utf8).write(to: URL(fileURLWithPath: path))
      let data = try DataKind.named(path)
      #expect((data is DataTable) == isTable && (data is DataText) == !isTable && data.name == path, "\(name)")
    }
  }

  @Test func imagesAreRowMajor() throws {
    let digits = try DataKind.named("digits")
    let program = try Architecture.resnet.program(digits.defaults(for: .resnet))
    let batch = try digits.batches(for: program, width: 64).batch(0)
    #expect(batch[0].sizes == [32, 8, 8, 1])
    let flat = try digits.batches(for: Architecture.mlp.program(["batch": "32"]), width: 64).batch(0)
    #expect(batch[0].contents == flat[0].contents)
  }

  @Test func nextTokensAreShiftedByOne() throws {
    let text = try DataKind.named("shakespeare")
    let settings = text.defaults(for: .gpt)
    let vocabulary = try #require(settings["vocabulary"].flatMap { Int($0) })
    #expect((50..<100).contains(vocabulary))
    let program = try Architecture.gpt.program(
      settings.merging(["batch": "8", "sequence": "32"]) { first, _ in first })
    for sampling in Sampling.allCases {
      let source = try text.batches(for: program, width: 64, sampling: sampling, seed: 1)
      let batch = source.batch(0)
      guard case .indices(let tokens) = batch[0].contents, case .indices(let next) = batch[1].contents else {
        return #expect(Bool(false))
      }
      #expect(tokens.count == 8 * 32)
      for row in 0..<8 { #expect(tokens[row * 32 + 1..<row * 32 + 32] == next[row * 32..<row * 32 + 31]) }
      #expect(source.batch(0)[0].contents == batch[0].contents)
      #expect((source.batch(1)[0].contents == batch[0].contents) == sampling.isOneBatch)
    }
    // The program's vocabulary may be larger.
    _ = try text.batches(for: Architecture.gpt.program(), width: 64)
  }

  @Test func freshRowsGoThroughAllBeforeAnyComesAgain() throws {
    let rows = (0..<10).map { "\($0),\($0 % 2 == 0 ? "even" : "odd")" }.joined(separator: "\n")
    let data = try DataTable(text: "x,y\n" + rows, name: "rows.csv")
    let program = try Architecture.mlp.program(["features": "1", "classes": "2", "batch": "5"])
    let source = try data.batches(for: program, width: 8, sampling: .fresh, seed: 7)
    var seen: Set<Double> = []
    for step in 0..<2 {
      guard case .numbers(let x) = source.batch(step)[0].contents else { return #expect(Bool(false)) }
      seen.formUnion(x)
    }
    #expect(seen.count == 10)
  }

  @Test func tablesOfManyKinds() throws {
    func table(_ text: String) throws -> DataTable { try DataTable(text: text, name: "t.csv") }
    #expect(try table("1;2;b\r\n3;4;a\r\n").classes == ["a", "b"])
    #expect(try table("0,1,label\n1,2,-1\n3,4,1").rowCount == 2)
    #expect(try table("1,2,3\n3,4,10\n5,6,3.0").classes == ["3", "10"])
    #expect(try table("\"a \"\"b\"\"\",y\n1,\"p, q\"\n2,r\n\n").classes == ["p, q", "r"])
    #expect(try table("x\ty\n1\t0\n2\t1").featureCount == 1)
  }

  @Test(arguments: [
    ("", "t.csv: there is nothing in it"),
    (" \n", "t.csv: there is nothing in it"),
    ("a,b\n", "t.csv: there is nothing in it"),
    ("1\n2\n", "t.csv, line 1, column 1: one column only"),
    ("x,y,z\n1,2,0\n1,,0\n", "t.csv, line 3, column 2 (\"y\"): empty; fill it in, remove the row, or give"),
    ("1,2,0\n1,2,\n", "t.csv, line 2, column 3: empty"),
    ("1,2,0\n1,2\n", "t.csv, line 2, column 3: the row has 2 columns, the first row has 3"),
    ("1,2,0\n1,2,3,4\n", "t.csv, line 2, column 4: the row has 4 columns"),
    ("# x, y\n\n1,2,0\n\n1,2\n", "t.csv, line 5, column 3: the row has 2 columns, the first"),
    ("1,2,0\n1,?,1\n", "t.csv, line 2, column 2: \"?\" is not a number"),
    ("1,q,0\n1,2,1\n", "t.csv, line 1, column 2: \"q\" is not a number"),
    ("1,2,0\n1,nan,1\n", "t.csv, line 2, column 2: \"nan\" is not a finite number"),
    ("1,2,0\n1,3,inf\n", "t.csv, line 2, column 3: \"inf\" is not a finite number"),
    ("1,2,0.5\n1,3,0.5\n", "t.csv, last column: every label is \"0.5\""),
    ("1,2,0\n1,3,0\n", "t.csv, last column: every label is \"0\""),
    ("2,2,0\n2,2,1\n", "t.csv, line 1, column 1: every feature is the same"),
    ("1,\"2,0\n1,3,0\n", "t.csv, line 1: a quotation mark is opened"),
  ])
  func badTables(_ text: String, _ message: String) {
    let error = #expect(throws: DataError.self) { try DataTable(text: text, name: "t.csv") }
    #expect("\(error!)".hasPrefix(message), "\(error!)")
  }

  /// Columns have units of their own, and each is standardized by itself.
  @Test func columnsAreStandardizedByThemselves() throws {
    let table = try DataTable(text: "mm,g,one,y\n1,1000,7,a\n2,3000,7,b\n3,5000,7,a\n", name: "t.csv")
    let root = 1.5.squareRoot()
    for (found, expected) in zip(table.features, [-root, -root, 0, 0, 0, 0, root, root, 0]) {
      #expect(abs(found - expected) < 1e-12)
    }
    #expect(table.means == [2, 3000, 7] && table.deviations[2] == 0)
  }

  @Test func blankLinesAndComments() throws {
    let text = "# penguins; CC0\n\n x , y\n\n 1 , a \n  # so far\r\n2,b\n   \n3,\"#c\"\n\n"
    let table = try DataTable(text: text, name: "t.csv")
    #expect(table.rowCount == 3 && table.classes == ["#c", "a", "b"])
  }

  @Test(arguments: ["species", "1"]) func labelsInAnyColumn(_ label: String) throws {
    let text = "species,x,y\nb,1,2\na,3,5\nb,4,4\n"
    let table = try DataTable(text: text, name: "t.csv", reading: TableReading(label: label))
    let last = try DataTable(text: "x,y,species\n1,2,b\n3,5,a\n4,4,b\n", name: "t.csv")
    #expect(table.features == last.features && table.labels == last.labels && table.classes == ["a", "b"])
    let error = #expect(throws: DataError.self) {
      try DataTable(text: text, name: "t.csv", reading: TableReading(label: "kind"))
    }
    #expect("\(try #require(error))".hasSuffix("takes a number from 1 on or one of: species, x, y"))
    #expect(throws: DataError.notATable(data: "digits")) {
      try DataKind.named("digits", reading: TableReading(label: label))
    }
  }

  @Test func missingValuesAreLeftOut() throws {
    let text = "x,y,z\n1,2,a\nNA,3,b\n4,,a\n5,6,\n7,nan,b\n8,9,b\n"
    let table = try DataTable(text: text, name: "t.csv", reading: TableReading(dropsMissing: true))
    #expect(table.contents == "2 rows, 2 features, 2 classes; 4 rows with missing values left out")
    #expect(
      table.fingerprint
        != (try DataTable(
          text: text.replacing("NA", with: "2"), name: "t.csv",
          reading: TableReading(dropsMissing: true)
        ).fingerprint))
    let error = #expect(throws: DataError.self) { try DataTable(text: text, name: "t.csv") }
    #expect("\(try #require(error))".hasPrefix("t.csv, line 3, column 1 (\"x\"): \"NA\" is not a number"))
  }

  /// A program whose target is a number gets the numbers, not their ranks; one that asks for classes says why not.
  @Test func targetsAreNumbers() throws {
    let text = """
      program regress
      dimension batch = 3
      dimension width = n
      x [batch] = input
      w [width] = weight gaussian(1)
      h [batch, width] = contract x, w
      s [batch] = sum h
      y [batch] = input
      d [batch] = add s, y times(1, -1)
      e [batch] = square d
      loss [] = sum e
      minimize loss
      """
    let program = try Program(text: text, file: "regress.tp")
    for (labels, mean, deviation) in [
      ("1,8,27", 12.0, (362.0 / 3).squareRoot()), ("0.5,-0.5,1.5", 0.5, (2.0 / 3).squareRoot()),
    ] {
      let numbers = labels.split(separator: ",").compactMap { Double($0) }
      let rows = numbers.enumerated().map { "\($0 * $0),\($1)" }.joined(separator: "\n")
      let table = try DataTable(text: rows, name: "t.csv")
      let batch = try table.batches(for: program, width: 4).batch(0)
      guard case .numbers(let target) = batch[1].contents else { return #expect(Bool(false)) }
      for (found, number) in zip(target, numbers) { #expect(abs(found - (number - mean) / deviation) < 1e-12) }
      #expect(table.classes.isEmpty == labels.contains("."))
    }
    let real = try DataTable(text: "1,0.5\n2,0.25\n3,1\n", name: "t.csv")
    #expect(real.contents == "3 rows, 1 features, a number to predict" && real.options["classes"] == nil)
    let error = #expect(throws: DataError.self) {
      try real.batches(for: Architecture.mlp.program(["features": "1", "batch": "2"]), width: 8)
    }
    #expect("\(try #require(error))".hasPrefix("t.csv, line 1, column 2: the label \"0.5\" is neither"))
  }

  /// What is no table and no text is refused by what it is.
  @Test(
    arguments: [
      ("x.npy", [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0], "it is a NumPy array"),
      ("x.npz", [0x50, 0x4B, 3, 4, 20, 0], "it is a zip archive"),
      ("x.txt.gz", [0x1F, 0x8B, 8, 0], "compressed by gzip"),
      ("x.safetensors", [64, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x22], "it is weights (safetensors)"),
      ("x.csv", [0xFF, 0xFE, 0x31, 0, 0x2C, 0], "it is text in UTF-16; make it UTF-8: iconv"),
      ("y.csv", [0x31, 0, 0x2C, 0, 0x32, 0], "it is text in UTF-16"),
      ("z", [0x31, 0x32, 0, 0x33, 0x34], "it is not a text file"),
      ("c.json", Array("{\"n\": 3}".utf8), "it is JSON"),
      ("w.bsh", Array("a:\n- 64\n".utf8), "it is base shapes of mup"),
    ] as [(String, [UInt8], String)])
  func binaryFiles(_ name: String, _ bytes: [UInt8], _ message: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("widthwise-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    let error = #expect(throws: DataError.self) { try DataKind.named(file.path) }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test func badFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("widthwise-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func message(_ path: String) -> String {
      do { return try DataKind.named(path).summary } catch { return "\(error)" }
    }
    #expect(message(folder.path).contains("it is a directory"))
    #expect(message("digit").contains("there is no such file; built in are digits, shakespeare, random"))
    let empty = folder.appendingPathComponent("empty.txt")
    try Data().write(to: empty)
    #expect(message(empty.path).hasSuffix("give a table (.csv) with a row an example, or a text"))
    let large = folder.appendingPathComponent("large.csv")
    #expect(FileManager.default.createFile(atPath: large.path, contents: nil))
    let handle = try FileHandle(forWritingTo: large)
    try handle.truncate(atOffset: 1 << 40)
    try handle.close()
    #expect(message(large.path).contains("1048576 MiB is more than the 256 MiB"))
    #expect(message("/dev/zero").contains("not a regular file"))
    let latin = folder.appendingPathComponent("latin.txt")
    try Data([0x41, 0xE9, 0x42, 0xE9]).write(to: latin)
    #expect(message(latin.path).hasSuffix("4 characters, 3 different ones"))
  }

  @Test func misfitsSayBothSizesAndTheOption() throws {
    func message(_ data: String, _ architecture: Architecture, _ settings: [String: String]) -> String {
      do {
        _ = try DataKind.named(data).batches(for: architecture.program(settings), width: 64)
        return "fits"
      } catch { return "\(error)" }
    }
    #expect(
      message("digits", .mlp, ["features": "20"])
        == "digits has 64 features, but program \"mlp\" wants 20 (features of input features); "
        + "give --features 64 (in a program file: dimension features = 64)")
    #expect(message("digits", .mlp, ["classes": "3"]).contains("has 10 classes, but program \"mlp\" wants 3"))
    #expect(message("digits", .resnet, ["image": "16"]).contains("give --image 8 (in a program file"))
    #expect(
      message("digits", .mlp, ["batch": "2000"]).contains("1797 rows, but the program's batch has 2000"))
    #expect(message("shakespeare", .gpt, ["vocabulary": "8"]).contains("wants 8 (dimension vocabulary)"))
    #expect(message("shakespeare", .mlp, [:]).contains("give --data digits"))
    #expect(message("digits", .gpt, [:]).contains("give --data shakespeare"))
    #expect(message("random", .gpt, [:]) == "fits")
    let short = try DataText(text: "to be", name: "short.txt")
    let error = #expect(throws: DataError.self) {
      try short.batches(for: Architecture.gpt.program(["sequence": "32"]), width: 64)
    }
    #expect(
      "\(error!)".contains("5 characters, but a sequence of 32") && "\(error!)".hasSuffix("--sequence 4"))
  }
}
