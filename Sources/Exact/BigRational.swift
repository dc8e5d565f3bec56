import CGMP

/// A rational number of any size, held by GMP. Immutable: each operation makes a new one.
@usableFromInline
final class BigRational: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<__mpq_struct>

  private init() {
    storage = .allocate(capacity: 1)
    gmp_rational_init(storage)
  }

  deinit {
    gmp_rational_clear(storage)
    storage.deallocate()
  }

  /// `numerator / denominator`; the denominator is positive.
  convenience init(_ numerator: Int, _ denominator: Int = 1) {
    self.init()
    gmp_rational_set_long(storage, numerator, UInt(denominator))
  }

  /// Reads decimal digits, `p` or `p/q`; nil if it is anything else or q is zero.
  convenience init?(_ text: String) {
    self.init()
    guard gmp_rational_set_string(storage, text) == 0 else { return nil }
  }

  func adding(_ other: BigRational) -> BigRational {
    let result = BigRational()
    gmp_rational_add(result.storage, storage, other.storage)
    return result
  }

  func multiplied(by other: BigRational) -> BigRational {
    let result = BigRational()
    gmp_rational_multiply(result.storage, storage, other.storage)
    return result
  }

  func divided(by other: BigRational) -> BigRational {
    let result = BigRational()
    gmp_rational_divide(result.storage, storage, other.storage)
    return result
  }

  func compare(_ other: BigRational) -> Int { Int(gmp_rational_compare(storage, other.storage)) }

  /// The nearest Double; of two that are equally near, the one with an even last digit. Infinite beyond the largest.
  var double: Double {
    var shift = 0
    let scaled = UInt64(gmp_rational_scaled(storage, &shift))
    guard scaled != 0 else { return 0 }
    // Digits that a Double has not: beyond its 53, or below its smallest distance from 0.
    let length = 64 - scaled.leadingZeroBitCount
    let dropped = max(length - 53, shift - 1074)
    var kept = dropped < 64 ? scaled >> UInt64(dropped) : 0
    let rest = dropped < 64 ? scaled & (1 << UInt64(dropped) - 1) : scaled
    let half: UInt64 = dropped <= 64 ? 1 << UInt64(dropped - 1) : .max
    if rest > half || rest == half && kept & 1 == 1 { kept += 1 }
    let magnitude = Double(sign: .plus, exponent: dropped - shift, significand: Double(kept))
    return gmp_rational_sign(storage) < 0 ? -magnitude : magnitude
  }

  /// Numerator and denominator where both fit a machine integer.
  var machinePair: (numerator: Int, denominator: Int)? {
    guard gmp_rational_fits(storage) != 0 else { return nil }
    return (gmp_rational_numerator(storage), gmp_rational_denominator(storage))
  }

  var description: String {
    guard let text = gmp_rational_string(storage) else { return "" }
    defer { free(text) }
    return String(cString: text)
  }
}
