/// How several values share one block of memory.
enum Memory {
  /// A value that lives from the unit that makes it to the last that reads it.
  struct Block {
    var count: Int
    var first: Int
    var last: Int
    var offset = 0
  }

  /// Gives every block a place so that no two that live at the same time overlap, and returns the whole extent.
  ///
  /// Largest first, each into the smallest gap that holds it (Pisarchyk and Lee, 2001.03288, greedy by size).
  static func place(_ blocks: inout [Block]) -> Int {
    let order = blocks.indices.sorted {
      blocks[$0].count != blocks[$1].count ? blocks[$0].count > blocks[$1].count : $0 < $1
    }
    var placed: [Int] = []
    var extent = 0
    for i in order {
      let (block, count) = (blocks[i], blocks[i].count)
      var end = 0
      var best: (offset: Int, gap: Int)?
      for j in placed where blocks[j].first <= block.last && block.first <= blocks[j].last {
        let gap = blocks[j].offset - end
        if gap >= count, gap < best?.gap ?? .max { best = (end, gap) }
        end = max(end, blocks[j].offset + blocks[j].count)
      }
      blocks[i].offset = best?.offset ?? end
      extent = max(extent, blocks[i].offset + count)
      // Kept in order of offset.
      let position = placed.firstIndex { blocks[$0].offset > blocks[i].offset } ?? placed.count
      placed.insert(i, at: position)
    }
    return extent
  }
}
