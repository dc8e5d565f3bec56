public import Exact
public import Scaling
import TensorPrograms

extension RunExponents {
  /// The program's text with the exponents of every value at the right of its line, by step of the run. They stand
  /// behind `#`, so that the text is still a program.
  public var listing: String {
    var cells: [Int: [String]] = [:]
    for i in program.instructions.indices where !program.instructions[i].role.isIndices {
      cells[program.lineNumber(i)] = steps.map { $0[i].text }
    }
    var table = TextTable([("", .left)] + steps.map { _ in ("", .left) })
    let lines = program.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let first = program.lineNumber(0)
    for (i, line) in lines.enumerated() {
      let heading = i + 2 == first ? steps.indices.map { "step \($0)" } : nil
      let own = heading ?? cells[i + 1] ?? []
      table.append([String(line)] + own.enumerated().map { ($0 == 0 ? "# " : "") + $1 })
    }
    return "# the size of every value as a power of the width n, at each step of a run\n"
      + "# before the bar what comes from initialization, after it what training did; 0: exactly zero\n"
      + table.text + "\n"
  }
}

/// The JSON of `show --exponents`.
public struct ExponentsDocument: Codable, Sendable {
  public var program: String
  public var optimizer: String
  public var parametrization: String
  public var instructions: [Line]

  public struct Line: Codable, Sendable {
    public var line: Int
    public var name: String
    /// `forward`, `backward` or `step`.
    public var part: String
    public var text: String
    /// By step of the run; empty for whole numbers (tokens, labels).
    public var exponents: [Cell]
  }

  /// A part that is exactly zero is left out.
  public struct Cell: Codable, Sendable {
    public var initial: Rational?
    public var update: Rational?
  }

  public init(_ run: RunExponents, optimizer: String, parametrization: String) {
    let program = run.program
    (self.program, self.optimizer, self.parametrization) = (program.name, optimizer, parametrization)
    instructions = program.instructions.indices.map { i in
      Line(
        line: program.lineNumber(i), name: program.instructions[i].name,
        part: program.segments.part(of: i).rawValue,
        text: program.line(i),
        exponents: program.instructions[i].role.isIndices
          ? [] : run.steps.map { Cell(initial: $0[i].initial, update: $0[i].update) })
    }
  }
}
