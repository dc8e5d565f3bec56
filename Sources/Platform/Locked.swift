import Foundation

/// A value that one thread at a time may look at or change.
///
/// What `Mutex` of the language's library is, but behind a lock of the system, which the thread sanitizer sees.
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
