import Gallery
import Testing

@testable import TensorPrograms

/// Where weights meet what, in programs small enough to be read.
@Suite struct WeightWaysTests {
  private static let n = Dimension("n", growing: .n)
  private static let x = Dimension("x", 8), y = Dimension("y", 3)

  private func ways(_ record: (Recorder) throws -> Value) throws -> (Program, WeightWays) {
    let program = try Program("ways") { p in p.minimize(mean(try record(p))) }
    return (program, program.weightWays)
  }

  /// `other x value`, by name, of the contractions.
  private func contractions(_ program: Program, _ ways: WeightWays) -> [String] {
    ways.contractions.map { "\(program[$0.weight].name) with \(program[$0.others[0]].name)" }
  }

  @Test func aWeightIsMetUnderAnotherNameAndFactor() throws {
    let (program, ways) = try ways { p in
      let w = p.weight("w", [Self.n.prime, Axis(Self.n)], .gaussian(Monomial()))
      let turned = rename(2 * w, Self.n.prime, to: Axis(Self.n, primes: 2))
      return contract(
        [p.input("data", [Axis(.batch), Axis(Self.n)]), turned], to: [Axis(.batch), Axis(Self.n, primes: 2)])
    }
    let met = try #require(ways.meetings.first)
    #expect(ways.meetings.count == 1 && met.isCopy && contractions(program, ways) == ["w with data"])
    #expect(met.axes.bracketed == "[n'', n]")
    #expect(met.summed.bracketed == "[n]" && met.columns.bracketed == "[n]")
    #expect(
      program.instructions.indices.prefix(5).map { ways.isCopy(ValueID($0)) } == [true, true, true, false, false])
  }

  /// A weight over its norm is not the weight, but meets data in its place.
  @Test func aNormalizedWeightMeetsDataInItsPlace() throws {
    let (program, ways) = try ways { p in
      let w = p.weight("w", [Axis(Self.n), Axis(Self.x)], .gaussian(Monomial()))
      let norm = map(.sqrt, sum(map(.square, w), over: [Axis(Self.x)]))
      return contract([p.input("data", [Axis(.batch), Axis(Self.x)]), w / norm], to: [Axis(.batch), Axis(Self.n)])
    }
    let weight = try #require(program.value(named: "w"))
    // The quotient is a product with one over the norm, which sums nothing.
    #expect(ways.contractions.map(\.summed) == [[]] && program.weightContractions.isEmpty)
    // What uses the weight itself is its square and the quotient.
    #expect(ways.uses[weight]?.count == 2)
    let met = try #require(ways.firstMeetingWithData(of: weight))
    #expect(!met.isCopy && met.columns.bracketed == "[x]" && program[met.others[0]].name == "data")
  }

  @Test func twoWeightsAreNoContractionWithData() throws {
    let (program, ways) = try ways { p in
      let a = p.weight("a", [Axis(Self.n), Axis(Self.x)], .gaussian(Monomial()), frozen: true)
      let b = p.weight("b", [Axis(Self.x), Axis(Self.y)], .gaussian(Monomial()))
      let product = contract([a, b], to: [Axis(Self.n), Axis(Self.y)])
      let features = contract(
        [p.input("data", [Axis(.batch), Axis(Self.n)]), product], to: [Axis(.batch), Axis(Self.y)])
      return features + p.weight("bias", [Axis(Self.y)], .zero)
    }
    #expect(ways.contractions.isEmpty && ways.meetings.count == 3)
    for (name, expected) in [("a", false), ("b", true)] {
      let id = try #require(program.value(named: name))
      #expect(ways.isTrained[id.index] == expected)
      // Its product lacks an axis of each, so it stands for neither.
      #expect(ways.firstMeetingWithData(of: id) == nil)
    }
    let bias = try #require(program.value(named: "bias"))
    #expect(ways.firstMeetingWithData(of: bias)?.columns.isEmpty == true)
  }

  /// A table that is looked up and read out: its first use sums over nothing that grows, and its second is a
  /// contraction.
  @Test func aTiedTableIsUsedTwice() throws {
    let words = Dimension("words", 7)
    let (program, ways) = try ways { p in
      let (x, table) = Embedding("table", to: Self.n).look(p.indices("i", [.batch], below: words))
      return contract([map(.tanh, x), table], to: [Axis(.batch), Axis(words)])
    }
    let table = try #require(program.value(named: "table"))
    #expect(ways.uses[table]?.map(\.columns.bracketed) == ["[words]", "[n]"])
    #expect(program.weightContractions.map(\.summed.bracketed) == ["[n]"])
  }
}
