/// Writes a program, one instruction at a time.
///
/// A mistake does not throw where it is made, so that networks read like formulas: the first one is kept, what
/// depends on it is skipped, and the recording as a whole throws it.
public final class Recorder {
  package private(set) var program: Program
  private var names: Set<String> = []
  private var scopes: [String] = []
  package private(set) var firstError: ProgramError?
  private var automatic = 0

  /// `reserving`: as many names of the form %1, %2, .. are left to others.
  init(_ program: Program, reserving count: Int = 0) {
    self.program = program
    names = Set(program.instructions.map(\.name))
    automatic = max(program.instructions.count, count)
  }

  /// Names recorded in `body` are prefixed: `scope("blocks.0") { Dense("up", ...) }` makes `blocks.0.up`.
  public func scope<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    scopes.append(name)
    defer { scopes.removeLast() }
    return try body()
  }

  /// Trains the program to make `loss`, a scalar, small.
  public func minimize(_ loss: Value) {
    guard let id = loss.id else { return }
    if let first = program.loss {
      fail(
        .syntax("the loss is given twice: \"\(program[first].name)\", then \"\(program[id].name)\"; minimize their sum")
      )
    } else if !program[id].axes.isEmpty {
      fail(.lossNotScalar(program[id].name, axes: program[id].axes.bracketed))
    } else {
      program.loss = id
    }
  }

  /// Names a value, so that checks report it; the name is prefixed by the scopes.
  public func name(_ value: Value, _ name: String) {
    guard let id = value.id else { return }
    let full = qualified(name)
    if program[id].isNamed { return }
    guard claim(full) else { return }
    names.remove(program[id].name)
    program.instructions[id.index].name = full
  }

  func qualified(_ name: String) -> String { (scopes + [name]).joined(separator: ".") }

  private func claim(_ name: String) -> Bool {
    guard Recorder.isIdentifier(name) else {
      fail(.syntax("\"\(name)\" is not a name: letters, digits and . _ - % / are allowed, starting with none of . - /"))
      return false
    }
    guard names.insert(name).inserted else {
      fail(.duplicateName(name))
      return false
    }
    return true
  }

  /// Whether a text can be a name in a program.
  static func isIdentifier(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first,
      first.properties.isAlphabetic || first == "_" || first == "%" || ("0"..."9").contains(first)
    else { return false }
    return text.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "._-%/".unicodeScalars.contains($0)
    }
  }

  package func fail(_ error: ProgramError) { if firstError == nil { firstError = error } }

  /// A value that the program has already.
  public func value(_ id: ValueID) -> Value {
    guard program.instructions.indices.contains(id.index) else {
      fail(.unknownValue("\(id.index)"))
      return Value(self, nil)
    }
    return Value(self, id)
  }

  /// Nil if the value could not be recorded, or belongs to another recording.
  func id(of value: Value) -> ValueID? {
    if value.recorder !== self { fail(.foreignValue) }
    return value.recorder === self ? value.id : nil
  }

  /// Appends one instruction. `axes` is what the result shall have, where the operation leaves a choice.
  package func record(
    _ primitive: any Primitive, _ operands: [Value], axes declared: [Axis]? = nil, name: String? = nil
  ) -> Value {
    var ids: [ValueID] = []
    for operand in operands {
      guard let id = id(of: operand) else { return Value(self, nil) }
      ids.append(id)
    }
    do {
      let operandAxes = ids.map { program[$0].axes }
      let axes = try primitive.resultAxes(operandAxes, declared: declared)
      if let twice = axes.enumerated().first(where: { axes[..<$0.offset].contains($0.element) })?.element {
        throw ShapeProblem("the result has the axis \"\(twice.name)\" twice; write the second as \"\(twice.name)'\"")
      }
      for axis in axes { try program.declare(axis.dimension) }
      let full: String
      if let name {
        full = name.hasPrefix("%") ? name : qualified(name)
        guard claim(full) else { return Value(self, nil) }
      } else {
        repeat { automatic += 1 } while names.contains("%\(automatic)")
        full = "%\(automatic)"
        names.insert(full)
      }
      program.instructions.append(Instruction(primitive: primitive, operands: ids, axes: axes, name: full))
      return Value(self, ValueID(program.instructions.count - 1))
    } catch let problem as ShapeProblem {
      let described = ids.map { "\"\(program[$0].name)\" \(program[$0].axes.bracketed)" }
      fail(
        .shape(
          operation: primitive.word, operands: described, reason: problem.reason(ids.map { "\"\(program[$0].name)\"" }))
      )
    } catch let error as ProgramError {
      fail(error)
    } catch {
      fail(.syntax("\(error)"))
    }
    return Value(self, nil)
  }

  func declare(_ dimension: Dimension) throws { try program.declare(dimension) }
  func edit(_ body: (inout Program) -> Void) { body(&program) }

  func finish() throws -> Program {
    if let firstError { throw firstError }
    program.segments = Segments(forward: program.instructions.count)
    return try program.writtenOut()
  }

  /// The program, with what was appended to it as a part of its own.
  func extended(_ part: Segments.Part) throws -> Program {
    if let firstError { throw firstError }
    program.segments = program.segments.adding(program.instructions.count - program.segments.all.count, to: part)
    return program
  }
}

/// Why operands do not fit, before their names are known.
struct ShapeProblem: Error {
  /// The reason, given the operands' names in quotation marks.
  let reason: @Sendable (_ operands: [String]) -> String
  init(_ reason: String) { self.reason = { _ in reason } }
  init(_ reason: @escaping @Sendable (_ operands: [String]) -> String) { self.reason = reason }
}
