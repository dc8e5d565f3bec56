import Exact
import Gallery
import Scaling
import TensorPrograms
import Testing

/// The exponents of every value, and what is said of them elsewhere.
@Suite struct RunExponentsTests {
  @Test(arguments: [Optimizer.sgd, .adam]) func agreesWithPredictions(_ optimizer: Optimizer) throws {
    for network in ["mlp", "gpt", "resnet"] {
      let program = try Architecture(named: network).program(["depth": "1"])
      for rules in [try program.maximalUpdate(optimizer: optimizer).parametrization] {
        let run = try program.exponents(rules, optimizer: optimizer, steps: 4)
        let predictions = try program.predictions(rules, optimizer: optimizer, steps: 3)
        #expect(!predictions.isEmpty)
        for prediction in predictions {
          // What data select has no name in the program.
          let value = run.program.value(named: prediction.name) ?? prediction.value
          let cell = run[prediction.step, value]
          #expect(
            cell.initial == prediction.initial && cell.update == prediction.change, "\(network) \(prediction.name)")
        }
      }
    }
  }

  /// The gradients are those of the derivation, the steps what their rates make of them.
  @Test func gradientsAndSteps() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    for optimizer in [Optimizer.sgd, .adam] {
      let rules = try program.maximalUpdate(optimizer: optimizer)
      let run = try program.exponents(rules.parametrization, optimizer: optimizer, steps: 3)
      #expect(run.steps.allSatisfy { $0.count == run.program.instructions.count })
      for (gradient, facts) in zip(run.program.gradients, rules.weights) {
        #expect(run[2, gradient.value].size == facts.gradients.last, "\(facts.name)")
        let update = try #require(run.program.updates.first { $0.target == gradient.weight })
        #expect(run[2, update.value].update == facts.updateSize, "\(facts.name)")
      }
      // At step 0 nothing but the step itself is caused by an update.
      let early = run.steps[0].prefix(run.program.passes.count)
      #expect(early.allSatisfy { $0.update == nil })
      #expect(run.steps[1].prefix(run.program.forward.count).contains { $0.update != nil })
    }
  }

  /// With a multiplier the program has it, and what is trained is larger by as much.
  @Test func inAGauge() throws {
    let program = try Architecture.mlp.program(["depth": "2"])
    let rules = try program.maximalUpdate(optimizer: .adam).inGauge(.ntk).parametrization
    let run = try program.exponents(rules, optimizer: .adam, steps: 2)
    let readout = try #require(run.program.value(named: "readout"))
    let multiplied = try #require(run.program.value(named: "%readout/multiplied"))
    #expect(run[1, readout].text == "1 | 1" && run[1, multiplied].text == "n^(-1) | n^(-1)")
  }

  @Test func lengths() throws {
    let program = try Architecture.mlp.program()
    for steps in [0, -1, RunExponents.mostSteps + 1] {
      #expect(throws: ScalingError.steps(steps, most: RunExponents.mostSteps)) {
        try program.exponents(.standard(program), optimizer: .sgd, steps: steps)
      }
    }
  }
}
