internal import CVectorMath

/// The function of this name in CVectorMath.h, which takes a closure that does not escape: Swift imports no such C
/// function, and the ways round it copy the closure to the heap at every call.
@_silgen_name("vm_team_run_closure")
private func runOnTeam(_ threads: Int, _ pieces: Int, _ body: (Int) -> Void) -> Int

/// Splits `0 ..< count` into ranges of at least `grain`, at most `shares` for each thread, and runs them side by side:
/// a thread that is held up leaves some of its ranges to the others.
///
/// How it is split depends on these numbers alone; which thread runs a range does not matter.
@inline(__always)
func parallel(_ count: Int, grain: Int, threads: Int, shares: Int = 4, _ body: (Range<Int>) -> Void) {
  var pieces = threads < 2 ? 1 : min(threads * shares, count / max(1, grain))
  guard pieces > 1 else { return body(0..<count) }
  if pieces > threads { pieces -= pieces % threads }
  onTeam(threads, pieces) { piece in body(count * piece / pieces..<count * (piece + 1) / pieces) }
}

/// Runs so many parts of one job, by their numbers from 0 on, on at most so many threads; a thread that is held up
/// leaves some of its parts to the others. Returns when all are done.
public func sideBySide(parts: Int, threads: Int, _ body: (_ part: Int) -> Void) {
  parallel(parts, grain: 1, threads: threads, shares: parts) { range in
    for part in range { body(part) }
  }
}

/// Arrays of one length, a part's sums each, that are added up in their order: so the bits do not depend on the
/// threads.
public struct PartSum<T: Element> {
  private let parts: [UnsafePointer<T>]
  private let target: UnsafeMutablePointer<T>
  private let count: Int

  /// `count` scalars at each address, which must not overlap the target and must outlive this.
  public init(parts: [UnsafePointer<T>], into target: UnsafeMutablePointer<T>, count: Int) {
    (self.parts, self.target, self.count) = (parts, target, count)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  /// Writes the sums over the target.
  public func add() {
    for (i, part) in parts.enumerated() {
      if i == 0 { target.update(from: part, count: count) } else { Vector.add(part, 1, target, 1, count) }
    }
  }
}

private func onTeam(_ threads: Int, _ pieces: Int, _ body: (Int) -> Void) {
  guard runOnTeam(min(threads, pieces), pieces, body) == 0 else { return }
  // The team works for another trainer.
  for piece in 0..<pieces { body(piece) }
}
