/// A scalar of tensors: `Float` or `Double`, and no other type. All kernels are one code path for both.
///
/// Do not conform other types: the loops underneath exist for these two, and would read entries of any other as Double.
public protocol Element: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {}

extension Float: Element {}
extension Double: Element {}

typealias Source<T> = UnsafePointer<T>
typealias Target<T> = UnsafeMutablePointer<T>
