import Exact
import Testing

/// The nearest Double of fractions that two roundings, or one that cuts, get wrong.
@Suite struct RationalDoubleTests {
  /// 2^n, for n of any sign.
  private static func power(_ n: Int) -> Rational {
    var result = Rational.one
    for _ in 0..<n.magnitude { result = result * 2 }
    return n < 0 ? 1 / result : result
  }

  private static func exact(_ x: Double) -> Rational {
    guard x != 0 else { return .zero }
    // A whole number of 53 bits or fewer, also of a subnormal number.
    let exponent = max(Int(x.exponent), -1022) - 52
    let whole = Int(x.magnitude.significandBitPattern) | (x.isNormal ? 1 << 52 : 0)
    return (x < 0 ? -1 : 1) * Rational(whole) * power(exponent)
  }

  /// Neither neighbour is nearer; if one is as near, its last digit is odd.
  private static func check(_ x: Rational, _ location: SourceLocation = #_sourceLocation) {
    let found = x.double
    let distance = (x - exact(found)).magnitude
    for neighbour in [found.nextUp, found.nextDown] where neighbour.isFinite {
      let other = (x - exact(neighbour)).magnitude
      #expect(
        distance < other || distance == other && found.significandBitPattern & 1 == 0, "\(x) as \(found)",
        sourceLocation: location)
    }
    #expect((-x).double == -found, sourceLocation: location)
  }

  @Test func roundsOnce() {
    // Both parts are rounded before they are divided, in machine integers of more than 53 bits.
    Self.check(Rational((1 << 60) + 129, (1 << 55) + 3))
    Self.check(Rational(.max, .max - 2))
    Self.check(Rational((1 << 53) + 1, 1))
    Self.check(Rational((1 << 54) + 2, 1))
    Self.check(Rational((1 << 54) + 6, 1))
    #expect(Rational((1 << 53) + 1).double == 0x1p53)
    #expect(Rational((1 << 53) + 3).double == 0x1p53 + 4)
    // Just over half a digit, by less than 64 bits show.
    Self.check(Rational((1 << 53) + 1) + Self.power(-90))
    Self.check(Rational((1 << 53) + 1) - Self.power(-90))
    #expect((Rational((1 << 53) + 1) + Self.power(-90)).double == 0x1p53 + 2)
    Self.check(Rational(2) / 3 * Self.power(300))
    Self.check(Rational(Int.max) / 3 * Rational(Int.max) / 7)
  }

  @Test func manyFractions() {
    var state: UInt64 = 1
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Of all lengths.
      return max(1, Int(state >> (1 + state % 60)))
    }
    for _ in 0..<300 {
      Self.check(Rational(next(), next()))
      Self.check(Rational(next(), next()) * Rational(next(), next()))
      // Close to the middle between two Doubles.
      let half = Rational(next() & ((1 << 53) - 1)) + .half
      Self.check(half)
      Self.check(half + Rational(1, next()) * Self.power(-70))
      Self.check(half - Rational(1, next()) * Self.power(-70))
    }
  }

  @Test func nearTheEndsOfTheRange() {
    #expect(Self.power(-1074).double == .leastNonzeroMagnitude)
    #expect(Self.power(-1075).double == 0)
    #expect((Self.power(-1075) + Self.power(-1200)).double == .leastNonzeroMagnitude)
    #expect(Self.power(-2000).double == 0)
    for shift in [-1074, -1073, -1050, -1023, -1022] {
      Self.check(Rational(5, 3) * Self.power(shift))
      Self.check(Rational((1 << 54) + 1, 1 << 54) * Self.power(shift) + Self.power(-1140))
    }
    let largest = Self.exact(.greatestFiniteMagnitude)
    #expect(largest.double == .greatestFiniteMagnitude)
    #expect((largest + Self.power(969)).double == .greatestFiniteMagnitude)
    #expect((largest + Self.power(970)).double == .infinity)
    #expect(Self.power(1100).double == .infinity && (-Self.power(1100)).double == -.infinity)
    #expect(Rational.zero.double == 0)
  }
}
