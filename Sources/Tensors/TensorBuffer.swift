internal import Foundation

/// The system did not give the memory that was asked for.
public struct MemoryRefused: Error, Sendable, Equatable, CustomStringConvertible {
  public let bytes: Int
  public var description: String { "\(bytes) bytes of memory were refused" }
}

/// Memory from the system, aligned to 64 bytes and filled with zeros.
public enum ZeroedMemory {
  /// Throws ``MemoryRefused`` where the language's own allocation ends the program. Given back by ``free(_:)``.
  public static func allocate<S>(_: S.Type, count: Int) throws(MemoryRefused)
    -> UnsafeMutableBufferPointer<S>
  {
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<S>.stride)
    guard count >= 0, !overflow, size <= Int.max - 64 else { throw MemoryRefused(bytes: .max) }
    let bytes = max(64, (size + 63) & ~63)
    var memory: UnsafeMutableRawPointer?
    // Large memory in large pages, where the system has such: fewer addresses to look up.
    let isLarge = bytes >= 4 << 20
    guard posix_memalign(&memory, isLarge ? 2 << 20 : 64, bytes) == 0, let memory else {
      throw MemoryRefused(bytes: bytes)
    }
    #if canImport(Glibc)
      if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    return UnsafeMutableBufferPointer(start: memory.bindMemory(to: S.self, capacity: count), count: count)
  }

  public static func free<S>(_ memory: UnsafeMutableBufferPointer<S>) { Foundation.free(memory.baseAddress) }
}

/// Memory for scalars, aligned to 64 bytes and filled with zeros, that lives as long as this object.
///
/// It is shared without locks: whoever writes sees to it that nobody else reads.
public final class TensorBuffer<T: Element>: @unchecked Sendable {
  /// Scalars, not bytes.
  public let count: Int
  /// The first scalar. It is valid while the buffer lives, which may end at the buffer's last use by name: hold the
  /// buffer in a property, or use `withExtendedLifetime`.
  public let pointer: UnsafeMutablePointer<T>

  /// Throws ``MemoryRefused``.
  public init(allocating count: Int) throws(MemoryRefused) {
    let memory = try ZeroedMemory.allocate(T.self, count: count)
    // At least 64 bytes are there.
    guard let start = memory.baseAddress else { throw MemoryRefused(bytes: 64) }
    (self.count, pointer) = (count, start)
  }

  /// A small buffer: the program ends if even that is refused.
  public convenience init(count: Int) {
    do { try self.init(allocating: count) } catch { preconditionFailure("\(error)") }
  }

  deinit { Foundation.free(pointer) }

  /// Makes all scalars zero.
  public func clear(threads: Int = 1) {
    let pointer = pointer
    parallel(count, grain: 1 << 18, threads: threads) { range in
      UnsafeMutableRawPointer(pointer + range.lowerBound)
        .initializeMemory(as: UInt8.self, repeating: 0, count: range.count * MemoryLayout<T>.stride)
    }
  }

  /// All scalars, or those from `start` on.
  public func slice(from start: Int = 0, count: Int? = nil) -> UnsafeMutableBufferPointer<T> {
    let count = count ?? self.count - start
    precondition(start >= 0 && count >= 0 && start + count <= self.count, "outside the buffer")
    return UnsafeMutableBufferPointer(start: pointer + start, count: count)
  }

  public subscript(index: Int) -> T {
    get { slice()[index] }
    set { slice()[index] = newValue }
  }
}
