/// Parts of a chain, for callers that make its input piece by piece.
extension ElementwiseChain {
  /// Whether blocks begin at each multiple of a number of entries.
  func isBoundary(every entries: Int) -> Bool { blocks.isBoundary(every: max(1, entries)) }

  /// Computes a range of entries between two boundaries of blocks, or up to the end, on the calling thread.
  @inline(__always)
  func run<T: Element>(
    entries: Range<Int>, inputs: UnsafeBufferPointer<Source<T>>, outputs: UnsafeBufferPointer<Target<T>>,
    in memory: BlockMemory<T>, fetches: Bool
  ) {
    guard let first = blocks.index(ofEntry: entries.lowerBound) else { return }
    let last = entries.upperBound == blocks.count ? blocks.number : blocks.index(ofEntry: entries.upperBound)
    run(first..<(last ?? first), inputs, outputs, in: memory, fetches: fetches)
  }
}
