import Gallery
import TensorPrograms
import TestSupport
import Testing

@testable import Training

@Suite struct ProfileTests {
  /// Three products for a weight behind others, two for the first: its input has no gradient.
  @Test func productsAreCountedFromTheShapes() throws {
    let program = try Architecture.mlp.program()
    let (batch, features, n, classes) = (64, 64, 32, 10)
    let weights = [features * n, n * n, n * n, n * classes]
    let forward = try Plan(program, width: n).statistics
    #expect(forward.multiplyAdds == batch * weights.reduce(0, +))
    #expect(forward.weightsMoved == weights.reduce(0, +))
    let step = try Plan(program.withStep(.adam()), width: n).statistics
    #expect(step.multiplyAdds == batch * (3 * weights.reduce(0, +) - weights[0]))
    // Weight and two moments, read and written.
    #expect(step.weightsMoved == 6 * weights.reduce(0, +))
    #expect(step.moved >= step.weightsMoved)
  }

  @Test func attentionIsCountedToo() throws {
    let settings = ["depth": "1", "batch": "2", "sequence": "8", "vocabulary": "16"]
    let program = try Architecture.gpt.program(settings)
    let plan = try Plan(program, width: 32)
    let (tokens, n) = (16, 32)
    let dense = tokens * (4 * n * n + 8 * n * n + 16 * n)
    // Each query with the keys up to it, about half of those of its sequence, whatever the heads.
    let attention = 2 * tokens * 8 * n / 2
    #expect(plan.statistics.multiplyAdds == dense + attention)
  }

  @Test func everyUnitIsTimedAndTheStepsAreMade() throws {
    let program = try Architecture.mlp.program().withStep(.adam())
    let batch = try Batch(random: program, width: 16)
    let (one, other) = (try Trainer<Float>(standard: program), try Trainer<Float>(standard: program))
    let times = try one.profile(batch, steps: 3)
    let plan = try one.plan
    #expect(times.count == plan.units.count && times.allSatisfy { $0.seconds > 0 && !$0.name.isEmpty })
    #expect(times.reduce(0) { $0 + $1.multiplyAdds } == plan.statistics.multiplyAdds)
    #expect(times.filter { $0.kind == .product }.count == 11)
    #expect(times.contains { $0.kind == .chain })
    #expect(one.steps == 3)
    #expect(try one.weights(after: 1, on: batch) == other.weights(after: 4, on: batch))
  }
}
