import Foundation
import Testing
import Widthwise

/// What scripts rely on: the fields of JSON output, and that standard output holds nothing else.
@Suite struct DocumentTests {
  private func json(_ line: String) throws -> [String: Any] {
    let outcome = try Tool.run(line: line)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(line): \(outcome.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test(arguments: ["sgd", "adam"]) func derive(_ optimizer: String) throws {
    let document = try json("widthwise derive mlp --depth 2 --optimizer \(optimizer) --json")
    #expect(document["program"] as? String == "mlp")
    #expect((document["optimizer"] as? String)?.lowercased() == optimizer)
    #expect(document["gauge"] as? String == "multiplier-free")
    #expect(document["base"] as? Int == 256)
    #expect((document["multipliers"] as? [Any])?.isEmpty == true)
    let weights = try #require(document["weights"] as? [[String: Any]])
    #expect(weights.map { $0["name"] as? String } == ["layers.0", "layers.1", "readout"])
    #expect(
      weights.map { $0["shape"] as? [String] } == [
        ["hidden", "features"], ["hidden'", "hidden"], ["classes", "hidden"],
      ])
    #expect(weights.map { $0["a"] as? String } == ["0", "0", "0"])
    #expect(weights.map { $0["b"] as? String } == ["0", "1/2", "1"])
    #expect(weights.map { $0["c"] as? String } == (optimizer == "sgd" ? ["-1", "0", "1"] : ["0", "1", "1"]))
    #expect(weights.map { $0["update"] as? String } == ["0", "-1", "-1"])
    #expect(weights.map { $0["gradient"] as? String } == ["-1", "-1", "0"])
    #expect(weights.map { $0["initializer"] as? String } == ["gaussian", "gaussian", "gaussian"])
    #expect(weights.map { $0["initialAtBase"] as? Double } == [0.125, 0.0625, 0.0625])
  }

  @Test func deriveMultipliers() throws {
    let document = try json("widthwise derive gpt --depth 1 --tied --base 64 --json")
    #expect(document["base"] as? Int == 64)
    let multipliers = try #require(document["multipliers"] as? [[String: Any]])
    #expect(multipliers.map { $0["name"] as? String } == ["blocks.0.attention.scale", "readout.scale"])
    #expect(multipliers.map { $0["exponent"] as? String } == ["-1", "-1"])
    #expect(multipliers.map { $0["atBase"] as? Double } == [0.25, 0.125])
  }

  /// What is asked for beside `--json` stands in it.
  @Test func deriveWithNumbers() throws {
    let document = try json("widthwise derive mlp --depth 2 --base 64 --width 4096 --explain readout --decay --json")
    #expect(document["schema"] as? String == "widthwise-derivation" && document["version"] as? Int == 1)
    #expect(document["width"] as? Int == 4096)
    let weights = try #require(document["weights"] as? [[String: Any]])
    let numbers = try weights.map { try #require($0["atWidth"] as? [String: Any]) }
    let small = 1.0 / 64
    for (name, expected) in [
      ("initial", [0.125, small, small / 8]), ("rateFactor", [1, small, small]), ("decayFactor", [1, 64, 64]),
    ] as [(String, [Double])] {
      #expect(numbers.compactMap { $0[name] as? Double } == expected, "\(name)")
    }
    #expect(numbers.compactMap { ($0["epsilonFactors"] as? [Double])?.first } == [small, small, 1])
    let text = try Tool.run(line: "widthwise derive mlp --depth 2 --base 64 --explain readout").output
    let explanation = try #require(weights[2]["explanation"] as? String)
    #expect(text.hasPrefix(explanation + "\n\n") && weights[0]["explanation"] == nil)
  }

  /// The document is read back by the type that wrote it.
  @Test func deriveDecodes() throws {
    let outcome = try Tool.run(line: "widthwise derive gpt --depth 1 --json")
    let document = try JSONDecoder().decode(DerivationDocument.self, from: Data(outcome.output.utf8))
    let derivation = try Architecture.gpt.program(["depth": "1"]).maximalUpdate(optimizer: .adam)
    #expect(document.weights.map(\.name) == derivation.parametrization.weights.map(\.name))
    for (read, rule) in zip(document.weights, derivation.parametrization.weights) {
      #expect(Exponents(a: read.a, b: read.b, c: read.c) == rule.exponents, "\(rule.name)")
    }
  }

  @Test func classify() throws {
    let document = try json(
      "widthwise classify mlp --depth 2 --optimizer sgd --set '*.c=0' --set '*.c=1' --set readout.b=1/2 --json")
    #expect(document["program"] as? String == "mlp" && document["optimizer"] as? String == "SGD")
    #expect(document["stable"] as? Bool == true && document["nontrivial"] as? Bool == true)
    #expect(document["regime"] as? String == "kernel" && document["r"] as? String == "1/2")
    let layers = try #require(document["layers"] as? [[String: Any]])
    #expect(layers.map { $0["name"] as? String } == ["layers.0.out", "layers.1.out"])
    #expect(layers.map { $0["r"] as? String } == ["3/2", "1/2"])
    #expect(document["failure"] == nil)
  }

  @Test(arguments: [("standard", "unstable"), ("mup", "feature learning")])
  func regimes(from: String, regime: String) throws {
    let document = try json("widthwise classify gpt --depth 1 --from \(from) --json")
    #expect(document["regime"] as? String == regime)
    #expect(document["stable"] as? Bool == (regime != "unstable"))
    #expect((document["failure"] == nil) == (regime != "unstable"))
    #expect(document["r"] as? String == (regime == "unstable" ? nil : "0"))
  }

  @Test func list() throws {
    let document = try json("widthwise list --json")
    let architectures = try #require(document["architectures"] as? [[String: Any]])
    #expect(architectures.compactMap { $0["name"] as? String } == Architecture.all.map(\.name))
    for architecture in architectures {
      for option in try #require(architecture["options"] as? [[String: String]]) {
        #expect(Set(option.keys) == ["name", "default", "help"])
      }
    }
    let optimizers = try #require(document["optimizers"] as? [[String: Any]])
    #expect(optimizers.compactMap { $0["name"] as? String } == Optimizer.all.map(\.word))
    for optimizer in optimizers { #expect((optimizer["sources"] as? [Any])?.isEmpty == false) }
    #expect((document["nonlinearities"] as? [String])?.contains("gelu") == true)
    let largest = try #require(
      (try json("widthwise list gpt-3 --json")["architectures"] as? [[String: Any]])?.first?["published"]
        as? [[String: Any]]
    ).last
    #expect(largest?["name"] as? String == "GPT-3 175.0B" && (largest?["place"] as? String)?.isEmpty == false)
    #expect((largest?["settings"] as? [String: String])?["model"] == "12288")
    #expect((largest?["training"] as? [String: String])?["learning rate"] == "0.6e-4")
    let text = try Tool.run(line: "widthwise list").output
    let error = try Tool.run(line: "widthwise list no-such-architecture").errors
    for architecture in Architecture.all {
      #expect(text.contains("\(architecture.name)  \(architecture.summary)\n"))
      #expect(error.contains(architecture.name))
    }
  }

  @Test func show() throws {
    let document = try json("widthwise show my.tp --step adam --json")
    let text = try Tool.run(line: "widthwise show my.tp --step adam").output.components(separatedBy: "\n")
    let lines = try #require(document["instructions"] as? [[String: Any]])
    #expect(lines.count > 20 && document["loss"] as? String == "loss")
    for line in lines {
      let number = try #require(line["line"] as? Int)
      #expect(text[number - 1] == line["text"] as? String)
      #expect(line["name"] is String && line["axes"] is [String] && line["operation"] is String)
      #expect(line["operands"] is [String])
    }
  }

  @Test func check() throws {
    let line = "widthwise check mlp --depth 2 --widths 32..256 --seeds 2 --steps 1 --report none --json"
    let outcome = try Tool.run(line: line)
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    let document = try #require(object as? [String: Any])
    #expect(document["program"] as? String == "mlp" && document["optimizer"] as? String == "Adam")
    #expect(document["widths"] as? [Int] == [32, 64, 128, 256] && document["seeds"] as? [Int] == [0, 1])
    #expect(document["base"] as? Int == 32 && document["steps"] as? Int == 1 && document["seconds"] is Double)
    // Two seeds tell little.
    #expect(document["verdict"] as? String == (outcome.status == 0 ? "agrees" : "cannot tell"))
    #expect(outcome.status == 0 || outcome.status == 2)
    #expect(document["asPredicted"] as? String == document["verdict"] as? String)
    #expect(["agrees", "cannot tell"].contains(document["asPromised"] as? String))
    let promises = try #require(document["promises"] as? [[String: Any]])
    #expect(Set(promises.compactMap { $0["promise"] as? String }) == ["bounded", "moves", "learns", "steady"])
    #expect((document["command"] as? String)?.hasPrefix(line.prefix(70)) == true)
    let rows = try #require(document["rows"] as? [[String: Any]])
    #expect(
      Set(rows.compactMap { $0["value"] as? String }).isSuperset(of: ["layers.0.out", "layers.1.out", "readout.out"]))
    for row in rows {
      #expect(row["predicted"] is String || row["predicted"] is NSNull)
      #expect(["size", "change", "own", "below"].contains(row["statistic"] as? String) && row["step"] is Int)
      #expect((row["numbers"] as? [[Double]])?.map(\.count) == [2, 2, 2, 2] && row["parts"] is [String])
      #expect(["agrees", "disagrees", "cannot tell"].contains(row["verdict"] as? String))
      #expect((row["means"] as? [Any])?.count == 4)
    }
    #expect(((document["standard"] as? [String: Any])?["rows"] as? [Any])?.count == rows.count)
  }

