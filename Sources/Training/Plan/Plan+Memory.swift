import Platform
import TensorPrograms

extension Plan {
  /// The scalars of weights, states, inputs, sums of gradients and shared memory.
  var scalars: Int { statistics.weights + statistics.inputs + accumulated + statistics.shared }

  /// The memory that a run in Float takes.
  public var bytes: Int { scalars * MemoryLayout<Float>.stride }

  /// Throws ``TrainingError/memory(program:width:needed:available:largest:)`` if there is not so much memory.
  func checkMemory(scalar: Int, available: Int = SystemMemory.available) throws(TrainingError) {
    let (needed, overflow) = scalars.multipliedReportingOverflow(by: scalar)
    guard overflow || needed > available else { return }
    let largest = places.indices.filter { places[$0] != .nowhere && $0 < graph.program.instructions.count }
      .max { graph.nodes[$0].shape.count < graph.nodes[$1].shape.count }
    throw .memory(
      program: graph.program.name, width: graph.width, needed: overflow ? .max : needed, available: available,
      largest: largest.map { node in
        "\"\(graph.nodes[node].name)\" \(graph.nodes[node].axes.bracketed) = "
          + graph.nodes[node].shape.sizes.map(String.init).joined(separator: " x ")
      } ?? "")
  }
}

extension Plan: CustomStringConvertible {
  /// One line of statistics, and one for each unit in the order in which they run.
  public var description: String {
    var lines = [statistics.description]
    let name = { (node: Int) in graph.nodes[node].name }
    for unit in units {
      switch unit.work {
      case .kernel(_, let node, _):
        lines.append(
          "\(name(node)) = \(graph.program.instructions[node].primitive.word) "
            + graph.nodes[node].operands.map(name).joined(separator: ", "))
      case .joined(_, let node, let inputs, let outputs, _):
        lines.append(
          "\(outputs.map(name).joined(separator: ", ")) = chain of \(inputs.map(name).joined(separator: ", ")), where "
            + "\(name(node)) = \(graph.program.instructions[node].primitive.word) "
            + graph.nodes[node].operands.map(name).joined(separator: ", ")
            + (places[node] == .nowhere ? "" : " is stored"))
      case .chain(_, let inputs, let outputs):
        lines.append(
          "\(outputs.map(name).joined(separator: ", ")) = chain of \(inputs.map(name).joined(separator: ", "))"
        )
      }
    }
    return lines.joined(separator: "\n")
  }
}
