import Foundation
import TensorPrograms
import Tensors

extension Trainer {
  /// The weights, the optimizer's states and the number of updates, bit for bit.
  public func checkpoint() -> Checkpoint { checkpoint { Data($0) } }

  /// The same without a second copy of the weights: to be used before the next step, and while this trainer lives.
  func checkpointInPlace() -> Checkpoint {
    checkpoint { bytes in
      bytes.baseAddress.map {
        Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0), count: bytes.count, deallocator: .none)
      } ?? Data()
    }
  }

  private func checkpoint(_ data: (UnsafeRawBufferPointer) -> Data) -> Checkpoint {
    Checkpoint(
      tensors: machine.saved.map { node, buffer in
        Checkpoint.Tensor(
          name: machine.graph.nodes[node].name, type: Machine<T>.savedType,
          shape: machine.graph.nodes[node].shape.sizes, bytes: data(UnsafeRawBufferPointer(buffer)))
      },
      metadata: [
        "program": program.name, "width": "\(width)", "seed": "\(seed)", "steps": "\(steps)",
      ])
  }

  /// Goes on from a checkpoint of the same program and width: the next step has the bits that it would have had.
  ///
  /// Throws: ``CheckpointError`` if a weight or state is missing, unknown, or of another shape or precision, or if the
  /// number of updates or the seed is missing; the trainer is then as it was.
  public func restore(_ checkpoint: Checkpoint) throws(CheckpointError) {
    let steps = try checkpoint.count("steps")
    guard let seed = checkpoint.metadata["seed"].flatMap({ UInt64($0) }) else {
      throw .unusableMetadata("seed", value: checkpoint.metadata["seed"])
    }
    try machine.restore(checkpoint)
    (self.steps, self.seed) = (steps, seed)
  }
}

extension Checkpoint {
  /// A whole number of the metadata, from 0 to 2^48.
  func count(_ name: String) throws(CheckpointError) -> Int {
    guard let text = metadata[name], let count = Int(text), (0...1 << 48).contains(count) else {
      throw .unusableMetadata(name, value: metadata[name])
    }
    return count
  }
}

extension Machine {
  static var savedType: String { T.self == Float.self ? "F32" : "F64" }

  /// The memory of weights and states, in the program's order.
  var saved: [(node: Int, buffer: UnsafeMutableBufferPointer<T>)] {
    graph.program.instructions.indices.compactMap { node in
      guard graph.program.instructions[node].role.isKept else { return nil }
      return source(node).map { (node, $0) }
    }
  }

  /// All is checked before anything is written.
  func restore(_ checkpoint: Checkpoint) throws(CheckpointError) {
    let (saved, program) = (saved, graph.program.name)
    let given = Dictionary(checkpoint.tensors.map { ($0.name, $0) }) { first, _ in first }
    let known = Set(saved.map { graph.nodes[$0.node].name })
    let missing = saved.map { graph.nodes[$0.node].name }.filter { given[$0] == nil }
    guard missing.isEmpty else { throw .missingTensors(missing, program: program) }
    let unknown = checkpoint.tensors.map(\.name).filter { !known.contains($0) }
    guard unknown.isEmpty else { throw .unknownTensors(unknown, program: program) }
    for (node, buffer) in saved {
      guard let tensor = given[graph.nodes[node].name] else { continue }
      guard tensor.type == Self.savedType else {
        throw .wrongType(tensor.name, expected: Self.savedType, found: tensor.type)
      }
      guard tensor.shape == graph.nodes[node].shape.sizes,
        tensor.bytes.count == buffer.count * MemoryLayout<T>.stride
      else { throw .wrongShape(tensor.name, expected: describe(tensor.name), found: tensor.shape) }
    }
    for (node, buffer) in saved {
      guard let tensor = given[graph.nodes[node].name] else { continue }
      tensor.bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
    }
  }
}
