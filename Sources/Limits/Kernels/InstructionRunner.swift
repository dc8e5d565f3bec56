import TensorPrograms
import Tensors

/// Computes instructions on numbers by their own kernels, along their fixed axes.
struct InstructionRunner: Sendable {
  private let program: Program
  private let axes: [Axis]
  private let sites: [Site]
  private let example: AxisID
  private var matrices: [Int: LinearMatrix] = [:]

  init(_ program: Program, axes: [Axis], sites: [Site], example: AxisID) {
    (self.program, self.axes, self.sites, self.example) = (program, axes, sites, example)
  }

  private func isFixed(_ axis: AxisID) -> Bool { axes[Int(axis)].growth.isZero }

  /// The fixed axes of an instruction's first operand, those of examples apart.
  func operandAxes(_ i: Int) -> [AxisID] { (sites[i].operandAxes.first ?? []).filter { isFixed($0) && $0 != example } }
  /// The same of its result.
  func resultAxes(_ i: Int) -> [AxisID] { sites[i].resultAxes.filter { isFixed($0) && $0 != example } }

  /// The fixed axes of a value, in their order.
  func fixedAxes(_ i: Int) -> [AxisID] { sites[i].resultAxes.filter(isFixed) }
  /// The label of an axis of a value that stands alone.
  func label(_ axis: AxisID, _ side: Int8) -> Label { base(axis, side) }

  /// The matrix of a linear map that has no other operand.
  func matrix(_ i: Int) throws -> LinearMatrix? { matrices[i] }

  /// The largest matrix, in entries, that is looked at for those that are not zero.
  private static let largest = 1 << 24

  /// Finds the matrix of a linear map with one operand, from what it makes of unit vectors.
  mutating func prepare(_ i: Int, _ extents: Extents) throws {
    guard matrices[i] == nil, program.instructions[i].operands.count == 1 else { return }
    let (from, to) = (operandAxes(i), resultAxes(i))
    let columns = from.reduce(1) { $0 * extents.sizes[Int($1)] }
    let rows = to.reduce(1) { $0 * extents.sizes[Int($1)] }
    guard columns > 0, rows > 0, columns <= Self.largest / max(rows, columns) else { return }
    var unit = [Double](repeating: 0, count: columns * columns)
    for k in 0..<columns { unit[k * columns + k] = 1 }
    let extra = Axis(Dimension("column of a matrix", columns))
    let (made, values) = try execute(
      i, [from.map { axes[Int($0)] } + [extra]], declared: to.map { axes[Int($0)] } + [extra], [unit])
    // The result's axes may come in another order.
    let order = to.map { axis in made.firstIndex(of: axes[Int(axis)]) ?? 0 } + [made.firstIndex(of: extra) ?? 0]
    let sizes = try made.map { try $0.dimension.size.value(at: 1, of: $0.name) }
    let (rowSizes, columnSizes) = (to.map { extents.sizes[Int($0)] }, from.map { extents.sizes[Int($0)] })
    var entries: [LinearMatrix.Entry] = []
    for (flat, value) in values.enumerated() where value != 0 {
      let index = Self.index(flat, sizes)
      entries.append(
        .init(
          row: rowSizes.indices.map { index[order[$0]] }, column: Self.index(index[order[to.count]], columnSizes),
          value: value))
    }
    matrices[i] = LinearMatrix(entries: entries)
  }

  private static func index(_ flat: Int, _ sizes: [Int]) -> [Int] {
    var (rest, index) = (flat, sizes)
    for i in sizes.indices.reversed() {
      index[i] = rest % sizes[i]
      rest /= sizes[i]
    }
    return index
  }

  /// An axis at the size that it has on one side.
  private func axis(_ label: Label, _ extents: Extents) -> Axis {
    let axis = axes[Int(label.axis)]
    return Axis(Dimension(axis.dimension.name, extents[label]), primes: axis.primes)
  }

  /// A linear instruction applied along the axes of a value, whatever other labels the numbers have.
  ///
  /// - Parameter under: The labels of the operand's axes. `giving`: those of the result.
  /// - Parameter others: Its other operands, under the labels of their own axes on one side.
  func apply(
    _ i: Int, to grid: Grid, under: [AxisID: Label], others: [Grid], giving: [AxisID: Label], side: Int8,
    _ extents: Extents
  ) throws -> Grid {
    let own = sites[i].operandAxes[0].filter(isFixed).map { under[$0] ?? Label(axis: $0) }
    if sites[i].operandAxes[0].contains(example), !sites[i].resultAxes.contains(example) {
      return try applyByExample(i, to: grid, own, under, others, giving, side, extents)
    }
    let extras = grid.labels.filter { !own.contains($0) }
    let whole = permuted(grid, own + extras, extents)
    let extraAxes = extras.indices.map { Axis(Dimension("free \($0)", extents[extras[$0]])) }
    var operandAxes = [zip(sites[i].operandAxes[0].filter(isFixed), own).map { named($0, $1, extents) } + extraAxes]
    var contents = [whole.values]
    for (k, other) in others.enumerated() {
      let labels = sites[i].operandAxes[k + 1].filter(isFixed).map { base($0, side) }
      operandAxes.append(labels.map { axis($0, extents) })
      contents.append(permuted(other, labels, extents).values)
    }
    let results = sites[i].resultAxes.filter(isFixed).map { ($0, giving[$0] ?? base($0, side)) }
    let declared = results.map { named($0.0, $0.1, extents) } + extraAxes
    let (made, values) = try execute(i, operandAxes, declared: declared, contents)
    return settled(made, values, results, zip(extraAxes, extras).map { ($0, $1) }, extents)
  }

