import TestSupport
import Testing
import Training

@testable import Gallery
@testable import TensorPrograms

/// What is taken as given has no gradient, and changes no value.
@Suite struct StopGradientTests {
  private let width = 4, features = Dimension("features", 6)

  /// The gradients of the loss by weight.
  private func gradients(_ forward: Program) throws -> [String: [Double]] {
    let program = try forward.withGradient()
    let trainer = try Trainer<Double>(standard: program, width: width, rate: 0)
    for (id, _, _) in program.weights {
      let name = program[id].name
      try trainer.setWeight(name, to: normal(try trainer.weight(name).count, seed: 3, name))
    }
    var found: [String: [Double]] = [:]
    let batch = try Batch(random: program, width: width)
    _ = try trainer.evaluate(batch, observing: program.gradients.map(\.value)) { id, entries in
      for gradient in program.gradients where gradient.value == id {
        found[program[gradient.weight].name] = Array(entries)
      }
    }
    return found
  }

  private func program(_ through: (Value) -> Value) throws -> Program {
    try Program("estimator") { p in
      let x = Dense("in", to: Dimension("model", growing: .n))(p.input("x", [.batch, features]))
      p.minimize(mean(through(x) * p.input("probe", x.axes)))
    }
  }

  /// The straight-through estimator (1308.3432): the sign going forward, the identity going back.
  @Test func straightThrough() throws {
    let estimated = try gradients(program { $0 + stopGradient(map(.sign, $0) - $0) })
    let identity = try gradients(program { $0 })
    #expect(relativeDifference([estimated["in"] ?? []], [identity["in"] ?? []]) < 1e-12)
  }

  /// A student follows a teacher that does not follow it.
  @Test func teacher() throws {
    let program = try Program("distilled") { p in
      let x = p.input("x", [.batch, features])
      let classes = Dimension("classes", 3)
      let (student, teacher) = (Dense("student", to: classes)(x), Dense("teacher", to: classes)(x))
      p.minimize(meanSquaredError(student, stopGradient(teacher)))
    }
    let found = try gradients(program)
    #expect(Array(found.keys) == ["student"] && found["student"]?.contains { abs($0) > 1e-3 } == true)
  }

  /// Its text is read back, and there is no derivative through it to look for.
  @Test func text() throws {
    let program = try program { stopGradient(map(.cap, $0)) * $0 }
    #expect(program.text.contains("= stopgradient "))
    #expect(try Program(text: program.text).text == program.text)
    #expect(try program.withGradient().gradients.count == 1)
  }
}
