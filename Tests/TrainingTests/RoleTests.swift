import Foundation
import Gallery
import TestSupport
import Testing
import Training

@testable import TensorPrograms

/// What a primitive declares to be holds of its tensors: of every sample's primitives that are applied to weights.
@Suite struct RoleTests {
  @Test(arguments: SampleCatalog.primitives + SampleCatalog.nonlinearities)
  func holdsOfTensors(_ sample: SampleProgram) throws {
    let program = try sample.program
    let judged = program.forward.filter { i in
      let operands = program.instructions[i].operands
      return operands.contains { program[$0].role.isWeight }
        && operands.allSatisfy { program[$0].role.isWeight || program[$0].role.isIndices }
    }
    guard !judged.isEmpty else { return }
    let trainer = try Trainer<Double>(standard: program, width: Self.width)
    let batch = try Batch(random: program, width: Self.width)
    let names = program.weights.map { program[$0.id].name }
    let x = try names.map { normal(try trainer.weight($0).count, seed: 3, $0) }
    let y = try names.map { normal(try trainer.weight($0).count, seed: 4, $0) }
    func values(_ weights: [[Double]]) throws -> [ValueID: [Double]] {
      for (name, entries) in zip(names, weights) { try trainer.setWeight(name, to: entries) }
      var found: [ValueID: [Double]] = [:]
      _ = try trainer.evaluate(batch, observing: judged.map { ValueID($0) }) { found[$0] = Array($1) }
      return found
    }
    let twice = x.map { $0.map { 2 * $0 } }
    let both = zip(x, y).map { zip($0, $1).map(+) }
    let minus = x.map { $0.map { -$0 } }
    let (ofX, ofY, ofTwice, ofBoth, ofMinus) = (
      try values(x), try values(y), try values(twice), try values(both), try values(minus)
    )
    for i in judged {
      let (id, instruction) = (ValueID(i), program.instructions[i])
      let (fx, fy) = (try #require(ofX[id]), try #require(ofY[id]))
      let (f2x, fxy, fmx) = (try #require(ofTwice[id]), try #require(ofBoth[id]), try #require(ofMinus[id]))
      func expect(_ a: [Double], _ b: [Double], _ what: String) {
        #expect(relativeDifference([a], [b]) < 1e-12, "\(instruction.primitive.word) is not \(what)")
      }
      let operand = zip(names, x).first { $0.0 == program[instruction.operands[0]].name }?.1 ?? []
      switch instruction.role {
      case .passage(.renamed): expect(fx, operand, "its operand")
      case .passage(.scaled(let factor)):
        let number = try factor.value(at: Self.width)
        expect(fx, operand.map { number * $0 }, "its operand times \(factor)")
      case .guarded(let epsilon): expect(fx, operand.map { $0 + epsilon }, "its operand and epsilon")
      case .sum, .copies, .linear: expect(fxy, zip(fx, fy).map(+), "linear")
      case .contraction:
        let degree = instruction.operands.count
        expect(f2x, fx.map { Double(1 << degree) * $0 }, "of degree \(degree)")
        if degree == 1 { expect(fxy, zip(fx, fy).map(+), "linear") }
      case .function(let profile):
        if let degree = profile.homogeneity {
          expect(f2x, fx.map { pow(2, degree.rational.double) * $0 }, "of degree \(degree)")
        }
        if profile.parity == .odd { expect(fmx, fx.map { -$0 }, "odd") }
        if profile.parity == .even { expect(fmx, fx, "even") }
        #expect(profile.isReciprocal == (instruction.primitive.word == "reciprocal"))
      case .nonlinear where fx.contains { !$0.isFinite }: break  // What is masked is minus infinity always.
      case .nonlinear:
        #expect(relativeDifference([fxy], [zip(fx, fy).map(+)]) > 1e-6, "\(instruction.primitive.word) is linear")
      case .input, .indices, .weight, .state, .one, .constant: Issue.record("\(instruction.name) has operands")
      }
    }
  }

  /// Values that are not computed say so, and nothing else does.
  @Test func sourcesHaveNoOperands() throws {
    let programs =
      try SampleCatalog.all.map { try $0.program } + Optimizer.all.map { try Architecture.mlp.small().withStep($0) }
    for instruction in programs.flatMap(\.instructions) {
      let isSource =
        switch instruction.role {
        case .input, .indices, .weight, .state, .one, .constant: true
        case .passage, .guarded, .sum, .copies, .contraction, .linear, .function, .nonlinear: false
        }
      #expect(isSource == instruction.operands.isEmpty, "\(instruction.primitive.word)")
    }
  }

  private static let width = 4
}
