internal import COpenBLAS
internal import Dispatch
internal import Synchronization

/// The matrix library's own threads. One level of parallelism at a time: kernels set one thread before they split
/// their work, and several before a single large product.
public enum BLAS {
  private static let current = Atomic<Int>(0)

  /// How many threads the matrix library uses from now on, in the whole process. Asking again for the same number
  /// costs nothing. Programs that run several trainings at once should run each kernel with `threads: 1`.
  public static func setThreads(_ count: Int) {
    let count = max(1, count)
    guard current.exchange(count, ordering: .relaxed) != count else { return }
    openblas_set_num_threads(Int32(count))
  }
}

/// Splits `0 ..< count` into at most `threads` ranges of at least `grain` and runs them side by side.
func parallel(_ count: Int, grain: Int, threads: Int, _ body: (Range<Int>) -> Void) {
  let pieces = min(threads, count / max(1, grain))
  guard pieces > 1 else { return body(0..<count) }
  // The pieces share memory but write apart; that is the kernels' promise, not the compiler's.
  nonisolated(unsafe) let body = body
  DispatchQueue.concurrentPerform(iterations: pieces) { piece in
    body(count * piece / pieces..<count * (piece + 1) / pieces)
  }
}
