import TestSupport
import Testing

@testable import Scaling

/// The table's sets against the sets themselves, enumerated: affine subspaces of GF(2)^k for small k.
@Suite struct CharacterTests {
  /// A set of characters as bit patterns over single generators.
  private typealias Plain = Set<UInt32>

  @Test(arguments: 0..<40) func agreesWithEnumeration(seed: Int) {
    var generator = SplitMix(seed: UInt64(seed) + 99)
    var table = CharacterTable()
    let groups = [table.group(), table.group()]
    var known: [(id: CharacterID, plain: Plain)] = [(0, [0])]
    var singles: [CharacterID] = []
    for i in 0..<6 {
      let id = table.generator(in: groups[i % 2])
      singles.append(id)
      known.append((id, [1 << UInt32(i)]))
    }
    for _ in 0..<60 {
      guard let a = known.randomElement(using: &generator), let b = known.randomElement(using: &generator) else {
        return
      }
      let next: (CharacterID, Plain)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: next = (table.product(a.id, b.id), Set(a.plain.flatMap { x in b.plain.map { x ^ $0 } }))
      case 1: next = (table.hull(a.id, b.id), Self.hull(a.plain.union(b.plain)))
      case 2: next = (table.even(a.id), Set(a.plain.flatMap { x in a.plain.map { x ^ $0 } }))
      default: next = (table.span(a.id), Self.hull(a.plain.union([0])))
      }
      known.append(next)
      // Exact, or larger: never smaller. A claim of no mean must be true.
      if next.1.contains(0) { #expect(table.hasMean(next.0)) }
      for (i, single) in singles.enumerated() where next.1.contains(1 << UInt32(i)) {
        #expect(table.contains(next.0, single))
      }
      // What residual streams and products of them make is exact.
      if table.hasMean(next.0) != next.1.contains(0) { Issue.record("not exact: \(next.1.sorted())") }
    }
  }

  /// The smallest affine subspace: all sums of an odd number of members.
  private static func hull(_ members: Plain) -> Plain {
    guard let first = members.first else { return [] }
    var directions: Plain = [0]
    for member in members where !directions.contains(member ^ first) {
      directions.formUnion(directions.map { $0 ^ member ^ first })
    }
    return Set(directions.map { $0 ^ first })
  }
}
