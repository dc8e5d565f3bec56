import Foundation

/// A value that one thread at a time may read or change.
///
/// As `Mutex` of the standard library, but with a lock of the operating system, which the thread sanitizer sees.
package final class Locked<Value>: @unchecked Sendable {
  private var value: Value
  private let lock = NSLock()

  package init(_ value: Value) { self.value = value }

  package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
