import Exact
import Testing

@Suite struct RationalTests {
  @Test func lowestTerms() {
    #expect(Rational(6, -4).description == "-3/2")
    #expect(Rational(0, 7) == .zero)
    #expect(Rational(1, 2) + Rational(1, 3) == Rational(5, 6))
    #expect(Rational(1, 2) / Rational(-1, 4) == -2)
  }

  @Test func leavesMachineIntegersAndComesBack() {
    let huge = Rational(Int.max) * Rational(Int.max)
    #expect(huge.description == "85070591730234615847396907784232501249")
    #expect(huge / Rational(Int.max) == Rational(Int.max))
    #expect(Rational(1, Int.max) + Rational(1, Int.max - 1) > Rational(2, Int.max))
    #expect(-Rational(Int.min) == Rational(Int.max) + 1)
    #expect(Rational(3, .min) < 0)
  }

  @Test func reading() {
    #expect(Rational("-3/6") == Rational(-1, 2))
    #expect(Rational("0.125") == Rational(1, 8))
    #expect(Rational("-0.5") == Rational(-1, 2))
    for wrong in ["", "-", "1/0", "x", "1/2/3", "1.", ".5", " 1", "1 ", "1e3", "--1"] {
      #expect(Rational(wrong) == nil, "\(wrong)")
    }
  }

  /// Field laws on random fractions, some of them beyond machine integers.
  @Test func laws() {
    var generator = SystemRandomNumberGenerator()
    func random() -> Rational {
      let q = Rational(Int.random(in: -50...50, using: &generator), Int.random(in: 1...50, using: &generator))
      return Bool.random(using: &generator) ? q : q * Rational(Int.max) * Rational(Int.max, 3)
    }
    for _ in 0..<500 {
      let (a, b, c) = (random(), random(), random())
      #expect((a + b) + c == a + (b + c))
      #expect(a * (b + c) == a * b + a * c)
      #expect(a - a == 0)
      if !b.isZero { #expect(a / b * b == a) }
      #expect(Rational(a.description) == a)
      #expect((a < b) == (b - a > 0))
      #expect(a.hashValue == (a + b - b).hashValue)
    }
  }
}
