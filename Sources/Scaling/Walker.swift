import Exact
import TensorPrograms

/// Walks a program through the scale calculus, step after step of a run.
///
/// An instruction whose operands have not changed since it was last read is not read again.
final class Walker {
  let program: Program
  let context: Growth
  private(set) var scales: [Scale]
  private let primitives: [any Primitive]
  private let operands: [[Int]]
  /// What each reading read beside its operands, as the interpretation recorded.
  private var reads: [Growth.Reads]
  /// How often each value has changed; what was read at which count is remembered per instruction.
  private var version: [Int]
  /// The sum of the operands' counts, which only grow.
  private var readVersions: [Int]
  private var readApplications: [Int]
  private var readRunParameters: [Int]
  /// To be raised when the exponent of a run parameter changes.
  var runParametersVersion = 0

  /// `characters`: another walker of the same program, whose sets of characters can be used again.
  ///
  /// Throws ``ScalingError/tooManyGrowingAxes(value:axes:)``, ``ScalingError/selectsManyOfMany(indices:axes:below:)``, ``ScalingError/outOfRange(_:)``.
  init(_ program: Program, characters: Walker? = nil) throws {
    for instruction in program.instructions
    where instruction.axes.reduce(0, { $0 + ($1.growth.isZero ? 0 : 1) }) > Characters.mostAxes {
      throw ScalingError.tooManyGrowingAxes(value: instruction.name, axes: instruction.axes.bracketed)
    }
    if let dimension = program.dimensions.first(where: { Exponent($0.growth).isBeyond }) {
      throw ScalingError.outOfRange("\(dimension.growth) of dimension \(dimension.name)")
    }
    for instruction in program.instructions {
      guard let below = instruction.role.below, !below.growth.isZero,
        instruction.axes.contains(where: { !$0.growth.isZero })
      else { continue }
      throw ScalingError.selectsManyOfMany(
        indices: instruction.name, axes: instruction.axes.bracketed, below: below.name)
    }
    self.program = program
    context = characters.map { Growth(charactersOf: $0.context) } ?? Growth(program)
    let count = program.instructions.count
    scales = [Scale](repeating: .zero, count: count)
    version = [Int](repeating: 0, count: count)
    readVersions = [Int](repeating: -1, count: count)
    primitives = program.instructions.map(\.primitive)
    operands = program.instructions.map { $0.operands.map(\.index) }
    reads = [Growth.Reads](repeating: [], count: count)
    readApplications = [Int](repeating: -1, count: count)
    readRunParameters = [Int](repeating: -1, count: count)
  }

  /// Starts where another walker of the same program stands.
  init(copying other: Walker) {
    program = other.program
    context = Growth(copying: other.context)
    scales = other.scales
    primitives = other.primitives
    operands = other.operands
    reads = other.reads
    version = other.version
    readVersions = other.readVersions
    readApplications = other.readApplications
    readRunParameters = other.readRunParameters
  }

  subscript(id: ValueID) -> Scale { scales[id.index] }

  /// Sets what a weight, state or input is worth.
  func setSource(_ id: ValueID, _ scale: Scale) {
    if context.sources[id.index] == scale, readVersions[id.index] >= 0 { return }
    context.sources[id.index] = scale
    readVersions[id.index] = -1
  }

  /// Sets what an instruction made, without reading it.
  func replace(_ id: ValueID, _ scale: Scale) {
    scales[id.index] = scale
    version[id.index] += 1
  }

  /// Reads the instructions of a range; stops when `stop` says so.
  func walk(_ range: Range<Int>, stop: (Int) -> Bool = { _ in false }) {
    var inputs: [Scale] = []
    for i in range {
      var versions = 0
      for operand in operands[i] { versions += version[operand] }
      if readVersions[i] == versions,
        !reads[i].contains(.parameters) || readRunParameters[i] == runParametersVersion,
        !reads[i].contains(.applications) || readApplications[i] == context.applicationsVersion
      {
        continue
      }
      inputs.removeAll(keepingCapacity: true)
      for operand in operands[i] { inputs.append(scales[operand]) }
      context.reads = []
      let scale = primitives[i].interpret(inputs, at: context.sites[i], in: context)
      reads[i] = context.reads
      readVersions[i] = versions
      readRunParameters[i] = runParametersVersion
      readApplications[i] = context.applicationsVersion
      if scale != scales[i] {
        scales[i] = scale
        version[i] += 1
      }
      if stop(i) { return }
    }
  }
}
