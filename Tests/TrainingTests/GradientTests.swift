import TensorPrograms
import Testing
import Training

/// The gradient of every sample equals central differences in Double.
@Test(arguments: SampleCatalog.all)
func gradientEqualsCentralDifferences(_ sample: Sample) throws {
  let forward = try #require(sample.program, "\(sample.error)")
  let program = try forward.withGradient()
  let width = 4
  let numbers = try Numbers(standard: program, width: width, rate: 0)
  let trainer = try Trainer<Double>(program, width: width, numbers: numbers, seed: 1)
  let batch = try Batch(random: program, width: width)
  for (id, _) in program.weights {
    // Biases and gains too begin somewhere.
    let name = program[id].name
    try trainer.setWeight(name, to: normal(trainer.weight(name).count, seed: 3, name))
  }
  #expect(program.gradients.count == program.weights.count)
  for gradient in program.gradients {
    let name = program[gradient.weight].name
    let start = try trainer.weight(name)
    var analytic: [Double] = []
    _ = try trainer.evaluate(batch, observing: [gradient.value]) { analytic = Array($1) }
    for direction in [UInt64(11), 12, 13] {
      let v = normal(start.count, seed: direction, name)
      let h = 1e-5
      func loss(_ t: Double) throws -> Double {
        try trainer.setWeight(name, to: zip(start, v).map { $0 + t * $1 })
        return try trainer.evaluate(batch)
      }
      let difference = try (loss(h) - loss(-h)) / (2 * h)
      let exact = zip(analytic, v).map(*).reduce(0, +)
      let size = zip(analytic, v).map { abs($0 * $1) }.reduce(0, +)
      #expect(abs(difference - exact) < 1e-7 * max(size, 1e-3), "\(name): \(difference) beside \(exact)")
    }
    try trainer.setWeight(name, to: start)
  }
}
