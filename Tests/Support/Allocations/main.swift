import CAllocations
import Foundation
import TensorPrograms
import Training

// What a training step allocates after the first: nothing, or the exit status is 1 and the callers are on standard
// error. `Allocations [architecture] [optimizer] [threads] [traces]` looks at one network only.

/// A network, its batch, and how many threads compute it.
struct Subject {
  var architecture: Architecture
  var settings: [String: String]
  var optimizer: Optimizer
  var width: Int

  func trainer(threads: Int) throws -> (Trainer<Float>, Batch) {
    let program = try architecture.program(settings).withStep(optimizer)
    let trainer = try Trainer<Float>(
      program, width: width, numbers: Numbers(standard: program, width: width, rate: 1e-3), seed: 1, threads: threads)
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

/// Allocations of three steps after two.
func count(_ subject: Subject, threads: Int, traces: Int) throws -> Int {
  let (trainer, batch) = try subject.trainer(threads: threads)
  for _ in 0..<2 { _ = try trainer.step(batch) }
  allocations_start(traces)
  for _ in 0..<3 { _ = try trainer.step(batch) }
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
var subjects = [
  Subject(architecture: .mlp, settings: [:], optimizer: .sgd, width: 256),
  Subject(architecture: .mlp, settings: ["biases": "true"], optimizer: .adam(), width: 256),
  Subject(architecture: .gpt, settings: ["batch": "4", "sequence": "32"], optimizer: .adamW(), width: 128),
]
if arguments.count > 1 {
  subjects = [
    Subject(
      architecture: try Architecture(named: arguments[0]), settings: [:], optimizer: try Optimizer(named: arguments[1]),
      width: 128)
  ]
}
var total = 0
for subject in subjects {
  for threads in arguments.count > 2 ? [Int(arguments[2]) ?? 1] : [1, 2] {
    let found = try count(subject, threads: threads, traces: arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0)
    print(
      "\(subject.architecture.name), \(subject.optimizer.name), \(threads) threads: \(found) allocations in 3 steps")
    total += found
  }
}
exit(total == 0 ? 0 : 1)
