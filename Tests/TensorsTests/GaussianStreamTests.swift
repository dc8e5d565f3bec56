import Tensors
import Testing

@Suite struct GaussianStreamTests {
  private static func draw<T: Element>(
    _ count: Int, as type: T.Type = T.self, seed: UInt64 = 1, stream: UInt64 = 2, deviation: Double = 1,
    mean: Double = 0, threads: Int = 1
  ) -> [T] {
    [T](unsafeUninitializedCapacity: count) { buffer, filled in
      GaussianStream.fill(
        UnsafeMutableBufferPointer(start: buffer.baseAddress, count: count), seed: seed, stream: stream,
        standardDeviation: deviation, mean: mean, threads: threads)
      filled = count
    }
  }

  @Test func moments() {
    let n = 1 << 17
    let x = Self.draw(n, as: Double.self)
    let count = Double(n)
    var powers = [0.0, 0, 0, 0, 0]
    var far = 0
    for x in x {
      powers[1] += x
      powers[2] += x * x
      powers[3] += x * x * x
      powers[4] += x * x * x * x
      far += abs(x) > 3 ? 1 : 0
    }
    let power = { (p: Int) in powers[p] / count }
    #expect(abs(power(1)) < 5 / count.squareRoot())
    #expect(abs(power(2) - 1) < 5 * (2 / count).squareRoot())
    #expect(abs(power(3)) < 5 * (15 / count).squareRoot())
    #expect(abs(power(4) - 3) < 5 * (96 / count).squareRoot())
    // Neighbours, and the two numbers of a pair two apart, do not correlate.
    for lag in [1, 2, 3] {
      var product = 0.0
      for i in lag..<n { product += x[i] * x[i - lag] / count }
      #expect(abs(product) < 5 / count.squareRoot())
    }
    #expect(abs(Double(far) / count - 0.0026998) < 7e-4)
  }

  @Test func numbersDependOnTheirPositionOnly() {
    let long = Self.draw(40_000, as: Double.self)
    #expect(Self.draw(40_000, as: Double.self, threads: 2) == long)
    #expect(Self.draw(40_000, as: Double.self, threads: 7) == long)
    #expect(Self.draw(777, as: Double.self) == Array(long.prefix(777)))
    #expect(Self.draw(40_000, as: Float.self, threads: 3) == long.map { Float($0) })
    #expect(Self.draw(10, as: Double.self, seed: 2) != Array(long.prefix(10)))
    #expect(Self.draw(10, as: Double.self, stream: 3) != Array(long.prefix(10)))
    #expect(Self.draw(10, as: Double.self, deviation: 0.5, mean: 3) == long.prefix(10).map { $0 * 0.5 + 3 })
  }

  @Test func names() {
    #expect(GaussianStream.stream(named: "") == 0xcbf2_9ce4_8422_2325)
    #expect(GaussianStream.stream(named: "a") == 0xaf63_dc4c_8601_ec8c)
  }

  /// Bits that must be the same on every processor and in every version.
  @Test func golden() {
    let x = Self.draw(6, as: Double.self, seed: 20, stream: GaussianStream.stream(named: "readout"))
    let golden: [UInt64] = [
      13_800_716_210_587_473_921, 4_609_617_371_910_486_312, 4_606_182_956_531_815_310,
      4_598_487_408_139_395_522, 4_586_134_604_016_005_208, 4_607_950_592_785_481_376,
    ]
    #expect(x.map(\.bitPattern) == golden)
  }
}
