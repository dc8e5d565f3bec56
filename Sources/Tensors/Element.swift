/// A scalar of tensors: `Float` or `Double`, and no other type. All kernels are one code path for both.
///
/// Not a door for other types: the loops underneath exist for these two, and a conformance elsewhere would be read as
/// Double.
public protocol Element: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {}

extension Float: Element {}
extension Double: Element {}

typealias Source<T> = UnsafePointer<T>
typealias Target<T> = UnsafeMutablePointer<T>
