import Synchronization
import Testing

@testable import Tensors

/// The scratch memory of threads.
@Suite struct ScratchTests {
  /// What is lent stays as it is when the thread asks for more.
  @Test func loansAreApart() throws {
    try withScratch(Double.self, count: 10) { first in
      first[9] = 7
      #expect(throws: Never.self) {
        try withScratch(Double.self, count: 1 << 18) { second in
          #expect(second != first)
          for i in 0..<1 << 18 { second[i] = 1 }
        }
        try withScratch(Double.self, count: 10) { third in third[9] = 2 }
      }
      #expect(first[9] == 7)
    }
  }

  @Test func refusedMemoryIsAnError() throws {
    let count = 1 << 57
    #expect(throws: KernelError.memoryRefused(bytes: count * 8)) {
      try withScratch(Double.self, count: count) { _ in Issue.record("there is no such memory") }
    }
    #expect(throws: KernelError.memoryRefused(bytes: count)) {
      try parallel(4, grain: 1, threads: 2, scratch: count) { _, _ in true }
    }
    #expect(throws: KernelError.memoryRefused(bytes: 64)) {
      try parallel(4, grain: 1, threads: 2, scratch: 64) { range, _ in !range.contains(3) }
    }
    // What was lent before can still be had.
    try withScratch(Float.self, count: 3) { $0[2] = 1 }
  }

  /// While one call has its number of threads, calls with another wait.
  @Test func callsOfTheMatrixLibraryAgree() {
    let going = Mutex([0, 0, 0])
    parallel(64, grain: 1, threads: 4, shares: 16) { range in
      for i in range {
        let threads = i % 3 == 0 ? 2 : 1
        BLAS.with(threads: threads) {
          going.withLock {
            $0[threads] += 1
            #expect($0[3 - threads] == 0)
          }
          going.withLock { $0[threads] -= 1 }
        }
      }
    }
    #expect(going.withLock { $0 } == [0, 0, 0])
  }
}
