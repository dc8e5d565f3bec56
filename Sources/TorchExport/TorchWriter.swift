import Exact
import TensorPrograms

/// The lines of a program's forward pass as PyTorch code: a value an assignment, its axes the dimensions in order.
struct TorchWriter {
  let program: Program
  private(set) var lines: [String] = []
  /// The helpers that the lines call.
  private(set) var helpers: Set<String> = []
  private var variables: [String] = []

  init(_ program: Program) throws {
    self.program = program
    for i in program.forward { try write(i) }
  }

  private mutating func write(_ i: Int) throws {
    let instruction = program.instructions[i]
    if instruction.role.passage.map({ if case .renamed = $0 { true } else { false } }) ?? false {
      // The same tensor: positions are what its axes are here.
      variables.append(variables[instruction.operands[0].index])
      return
    }
    let site = Site(program, i, variables)
    guard let expression = try TorchWriter.expression(instruction.primitive.word, site) else {
      throw TorchExportError.operation(instruction.primitive.word, line: program.line(i))
    }
    for helper in TorchHelper.all where expression.contains(helper.name + "(") { helpers.insert(helper.name) }
    let name = "v\(i)"
    variables.append(name)
    let comment = instruction.isNamed ? "  # \(instruction.name) \(instruction.axes.bracketed)" : ""
    lines.append("\(name) = \(expression)\(comment)")
    if instruction.isNamed, !instruction.operands.isEmpty {
      lines.append("self.seen(\(quoted(instruction.name)), \(name))")
    }
  }

  /// The variable of the loss.
  func loss() throws -> String { variables[try program.requireLoss().index] }

  /// One instruction with what its expression is made of.
  struct Site {
    let instruction: Instruction
    let operands: [Operand]
    let dimensions: [Dimension]

    struct Operand {
      var code: String
      var axes: [Axis]
    }

    init(_ program: Program, _ i: Int, _ variables: [String]) {
      instruction = program.instructions[i]
      operands = instruction.operands.map { Operand(code: variables[$0.index], axes: program[$0].axes) }
      dimensions = program.dimensions
    }

    var axes: [Axis] { instruction.axes }
    var name: String { instruction.name }
    var attributes: AttributeReader {
      AttributeReader(word: instruction.primitive.word, instruction.primitive.attributes, dimensions: dimensions)
    }

    /// A letter an axis, equal where axes are; `ab`.
    func letters(_ axes: [Axis]) -> String {
      var known: [Axis] = []
      for axis in operands.flatMap(\.axes) + self.axes where !known.contains(axis) { known.append(axis) }
      let alphabet = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
      return String(
        axes.map { axis in
          known.firstIndex(of: axis).flatMap { alphabet.indices.contains($0) ? alphabet[$0] : nil } ?? "?"
        })
    }

    /// An operand with the result's axes in order, of size 1 where it lacks one.
    func aligned(_ operand: Operand) -> String {
      operand.axes == axes
        ? operand.code : "align(\(operand.code), \(quoted(letters(operand.axes))), \(quoted(letters(axes))))"
    }

    func position(_ axis: Axis, in operand: Operand) -> Int { operand.axes.firstIndex(of: axis) ?? 0 }
    func size(_ axis: Axis) -> String { "d[\(quoted(axis.dimension.name))]" }
    var shape: String { tuple(axes.map(size)) }
  }
}

/// As a Python literal.
func quoted(_ text: String) -> String {
  "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
}

func tuple(_ items: [String]) -> String { "(" + items.joined(separator: ", ") + (items.count == 1 ? ",)" : ")") }

/// As a Python number.
func number(_ value: Double) -> String {
  value.isNaN ? "math.nan" : value.isInfinite ? (value > 0 ? "math.inf" : "-math.inf") : "\(value)"
}

extension Monomial {
  /// `0.5 * d["head"] ** (-1 / 2)`
  var code: String {
    var factors = constant == 1 && !powers.isEmpty ? [] : [number(constant)]
    for power in powers {
      let base = "d[\(quoted(power.dimension.name))]"
      factors.append(power.exponent == 1 ? base : "\(base) ** \(power.exponent.code)")
    }
    return factors.joined(separator: " * ")
  }
}

extension Rational {
  /// `2`, `(-1 / 2)`
  var code: String { isInteger && self >= 0 ? description : "(\(plain))" }
  /// `-1 / 2`
  var plain: String { description.replacing("/", with: " / ") }
}
