import TensorPrograms
import Tensors

/// Places the stored values and the kernels' scratch memory, so that values that do not live at the same time may share
/// memory; an alias lies where the owner of its buffer does.
struct ShareMemory: PlanPass {
  func run(_ draft: inout PlanDraft) {
    guard let fusion = draft.fusion else { return }
    let (plan, lives, unitOf) = (draft.plan, PartLives(draft.plan), draft.plan.unitOf())
    let (graph, units, places) = (plan.graph, plan.units, plan.places)
    let untilEnd = Set(plan.copies.map(\.value))
    var (shared, own) = (Blocks(), Blocks())
    var unshared = 0
    func readers(_ node: Int) -> [Int] { fusion.readers[node].map { unitOf[$0] } }
    func lastRead(_ node: Int) -> Int { untilEnd.contains(node) ? units.count : readers(node).max() ?? -1 }
    for (time, unit) in units.enumerated() {
      if unit.part != nil {
        own.add(.scratch(time), unit.scratch, time...time)
      } else {
        shared.add(.scratch(time), unit.scratch, time...time)
      }
      // Not this unit's own results.
      var free = plan.replaceable(by: unit).filter {
        lastRead($0.node) == time && (own.holds($0.node) || shared.holds($0.node))
      }
      for node in unit.results where places[node] == .undecided {
        let count = graph.nodes[node].shape.count
        unshared += count
        let last = max(time, lastRead(node))
        let isOwn = node != plan.loss && last < units.count && lives.isOwn(time, readBy: readers(node))
        // A joined product is written before the chain reads its other inputs.
        let i =
          node == unit.product
          ? nil
          : free.firstIndex { old in
            graph.nodes[old.node].shape.count == count && (old.axes == nil || old.axes == graph.nodes[node].axes)
              && (isOwn ? own : shared).holds(old.node)
          }
        let old = i.map { free.remove(at: $0).node }
        if isOwn {
          own.add(.value(node), count / (plan.parts?.count ?? 1), time...last, over: old)
        } else {
          shared.add(.value(node), count, lives.shared(from: time, to: last), over: old)
        }
        if unit.part?.sum != nil { own.add(.sum(time), count, lives.sum(of: time)) }
      }
    }
    draft.plan.statistics.unshared = unshared
    draft.plan.extent = shared.place()
    draft.plan.parts?.ownStart = draft.plan.extent
    draft.plan.parts?.ownExtent = own.place()
    if let parts = draft.plan.parts { draft.plan.extent += parts.ownExtent * parts.count }
    for (owner, offset) in shared.offsets { draft.plan.set(.shared(offset: offset), of: owner) }
    for (owner, offset) in own.offsets { draft.plan.set(.own(offset: offset), of: owner) }
    for node in graph.nodes.indices where graph.storage[node] != node {
      draft.plan.places[node] = draft.plan.places[graph.storage[node]]
    }
    draft.stage = .memory
  }
}

extension Plan {
  fileprivate mutating func set(_ place: Place, of owner: Blocks.Owner) {
    switch owner {
    case .value(let node): places[node] = place
    case .scratch(let unit): units[unit].setWorkspace(place)
    case .sum(let unit): units[unit].part?.sum = place
    }
  }
}

/// Blocks of memory, and what lies in them.
private struct Blocks {
  /// What lies in a block: the value of a node, or a unit's scratch memory, or a unit's sum over a part of the batch.
  enum Owner: Hashable {
    case value(Int)
    case scratch(Int)
    case sum(Int)
  }

  private var blocks: [Memory.Block] = []
  /// The block of each owner: a value may take over the block of one that it overwrites.
  private var blockOf: [Owner: Int] = [:]
  private var owners: [Owner] = []

  func holds(_ node: Int) -> Bool { blockOf[.value(node)] != nil }

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

  /// Places all blocks and returns the whole extent, in scalars.
  mutating func place() -> Int { Memory.place(&blocks) }

  var offsets: [(Owner, Int)] { owners.map { ($0, blocks[blockOf[$0] ?? 0].offset) } }

  /// A count rounded up so that the next value begins on a cache line in either precision.
  private static func aligned(_ count: Int) -> Int { (count + 15) & ~15 }
}
