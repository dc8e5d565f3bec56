import TensorPrograms

/// The second half of a translation: with every dimension known, tensors become values of a program.
final class ProgramWriter {
  let recorder: Recorder
  let dims: Dims
  let widths: Widths
  /// The leaves of the dimensions of weights: what a number that changes may be a power of.
  let leaves: [(leaf: Dim, extent: Extent)]
  var placed: [Int: Placed] = [:]
  /// Where leaves stand in weights: leaves of one size that stand alike in repeated blocks are one dimension.
  let roles: [Dim: String]
  private var dimensions: [Dim: Dimension] = [:]
  private var shared: [String: Dimension] = [:]
  private var names: Set<String> = []
  /// What the report says beside its tables.
  var notes: [String] = []
  /// Tensors that neither weights nor data decide.
  var constants: [String] = []
  var scalings: [Scaling] = []
  var weights: [WeightCell] = []

  /// A number of the model that changes with the width.
  struct Scaling {
    var name: String
    var number: Scalar
    var power: String
  }

  /// A weight of the program, or a part of one of the model's.
  struct WeightCell {
    var name: String
    var parameter: String
    var dimensions: [Dimension]
  }

  init(_ recorder: Recorder, _ dims: Dims, _ widths: Widths, leaves: [Dim], roles: [Dim: String]) {
    (self.recorder, self.dims, self.widths, self.roles) = (recorder, dims, widths, roles)
    self.leaves = leaves.map { ($0, dims.extent($0)) }
  }

  subscript(_ tensor: Tensor) -> Placed {
    get throws {
      guard let found = placed[tensor.id] else {
        throw TorchImportError.different("a value is used before it is made")
      }
      return found
    }
  }

  /// The one cell of a tensor none of whose dimensions is cut into parts.
  func cell(_ tensor: Tensor) throws -> Placed.Cell {
    let all = try self[tensor].cells
    guard all.count == 1, let cell = all.first?.value else {
      throw TorchImportError.size("a dimension that was concatenated from unequal parts is used as a whole here")
    }
    return cell
  }

  /// The alternatives along a dimension, each as dimensions of the program.
  func alternatives(_ dim: Dim) throws -> [[Dimension]] { try dims.alternatives(dim).map { try $0.map(dimension) } }

  /// The dimension of a leaf: `d64` if it is of size 64 in the small model.
  func dimension(_ leaf: Dim) throws -> Dimension {
    if let known = dimensions[leaf] { return known }
    let extent = dims.extent(leaf)
    // Sizes that grow alike are one dimension, wherever they are.
    let role = extent.isFixed ? roles[leaf].map { "\(extent) \($0)" } : "\(extent)"
    let made = try role.flatMap { shared[$0] } ?? Dimension(unique("d\(extent.small)"), growing: widths.size(extent))
    dimensions[leaf] = made
    if let role { shared[role] = made }
    return made
  }

  /// Gives a leaf's dimension a name of its own, before it has one.
  func name(_ leaf: Dim, _ name: String) throws {
    guard dimensions[leaf] == nil else { return }
    dimensions[leaf] = Dimension(unique(name), growing: try widths.size(dims.extent(leaf)))
  }

  /// The name, or, if it is taken, the name with a letter: `d64`, `d64b`.
  func unique(_ name: String) -> String {
    // Letters that a program's names do not have.
    var stem = String(name.map { $0.isLetter || $0.isNumber || "._-%/".contains($0) ? $0 : "_" })
    if let first = stem.first, ".-/%".contains(first) { stem = "_" + stem }
    var (made, number) = (stem, 1)
    while !names.insert(made).inserted {
      number += 1
      made = number <= 26 ? stem + String(UnicodeScalar(UInt8(96 + number))) : "\(stem)_\(number)"
    }
    return made
  }

  /// All dimensions that were named, with their sizes in both models.
  var namedDimensions: [(dimension: Dimension, extent: Extent)] {
    Dictionary(dimensions.map { ($1, dims.extent($0)) }, uniquingKeysWith: { first, _ in first })
      .map { ($0, $1) }.sorted { $0.0.name < $1.0.name }
  }

  func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

  /// A tensor of `sizes` whose cells `make` makes, given their axes and a suffix that tells them apart.
  func source(_ wanted: [Dim], _ make: (_ axes: [Axis], _ suffix: String, _ key: [Int]) throws -> Value) throws
    -> Placed
  {
    let sizes = try wanted.map(alternatives)
    var cells: [[Int]: Placed.Cell] = [:]
    for (number, key) in combinations(sizes.map(\.count)).enumerated() {
      // The last index of a dimension that comes twice is the plain one: `[model', model]`.
      var names = AxisNames()
      let axes = zip(sizes, key).reversed().map { size, i in
        Array(size[i].reversed().map { names.take(Axis($0)) }.reversed())
      }.reversed()
      let value = try make(axes.flatMap(\.self), sizes.allSatisfy { $0.count == 1 } ? "" : "/\(number)", key)
      cells[key] = Placed.Cell(value: value, axes: Array(axes))
    }
    return Placed(cells: cells)
  }
}
