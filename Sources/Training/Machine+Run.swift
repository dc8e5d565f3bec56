import TensorPrograms
import Tensors

/// A plan with its addresses: nothing is looked up in a step.
struct Bound<T: Element> {
  /// One unit, with what it needs: the run's numbers and how many threads it may use are given. Throws errors of
  /// ``TrainingError``.
  typealias Work = (_ scalars: [Double], _ threads: Int) throws -> Void

  struct Action {
    var work: Work
    var observed: [(ValueID, UnsafeBufferPointer<T>)]
  }

  var actions: [Action]
  var observedAtStart: [(ValueID, UnsafeBufferPointer<T>)]
  var copies: [(from: UnsafePointer<T>, to: UnsafeMutablePointer<T>, count: Int)]
  var inputs: [Int]
  var loss: UnsafePointer<T>?
  var lossUnit: Int?
}

extension Machine {
  /// Runs a plan and returns the loss, 0 if it was not asked for. Throws ``NotFinite`` as soon as the loss is known.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func run(_ bound: Bound<T>, _ observe: (ValueID, UnsafeBufferPointer<T>) throws -> Void) throws -> Double {
    onUnit?(-1)
    for (id, entries) in bound.observedAtStart { try observe(id, entries) }
    var loss = bound.lossUnit == nil ? bound.loss.map { Double($0.pointee) } ?? 0 : 0
    guard loss.isFinite else { throw NotFinite() }
    for (i, action) in bound.actions.enumerated() {
      try action.work(scalars, threads)
      if let onUnit { onUnit(i) }
      if !action.observed.isEmpty { for (id, entries) in action.observed { try observe(id, entries) } }
      if i == bound.lossUnit, let pointer = bound.loss {
        loss = Double(pointer.pointee)
        guard loss.isFinite else { throw NotFinite() }
      }
    }
    for copy in bound.copies { copy.to.update(from: copy.from, count: copy.count) }
    return loss
  }
}
