/// How a chain's space is cut into blocks of rows and columns.
///
/// Columns are the innermost loops, as many as the chain says or as make rows of some length; rows are the iterations
/// of the loop around them. A long innermost loop of a chain without rows is cut itself: its blocks have one row.
struct BlockPlan: Sendable {
  /// How many different numbers a register has on a block: one, one a row, one a column, or one at each place.
  enum Extent: Int, Sendable, Comparable {
    case number, row, column, array
    static func < (a: Extent, b: Extent) -> Bool { a.rawValue < b.rawValue }
    /// The extent of a value that is computed from values of both extents.
    func joined(_ other: Extent) -> Extent {
      self == other ? self : min(self, other) == .number ? max(self, other) : .array
    }
  }
  /// How an input lies in memory. One whose entries in a block are not contiguous is packed, that is copied, first.
  struct Input: Sendable {
    var extent: Extent
    var isPacked: Bool
    /// The distance of neighbouring rows in memory.
    var stride: Int
  }
  static let capacity = 1024

  let inputs: [Input]
  let count: Int
  /// Loops around the rows. Arrays: the inputs.
  private let outer: Space
  /// The loop that is cut: its length, and each input's stride.
  private let size: Int
  private let strides: [Int]
  private let columnLoops: Space
  /// Iterations of the cut loop in a block, and how many such pieces it has.
  private let piece: Int, pieces: Int
  /// Entries of one iteration of the cut loop.
  private let unit: Int
  private let cutsColumns: Bool

  /// The rows of the longest block.
  var rows: Int { cutsColumns ? 1 : piece }
  var columns: Int { cutsColumns ? piece : unit }
  var number: Int { count == 0 ? 0 : outer.count * pieces }

  /// `rowAxes`: how many of the space's axes count rows; nil if that does not matter.
  init(_ shape: Shape, rowAxes: Int?, inputs: [Shape]) {
    func space(_ range: Range<Int>) -> Space {
      var space = Space(
        Array(shape.labels[range]), sizes: Array(shape.sizes[range]),
        arrays: inputs + [Shape(unchecked: Array(shape.labels[range]), sizes: Array(shape.sizes[range]))]
      ).collapsed()
      space.strides.removeLast()
      return space
    }
    count = shape.count
    var around: Space
    var columns: Space
    if let rowAxes {
      (around, columns) = (space(0..<rowAxes), space(rowAxes..<shape.sizes.count))
    } else {
      let whole = space(0..<shape.sizes.count)
      var split = max(0, whole.rank - 1)
      var length = whole.sizes.last ?? 1
      while split > 0, length < 64, length * whole.sizes[split - 1] <= Self.capacity {
        split -= 1
        length *= whole.sizes[split]
      }
      around = whole.selecting(Array(0..<split))
      columns = whole.selecting(Array(split..<whole.rank))
    }
    let width = columns.count
    cutsColumns = rowAxes == nil && columns.rank == 1 && width > Self.capacity
    if cutsColumns {
      (size, strides, unit) = (width, columns.strides.map { $0[0] }, 1)
      piece = Self.capacity
      columnLoops = columns
    } else {
      size = around.sizes.last ?? 1
      strides = around.strides.map { $0.last ?? 0 }
      unit = width
      piece = max(1, min(size, Self.capacity / max(1, width)))
      columnLoops = columns
      if around.rank > 0 { around = around.dropping(around.rank - 1) }
    }
    outer = around
    pieces = size == 0 ? 0 : (size + piece - 1) / piece
    let (oneRow, cuts, rowStrides) = (cutsColumns || piece == 1, cutsColumns, strides)
    self.inputs = inputs.indices.map { input in
      var expected = 1
      var (isDense, isConstant) = (true, true)
      for loop in columns.sizes.indices.reversed() {
        if columns.strides[input][loop] != expected { isDense = false }
        if columns.strides[input][loop] != 0 { isConstant = false }
        expected *= columns.sizes[loop]
      }
      let stride = cuts ? 0 : rowStrides[input]
      if isConstant {
        if oneRow && rowAxes == nil || stride == 0 { return Input(extent: .number, isPacked: false, stride: 0) }
        return Input(extent: .row, isPacked: stride != 1, stride: stride)
      }
      if stride == 0, !oneRow { return Input(extent: .column, isPacked: !isDense, stride: 0) }
      return Input(extent: .array, isPacked: !isDense, stride: stride)
    }
  }

  struct Block {
    var rows: Int, columns: Int
    /// The block's place in the space, and its first row.
    var start: Int, row: Int
  }

  @inline(__always)
  func block(_ index: Int) -> Block {
    let first = index % pieces * piece
    let taken = min(piece, size - first)
    let row = index / pieces * size + first
    return cutsColumns
      ? Block(rows: 1, columns: taken, start: row, row: 0)
      : Block(rows: taken, columns: unit, start: row * unit, row: row)
  }

  /// The block that begins at an entry of the space.
  func index(ofEntry entry: Int) -> Int? {
    let rest = entry % (size * unit)
    return rest % (piece * unit) == 0 ? entry / (size * unit) * pieces + rest / (piece * unit) : nil
  }

  /// Whether a block is sure to begin at each multiple of a number of entries.
  func isBoundary(every entries: Int) -> Bool {
    let (period, block) = (size * unit, piece * unit)
    if entries >= count || block == 0 { return true }
    if period >= count { return entries % block == 0 }
    // Multiples, modulo the period, are those of the greatest common divisor.
    var (divisor, rest) = (entries, period)
    while rest > 0 { (divisor, rest) = (rest, divisor % rest) }
    return divisor % block == 0 || entries % period == 0
  }

  /// Where an input's part of a block begins.
  @inline(__always)
  func offset(_ input: Int, _ index: Int) -> Int {
    var rest = index / pieces
    var offset = index % pieces * piece * strides[input]
    var loop = outer.rank - 1
    while loop >= 0 {
      offset += rest % outer.sizes[loop] * outer.strides[input][loop]
      rest /= outer.sizes[loop]
      loop -= 1
    }
    return offset
  }

  /// Copies an input's part of a block, entry after entry.
  func pack<T: Element>(_ input: Int, _ x: Source<T>, _ block: Block, to y: Target<T>) {
    switch inputs[input].extent {
    case .number: y.pointee = x.pointee
    case .row: Vector.copy(x, strides[input], y, 1, block.rows)
    case .column: packRow(input, x, block.columns, to: y)
    case .array:
      for row in 0..<block.rows {
        packRow(input, x + row * inputs[input].stride, block.columns, to: y + row * block.columns)
      }
    }
  }

  private func packRow<T: Element>(_ input: Int, _ x: Source<T>, _ columns: Int, to y: Target<T>) {
    packLoops(columnLoops.strides[input], 0, x, columns, to: y)
  }

  private func packLoops<T: Element>(_ own: [Int], _ loop: Int, _ x: Source<T>, _ count: Int, to y: Target<T>) {
    guard loop < own.count - 1 else { return Vector.copy(x, own.last ?? 0, y, 1, count) }
    let inner = count / columnLoops.sizes[loop]
    for i in 0..<columnLoops.sizes[loop] { packLoops(own, loop + 1, x + i * own[loop], inner, to: y + i * inner) }
  }
}
