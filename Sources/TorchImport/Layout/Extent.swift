/// A size, or another whole number, in the small and in the large model.
struct Extent: Hashable {
  var small: Int
  var large: Int

  init(_ small: Int, _ large: Int) { (self.small, self.large) = (small, large) }
  /// The same in both.
  init(_ number: Int) { self.init(number, number) }

  static let one = Extent(1)
  var isFixed: Bool { small == large }

  static func + (a: Extent, b: Extent) -> Extent { Extent(a.small + b.small, a.large + b.large) }
  static func - (a: Extent, b: Extent) -> Extent { Extent(a.small - b.small, a.large - b.large) }
  /// Nil where the product is absurdly large.
  static func * (a: Extent, b: Extent) -> Extent? {
    let small = a.small.multipliedReportingOverflow(by: b.small)
    let large = a.large.multipliedReportingOverflow(by: b.large)
    guard !small.overflow, !large.overflow else { return nil }
    return Extent(small.partialValue, large.partialValue)
  }

  /// Nil unless it divides in both.
  static func / (a: Extent, b: Extent) -> Extent? {
    guard b.small > 0, b.large > 0, a.small % b.small == 0, a.large % b.large == 0 else { return nil }
    return Extent(a.small / b.small, a.large / b.large)
  }

  func isBelow(_ other: Extent) -> Bool { small < other.small && large < other.large }
}

extension Extent: CustomStringConvertible {
  /// `64`, or `64 -> 128`.
  var description: String { isFixed ? "\(small)" : "\(small) -> \(large)" }
}

/// A number in the small and in the large model.
struct Scalar: Hashable {
  var small: Double
  var large: Double

  init(_ small: Double, _ large: Double) { (self.small, self.large) = (small, large) }
  init(_ number: Double) { self.init(number, number) }
  init(_ extent: Extent) { self.init(Double(extent.small), Double(extent.large)) }

  /// Whether it is this number in both.
  func isAlways(_ number: Double) -> Bool { small == number && large == number }
  var isFixed: Bool { small == large }

  func map(_ body: (Double) -> Double) -> Scalar { Scalar(body(small), body(large)) }
  static func * (a: Scalar, b: Scalar) -> Scalar { Scalar(a.small * b.small, a.large * b.large) }
  static func / (a: Scalar, b: Scalar) -> Scalar { Scalar(a.small / b.small, a.large / b.large) }
}

extension Scalar: CustomStringConvertible {
  var description: String { isFixed ? "\(small)" : "\(small) -> \(large)" }
}
