import TensorPrograms
import Tensors

/// A plan with its addresses: nothing is looked up in a step.
struct Bound<T: Element> {
  enum Work {
    case kernel(any Kernel, [Operand<T>], UnsafeMutablePointer<T>, UnsafeMutablePointer<T>?, node: Int)
    case chain(ElementwiseChain, [UnsafePointer<T>], [UnsafeMutablePointer<T>])
    case joined(
      ProductChain, operands: [UnsafePointer<T>], UnsafeMutablePointer<T>?, [UnsafePointer<T>],
      [UnsafeMutablePointer<T>], UnsafeMutablePointer<T>)
    case nothing
  }

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
      switch action.work {
      case .chain(let chain, let inputs, let outputs):
        chain.run(inputs: inputs, outputs: outputs, scalars: scalars, threads: threads)
      case .joined(let joined, let operands, let product, let inputs, let outputs, let workspace):
        joined.run(
          operands, product: product, inputs: inputs, outputs: outputs, scalars: scalars, workspace: workspace,
          threads: threads)
      case .nothing: break
      case .kernel(let kernel, let operands, let output, let workspace, let node):
        do {
          try kernel.run(operands, into: output, workspace: workspace, threads: threads)
        } catch {
          let instruction = graph.program.instructions[node]
          throw TrainingError.kernel(
            operation: instruction.primitive.word, name: instruction.name, reason: error.description)
        }
      }
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
