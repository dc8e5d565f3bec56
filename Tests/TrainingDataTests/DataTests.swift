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
    #expect(abs(table.mean - 4.884164579855314) < 1e-12)
    #expect(abs(table.deviation - 6.016787548672236) < 1e-12)
    let program = try Architecture.mlp.program(digits.defaults(for: .mlp))
    let batch = try digits.batches(for: program, width: 64).batch(3)
    #expect(batch.map(\.name) == ["features", "label"])
    #expect(batch[1].contents == .indices((0..<64).map { table.labels[$0] }))
    guard case .numbers(let x) = batch[0].contents else { return #expect(Bool(false)) }
    #expect(x.count == 64 * 64 && abs(x[2] - (5 - table.mean) / table.deviation) < 1e-12)
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
    ("x,y,z\n1,2,0\n1,,0\n", "t.csv, line 3, column 2 (\"y\"): empty; fill it in, or remove the row"),
    ("1,2,0\n1,2,\n", "t.csv, line 2, column 3: empty"),
    ("1,2,0\n1,2\n", "t.csv, line 2, column 3: the row has 2 columns, the first row has 3"),
    ("1,2,0\n1,2,3,4\n", "t.csv, line 2, column 4: the row has 4 columns"),
    ("1,2,0\n\n1,2,1\n", "t.csv, line 2, column 2: the row has 1 column, the first"),
    ("1,2,0\n1,?,1\n", "t.csv, line 2, column 2: \"?\" is not a number"),
    ("1,q,0\n1,2,1\n", "t.csv, line 1, column 2: \"q\" is not a number"),
    ("1,2,0\n1,nan,1\n", "t.csv, line 2, column 2: \"nan\" is not a finite number"),
    ("1,2,0\n1,3,inf\n", "t.csv, line 2, column 3: \"inf\" is not a finite number"),
    ("1,2,0.5\n1,3,1\n", "t.csv, line 1, column 3: the label \"0.5\" is neither"),
    ("1,2,0\n1,3,0\n", "t.csv, last column: every label is \"0\""),
    ("2,2,0\n2,2,1\n", "t.csv, line 1, column 1: every feature is the same"),
    ("1,\"2,0\n1,3,0\n", "t.csv, line 1: a quotation mark is opened"),
  ])
  func badTables(_ text: String, _ message: String) {
    let error = #expect(throws: DataError.self) { try DataTable(text: text, name: "t.csv") }
    #expect("\(error!)".hasPrefix(message), "\(error!)")
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
