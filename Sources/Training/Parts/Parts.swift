import TensorPrograms
import Tensors

/// A batch in equal parts, each of which goes through many units on a thread of its own: the threads wait for one another
/// only at the end of such a segment, and what a part makes stays in its thread's caches. A GPT's step on two threads takes
/// 9 to 17 % less time so at width 64, and 7 % less at width 128.
///
/// All of it is in this folder. Two passes of the plan divide it (``ChooseParts``, ``CutIntoParts``), ``PartLives`` says
/// what lives how long, and the machine runs a segment by `inParts`. Without the two passes a plan has no parts.
///
/// A unit can be done in parts if each value that it reads or writes has the batch's axis outermost or has not got it. A
/// result that has not is a sum over the batch, as a gradient is: the parts' sums are added up behind the last unit of a
/// sequence of such units.
struct Parts: Sendable {
  var axis: Axis
  var label: Label
  var count: Int
  /// What each part has of its own lies behind what all share, so many scalars from this one on.
  var ownStart = 0, ownExtent = 0

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
    (self.axis, label) = (axis, graph.nodes[first].shape.labels[0])
    count = size % (2 * threads) == 0 ? 2 * threads : threads
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
  func allows(_ group: Fusion.Group, inputs: [Int], outputs: [Int], in graph: Graph) -> Bool {
    isCut(group.space, in: graph) == true && group.rowAxes != 0
      && !inputs.contains { isCut($0, in: graph) == nil } && outputs.allSatisfy { isCut($0, in: graph) == true }
  }
}

/// A unit's work on a part of the batch.
struct PartWork: Sendable {
  var work: Plan.Work
  /// Where the part's result lies, if that is to be added to those of the others.
  var sum: Plan.Place?
}

extension Plan {
  /// The units that a part of the batch goes through without waiting for the others: as many in a row as are done in parts.
  var segments: [Range<Int>] {
    var segments: [Range<Int>] = []
    for (index, unit) in units.enumerated() where unit.part != nil {
      if let last = segments.last, last.upperBound == index {
        segments[segments.count - 1] = last.lowerBound..<index + 1
      } else {
        segments.append(index..<index + 1)
      }
    }
    return segments
  }
}
