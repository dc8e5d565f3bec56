import Foundation
import Widthwise

extension Options {
  var checkWidths: [Int] { (quick ? 6...8 : 6...12).map { 1 << $0 } }
  var gptWidths: [Int] { widths ?? (quick ? [64] : [64, 128, 256, 512, 1024]) }
  var repetitions: Int { quick ? 3 : 20 }

  /// The repetitions of a GPT step: more of a short one, so that noise averages out.
  func repetitions(_ width: Int) -> Int { quick ? 3 : max(20, 12_800 / width) }

  /// The sizes of the sweep.
  var sweep: (widths: [Int], seeds: Int, rates: ClosedRange<Int>, steps: Int, runs: Int) {
    let rates = quick ? -8 ... -6 : -12...2
    let widths = widths ?? (quick ? [32, 64] : [64, 256, 1024])
    let seeds = quick ? 1 : 2
    return (widths, seeds, rates, quick ? 20 : 200, 2 * widths.count * seeds * rates.count)
  }
}

/// The time of a derivation by depth: GPT, Adam, with each block analyzed; and of a deep one with repeats recognized.
func derivations(_ options: Options) throws -> Outcome {
  func row(_ name: String, _ depth: Int, _ body: () throws -> Void) throws -> Outcome.Derivation {
    let times = try (0..<options.rounds).map { _ in try seconds(body) }
    return Outcome.Derivation(name: name, depth: depth, seconds: times.median)
  }
  var rows = try (options.quick ? [2, 4] : [12, 24, 48, 96, 192]).map { depth in
    let program = try Architecture.gpt.program(["depth": "\(depth)"])
    return try row("derive GPT, each block analyzed", depth) {
      _ = try program.maximalUpdate(optimizer: .adam(), folding: false)
    }
  }
  let deep = options.quick ? 100 : 1000
  rows.append(
    try row("record and derive GPT, repeats recognized", deep) {
      _ = try Architecture.gpt.program(["depth": "\(deep)"]).maximalUpdate(optimizer: .adam())
    })
  return Outcome(derivations: rows)
}

/// The coordinate check of the tanh MLP on digits: standard and maximal update parametrization, SGD and Adam, widths 64
/// to 4096, 4 seeds, 5 steps, float. Of values only, as the peer's.
func coordinateCheck(_ options: Options) throws -> Outcome {
  let data = try DataKind.named("digits")
  let program = try Architecture.mlp.program()
  var checks: [CoordinateCheck] = []
  for (optimizer, rate) in [(Optimizer.sgd, 0.1), (.adam(), 0.001)] {
    let derivation = try program.maximalUpdate(optimizer: optimizer)
    for parametrization in [derivation.parametrization, .standard(program)] {
      checks.append(
        CoordinateCheck(
          program: program, optimizer: optimizer, parametrization: parametrization, derivation: derivation, base: 64,
          widths: options.checkWidths, learningRate: rate, workers: options.threads, measuresWeights: false))
    }
  }
  if options.profiles {
    var roofline = Roofline(named: options.units)
    for check in checks where check.parametrization.name == checks[0].parametrization.name {
      let stepped = try program.withStep(check.optimizer)
      for width in check.widths {
        let threads = try check.threads(at: width)
        let trainer = try Trainer<Float>(
          stepped, width: width, numbers: Hyperparameters(standard: program, width: width, learningRate: 1e-4), seed: 0,
          threads: threads)
        let batch = try data.batches(for: program, width: width).trainingBatch(0)
        let beside = threads == 1 ? options.threads : 1
        let runs = 2 * check.seeds.count
        roofline.add(
          try trainer.plan, try trainer.profile(batch, steps: 5), count: runs * check.steps, beside: beside)
        roofline.add(try Plan(program, width: width), [], count: runs)
      }
    }
    return Outcome(roofline: roofline)
  }
  let took = try seconds { _ = try CoordinateCheck.run(checks, on: data) }
  return Outcome(seconds: took)
}

/// One training step of a GPT of two blocks: heads of 32, sequences of 64, batch 16, AdamW, float.
func step(_ options: Options) throws -> Outcome {
  let program = try Architecture.gpt.program([
    "heads": "n/32", "head-size": "32", "sequence": "64", "vocabulary": "96", "batch": "16",
  ]).withStep(.adamW(beta1: 0.9, beta2: 0.95))
  let tokens = (0..<1024).map { (i: Int) -> Int32 in Int32((i * 7919 + i / 3) % 96) }
  let next: [Int32] = Array(tokens.dropFirst()) + [0]
  let batch = Batch(indices: ["tokens": tokens, "next": next])
  let numbers = try Hyperparameters(standard: program, width: options.width, learningRate: 1e-3, decay: 1e-4)
  let trainer = try Trainer<Float>(
    program, width: options.width, numbers: numbers, seed: 0, threads: options.threads)
  for _ in 0..<5 { _ = try trainer.step(batch) }
  if options.profiles {
    var roofline = Roofline(named: options.units)
    roofline.add(try trainer.plan, try trainer.profile(batch, steps: options.repetitions), count: 1)
    return Outcome(roofline: roofline)
  }
  let times = try (0..<options.repetitions(options.width)).map { _ in try seconds { _ = try trainer.step(batch) } }
  return Outcome(seconds: times.median)
}

/// The learning rates of the tanh MLP on digits, standard and maximal update parametrization, Adam.
func sweep(_ options: Options) throws -> Outcome {
  let settings = options.sweep
  let data = try DataKind.named("digits")
  let program = try Architecture.mlp.program()
  let rules = try program.maximalUpdate(optimizer: .adam()).parametrization
  let sweep = RateSweep(
    // 3 x 599 are all rows.
    program: program, evaluation: try Architecture.mlp.program(["batch": "599"]), optimizer: .adam(),
    parametrizations: [rules, .standard(program)], base: 64, widths: settings.widths,
    seeds: Array(0..<settings.seeds), rates: settings.rates, steps: settings.steps, workers: options.threads)
  if options.profiles {
    var roofline = Roofline(named: options.units)
    let stepped = try program.withStep(.adam())
    for width in settings.widths {
      let numbers = try Hyperparameters(standard: program, width: width, learningRate: 1e-4)
      let threads = try stepped.trainingThreads(width: width, workers: options.threads)
      let trainer = try Trainer<Float>(stepped, width: width, numbers: numbers, seed: 0, threads: threads)
      let times = try trainer.profile(
        try data.batches(for: program, width: width).trainingBatch(0), steps: options.repetitions)
      let runs = settings.runs / settings.widths.count
      roofline.add(try trainer.plan, times, count: runs * settings.steps, beside: options.threads / threads)
      roofline.add(try Plan(try Architecture.mlp.program(["batch": "1797"]), width: width), [], count: runs)
    }
    return Outcome(roofline: roofline)
  }
  var found: RateSweepResult?
  let took = try seconds { found = try sweep.run(on: data) }
  let findings = found.map { result in
    sweep.parametrizations.flatMap { parametrization in
      RateSweepResult.Score.allCases.map { score in
        SweepFinding(
          parametrization: parametrization.name, score: score, best: result.best(parametrization.name, by: score),
          drift: result.drift(parametrization.name, by: score))
      }
    }
  }
  return Outcome(seconds: took, sweep: findings)
}
