import Foundation
import Testing

@testable import Gallery
@testable import TensorPrograms

/// Entries of constant tensors, beside what their sources print.
@Suite struct FormulaTests {
  /// PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i + 1) the cosine of the same.
  @Test func sinusoids() {
    let value = Formula.sinusoids.value
    for (position, i) in [(0, 0), (3, 0), (7, 1), (100, 3)] {
      let angle = Double(position) / pow(10000, Double(2 * i) / 8)
      #expect(abs(value([position, 2 * i], [128, 8], 10000) - sin(angle)) < 1e-12)
      #expect(abs(value([position, 2 * i + 1], [128, 8], 10000) - cos(angle)) < 1e-12)
    }
    #expect(Formula.relativeSinusoids.value([2, 5, 0], [8, 8, 4], 10000) == sin(-3))
  }

  /// The product of two rotated pairs depends on the distance of their positions alone.
  @Test func rotation() {
    func turned(_ x: [Double], _ position: Int) -> [Double] {
      (0..<2).map { to in
        (0..<2).reduce(0) { $0 + Formula.rotation.value([position, 1, to, $1], [64, 4, 2, 2], 10000) * x[$1] }
      }
    }
    func product(_ i: Int, _ j: Int) -> Double {
      zip(turned([0.3, -1.2], i), turned([0.7, 0.4], j)).map(*).reduce(0, +)
    }
    #expect(abs(product(9, 4) - product(25, 20)) < 1e-12)
    #expect(abs(product(9, 4) - product(9, 5)) > 1e-3)
    #expect(turned([1, 0], 0) == [1, 0])
  }

  /// T5's function `_relative_position_bucket` with 32 buckets and distances up to 128, at distances where it is exact,
  /// at its borders and beyond the farthest.
  @Test(arguments: [
    (0, 0, 0), (-7, 7, 7), (-8, 8, 8), (7, 23, 0), (-15, 9, 15), (-16, 10, 16), (-200, 15, 31), (200, 31, 0),
    (-31, 11, 21), (-32, 12, 21), (1, 17, 0),
  ]) func buckets(distance: Int, both: Int, past: Int) {
    let (query, key) = distance < 0 ? (-distance, 0) : (0, distance)
    for bucket in 0..<32 {
      #expect(Formula.buckets.value([query, key, bucket], [256, 256, 32], 128) == (bucket == both ? 1 : 0))
      #expect(Formula.pastBuckets.value([query, key, bucket], [256, 256, 32], 128) == (bucket == past ? 1 : 0))
    }
  }

  @Test func errors() throws {
    func error(_ record: (Recorder) -> Value) throws -> String {
      let found = #expect(throws: ProgramError.self) {
        try Program("p") { p in p.minimize(mean(record(p))) }
      }
      return "\(try #require(found))"
    }
    let a = Dimension("a", 4)
    let n = Dimension("n", growing: .n)
    #expect(try error { $0.constant(.sinusoids, [Axis(a)]) }.contains("has 2 axes: position, feature"))
    #expect(
      try error { $0.constant(.rotation, [Axis(a), Axis(n), Axis(n, primes: 1), Axis(n, primes: 2)]) }
        .contains("must be of size 2"))
    for (text, part) in [
      ("formula(sinusoid)", "did you mean \"sinusoids\"?"), ("", "formula: is missing"),
      ("formula(sinusoids) with(1, 2)", "takes one number"),
    ] {
      let found = #expect(throws: ProgramError.self) {
        try Program(text: "program p\ndimension a = 4\ndimension b = 6\nx [a, b] = constant \(text)")
      }
      #expect("\(try #require(found))".contains(part))
    }
  }
}