  private func base(_ axis: AxisID, _ side: Int8) -> Label { Label(axis: axis, side: axis == example ? side : 0) }

  /// The axis with its own name, at the size of a label that stands for it.
  private func named(_ axis: AxisID, _ label: Label, _ extents: Extents) -> Axis {
    let found = axes[Int(axis)]
    return Axis(Dimension(found.dimension.name, extents[label]), primes: found.primes)
  }

  /// Numbers by the axes of a result, under labels; where a label comes twice, its diagonal.
  private func settled(
    _ made: [Axis], _ values: [Double], _ results: [(AxisID, Label)], _ extras: [(Axis, Label)], _ extents: Extents
  ) -> Grid {
    var labels: [Label] = []
    var twins: [(Label, Label)] = []
    for axis in made {
      let label =
        results.first { axes[Int($0.0)] == axis }?.1 ?? extras.first { $0.0 == axis }?.1 ?? Label(axis: 0)
      if labels.contains(label) {
        let twin = Label(axis: label.axis, copy: .max, side: label.side)
        twins.append((twin, label))
        labels.append(twin)
      } else {
        labels.append(label)
      }
    }
    var grid = Grid(labels, labels.map { extents[$0] }, values)
    for (twin, label) in twins { grid = extents.diagonal(grid, twin, label) }
    return extents.broadcast(grid, to: Set(grid.labels))
  }

  /// The same where the instruction adds up all examples: one example at a time.
  private func applyByExample(
    _ i: Int, to grid: Grid, _ own: [Label], _ under: [AxisID: Label], _ others: [Grid], _ giving: [AxisID: Label],
    _ side: Int8, _ extents: Extents
  ) throws -> Grid {
    let label = under[example] ?? base(example, side)
    let count = extents[label]
    var one = extents
    one.examples[example] =
      label.side == 0 ? (1, extents.examples[example]?.1 ?? 1) : (extents.examples[example]?.0 ?? 1, 1)
    var slices: [Grid] = []
    for e in 0..<count {
      let part = slice(grid, label, e)
      let rest = others.map { slice($0, base(example, side), e) }
      let extras = part.labels.filter { !own.contains($0) }
      let extraAxes = extras.indices.map { Axis(Dimension("free \($0)", extents[extras[$0]])) }
      var operandAxes = [zip(sites[i].operandAxes[0].filter(isFixed), own).map { named($0, $1, one) } + extraAxes]
      var contents = [permuted(part, own + extras, one).values]
      for (k, other) in rest.enumerated() {
        let labels = sites[i].operandAxes[k + 1].filter(isFixed).map { base($0, side) }
        operandAxes.append(labels.map { axis($0, one) })
        contents.append(permuted(other, labels, one).values)
      }
      let results = sites[i].resultAxes.filter(isFixed).map { ($0, giving[$0] ?? base($0, side)) }
      let declared = results.map { named($0.0, $0.1, one) } + extraAxes
      let (made, values) = try execute(i, operandAxes, declared: declared, contents)
      slices.append(settled(made, values, results, zip(extraAxes, extras).map { ($0, $1) }, one))
    }
    guard let first = slices.first else { return .number(0) }
    let stacked = Grid([label] + first.labels, [count] + first.sizes, slices.flatMap(\.values))
    return extents.broadcast(stacked, to: Set(stacked.labels))
  }

  /// The entries at one index of a label, which keeps the label with size 1.
  private func slice(_ grid: Grid, _ label: Label, _ index: Int) -> Grid {
    guard let position = grid.labels.firstIndex(of: label) else { return grid }
    var sizes = grid.sizes
    sizes[position] = 1
    var values: [Double] = []
    let start = grid.strides[position] * index
    forEachIndex(sizes, [grid.strides]) { values.append(grid.values[start + $0[0]]) }
    return Grid(grid.labels, sizes, values)
  }

