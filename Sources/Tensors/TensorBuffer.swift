/// Memory for scalars, aligned to 64 bytes and filled with zeros, that lives as long as this object.
///
/// It is shared without locks: whoever writes sees to it that nobody else reads.
public final class TensorBuffer<T: Element>: @unchecked Sendable {
  /// Scalars, not bytes.
  public let count: Int
  /// The first scalar. It is valid while the buffer lives, which may end at the buffer's last use by name: hold the
  /// buffer in a property, or use `withExtendedLifetime`.
  public let pointer: UnsafeMutablePointer<T>

  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) scalars")
    self.count = count
    let bytes = max(64, (count * MemoryLayout<T>.stride + 63) & ~63)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = memory.bindMemory(to: T.self, capacity: count)
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

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
