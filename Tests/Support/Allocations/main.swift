import CAllocations
import Foundation
import Gallery
import TensorPrograms
import Training

// What a training step allocates after the first: nothing, or the exit status is 1 and the callers are on standard
// error. `Allocations [architecture] [optimizer] [threads] [way] [traces]` looks at one network only.

/// A network, its batch, and how many threads compute it.
struct Subject {
  var architecture: Architecture
  var settings: [String: String] = [:]
  var optimizer: Optimizer
  var width = 64

  func trainer(threads: Int) throws -> (Trainer<Float>, Batch) {
    let program = try architecture.program(settings).withStep(optimizer)
    let trainer = try Trainer<Float>(
      program, width: width, numbers: Hyperparameters(standard: program, width: width, learningRate: 1e-4), seed: 1,
      threads: threads)
    var batch = Batch()
    for instruction in program.instructions {
      let count = try instruction.axes.reduce(1) {
        try $0 * $1.dimension.size.value(at: width, of: $1.dimension.name)
      }
      if instruction.primitive is Input {
        batch.values[instruction.name] = (0..<count).map { sin(Double($0)) }
      } else if let indices = instruction.primitive as? Indices {
        let below = try indices.below.size.value(at: width, of: indices.below.name)
        batch.indices[instruction.name] = (0..<count).map { Int32($0 % below) }
      }
    }
    return (trainer, batch)
  }
}

/// How a step is asked for.
enum Way: String, CaseIterable {
  case batch, rows, accumulating
}

/// Allocations of three steps after two.
func count(_ subject: Subject, threads: Int, way: Way = .batch, traces: Int = 0) throws -> Int {
  let (trainer, batch) = try subject.trainer(threads: threads)
  // One row, which is the whole batch.
  let examples = try Examples<Float>(values: batch.values, indices: batch.indices, rows: 1)
  let (rows, batches) = ([0][...], [batch, batch])
  func step() throws {
    switch way {
    case .batch: _ = try trainer.step(batch)
    case .rows: _ = try trainer.step(rows: rows, of: examples)
    case .accumulating: _ = try trainer.step(accumulating: batches)
    }
  }
  for _ in 0..<2 { try step() }
  allocations_start(traces)
  for _ in 0..<3 { try step() }
  return allocations_stop()
}

guard allocations_can_be_counted() != 0 else {
  print("allocations cannot be counted here")
  exit(0)
}
// A count that misses what is there would say nothing.
allocations_start(0)
let kept = (0..<3).map { [UInt8](repeating: UInt8($0), count: 1000) }
guard allocations_stop() >= 3, kept.count == 3 else {
  print("allocations are not seen")
  exit(2)
}

let arguments = Array(CommandLine.arguments.dropFirst())
var total = 0
/// Those of the matrix library.
var library = 0
var looked = 0

@MainActor func look(_ subject: Subject, threads: Int, way: Way = .batch, traces: Int = 0) throws {
  let found = try count(subject, threads: threads, way: way, traces: traces)
  let others = Int(allocations_of_matrix_library())
  total += found
  library += others
  looked += 1
  if found > 0 || arguments.count > 1 {
    print(
      "\(subject.architecture.name), \(subject.optimizer.name), \(threads) threads, \(way.rawValue): "
        + "\(found) allocations in 3 steps\(others > 0 ? ", and \(others) by OpenBLAS" : "")")
  }
}

if arguments.count > 1 {
  let subject = Subject(
    architecture: try Architecture(named: arguments[0]), optimizer: try Optimizer(named: arguments[1]))
  for threads in arguments.count > 2 ? [Int(arguments[2]) ?? 1] : [1, 2] {
    try look(
      subject, threads: threads, way: arguments.count > 3 ? Way(rawValue: arguments[3]) ?? .batch : .batch,
      traces: arguments.count > 4 ? Int(arguments[4]) ?? 0 : 0)
  }
} else {
  for threads in [1, 2] {
    // Large enough that threads share the work, and that gradients' products are joined to updates.
    for optimizer in [Optimizer.sgd, .adam(), .adamW()] {
      for way in Way.allCases {
        try look(
          Subject(architecture: .mlp, settings: ["biases": "true"], optimizer: optimizer, width: 256), threads: threads,
          way: way)
        try look(
          Subject(architecture: .gpt, settings: ["batch": "4", "sequence": "32"], optimizer: optimizer, width: 128),
          threads: threads, way: way)
      }
    }
    for architecture in Architecture.all {
      try look(Subject(architecture: architecture, optimizer: .adamW()), threads: threads)
    }
    for optimizer in Optimizer.all {
      for architecture in [Architecture.mlp, .gpt] {
        try look(Subject(architecture: architecture, optimizer: optimizer), threads: threads)
      }
    }
  }
}
print("\(total) allocations in steps of \(looked) runs, and \(library) by OpenBLAS")
exit(total == 0 ? 0 : 1)
