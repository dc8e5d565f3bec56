import Testing

@testable import TorchImport

/// Dimensions that are found out by their use.
@Suite struct DimsTests {
  private func sizes(_ dims: Dims, _ all: [Dim]) -> [String] { all.map { dims.extent($0).description } }

  @Test func viewsSplitAndJoin() {
    let dims = Dims()
    let model = dims.make(Extent(64, 128))
    let (heads, size) = (dims.make(Extent(4)), dims.make(Extent(16, 32)))
    #expect(dims.regroup([model], [heads, size]))
    #expect(dims.factors(model) == dims.factors(heads) + dims.factors(size))
    // Pairs within a head split it further, for whoever has it.
    let (all, half, two) = (dims.make(Extent(4)), dims.make(Extent(8, 16)), dims.make(Extent(2)))
    #expect(dims.regroup([model], [all, two, half]))
    #expect(sizes(dims, dims.factors(size)) == ["2", "8 -> 16"])
  }

  @Test func neighboursRegroup() {
    let dims = Dims()
    let (batch, model) = (dims.make(Extent(2)), dims.make(Extent(64, 128)))
    let (pairs, size) = (dims.make(Extent(8)), dims.make(Extent(16, 32)))
    #expect(dims.regroup([batch, model], [pairs, size]))
    #expect(sizes(dims, dims.factors(pairs)) == ["2", "4"])
  }

  @Test func whatDoesNotFit() {
    let dims = Dims()
    #expect(!dims.regroup([dims.make(Extent(6)), dims.make(Extent(4))], [dims.make(Extent(4)), dims.make(Extent(6))]))
    #expect(!dims.unify(dims.make(Extent(6)), dims.make(Extent(6, 12))))
    #expect(!dims.regroup([dims.make(Extent(6))], [dims.make(Extent(2)), dims.make(Extent(2))]))
    #expect(dims.cut(dims.make(Extent(6)), [Extent(2), Extent(3)]) == nil)
    #expect(dims.divide(dims.make(Extent(7)), outer: Extent(2)) == nil)
  }

  @Test func sums() throws {
    let dims = Dims()
    let fused = dims.make(Extent(128, 256))
    let parts = try #require(dims.cut(fused, [Extent(64, 128), Extent(32, 64), Extent(32, 64)]))
    #expect(sizes(dims, parts) == ["64 -> 128", "32 -> 64", "32 -> 64"])
    // A part that is viewed as heads does not concern the others.
    #expect(dims.regroup([parts[0]], [dims.make(Extent(4)), dims.make(Extent(16, 32))]))
    #expect(dims.alternatives(fused).map(\.count) == [2, 1, 1])
    // Cut elsewhere, too: the border of both.
    let again = try #require(dims.cut(fused, [Extent(96, 192), Extent(32, 64)]))
    #expect(dims.alternatives(again[0]).count == 2)
    // Rows of heads: the sum is of heads, each of one size.
    let other = dims.make(Extent(128, 256))
    _ = try #require(dims.cut(other, [Extent(96, 192), Extent(32, 64)]))
    #expect(dims.regroup([other], [dims.make(Extent(8)), dims.make(Extent(16, 32))]))
    #expect(dims.alternatives(other).map { $0.map { dims.extent($0).small } } == [[6, 16], [2, 16]])
  }
}
