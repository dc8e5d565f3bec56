import Foundation

/// Random numbers that depend on a seed, a step and a stream alone (SplitMix64; Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64, _ step: UInt64, _ stream: UInt64) {
    state = seed
    for part in [step, stream] { state = (next() ^ part) &* 0xD134_2543_DE82_EF95 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `0 ..< bound`.
  mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }

  /// Uniform in (0, 1].
  mutating func uniform() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }

  /// Standard normal (Box and Muller).
  mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }
}
