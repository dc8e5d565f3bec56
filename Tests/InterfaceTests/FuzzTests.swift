import Foundation
import TestSupport
import Testing
import Widthwise

/// The reader of program files against texts that someone got wrong: random mutations of true programs.
///
/// Whatever the text, reading gives a ``ProgramError`` or a program that prints as a text that is read as the same
/// program, and deriving from that gives a typed error or an answer. `WIDTHWISE_FUZZ=100000` tries as many, and
/// writes each case to `fuzz.tp` in the temporary folder before it is tried, so that a crash leaves it there.
@Suite struct FuzzTests {
  static let given = ProcessInfo.processInfo.environment["WIDTHWISE_FUZZ"].flatMap { Int($0) }

  @Test func mutatedPrograms() throws {
    let sources = try Self.sources()
    let words = Self.words(sources)
    let count = Self.given ?? 2000
    let trace = FileManager.default.temporaryDirectory.appendingPathComponent("fuzz.tp")
    // Deriving takes longest: by day it is done for every fourth program that is read, by night for each.
    let every = Self.given != nil || Nightly.isOn ? 1 : 4
    var (read, asked, derived) = (0, 0, 0)
    for seed in 0..<count {
      var mutator = Mutator(seed: UInt64(seed), words: words)
      let text = mutator.mutate(sources[seed % sources.count])
      if Self.given != nil { try text.write(to: trace, atomically: false, encoding: .utf8) }
      let program: Program
      do { program = try Program(text: text, file: "fuzz.tp") } catch {
        #expect(error is ProgramError, "seed \(seed): \(error)")
        #expect(!"\(error)".contains("\n"), "seed \(seed): an error is one line: \(error)")
        continue
      }
      read += 1
      let printed = program.text
      do {
        #expect(try Program(text: printed).text == printed, "seed \(seed) does not round-trip:\n\(text)")
      } catch {
        Issue.record("seed \(seed): what was printed is not read, \(error):\n\(printed)")
      }
      guard read % every == 0 else { continue }
      asked += 1
      do {
        _ = try program.maximalUpdate(optimizer: .sgd)
        derived += 1
      } catch {
        #expect(error is ProgramError || error is ScalingError, "seed \(seed): \(error)")
      }
    }
    #expect(read > count / 20, "mutations too rough to mean much: \(read) of \(count) were read")
    tally("mutated programs", ["tried": count, "read": read, "asked for their rules": asked, "derived": derived])
    #expect(derived * every > count / 75, "mutations too rough to mean much: \(derived) of \(asked) were derived")
  }

  /// Texts that never were programs.
  @Test func noise() {
    var generator = Mutator(seed: 7, words: ["[", "]", "=", "(", ")", "#", "'", ",", "dimension", "n", "x"])
    for length in 0..<400 {
      let text = generator.noise(length)
      do { _ = try Program(text: text) } catch { #expect(error is ProgramError, "\(error)") }
    }
  }

  private static func sources() throws -> [String] {
    let own = try String(contentsOf: Tool.files.appendingPathComponent("my.tp"), encoding: .utf8)
    let small = try Architecture.mlp.program(["depth": "1", "biases": "true"])
    // Long ones are rare, for time.
    let long = [
      try small.withStep(.adam).text, try Architecture.gpt.program(["depth": "1", "tied": "true"]).text,
      try Architecture.resnet.program(["depth": "1"]).text, try Architecture.mlp.program(["depth": "2"]).text,
    ]
    return long.flatMap { [own, small.text, own, small.text, $0] }
  }

  /// The words of all sources, and some that are hard to digest.
  private static func words(_ sources: [String]) -> [String] {
    let own = Set(sources.joined(separator: "\n").split { $0 == " " || $0 == "\n" }.map(String.init)).sorted()
    return own + [
      "n^(1/0)", "n^99", "n^(1/3)", "0", "-1", "1e308", "1e400", "nan", "inf", "99999999999999999999", "()", "((", "))",
      "[", "]", "[]", "'", "''''", "=", ",", "#", "n", "1/2", "batch", "batch'", "\u{0}", "\u{301}", "\u{1F1E6}", "é",
      "\t",
      "minimize", "dimension", "program", "backward", "step", "gradient", "update", "weight", "contract", "gaussian()",
      "by()", "times()", "times(1)", "over()", "along()", "padding(9999999)", "stride(0)", "of(tanh)", "of()",
    ]
  }
}

/// Changes a text a little, by seed.
struct Mutator {
  private var state: UInt64
  private let words: [String]

  init(seed: UInt64, words: [String]) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03
    self.words = words
  }

  private mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(max(bound, 1)))
  }

  mutating func mutate(_ text: String) -> String {
    var lines = text.components(separatedBy: "\n")
    for _ in 0...below(2) {
      let i = below(lines.count)
      switch below(11) {
      case 0: lines.remove(at: i)
      case 1: lines.insert(lines[below(lines.count)], at: i)
      case 2: lines.swapAt(i, below(lines.count))
      case 3: lines[i] = cut(lines[i])
      case 4: lines[i] = character(lines[i])
      case 5: lines = Array(lines.prefix(i + 1))
      case 6: lines.insert(noise(1 + below(6)), at: i)
      default: lines[i] = word(lines[i])
      }
      if lines.isEmpty { lines = [""] }
    }
    return lines.joined(separator: below(20) == 0 ? "\r\n" : "\n")
  }

  mutating func noise(_ length: Int) -> String {
    (0..<length).map { _ in words[below(words.count)] }.joined(separator: below(2) == 0 ? " " : "")
  }

  /// One word for another; or one too many, or too few.
  private mutating func word(_ line: String) -> String {
    var parts = line.components(separatedBy: " ")
    let i = below(parts.count)
    switch below(4) {
    case 0: parts.remove(at: i)
    case 1: parts.insert(words[below(words.count)], at: i)
    default: parts[i] = words[below(words.count)]
    }
    return parts.joined(separator: " ")
  }

  private mutating func cut(_ line: String) -> String { String(line.prefix(below(line.count + 1))) }

  private mutating func character(_ line: String) -> String {
    var letters = Array(line)
    guard !letters.isEmpty else { return "=" }
    let i = below(letters.count)
    let other: Character = Array("[]()=,'#^/-.%n0179 ")[below(19)]
    switch below(3) {
    case 0: letters.remove(at: i)
    case 1: letters.insert(other, at: i)
    default: letters[i] = other
    }
    return String(letters)
  }
}
