/// One operation of the model with what is given to it, in both models.
struct Call {
  let operation: String
  let overload: String
  let arguments: [(name: String, value: Given)]
  /// The sizes of its results, as the file tells them.
  let results: [[Extent]]
  let tracer: Tracer

  indirect enum Given {
    case nothing
    case tensor(Tensor)
    case list([Given])
    case int(Extent)
    case float(Scalar)
    case bool(Bool)
    case text(String)
    case other
  }

  func fail(_ reason: String) -> TorchImportError { tracer.fail(reason) }

  /// What torch calls "self" in most operations it calls "input" in others.
  func given(_ name: String) -> Given? {
    (arguments.first { $0.name == name } ?? (name == "self" ? arguments.first { $0.name == "input" } : nil))?.value
  }

  /// A tensor, nil if none is given.
  func tensorIfGiven(_ name: String) throws -> Tensor? {
    switch given(name) {
    case .tensor(let tensor)?: tensor
    case nil, .nothing?: nil
    default: throw fail("\"\(name)\" is no tensor")
    }
  }

  func tensor(_ name: String) throws -> Tensor {
    guard let found = try tensorIfGiven(name) else { throw fail("\"\(name)\" is missing") }
    return found
  }

  func tensors(_ name: String) throws -> [Tensor] {
    guard case .list(let all)? = given(name) else { throw fail("\"\(name)\" is no list of tensors") }
    return try all.map {
      guard case .tensor(let tensor) = $0 else { throw fail("\"\(name)\" has what is no tensor") }
      return tensor
    }
  }

  /// A number, nil if none is given.
  func number(_ name: String) throws -> Scalar? {
    switch given(name) {
    case .int(let extent)?: Scalar(extent)
    case .float(let scalar)?: scalar
    case .bool(let flag)?: Scalar(flag ? 1 : 0)
    case nil, .nothing?: nil
    default: throw fail("\"\(name)\" is no number")
    }
  }

  func extent(_ name: String, default standard: Extent? = nil) throws -> Extent {
    switch given(name) {
    case .int(let extent)?: return extent
    case nil, .nothing?:
      guard let standard else { throw fail("\"\(name)\" is missing") }
      return standard
    default: throw fail("\"\(name)\" is no whole number")
    }
  }

  /// A whole number that is the same in both models.
  func int(_ name: String, default standard: Int? = nil) throws -> Int {
    let found = try extent(name, default: standard.map { Extent($0) })
    guard found.isFixed else { throw fail("\"\(name)\" changes with the width: \(found)") }
    return found.small
  }

  /// Whole numbers, nil if none are given; one alone is a list of one.
  func extents(_ name: String) throws -> [Extent]? {
    switch given(name) {
    case .list(let all)?:
      return try all.map {
        guard case .int(let extent) = $0 else { throw fail("\"\(name)\" has what is no whole number") }
        return extent
      }
    case .int(let extent)?: return [extent]
    case nil, .nothing?: return nil
    default: throw fail("\"\(name)\" is no list of whole numbers")
    }
  }

  func ints(_ name: String) throws -> [Int]? {
    try extents(name)?.map {
      guard $0.isFixed else { throw fail("\"\(name)\" changes with the width: \($0)") }
      return $0.small
    }
  }

  func bool(_ name: String, default standard: Bool = false) throws -> Bool {
    switch given(name) {
    case .bool(let flag)?: flag
    case nil, .nothing?: standard
    default: throw fail("\"\(name)\" is neither true nor false")
    }
  }

  func text(_ name: String) -> String? { if case .text(let text)? = given(name) { text } else { nil } }

  /// The positions of dimensions that are named, counted from the front; all of them if none are.
  func positions(_ name: String = "dim", of x: Tensor) throws -> [Int] {
    guard let found = try ints(name), !found.isEmpty else { return Array(x.dims.indices) }
    return try found.map { try tracer.position($0, in: x) }
  }

  func position(_ name: String = "dim", of x: Tensor, default standard: Int? = nil, extra: Int = 0) throws -> Int {
    try tracer.position(try int(name, default: standard), in: x, extra: extra)
  }

  /// The sizes of its first result.
  func result() throws -> [Extent] {
    guard let first = results.first else { throw fail("it makes nothing") }
    return first
  }
}

/// How an operation of torch is translated: one entry in the file of its kind.
struct Operation: Sendable {
  /// `aten.linear`; several names may have one meaning.
  let names: [String]
  let translate: @Sendable (Call) throws -> [Tensor]

  init(_ names: String..., translate: @escaping @Sendable (Call) throws -> Tensor) {
    self.names = names.map { "aten." + $0 }
    self.translate = { [try translate($0)] }
  }

  init(several names: String..., translate: @escaping @Sendable (Call) throws -> [Tensor]) {
    self.names = names.map { "aten." + $0 }
    self.translate = translate
  }

  /// Every operation that is translated, by name.
  static let all: [String: Operation] = Dictionary(
    (entrywise + arithmetic + shapes + places + sums + products + normalizations + attention + convolutions
      + recurrences
      + experts + losses).flatMap { operation in operation.names.map { ($0, operation) } },
    uniquingKeysWith: { first, _ in first })
}
