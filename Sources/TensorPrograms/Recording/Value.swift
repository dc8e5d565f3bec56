import Exact

/// A tensor of a program under recording: what layers take and give.
///
/// Arithmetic broadcasts by the names of axes: `[batch, model] * [model]` has axes `[batch, model]`.
public struct Value {
  public let recorder: Recorder
  /// Nil if the value could not be recorded; the recording throws the reason.
  public let id: ValueID?

  init(_ recorder: Recorder, _ id: ValueID?) {
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

public func + (a: Value, b: Value) -> Value { a.recorder.record(Add([1, 1]), [a, b]) }
public func - (a: Value, b: Value) -> Value { a.recorder.record(Add([1, -1]), [a, b]) }
public prefix func - (a: Value) -> Value { -1 * a }
/// The entrywise product: a contraction that sums over nothing.
public func * (a: Value, b: Value) -> Value { contract([a, b], to: union(a.axes, b.axes)) }
public func / (a: Value, b: Value) -> Value { a * map(.reciprocal, b) }
public func * (factor: Double, a: Value) -> Value { scale(a, by: Monomial(factor)) }

private func union(_ a: [Axis], _ b: [Axis]) -> [Axis] {
  // A tensor that is broadcast does not decide the order.
  let (first, second) = a.count >= b.count ? (a, b) : (b, a)
  return first + second.filter { !first.contains($0) }
}

/// Sums the product of the operands over every axis that is not in `axes` (Einstein's convention by name).
public func contract(_ operands: [Value], to axes: [Axis]) -> Value {
  operands[0].recorder.record(Contract(), operands, axes: axes)
}

/// Contracts over the named axes and keeps the others, in the order of the operands.
public func contract(_ a: Value, _ b: Value, over axes: [Axis]) -> Value {
  contract([a, b], to: union(a.axes, b.axes).filter { !axes.contains($0) })
}

/// A nonlinearity, entry by entry.
public func map(_ nonlinearity: Nonlinearity, _ x: Value) -> Value { x.recorder.record(Map(nonlinearity), [x]) }

/// `factor * x`.
public func scale(_ x: Value, by factor: Monomial, _ symbol: RunParameter? = nil) -> Value {
  x.recorder.record(ScaleBy(factor, symbol), [x])
}

/// `factor * x`, where the exponent of the factor in width is free: a parametrization decides it, and `factor`
/// is only its standard value (the attention scale's `head^(-1/2)`).
public func multiplier(_ name: String, _ x: Value, standard factor: Monomial = Monomial()) -> Value {
  scale(x, by: factor, .multiplier(x.recorder.qualified(name)))
}

/// The sum over the given axes.
public func sum(_ x: Value, over axes: [Axis]) -> Value {
  contractOne(x, keeping: x.axes.filter { !axes.contains($0) }, summed: axes)
}

private func contractOne(_ x: Value, keeping: [Axis], summed: [Axis]) -> Value {
  if let missing = summed.first(where: { !x.axes.contains($0) }), let id = x.id {
    x.recorder.fail(
      .shape(
        operation: "sum", operands: ["\"\(x.recorder.program[id].name)\" \(x.axes.bracketed)"],
        reason: "there is no axis named \"\(missing.name)\" to sum over"))
  }
  return x.recorder.record(Sum(), [x], axes: keeping)
}

/// The mean over the given axes; over all of them if none are given.
public func mean(_ x: Value, over axes: [Axis]? = nil) -> Value {
  let over = axes ?? x.axes
  return scale(sum(x, over: over), by: .product(over.map(\.dimension), power: -1))
}

/// `x + epsilon`, a guard against division by zero. The calculus takes epsilon to be negligible.
public func guarded(_ x: Value, epsilon: Double) -> Value { x.recorder.record(Guard(epsilon), [x]) }

/// The softmax over one or more axes.
public func softmax(_ x: Value, over axes: [Axis]) -> Value { x.recorder.record(Softmax(over: axes), [x]) }

/// The logarithm of the sum of exponentials over the given axes.
public func logSumExp(_ x: Value, over axes: [Axis]) -> Value {
  x.recorder.record(LogSumExp(), [x], axes: x.axes.filter { !axes.contains($0) })
}

/// Rows of `table` along one of its axes, by number: an embedding, or the logit of a label.
public func gather(_ table: Value, _ indices: Value, along axis: Axis) -> Value {
  table.recorder.record(Gather(along: axis), [table, indices])
}

/// Sets entries whose key comes after their query to `fill`.
public func causal(_ x: Value, query: Axis, key: Axis, fill: Double = -.infinity) -> Value {
  x.recorder.record(Causal(query: query, key: key, fill: fill), [x])
}

/// The same tensor under another name of one axis.
public func rename(_ x: Value, _ axis: Axis, to other: Axis) -> Value {
  x.recorder.record(Rename(axis, to: other), [x])
}

/// Copies along axes that x does not have; the result has `axes`, in this order.
public func expand(_ x: Value, to axes: [Axis]) -> Value {
  x.axes == axes ? x : x.recorder.record(Expand(), [x], axes: axes)
}
