import TensorPrograms
import Tensors

/// A batch in equal parts, each of which goes through many units on a thread of its own: nobody waits for the others in
/// between, and what a part makes stays in its thread's caches.
///
/// A unit can be done in parts if each value that it reads or writes has the batch's axis outermost or has not got it. A
/// result that has not is a sum over the batch, as a gradient is: the parts' sums are added up behind the last unit of a
/// sequence of such units.
struct Parts: Sendable {
  var axis: Axis
  var label: Label
  var count: Int

  /// Programs with more weights keep to the whole batch: they would write every gradient once for each part.
  private static let mostWeights = 1 << 21

  /// Of the batch's axis, which is the outermost of all inputs that are needed.
  init?(_ graph: Graph, needed: [Bool], threads: Int) {
    let program = graph.program
    let inputs = program.instructions.indices.filter { needed[$0] && program.isInput($0) }
    guard threads > 1, let first = inputs.first, let axis = graph.nodes[first].axes.first,
      inputs.allSatisfy({ graph.nodes[$0].axes.first == axis }), let size = graph.nodes[first].shape.sizes.first,
      size > 0, size % threads == 0
    else { return nil }
    let weights = program.instructions.indices.reduce(0) { $0 + (program.isKept($1) ? graph.nodes[$1].shape.count : 0) }
    guard weights <= Parts.mostWeights else { return nil }
    (self.axis, count, label) = (
      axis, size % (2 * threads) == 0 ? 2 * threads : threads, graph.nodes[first].shape.labels[0]
    )
  }

  /// Whether a value, as it is read here and as it lies, consists of parts; nil if it is neither that nor whole.
  func isCut(_ node: Int, in graph: Graph) -> Bool? {
    let (axes, stored) = (graph.nodes[node].axes, graph.nodes[graph.storage[node]].axes)
    if !axes.contains(axis), !stored.contains(axis) { return false }
    return axes.first == axis && stored.first == axis ? true : nil
  }

  /// The shape of a part.
  func shape(_ node: Int, in graph: Graph) -> Shape {
    graph.nodes[node].shape.part(of: label, parts: count) ?? graph.nodes[node].shape
  }

  /// The kernel of a part, and whether its results are to be added up.
  func kernel(_ kernel: any Kernel, _ node: Int, in graph: Graph) -> (kernel: any Kernel, isSum: Bool)? {
    let operands = graph.nodes[node].operands.map { isCut($0, in: graph) }
    guard !operands.contains(nil), let first = operands.firstIndex(of: true), let isCut = isCut(node, in: graph),
      let part = kernel.part(of: first, parts: count)
    else { return nil }
    return (part, !isCut)
  }

  /// Whether a chain can be done in parts.
  func allows(_ unit: Fusion.Unit, inputs: [Int], outputs: [Int], in graph: Graph) -> Bool {
    isCut(unit.space, in: graph) == true && unit.rowAxes != 0
      && !inputs.contains { isCut($0, in: graph) == nil } && outputs.allSatisfy { isCut($0, in: graph) == true }
  }
}
