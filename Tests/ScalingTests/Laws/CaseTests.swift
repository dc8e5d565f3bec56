import Exact
import Foundation
import Laws
import Scaling
import TensorPrograms
import TestSupport
import Testing

/// Programs whose right answer is known from theory or from training by another implementation, each in a file of the
/// folder Tests/Support/Cases: what the network is, its answer, the program.
struct Case: CustomTestStringConvertible {
  let name: String
  /// Nil if reading it is where it is refused.
  let program: Program?
  let isRefused: Bool
  let weights: [(name: String, wanted: Wanted)]
  let multipliers: [(name: String, exponent: Rational)]

  var testDescription: String { name }

  /// What the answer to a weight is; nil is not judged.
  enum Wanted {
    /// `# answer NAME: SIZE, SGD, ADAM`: initial size n^-b, rates n^-c.
    case exponents(size: Rational?, sgd: Rational?, adam: Rational?)
    /// `# answer NAME: relative X, Y`: nothing sees the size b alone, only c - b under Adam and c - 2b under SGD.
    case relative(adam: Rational?, sgd: Rational?)
    /// `# answer NAME: dead`: it never learns.
    case dead
  }

  /// None if they cannot be read, which ``CaseTests/areRead()`` tells.
  static let all = (try? read()) ?? []

  static func read() throws -> [Case] {
    try CaseFiles.all().map { try Case($0) }
  }

  struct Unreadable: Error { var line: String }

  init(_ file: URL) throws {
    let text = try String(contentsOf: file, encoding: .utf8)
    name = file.deletingPathExtension().lastPathComponent
    var (isRefused, weights, multipliers) = (false, [(String, Wanted)](), [(String, Rational)]())
    for line in text.split(separator: "\n") where line.hasPrefix("# ") {
      let words = line.dropFirst(2).split { " :,".contains($0) }.map(String.init)
      func exponent(_ i: Int) throws -> Rational? {
        guard i < words.count, words[i] == "-" || Rational(words[i]) != nil else { throw Unreadable(line: "\(line)") }
        return Rational(words[i])
      }
      switch words.first {
      case "refused": isRefused = true
      case "multiplier": multipliers.append((words[1], try exponent(2) ?? 0))
      case "answer" where words.count == 3 && words[2] == "dead": weights.append((words[1], .dead))
      case "answer" where words[2] == "relative":
        weights.append((words[1], .relative(adam: try exponent(3), sgd: try exponent(4))))
      case "answer":
        weights.append((words[1], .exponents(size: try exponent(2), sgd: try exponent(3), adam: try exponent(4))))
      default: break
      }
    }
    guard isRefused || !weights.isEmpty else { throw Unreadable(line: "\(name) says nothing") }
    (self.isRefused, self.weights, self.multipliers) = (isRefused, weights, multipliers)
    do { program = try Program(text: text, file: file.lastPathComponent) } catch {
      if !isRefused { throw error }
      program = nil
    }
  }

  /// What is wrong with the answers, a line each.
  func faults() throws -> [String] {
    guard let program else { return [] }
    let answers = (sgd: try program.answer(.sgd), adam: try program.answer(.adam))
    guard case (.derived(let sgd), .derived(let adam)) = answers else {
      return isRefused ? [] : ["refused: \(answers)"]
    }
    if isRefused { return ["not refused"] }
    var faults: [String] = []
    func compare(_ what: String, _ found: Rational?, _ wanted: Rational?) {
      if let wanted, found != wanted { faults.append("\(what) \(found.map { "\($0)" } ?? "none"), not \(wanted)") }
    }
    for (name, wanted) in weights {
      guard let a = sgd.weights[name], let b = adam.weights[name] else {
        faults.append("\(name) is no weight")
        continue
      }
      switch wanted {
      case .exponents(let size, let rate, let adamRate):
        compare("\(name): size under SGD", a.size, size)
        compare("\(name): size under Adam", b.size, size)
        compare("\(name): rate under SGD", a.rate, rate)
        compare("\(name): rate under Adam", b.rate, adamRate)
      case .relative(let x, let y):
        compare("\(name): rate beside size under Adam", b.rate - b.size, x)
        compare("\(name): rate beside size under SGD", a.rate - 2 * a.size, y)
      case .dead:
        if a.update != nil || b.update != nil { faults.append("\(name) is said to learn") }
      }
    }
    for (name, wanted) in multipliers { compare("multiplier \(name)", adam.multipliers[name], wanted) }
    return faults
  }
}

@Suite struct CaseTests {
  /// Those that are answered wrongly, with the reason.
  static let known: [String: Comment] = [:]

  @Test func areRead() throws { #expect(try Case.read().count >= 90) }

  @Test(arguments: Nightly.sample(Case.all, every: 4)) func isAnsweredRightly(_ one: Case) throws {
    let faults = try one.faults()
    guard let reason = Self.known[one.name] else {
      #expect(faults == [], "\(one.name)")
      return
    }
    withKnownIssue(reason) { #expect(faults == []) }
  }
}
