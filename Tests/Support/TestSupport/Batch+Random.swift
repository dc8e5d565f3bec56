import Foundation
package import Gallery
package import TensorPrograms
import Tensors
package import Training

extension Batch {
  /// Normal numbers and indices that depend on the seed and the names.
  package init(random program: Program, width: Int, seed: UInt64 = 7) throws {
    self.init()
    for instruction in program.instructions {
      let count = try instruction.axes.reduce(1) {
        try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name)
      }
      let noise = normal(count, seed: seed, "batch/" + instruction.name)
      if instruction.primitive is Input { values[instruction.name] = noise }
      if let below = (instruction.primitive as? Indices)?.below {
        let size = try below.size.value(at: width, of: below.name)
        indices[instruction.name] = noise.map {
          Int32((abs($0) * 1000).truncatingRemainder(dividingBy: Double(size)))
        }
      }
    }
  }
}

/// Normal numbers that depend on the seed and the name.
package func normal(_ count: Int, seed: UInt64, _ name: String) -> [Double] {
  let buffer = TensorBuffer<Double>(count: count)
  GaussianStream.fill(
    buffer.slice(), seed: seed, stream: GaussianStream.stream(named: name), standardDeviation: 1)
  return Array(buffer.slice())
}
