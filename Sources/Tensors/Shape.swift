/// The name of an axis inside one kernel. Equal labels are the same axis.
public typealias Label = Int

/// The axes of a tensor, outermost first, each a label and a size; entries lie row-major and contiguous.
///
///     let x = try Shape(labels: [0, 1], sizes: [32, 256])
///     x.count  // 8192
public struct Shape: Sendable, Hashable {
  public var labels: [Label]
  /// Entries along each axis, not negative.
  public var sizes: [Int]

  /// Throws ``KernelError/malformed(labels:sizes:)`` if the two differ in number, there are more than 16 axes or a size
  /// is negative, and
  /// ``KernelError/repeatedLabel(_:)``.
  public init(labels: [Label], sizes: [Int]) throws(KernelError) {
    (self.labels, self.sizes) = (labels, sizes)
    try check()
  }

  /// The shape of a single number.
  public static let scalar = Shape(unchecked: [], sizes: [])

  /// The number of entries; 1 for a scalar.
  public var count: Int { sizes.reduce(1, *) }

  /// The size along an axis, nil if there is no such axis.
  public func size(_ label: Label) -> Int? { labels.firstIndex(of: label).map { sizes[$0] } }
}

extension Shape {
  init(unchecked labels: [Label], sizes: [Int]) { (self.labels, self.sizes) = (labels, sizes) }

  /// The most axes that ``Walk`` has room for.
  static let mostAxes = 16

  /// Checks the labels and sizes, which can be changed, again when a kernel is made.
  func check() throws(KernelError) {
    guard labels.count == sizes.count, labels.count <= Shape.mostAxes, sizes.allSatisfy({ $0 >= 0 }) else {
      throw .malformed(labels: labels, sizes: sizes)
    }
    for (i, label) in labels.enumerated() where labels[..<i].contains(label) { throw .repeatedLabel(label) }
  }

  /// How far apart neighbours along each axis are, in entries.
  var strides: [Int] {
    var strides = sizes
    var next = 1
    for axis in sizes.indices.reversed() {
      strides[axis] = next
      next *= sizes[axis]
    }
    return strides
  }

  /// 0 along an axis that this shape lacks: broadcasting.
  func stride(_ label: Label) -> Int { labels.firstIndex(of: label).map { strides[$0] } ?? 0 }

  func strides(along labels: [Label]) -> [Int] {
    let own = strides
    return labels.map { label in self.labels.firstIndex(of: label).map { own[$0] } ?? 0 }
  }

  func contains(_ label: Label) -> Bool { labels.contains(label) }

  /// The shape of one of `parts` equal parts of an axis, which lie one after another; the same shape if it lacks the
  /// axis. Nil if the axis is not the outermost, or its size is no multiple of `parts`.
  public func part(of label: Label, parts: Int) -> Shape? {
    guard let position = labels.firstIndex(of: label) else { return self }
    guard position == 0, sizes[0] % parts == 0 else { return nil }
    return Shape(unchecked: labels, sizes: [sizes[0] / parts] + sizes.dropFirst())
  }

  /// The same sizes in another order or selection of axes.
  func selecting(_ labels: [Label]) -> Shape { Shape(unchecked: labels, sizes: labels.map { size($0) ?? 1 }) }

  /// Throws unless every axis of this shape is one of the other's, with the same size.
  func checkSubset(of other: Shape) throws(KernelError) {
    for (label, size) in zip(labels, sizes) {
      guard let outer = other.size(label) else { throw .unknownLabel(label) }
      guard outer == size else { throw .sizeMismatch(label: label, size, outer) }
    }
  }

  func checkSameAxes(as other: Shape) throws(KernelError) {
    try checkSubset(of: other)
    try other.checkSubset(of: self)
  }
}

/// Why a kernel cannot be made for given shapes, or cannot be run on given data.
public enum KernelError: Error, Hashable, Sendable {
  /// Labels and sizes differ in number, there are more than 16, or a size is negative.
  case malformed(labels: [Label], sizes: [Int])
  /// A shape names one axis twice.
  case repeatedLabel(Label)
  /// An axis that should be there is not.
  case unknownLabel(Label)
  /// One axis has two sizes.
  case sizeMismatch(label: Label, Int, Int)
  /// A window of this size does not give this many places.
  case window(size: Int, window: Int, stride: Int, padding: Int, places: Int)
  /// An operation reads a register that does not exist (yet).
  case register(Int)
  /// A kernel was given another number of operands.
  case operandCount(expected: Int, given: Int)
  /// Values were given where indices are needed, or the reverse.
  case operandKind(position: Int)
  /// A kernel that needs a workspace was given none.
  case missingWorkspace(Int)
  /// An index in the data lies outside its axis; `position` counts through the index operand.
  case indexOutOfRange(index: Int, size: Int, position: Int)
  /// The system did not give a thread the scratch memory that it asked for.
  case memoryRefused(bytes: Int)
}

extension KernelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformed(let labels, let sizes): "labels \(labels) and sizes \(sizes) do not make a shape"
    case .repeatedLabel(let label): "axis \(label) appears twice in one shape"
    case .unknownLabel(let label): "axis \(label) is missing"
    case .sizeMismatch(let label, let one, let other): "axis \(label) has size \(one) here and \(other) there"
    case .window(let size, let window, let stride, let padding, let places):
      "a window of \(window) over \(size) entries with stride \(stride) and padding \(padding) has not \(places) places"
    case .register(let register): "register \(register) is not yet there"
    case .operandCount(let expected, let given): "takes \(expected) operands, not \(given)"
    case .operandKind(let position): "operand \(position) is of the wrong kind (values or indices)"
    case .missingWorkspace(let count): "needs a workspace of \(count) scalars"
    case .indexOutOfRange(let index, let size, let position):
      "index \(index) at position \(position) is outside 0 ..< \(size)"
    case .memoryRefused(let bytes): "\(bytes) bytes of memory were refused"
    }
  }
}
