import Exact

/// A tensor of a program under recording: what layers take and give.
///
/// Arithmetic broadcasts by the names of axes: `[batch, model] * [model]` has axes `[batch, model]`. All other
/// functions of values are in the files of their primitives.
public struct Value {
  public let recorder: Recorder
  /// Nil if the value could not be recorded; the recording throws the reason.
  public let id: ValueID?

  package init(_ recorder: Recorder, _ id: ValueID?) {
    self.recorder = recorder
    self.id = id
  }

  public var axes: [Axis] { id.map { recorder.program[$0].axes } ?? [] }
  public var dimensions: [Dimension] { axes.map(\.dimension) }

  /// Names the value, so that checks report it.
  public func named(_ name: String) -> Value {
    recorder.name(self, name)
    return self
  }
}

// MARK: - Arithmetic

public func + (a: Value, b: Value) -> Value { add([a, b], times: [1, 1]) }
public func - (a: Value, b: Value) -> Value { add([a, b], times: [1, -1]) }
public prefix func - (a: Value) -> Value { -1 * a }
/// The entrywise product: a contraction that sums over nothing.
public func * (a: Value, b: Value) -> Value { contract([a, b], to: union(a.axes, b.axes)) }
public func / (a: Value, b: Value) -> Value { a * map(.reciprocal, b) }
public func * (factor: Double, a: Value) -> Value { scale(a, by: Monomial(factor)) }

func union(_ a: [Axis], _ b: [Axis]) -> [Axis] {
  // A tensor that is broadcast does not decide the order.
  let (first, second) = a.count >= b.count ? (a, b) : (b, a)
  return first + second.filter { !first.contains($0) }
}