  /// Any instruction on numbers, under the labels of their own axes on one side. Hidden axes go along.
  func compute(_ i: Int, _ grids: [Grid], giving: [AxisID: Label], side: Int8, _ extents: Extents) throws -> Grid {
    var extras: [Label] = []
    for (k, grid) in grids.enumerated() {
      let known = sites[i].operandAxes[k].map { base($0, side) }
      for label in grid.labels where !known.contains(label) && !extras.contains(label) { extras.append(label) }
    }
    let extraAxes = extras.map { axis($0, extents) }
    var (operandAxes, contents): ([[Axis]], [[Double]]) = ([], [])
    for (k, grid) in grids.enumerated() {
      let labels = sites[i].operandAxes[k].filter(isFixed).map { base($0, side) } + extras.filter(grid.labels.contains)
      operandAxes.append(labels.map { axis($0, extents) })
      contents.append(permuted(grid, labels, extents).values)
    }
    let results = sites[i].resultAxes.filter(isFixed).map { ($0, giving[$0] ?? base($0, side)) }
    let declared = results.map { named($0.0, $0.1, extents) } + extraAxes
    let (made, values) = try execute(i, operandAxes, declared: declared, contents)
    return settled(made, values, results, zip(extraAxes, extras).map { ($0, $1) }, extents)
  }

  /// The numbers in another order of labels, copied along those that are missing.
  private func permuted(_ grid: Grid, _ labels: [Label], _ extents: Extents) -> Grid {
    if grid.labels == labels { return grid }
    let sizes = labels.map { extents[$0] }
    var values: [Double] = []
    values.reserveCapacity(sizes.reduce(1, *))
    forEachIndex(sizes, [grid.strides(along: labels)]) { values.append(grid.values[$0[0]]) }
    return Grid(labels, sizes, values)
  }

  /// Runs an instruction's lowering.
  private func execute(_ i: Int, _ operands: [[Axis]], declared: [Axis], _ contents: [[Double]]) throws
    -> ([Axis], [Double])
  {
    let instruction = program.instructions[i]
    let result = try instruction.primitive.resultAxes(operands, declared: declared)
    let binding = Binding(width: 1, scalars: [])
    let count = try result.reduce(1) { try $0 * $1.dimension.size.value(at: 1, of: $1.name) }
    switch try instruction.primitive.lower(operands, result: result, binding: binding) {
    case .source, .alias: return (result, contents.first ?? [])
    case .elementwise(let operation):
      return (result, try elementwise(operation, operands, result, contents))
    case .kernel(let kernel):
      var values = [Double](repeating: 0, count: count)
      var workspace = [Double](repeating: 0, count: max(1, kernel.workspace))
      var indices: [Int: [Int32]] = [:]
      for (k, operand) in instruction.operands.enumerated() where program[operand].role.isIndices {
        indices[k] = contents[k].map { Int32($0) }
      }
      func run(_ k: Int, _ inputs: [Operand<Double>]) throws {
        if k < contents.count {
          if let whole = indices[k] {
            return try whole.withUnsafeBufferPointer { entries in
              guard let start = entries.baseAddress else { return }
              try run(k + 1, inputs + [.indices(start)])
            }
          }
          return try contents[k].withUnsafeBufferPointer { entries in
            guard let start = entries.baseAddress else { return }
            try run(k + 1, inputs + [.values(start)])
          }
        }
        try values.withUnsafeMutableBufferPointer { result in
          try workspace.withUnsafeMutableBufferPointer { workspace in
            guard let result = result.baseAddress else { return }
            try kernel.run(inputs, into: result, workspace: workspace.baseAddress, threads: 1)
          }
        }
      }
      try run(0, [])
      return (result, values)
    }
  }

  private func elementwise(
    _ operation: ([Int]) -> ElementwiseOperation, _ operands: [[Axis]], _ result: [Axis], _ contents: [[Double]]
  ) throws -> [Double] {
    func sizes(_ axes: [Axis]) throws -> [Int] { try axes.map { try $0.dimension.size.value(at: 1, of: $0.name) } }
    let all = try sizes(result)
    var registers: [[Double]] = []
    for (axes, values) in zip(operands, contents) {
      let own = Grid([], try sizes(axes), []).strides
      let strides = result.map { axis in axes.firstIndex(of: axis).map { own[$0] } ?? 0 }
      var register: [Double] = []
      forEachIndex(all, [strides]) { register.append(values[$0[0]]) }
      registers.append(register)
    }
    let count = all.reduce(1, *)
    switch operation(Array(operands.indices)) {
    case .map(let f, let x): return registers[x].map { f($0) }
    case .product(let factors):
      return factors.reduce([Double](repeating: 1, count: count)) { zip($0, registers[$1]).map(*) }
    case .combination(let terms, let offset):
      var sum = [Double](repeating: 0, count: count)
      if case .constant(let number) = offset { sum = [Double](repeating: number, count: count) }
      for term in terms {
        guard case .constant(let factor) = term.coefficient else { continue }
        for j in sum.indices { sum[j] += factor * registers[term.register][j] }
      }
      return sum
    case .pair(.maximum, let x, let y): return zip(registers[x], registers[y]).map { $0 > $1 || $0 != $0 ? $0 : $1 }
    case .pair(.angle, let x, let y): return zip(registers[x], registers[y]).map { angle($0, $1) }
    case .rows: return []
    }
  }
}
