import TensorPrograms
import Tensors

extension Machine {
  /// Runs a plan and returns the loss, 0 if it was not asked for. Throws ``NotFinite`` as soon as the loss is known.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func run(_ bound: Bound<T>, _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void) throws -> Double {
    onUnit?(-1)
    for (id, entries) in bound.observedAtStart { try observe(id, entries) }
    var loss = bound.lossUnit == nil ? bound.loss.map { Double($0.pointee) } ?? 0 : 0
    guard loss.isFinite else { throw NotFinite() }
    var unit = 0
    while unit < bound.actions.count {
      let action = bound.actions[unit]
      var end = unit + 1
      if onUnit == nil, let segment = action.segment {
        try segment.work(scalars, threads)
        end = unit + segment.count
      } else {
        try action.work(scalars, threads)
        if let onUnit { onUnit(unit) }
        if !action.observed.isEmpty { for (id, entries) in action.observed { try observe(id, entries) } }
      }
      if let known = bound.lossUnit, (unit..<end).contains(known), let pointer = bound.loss {
        loss = Double(pointer.pointee)
        guard loss.isFinite else { throw NotFinite() }
      }
      unit = end
    }
    for copy in bound.copies { copy.to.update(from: copy.from, count: copy.count) }
    return loss
  }
}