  /// A check that fails says so to the shell, and in words that name where.
  @Test func checkFails() throws {
    let outcome = try Tool.run(
      line: "widthwise check mlp --depth 2 --widths 32..256 --seeds 2 --steps 1 --set layers.1.c=0 --no-standard "
        + "--report none")
    #expect(outcome.status == 1 && !outcome.errors.contains("error"))
    #expect(outcome.output.contains("layers.1.out          change") && outcome.output.contains("disagrees: about n"))
    #expect(outcome.output.contains(" disagree, first layers.1"))
  }

  /// What cannot be written is known before anything is trained; what fails later does not take the answer with it.
  @Test func checkOfFiles() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let long = try Tool.run(line: "widthwise check gpt --seeds 64 --report \(folder.path)/page.html")
    #expect(long.status == 3 && long.output.isEmpty && long.errors.contains("page.html can't be written: No such file"))
    let line = "widthwise check mlp --depth 1 --widths 16,32 --seeds 2 --steps 1 --no-standard"
    let table = try Tool.run(line: line + " --report none --csv -")
    #expect(table.output.hasPrefix("width,module,t,l1,change\n16,layers.0.out,1,") && table.status == 2)
    #expect(table.errors.contains("That is too little to tell"))
    #expect(try Tool.run(line: line + " --json --csv -").status == 64)
    let figure = try Tool.run(line: line + " --figure x.pdf")
    #expect(figure.status == 64 && figure.errors.contains("let its name end in .svg"))
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let full = try Tool.run(line: line + " --report /dev/full")
    #expect(full.status == 3 && full.output.contains("That is too little to tell"))
  }

  /// The pages of what differs from the derived run have names of their own.
  @Test func namesOfPages() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let line = "check mlp --depth 1 --widths 16,32 --seeds 1 --steps 1 --no-standard"
    for changes in ["", " --optimizer sgd", " --set readout.c=0", " --optimizer 'adamw, *=sgd' --set readout.c=0"] {
      let outcome = try Tool.run(Tool.split(line + changes), shell: "cd '\(folder.path)' && exec \"$@\"")
      #expect(outcome.output.contains("report: mlp-") && outcome.errors.isEmpty, "\(outcome)")
    }
    let pages = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      pages == [
        "mlp-adamw-sgd-changed-check.html", "mlp-changed-check.html", "mlp-check.html", "mlp-sgd-check.html",
      ])
  }

  /// Too little to tell is neither success nor failure, and the check says what to give.
  @Test func checkCannotTell() throws {
    let outcome = try Tool.run(
      line: "widthwise check mlp --depth 1 --widths 16,32 --seeds 2 --steps 1 --no-standard --report none")
    #expect(outcome.status == 2 && !outcome.errors.contains("error"))
    #expect(outcome.output.contains("That is too little to tell: give more seeds (--seeds "))
    #expect(outcome.output.contains("larger widths (--widths 16..64)"))
  }

  /// A rate at which training explodes is not taken for noise.
  @Test func absurdRates() throws {
    let line = "widthwise check mlp --depth 1 --widths 16,32,64 --seeds 2 --steps 3 --no-standard --report none"
    let outcome = try Tool.run(line: line + " --rate 1e10")
    #expect(
      outcome.output.contains("is too large for any verdict: the loss at width 16 goes from "), "\(outcome.output)")
    #expect(!outcome.output.contains("too little to tell"))
    #expect(try !Tool.run(line: line).output.contains("too large"))
  }

  /// Decay and epsilon that are trained with by another rule are named.
  @Test func checkOfDecayFails() throws {
    let line = "widthwise check mlp --depth 1 --optimizer adamw --widths 32..256 --steps 1 --no-standard --report none"
    let outcome = try Tool.run(line: line + " --decay 0.1 --epsilon 1e-8 --set readout.decay=0")
    #expect(outcome.status == 1 && outcome.output.contains(" first readout (decay, step 1)"))
    let none = try Tool.run(line: line.replacing("adamw", with: "sgd") + " --decay 0.1")
    #expect(none.status == 64 && none.errors.contains("SGD has no weight decay"))
  }

  /// What `show` prints is read as the same program.
  @Test(arguments: ["mlp --depth 2 --biases", "gpt --depth 1 --tied", "resnet --depth 1"])
  func showIsReadBack(_ what: String) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("shown.tp")
    let shown = try Tool.run(line: "widthwise show \(what)").output
    try shown.write(to: file, atomically: true, encoding: .utf8)
    #expect(try Tool.run(["show", file.path]).output == shown)
    #expect(try Tool.run(["show", "-"], input: file).output == shown)
    let derived = try Tool.run(line: "widthwise derive \(what)").output
    #expect(try Tool.run(["derive", file.path]).output == derived)
  }
}
