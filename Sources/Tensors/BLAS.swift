internal import COpenBLAS
internal import Foundation
internal import Synchronization

/// The matrix library, which is used for decompositions and for products with a vector.
///
/// It has one number of threads for the whole process, on which the bits of its results depend. Every call goes through
/// ``with(threads:_:)``, which keeps the number at the one asked for until the call ends.
enum BLAS {
  /// The number of threads times 2^32, 0 while it is being changed; plus the number of calls that are going on.
  private static let state = Atomic<Int>(0)
  /// Held by the caller that changes the number.
  private static let change = Mutex(())

  /// Runs `body` while the library uses so many threads. Calls that ask for the same number run side by side; others
  /// wait for one another. `body` must not ask again.
  @inline(__always)
  static func with<Result>(threads: Int, _ body: () -> Result) -> Result {
    enter(max(1, threads) << 32)
    defer { state.subtract(1, ordering: .releasing) }
    return body()
  }

  private static let calls = 1 << 32 - 1

  private static func enter(_ threads: Int) {
    while true {
      let now = state.load(ordering: .relaxed)
      guard now & ~calls == threads else {
        if enterByChanging(to: threads) { return }
        continue
      }
      if state.weakCompareExchange(expected: now, desired: now + 1, ordering: .acquiring).exchanged { return }
    }
  }

  /// Sets the number when no call is going on any more, and counts this one; false if another has set it meanwhile.
  private static func enterByChanging(to threads: Int) -> Bool {
    change.withLock { _ in
      guard state.load(ordering: .relaxed) & ~calls != threads else { return false }
      // No call begins from here on.
      state.bitwiseAnd(calls, ordering: .relaxed)
      var rounds = 0
      while state.load(ordering: .acquiring) != 0 {
        // A decomposition may take a while.
        if rounds < 100 { sched_yield() } else { usleep(50) }
        rounds += 1
      }
      openblas_set_num_threads(Int32(threads >> 32))
      state.store(threads | 1, ordering: .releasing)
      return true
    }
  }
}
