/// What can be wrong with a run or with what it is given, in the user's own names.
public enum TrainingError: Error, Sendable, Equatable {
  /// The loss is infinite or not a number after `step` updates. `value` is the first named value of the program, in its
  /// order, that has such an entry.
  case diverged(step: Int, value: String, width: Int, seed: UInt64)
  /// The batch lacks an input that is needed.
  case missingInput(String, shape: String, given: [String])
  /// An input has another number of entries than its axes say.
  case wrongCount(input: String, shape: String, expected: Int, given: Int)
  /// An index outside `0 ..< size`; `position` is its place along the input's axes.
  case indexOutOfRange(input: String, index: Int, position: [String], below: String, size: Int)
  /// The run needs more memory than the machine has, or than this process may have.
  case memory(program: String, width: Int, needed: Int, available: Int, largest: String)
  /// The system refused memory that it seemed to have: other processes use it, or a limit is set.
  case memoryRefused(program: String, width: Int, bytes: Int)
  /// A name that is no weight (or multiplier, or state) of the program.
  case unknownName(String, kind: String, known: [String])
  /// A parametrization gives no number for a weight or multiplier.
  case missingNumber(String, kind: String)
  /// A number that cannot be used, such as a negative standard deviation.
  case unusableNumber(String, kind: String, value: Double)
  /// A step is asked of a program without updates.
  case noStep(program: String)
  /// Gradients of several batches are asked for, of an optimizer that reads an input of the batch itself.
  case notAccumulable(program: String, input: String)
  /// A step over several batches is given none.
  case noBatch(program: String)
  /// Examples whose entries do not make that many equal rows.
  case unevenRows(input: String, entries: Int, rows: Int)
  /// There is no such row among the examples.
  case noRow(Int, rows: Int)
  /// A schedule that makes no sense.
  case unusableSchedule(String)
  /// A value that cannot be observed: indices, or a value of another program.
  case notObservable(String)
  /// An operation that cannot be computed with these sizes.
  case kernel(operation: String, name: String, reason: String)
}

extension TrainingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .diverged(let step, let value, let width, let seed):
      "the loss is not finite after \(step) update\(step == 1 ? "" : "s") (width \(width), seed \(seed)); "
        + "the first such value is \"\(value)\". Lower the learning rate, or check the data"
    case .missingInput(let name, let shape, let given):
      "the batch has no \"\(name)\" \(shape); it has "
        + (given.isEmpty ? "nothing" : given.joined(separator: ", "))
    case .wrongCount(let input, let shape, let expected, let given):
      "\"\(input)\" is \(shape), \(expected) entries; the batch has \(given)"
    case .indexOutOfRange(let input, let index, let position, let below, let size):
      "\"\(input)\" at \(position.joined(separator: ", ")) is \(index); \"\(below)\" has \(size), so it must be one of "
        + "0 ..< \(size)"
    case .memory(let program, let width, let needed, let available, let largest):
      "program \"\(program)\" at width \(width) needs \(TrainingError.size(needed)); there are "
        + "\(TrainingError.size(available)). The largest value is \(largest): reduce the width, or a fixed dimension of it"
    case .memoryRefused(let program, let width, let bytes):
      "program \"\(program)\" at width \(width): the system refused \(TrainingError.size(bytes)) of memory; reduce the width, "
        + "or a fixed dimension, or look for a limit (ulimit -v) and for other processes"
    case .unknownName(let name, let kind, let known):
      "no \(kind) is named \"\(name)\"; known: " + known.prefix(40).joined(separator: ", ")
    case .missingNumber(let name, let kind): "no \(kind) is given for \"\(name)\""
    case .unusableNumber(let name, let kind, let value): "the \(kind) of \"\(name)\" cannot be \(value)"
    case .noStep(let program):
      "program \"\(program)\" has no optimizer step; train program.withStep(optimizer), or evaluate"
    case .notAccumulable(let program, let input):
      "the optimizer of \"\(program)\" reads more of a batch (\"\(input)\") than its gradients, so that a step cannot be made "
        + "of several: enlarge the program's batch"
    case .noBatch(let program): "a step of \"\(program)\" needs at least one batch"
    case .unevenRows(let name, let entries, let rows):
      "\"\(name)\" has \(entries) entries, which do not make \(rows) equal rows"
    case .noRow(let row, let rows): "row \(row) is asked for; the examples have rows 0 ..< \(rows)"
    case .unusableSchedule(let reason): reason
    case .notObservable(let name): "\"\(name)\" has no numbers that could be observed"
    case .kernel(let operation, let name, let reason): "\(operation), which makes \"\(name)\": \(reason)"
    }
  }

  /// `1.5 GiB`.
  static func size(_ bytes: Int) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    var number = Double(bytes)
    var unit = 0
    while number >= 1024, unit < units.count - 1 { (number, unit) = (number / 1024, unit + 1) }
    return unit == 0 ? "\(bytes) bytes" : "\((number * 10).rounded() / 10) \(units[unit])"
  }
}
