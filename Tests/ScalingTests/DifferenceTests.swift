import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

@Suite struct DifferenceTests {
  @Test func optimizers() throws {
    let program = try Architecture.mlp.program()
    let (adam, sgd) = (try program.maximalUpdate(optimizer: .adam), try program.maximalUpdate(optimizer: .sgd))
    let found = try adam.difference(from: sgd)
    #expect(found.names == ["Adam", "SGD"])
    #expect(found.weights.map(\.name) == ["layers.0", "layers.1", "layers.2"])
    #expect(found.agreeing == 1 && found.multipliers.isEmpty)
    #expect(found.weights[0].exponents == [Exponents(b: 0, c: 0), Exponents(b: 0, c: -1)])
    #expect(found.weights.allSatisfy { $0.isGauge == nil } && !found.isGauge)
    #expect(try adam.difference(from: adam).weights.isEmpty)
  }

  /// Whatever gauges are compared, nothing but the gauge differs; one edit more, and something does.
  @Test(arguments: [Optimizer.sgd, .adam]) func gauges(_ optimizer: Optimizer) throws {
    let program = try Architecture.gpt.program(["depth": "1"])
    let rules = try program.maximalUpdate(optimizer: optimizer)
    for first in Gauge.all {
      for second in Gauge.all {
        var (a, b) = (try rules.inGauge(first), try rules.inGauge(second))
        let found = try a.difference(from: b)
        #expect(found.weights.allSatisfy { $0.isGauge == true } && found.multipliers.isEmpty)
        #expect(found.weights.count + found.agreeing == rules.weights.count + rules.multipliers.count)
        swap(&a, &b)
        var edited = a.parametrization
        try edited.set("readout.c=7/3")
        let other = try edited.difference(from: b.parametrization, under: rules.gaugeLaw())
        #expect(other.weights.first { $0.name == "readout" }?.isGauge == false && !other.isGauge)
      }
    }
  }

  @Test func multipliers() throws {
    let program = try Architecture.gpt.program(["depth": "1"])
    let rules = try program.maximalUpdate(optimizer: .adam).parametrization
    let found = try rules.difference(from: .standard(program))
    #expect(found.multipliers.map(\.name) == ["blocks.0.attention.scale"])
    #expect(found.multipliers[0].exponents == [-1, Rational(-1, 2)])
  }

  @Test func twoNetworks() throws {
    let (few, many) = (try Architecture.mlp.program(["depth": "1"]), try Architecture.mlp.program(["depth": "2"]))
    for (a, b) in [(few, many), (many, few)] {
      #expect(throws: ProgramError.self) { try Parametrization.standard(a).difference(from: .standard(b)) }
    }
  }
}
