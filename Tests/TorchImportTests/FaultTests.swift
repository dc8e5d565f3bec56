import Foundation
import TestSupport
import Testing

@testable import TorchImport

/// Files that are not what they should be: an error that says so, never a crash.
@Suite struct FaultTests {
  /// A model's graph as text.
  static func graph(_ name: String, _ width: Int) throws -> String {
    try Archive.reading(Sample.path(name, width)) { archive in
      let index = try #require(archive.names.firstIndex { $0.hasSuffix("models/model.json") })
      return String(decoding: try archive.entry(index), as: UTF8.self)
    }
  }

  static func model(_ small: String, _ large: String, loss: TorchModel.Loss = .automatic) throws -> TorchModel {
    let pair = try ModelPair(
      ExportedGraph(JSON(Data(small.utf8), file: "small.pt2")), ExportedGraph(JSON(Data(large.utf8), file: "large.pt2"))
    )
    return try Translation(pair, loss: loss, zero: []).model(named: "model")
  }

  private func message(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return ""
  }

  @Test func messages() throws {
    let (a, b) = (try Self.graph("mlp", 64), try Self.graph("mlp", 128))
    func changed(_ from: String, _ to: String) -> String {
      message { _ = try Self.model(a.replacing(from, with: to), b.replacing(from, with: to)) }
    }
    #expect(
      changed("aten.relu.default", "aten.frobnicate.default")
        == "aten.frobnicate (export.py:27: return self.readout(torch.relu(self.hidden(torch.relu(self.embed(x)))))): no translation of it is known"
    )
    #expect(changed("torch.ops.aten.relu.default", "torch.ops.mine.relu.default").contains("not torch's own"))
    #expect(changed(#""major": 8"#, #""major": 9"#).contains("version 9 of the export format; this reads version 8"))
    #expect(changed("as_tensor", "as_secret").contains("unknown kind: as_secret"))
    #expect(changed(#""sizes""#, #""lengths""#).contains(#"has no "sizes""#))
    #expect(changed(#"{"as_int": 8}"#, #"{"as_expr": {"expr_str": "s0"}}"#).contains("export without dynamic shapes"))
    #expect(changed("{", "[").contains("not JSON"))
    #expect(message { _ = try Self.model(a, a) }.contains("no dimension of a weight is larger"))
    #expect(message { _ = try Self.model(a, try Self.graph("gpt", 64)) }.contains("aten.linear in the one"))
    #expect(
      message { _ = try Self.model(a, b, loss: .output) }.contains("so it is no loss"))
    // Infinities as words, as old files have them; in a text they are text.
    let document = try JSON(Data(#"{"a": [-Infinity, NaN, 1], "b": "\" Infinity"}"#.utf8), file: "words")
    #expect(try document.required("a").array()[0].double() == -.infinity)
    #expect(try document.required("b").string() == "\" Infinity")
    // The order of the files does not matter.
    #expect(try Self.model(b, a).program.text == Self.model(a, b).program.text)
  }

  @Test func files() throws {
    func read(_ data: Data) throws -> String {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent("fault-\(UUID()).pt2")
      try data.write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      return message { _ = try ExportedGraph(contentsOf: file.path) }
    }
    #expect(message { _ = try ExportedGraph(contentsOf: "/nowhere.pt2") }.contains("No such file"))
    #expect(try read(Data()).contains("not a file of torch.export.save"))
    let whole = try Data(contentsOf: URL(fileURLWithPath: Sample.path("mlp", 64)))
    #expect(try read(whole).isEmpty)
    for count in stride(from: 1, to: whole.count, by: Nightly.choose(daily: 211, nightly: 1)) {
      #expect(try !read(whole.prefix(count)).isEmpty, "\(count) bytes")
    }
    // Any byte changed: another graph at most, mostly an error of the check sum.
    for i in stride(from: 0, to: whole.count, by: Nightly.choose(daily: 101, nightly: 1)) {
      var bytes = whole
      bytes[i] ^= UInt8(1 << (i % 8))
      _ = try read(bytes)
    }
  }

  /// Random mutations of true graphs: both files alike, so that what is wrong is met late.
  @Test func mutations() throws {
    let sources = try [("mlp", 64, 128), ("groups", 64, 128), ("moe", 32, 64), ("vit", 32, 64), ("unet", 8, 16)].map {
      (try Self.graph($0.0, $0.1), try Self.graph($0.0, $0.2))
    }
    let words = [
      "0", "-1", "1", "2", "3", "9223372036854775807", "1e300", "null", "true", "[]", "{}", "\"x\"", "64", "128",
      "{\"as_int\": 0}", "{\"as_int\": -7}", "{\"as_int\": 1}", "{\"as_none\": true}", "{\"as_ints\": [4, 16]}",
      "aten.view", "aten.cat", "aten.transpose.int", "aten.select.int", "aten.mul.Tensor", "as_float", "as_ints",
    ]
    var state: UInt64 = 7
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % max(below, 1)
    }
    var (read, failed) = (0, 0)
    for trial in 0..<Nightly.choose(daily: 24, nightly: 4000) {
      var (a, b) = sources[trial % sources.count]
      for _ in 0...random(3) {
        // A whole token is exchanged, in both.
        let tokens = a.split(whereSeparator: { ",:[]{} ".contains($0) })
        let token = String(tokens[random(tokens.count)])
        let word = random(3) == 0 ? String(tokens[random(tokens.count)]) : words[random(words.count)]
        let isOnce = random(2) == 0
        a = a.replacing(token, with: word, maxReplacements: isOnce ? 1 : .max)
        b = b.replacing(token, with: word, maxReplacements: isOnce ? 1 : .max)
      }
      do {
        _ = try Self.model(a, b)
        read += 1
      } catch {
        #expect(!"\(error)".contains("\n"), "an error is one line: \(error)")
        failed += 1
      }
    }
    tally("mutated graphs", ["read": read, "refused": failed])
    #expect(read > 0 && failed > 0)
  }
}
