import Gallery
import Platform
import TensorPrograms
import TestSupport
import Testing
import Training

@Suite struct ConcurrentTrainersTests {
  /// The team works for one trainer at a time; the others do their pieces themselves, in the same bits.
  @Test(arguments: [Architecture.mlp, .gpt])
  func trainersOfTwoThreadsShareTheTeam(_ architecture: Architecture) throws {
    let settings = ["mlp": ["batch": "64", "biases": "true"], "gpt": ["batch": "4", "sequence": "16"]]
    let program = try architecture.program(settings[architecture.name] ?? [:]).withStep(.adam())
    let batch = try Batch(random: program, width: 128)
    @Sendable func weights(_ seed: UInt64) throws -> [[Double]] {
      try Trainer<Float>(standard: program, width: 128, seed: seed, threads: 2).weights(after: 3, on: batch)
    }
    let alone = [try weights(1), try weights(2)]
    #expect(alone[0] != alone[1])
    let beside = try ParallelJobs.run(Array(0..<8), workers: 4) { try weights(UInt64($0 % 2 + 1)) }
    for (i, result) in beside.enumerated() { #expect(result == alone[i % 2], "run \(i)") }
  }

  /// Decompositions of one trainer use the matrix library's threads, while products with a vector of others must not.
  @Test func bitsDoNotDependOnWhoElseTrains() throws {
    let wide = try Architecture.mlp.program(["batch": "8"]).withStep(Optimizer(named: "shampoo"))
    let tall = try Architecture.mlp.program(["batch": "1", "classes": "2"]).withStep(.sgd)
    let (batch, single) = (try Batch(random: wide, width: 96), try Batch(random: tall, width: 96))
    @Sendable func weights(_ number: Int) throws -> [[Double]] {
      number % 2 == 0
        ? try Trainer<Float>(standard: wide, width: 96, threads: 2).weights(after: 2, on: batch)
        : try Trainer<Float>(standard: tall, width: 96, threads: 1).weights(after: 20, on: single)
    }
    let alone = [try weights(0), try weights(1)]
    let beside = try ParallelJobs.run(Array(0..<6), workers: 3) { try weights($0) }
    for (i, result) in beside.enumerated() { #expect(result == alone[i % 2], "run \(i)") }
  }

  @Test func theThreadsOfARunDependOnItsSizeAlone() throws {
    let program = try Architecture.mlp.program()
    for workers in [1, 2, 5] {
      #expect(try program.trainingThreads(width: 512, workers: workers) == 1)
      #expect(try program.trainingThreads(width: 2048, workers: workers) == workers)
      // Weights that no machine could hold are still counted.
      #expect(try program.trainingThreads(width: 1 << 30, workers: workers) == workers)
    }
    #expect(try program.trainingThreads(width: 2048, workers: 0) == 1)
    #expect(throws: ProgramError.self) { try program.trainingThreads(width: 0, workers: 2) }
  }
}
