import TensorPrograms
import Tensors

extension Plan {
  /// Gives the stored values and the kernels' scratch memory their places.
  ///
  /// Parts of a batch are not at the same unit at the same time: what they share with others is there for the whole
  /// segment.
  mutating func share(_ sequence: [Int], _ fusion: Fusion, untilEnd: Set<Int>) {
    let when = times(sequence, fusion)
    var shared = Blocks()
    var own = Blocks()
    var segmentOf = units.indices.map { $0...$0 }
    for segment in segments {
      for time in segment { segmentOf[time] = segment.lowerBound...segment.upperBound - 1 }
    }
    func lastRead(_ node: Int) -> Int {
      untilEnd.contains(node) ? units.count : fusion.readers[node].map { when[fusion.unitOf[$0]] }.max() ?? -1
    }
    for time in units.indices {
      let (segment, isCut) = (segmentOf[time], units[time].part != nil)
      if isCut {
        own.add(.scratch(time), units[time].scratch, time...time)
      } else {
        shared.add(.scratch(time), units[time].scratch, time...time)
      }
      // Not what this unit makes.
      var free = replaceable(at: time).filter {
        lastRead($0.node) == time && (own.holds($0.node) || shared.holds($0.node))
      }
      for node in units[time].results where places[node] == .shared(offset: 0) {
        let count = graph.nodes[node].shape.count
        statistics.unshared += count
        let last = max(time, lastRead(node))
        let readers = fusion.readers[node].map { when[fusion.unitOf[$0]] }
        // Only parts read it.
        let isOwn =
          isCut && units[time].sum == nil && node != loss && !readers.isEmpty && last < units.count
          && readers.allSatisfy { units[$0].part != nil }
        // A joined product is written before the chain reads its other inputs.
        let i =
          node == units[time].product
          ? nil
          : free.firstIndex { old in
            graph.nodes[old.node].shape.count == count && (old.axes == nil || old.axes == graph.nodes[node].axes)
              && (isOwn ? own : shared).holds(old.node)
          }
        let old = i.map { free.remove(at: $0).node }
        if isOwn {
          own.add(.value(node), count / (parts?.count ?? 1), time...last, over: old)
        } else {
          let end = last < units.count ? segmentOf[last].upperBound : last
          shared.add(.value(node), count, segment.lowerBound...max(end, segment.upperBound), over: old)
        }
        if units[time].sum != nil { own.add(.sum(time), count, time...segment.upperBound) }
      }
    }
    ownStart = shared.place()
    ownExtent = own.place()
    extent = ownStart + ownExtent * (parts?.count ?? 0)
    for (owner, offset) in shared.offsets + own.offsets {
      let isOwn = own.contains(owner)
      let place: Place = isOwn ? .own(offset: offset) : .shared(offset: offset)
      switch owner {
      case .value(let node): places[node] = place
      case .scratch(let time): units[time].setWorkspace(place)
      case .sum(let time): units[time].sum = place
      }
    }
  }
}

/// Blocks of memory, and what lies in them.
private struct Blocks {
  enum Owner: Hashable {
    case value(Int)
    case scratch(Int)
    case sum(Int)
  }

  private var blocks: [Memory.Block] = []
  /// In which block each lies: a value may take over that of one it replaces.
  private var blockOf: [Owner: Int] = [:]
  private var owners: [Owner] = []

  func holds(_ node: Int) -> Bool { blockOf[.value(node)] != nil }
  func contains(_ owner: Owner) -> Bool { blockOf[owner] != nil }

  mutating func add(_ owner: Owner, _ count: Int, _ life: ClosedRange<Int>, over old: Int? = nil) {
    guard count > 0 else { return }
    owners.append(owner)
    if let old, let block = blockOf[.value(old)] {
      blocks[block].last = max(blocks[block].last, life.upperBound)
      blockOf[owner] = block
    } else {
      blockOf[owner] = blocks.count
      blocks.append(Memory.Block(count: Blocks.aligned(count), first: life.lowerBound, last: life.upperBound))
    }
  }

  /// Returns the extent, in scalars.
  mutating func place() -> Int { Memory.place(&blocks) }

  var offsets: [(Owner, Int)] { owners.map { ($0, blocks[blockOf[$0] ?? 0].offset) } }

  /// Scalars, such that the next value begins on a cache line in either precision.
  private static func aligned(_ count: Int) -> Int { (count + 15) & ~15 }
}
