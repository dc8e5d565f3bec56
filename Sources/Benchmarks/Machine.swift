import COpenBLAS
import Dispatch
import Foundation
import Widthwise

/// The peak speeds of the machine with a number of threads.
struct MachineSpeed: Codable, CustomStringConvertible {
  /// Floating-point operations per second of single-precision matrix products.
  var operations: Double
  /// Bytes per second between processor and memory.
  var bandwidth: Double

  var description: String {
    String(
      format: "machine: %.0f GFLOP/s of sgemm, %.1f GB/s of memory (the best of several)", operations / 1e9,
      bandwidth / 1e9)
  }
}

func measureMachine(threads: Int) throws -> MachineSpeed {
  MachineSpeed(operations: peakOperations(threads), bandwidth: peakBandwidth(threads))
}

/// The best of several products of 2048 x 2048 matrices by OpenBLAS.
private func peakOperations(_ threads: Int) -> Double {
  let n = 2048
  let a = [Float](repeating: 1, count: n * n)
  var c = [Float](repeating: 0, count: n * n)
  openblas_set_num_threads(Int32(threads))
  let times = (0..<8).map { _ in
    seconds {
      let size = Int32(n)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, a, size, a, size, 0, &c, size)
    }
  }
  return 2 * Double(n * n * n) / (times.min() ?? .nan)
}

/// `a += s b` over arrays far larger than the caches: two reads and a write for each entry, none of them hidden.
private func peakBandwidth(_ threads: Int) -> Double {
  let count = 1 << 25
  let a = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: count / 8)
  let b = UnsafeMutablePointer<SIMD8<Float>>.allocate(capacity: count / 8)
  defer {
    a.deallocate()
    b.deallocate()
  }
  a.initialize(repeating: SIMD8(repeating: 1), count: count / 8)
  b.initialize(repeating: SIMD8(repeating: 2), count: count / 8)
  nonisolated(unsafe) let (x, y) = (a, b)
  let times = (0..<8).map { _ in
    seconds {
      DispatchQueue.concurrentPerform(iterations: threads) { part in
        for i in count / 8 * part / threads..<count / 8 * (part + 1) / threads { x[i] += 0.5 * y[i] }
      }
    }
  }
  return Double(12 * count) / (times.min() ?? .nan)
}
