/// The command line.
struct Options {
  static let works = ["derive", "mlp", "gpt", "sweep", "products"]

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  var works: [String]
  var peers: Peers?
  var rounds = 3
  var threads = 2
  var quick = false
  var json: String?
  var markdown = false
  /// For a child process: the workload, the width, and whether units are timed instead of the whole.
  var child: String?
  var width = 64
  var profiles = false
  /// Whether products are computed by OpenBLAS instead of this package.
  var library = false
  /// The widths of the GPT step and of the sweep; nil for the usual ones.
  var widths: [Int]?
  /// How many of the slowest units of a step are named.
  var units = 5

  init(_ arguments: [String]) throws {
    var left = arguments
    func value(_ name: String) throws -> String? {
      guard let i = left.firstIndex(of: name) else { return nil }
      guard i + 1 < left.count else { throw Failure(description: "\(name) needs a value") }
      defer { left.removeSubrange(i...i + 1) }
      return left[i + 1]
    }
    func count(_ name: String) throws -> Int? {
      guard let text = try value(name) else { return nil }
      guard let number = Int(text), number > 0 else {
        throw Failure(description: "\(name) is a whole number above 0, not \(text)")
      }
      return number
    }
    func flag(_ name: String) -> Bool {
      guard let i = left.firstIndex(of: name) else { return false }
      left.remove(at: i)
      return true
    }
    works = []
    let python = try value("--python") ?? "python3"
    peers = try value("--peers").map { Peers(folder: $0, python: python) }
    rounds = try count("--rounds") ?? rounds
    threads = try count("--threads") ?? threads
    width = try count("--width") ?? width
    units = try count("--units") ?? units
    widths = try value("--widths").map { text in
      try text.split(separator: ",").map { word in
        guard let width = Int(word), width > 0 else {
          throw Failure(description: "--widths is a list such as 64,256, not \(text)")
        }
        return width
      }
    }
    json = try value("--json")
    child = try value("--child")
    (quick, markdown, profiles) = (flag("--quick"), flag("--markdown"), flag("--profile"))
    library = flag("--library")
    for word in left where !Options.works.contains(word) {
      throw Failure(
        description: word.hasPrefix("-")
          ? "no option \(word); known: --peers, --python, --rounds, --threads, --widths, --units, --quick, --json, "
            + "--markdown"
          : "no work named \(word); known: \(Options.works.joined(separator: ", "))")
    }
    works = Options.works.filter { left.isEmpty || left.contains($0) }
  }
}
