import Exact
import Scaling
import Testing

@testable import Gallery
@testable import TensorPrograms

/// What is cited depends on what was used.
@Suite struct ReferenceTests {
  /// What the exponents rest on, beside the works that the optimizer is taken from.
  private func works(_ program: Program, _ optimizer: Optimizer, for names: [String] = []) throws -> Set<String> {
    let found = try program.maximalUpdate(optimizer: optimizer).references([optimizer], for: names)
    for source in optimizer.sources { #expect(found.contains { $0.work == source }) }
    return Set(found.map(\.work.identifier)).subtracting(optimizer.sources.map(\.identifier))
  }

  private let one = Citation.tensorProgramsI.identifier
  private let three = Citation.tensorProgramsIII.identifier
  private let four = Citation.tensorProgramsIV.identifier
  private let fourB = Citation.tensorProgramsIVb.identifier
  private let five = Citation.tensorProgramsV.identifier

  /// An adaptive step rests on a work of its own; a linear one does not.
  @Test func steps() throws {
    let program = try Architecture.mlp.program()
    #expect(try works(program, .sgd) == [one, four, five])
    #expect(try works(program, .momentum()) == [one, four, five])
    #expect(try works(program, .adam) == [one, four, fourB, five])
    let matrix = Optimizer("gradient cubed", defaultRate: 0.1) { s in
      let (row, other) = (s.rows[0], Axis(s.rows[0].dimension, primes: 7))
      let renamed = rename(s.gradient, row, to: other)
      let square = contract([s.gradient, renamed], to: [row, other])
      return s.weight - s.rated(contract([square, renamed], to: [row] + s.columns))
    }
    let wide = try Program("wide") { p in
      let n = Dimension("model", growing: .n)
      let x = tanh(Dense("hidden", to: n)(p.input("x", [.batch, n])))
      p.minimize(
        meanSquaredError(
          Dense("readout", to: Dimension("outputs", 2))(x), p.input("y", [.batch, Dimension("outputs", 2)])))
    }
    let spectral = Citation.spectralCondition.identifier
    let (withMatrix, entrywise) = (try works(wide, matrix), try works(wide, .adam))
    #expect(withMatrix.contains(spectral))
    #expect(!entrywise.contains(spectral))
  }

  /// One weight's exponents may rest on fewer rules than all.
  @Test func oneWeight() throws {
    let program = try Architecture.mlp.program(["depth": "1"])
    // Neither an input weight nor the gradient that reaches it sums anything over the width.
    #expect(try works(program, .sgd, for: ["layers.0"]) == [four])
    #expect(try works(program, .sgd, for: ["readout"]) == [four, five])
    let deep = try Architecture.mlp.program()
    #expect(try works(deep, .sgd, for: ["layers.1"]).contains(one))
    #expect(throws: ProgramError.self) { try works(program, .sgd, for: ["readot"]) }
  }

  /// Without width there is nothing to cite but the network and the optimizer.
  @Test func nothingGrows() throws {
    let program = try Architecture.mlp.program(["hidden": "64"])
    #expect(try works(program, .adam).isEmpty)
  }

  @Test func networkAndOptimizerAndGauge() throws {
    var program = try Architecture.mlp.program()
    let (network, method) = (Citation("1", "A network", "Doe", 2001), Citation("2", "A method", "Roe", 2002))
    program.sources = [network]
    let own = Optimizer("own", defaultRate: 0.1, sources: [method]) { s in s.weight - s.rated(s.gradient) }
    let rules = try program.maximalUpdate(optimizer: own)
    let plain = try rules.references([own])
    #expect(plain.prefix(2).map(\.work) == [network, method])
    #expect(plain[0].uses == ["the network mlp"] && plain[1].uses == ["the optimizer own"])
    let moved = try rules.inGauge(.ntk).references([own])
    #expect(Set(moved.map(\.work)).subtracting(plain.map(\.work)) == [.neuralTangentKernel])
    #expect(try Architecture.gpt.program().withStep(.adam).sources == Architecture.gpt.sources)
    #expect(
      try Architecture.gpt.program(["depth": "30"]).maximalUpdate(optimizer: .adam).program.sources
        == Architecture.gpt.sources)
  }
}
