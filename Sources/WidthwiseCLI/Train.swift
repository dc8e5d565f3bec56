import ArgumentParser
import Foundation
import Widthwise

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a network at one width, with the derived learning rates.",
    discussion: """
      With --checkpoint the run can be killed at any moment: the same command with --resume goes on from the last \
      checkpoint, and comes to the same weights and the same log as if nothing had happened. With more --steps it goes \
      on to these, if the rates so far do not depend on how many there are in all (linear and cosine schedules do). \
      Checkpoints are safetensors files.

        widthwise train mlp --data digits --width 256 --steps 500 --schedule cosine --warmup 50
        widthwise train gpt --steps 2000 --checkpoint gpt.safetensors --log gpt.jsonl --resume
      """)

  @OptionGroup var source: ProgramOptions
  @OptionGroup var optimizer: OptimizerOption

  @Option(help: "digits, shakespeare, random, a CSV file or a text file.", completion: .data)
  var data: String?

  @OptionGroup var table: TableOptions

  @Option(help: "The width n.")
  var width = 256

  @Option(help: "Updates.")
  var steps = 500

  @Option(help: "The learning rate at the base width; the optimizer's usual one if not given.")
  var rate: Double?

  @Option(help: "The parametrization: derived, or standard.")
  var from: Origin = .derived

  @Option(help: "The width at which everything equals the standard parametrization.")
  var base = 256

  @Option(
    help: "What follows the warm-up: constant, linear, cosine or inverse-square-root.",
    completion: .list(Schedule.Decay.allCases.map(\.rawValue)), transform: Train.decay)
  var schedule: Schedule.Decay = .constant

  @Option(help: "Steps in which the rate grows linearly.")
  var warmup = 0

  @Option(help: "The least factor on the rate after the warm-up.")
  var floor = 0.0

  @Option(
    help: ArgumentHelp(
      "Examples of a step, a multiple of the program's batch, computed batch by batch; or 64..512, with --ramp.",
      valueName: "examples"))
  var examples: String?

  @Option(help: ArgumentHelp("Examples seen until --examples has grown to its last number.", valueName: "examples"))
  var ramp: Int?

  @Option(
    help: ArgumentHelp("The part of the data that is held out for evaluation; 0 for none.", valueName: "fraction"))
  var holdOut = 0.1

  @Option(help: ArgumentHelp("Evaluate every so many steps; only at the end if not given.", valueName: "steps"))
  var evaluate: Int?

  @Option(help: "Decides the initial weights, the order of the data, and which are held out.")
  var seed: UInt64 = 0

  @Option(help: "Threads of a step; the number of processors if not given. The same number gives the same bits.")
  var threads: Int?

  @Flag(help: "Train in double precision.")
  var double = false

  @Option(
    help: ArgumentHelp("Where weights and states are saved, as safetensors.", valueName: "file"), completion: .file())
  var checkpoint: String?

  @Option(help: ArgumentHelp("Save every so many steps, with --checkpoint. (default: 100)", valueName: "steps"))
  var every: Int?

  @Flag(help: "Go on from the checkpoint, if there is one.")
  var resume = false

  @Option(help: ArgumentHelp("Write one line of JSON for each step.", valueName: "file"), completion: .file())
  var log: String?

  @Flag(help: "Print JSON.")
  var json = false

  private static func decay(_ text: String) throws -> Schedule.Decay {
    guard let decay = Schedule.Decay(rawValue: text) else {
      throw ValidationError("write one of " + Schedule.Decay.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return decay
  }

  enum Origin: String, ExpressibleByArgument, CaseIterable { case derived, standard }

  func validate() throws {
    for (option, value) in [("--base", base), ("--width", width)] where value < 1 {
      throw ValidationError("\(option) \(value): a width is at least 1")
    }
    for (option, value) in [("--every", every ?? 1), ("--evaluate", evaluate ?? 1), ("--threads", threads ?? 1)]
    where !(1...1 << 40).contains(value) {
      throw ValidationError("\(option) \(value): it must be at least 1")
    }
    if every != nil, checkpoint == nil { throw ValidationError("--every needs --checkpoint, the file to save to") }
    if resume, checkpoint == nil { throw ValidationError("--resume needs --checkpoint, the file to go on from") }
    if let rate, !rate.isFinite || rate < 0 { throw ValidationError("--rate \(rate): it must be 0 or more") }
    guard (0..<1).contains(holdOut) else {
      throw ValidationError("--hold-out \(holdOut): a fraction from 0 to less than 1")
    }
    if ramp != nil, examples?.contains("..") != true {
      throw ValidationError("--ramp needs --examples with the first and the last number, as 64..512")
    }
  }

  func run() throws {
    let schedule = try Schedule(schedule, steps: steps, warmup: warmup, floor: floor)
    let (program, data) = try source.load(data: data, reading: table.reading)
    let optimizer = try optimizer.load(for: program)
    _ = try program.requireLoss()
    let parametrization =
      from == .standard ? .standard(program) : try program.maximalUpdate(optimizer: optimizer).parametrization
    let trained = try TrainingProgram(program, optimizer, under: [parametrization])
    let (training, heldOut) = holdOut > 0 ? try data.split(holdingOut: holdOut, seed: seed) : (data, data)
    var recipe = Recipe(
      trained, parametrization, base: base, width: width, learningRate: rate, seed: seed, schedule: schedule,
      data: training, order: .fresh, dataSeed: seed, precision: double ? .double : .float)
    let batchSize = try recipe.setUp().batches.batchSize
    // Other draws of random data than those trained on.
    let held = holdOut > 0 ? try heldBatches(heldOut, program) : nil
    recipe.ramp = try parseExamples(batchSize)
    let report = try Experiment(try recipe.setUp(), TrainObserver(command: self, held: held, data: data.name))
      .record(threads: threads ?? ParallelJobs.processors)
    try show(report)
  }
}

/// Trains to the end, with a log, checkpoints and evaluations.
private struct TrainObserver: TrialObserver {
  let command: Train
  /// Batches that are held out.
  let held: BatchSource?
  /// The name of the whole data, of which the training data are a part.
  let data: String

  func record<T: TrainingScalar>(_ trial: Trial<T>) throws -> Train.Report {
    let (run, recipe, steps) = (trial.run, trial.recipe, command.steps)
    let name = recipe.program.stepped.name
    let keeper = try Keeper(command, run, settings: command.settings(recipe, data: data))
    let progress = Progress("training \(name)")
    let (began, first) = (ContinuousClock.now, run.trainer.steps)
    var last: RunLog.Line?
    defer { progress.finish() }
    while !run.isFinished {
      let step = try run.step()
      var line = RunLog.Line(
        step: step.step, loss: step.loss, rate: recipe.learningRate * step.factor, examples: step.examples)
      if let held, step.step == steps || command.evaluate.map({ step.step % $0 == 0 }) ?? false {
        line.heldOut = try run.trainer.evaluate(on: held)
      }
      last = line
      try keeper.note(line)
      let fraction = Double(step.step) / Double(steps)
      let left = (ContinuousClock.now - began) / .seconds(1) / Double(step.step - first) * Double(steps - step.step)
      progress.label =
        "step \(step.step) of \(steps), loss \(String(format: "%.4g", step.loss)), rate \(String(format: "%.3g", line.rate))"
      progress.report(fraction, left)
    }
    return Train.Report(
      program: name, width: recipe.width, optimizer: recipe.program.optimizer.name, data: data,
      steps: run.trainer.steps, resumedAt: first > 0 ? first : nil, examples: run.batches * run.batchSize,
      loss: last?.loss, heldOut: try last?.heldOut ?? held.map { try run.trainer.evaluate(on: $0) },
      checkpoint: command.checkpoint, log: command.log)
  }
}

extension Train {
  private func heldBatches(_ data: any DataSource, _ program: Program) throws -> BatchSource {
    do {
      return try data.batches(for: program, width: width, sampling: .fresh, seed: ~seed)
    } catch DataError.tooFewRows(_, let rows, let batch, _) {
      throw ValidationError(
        "--hold-out \(holdOut): \(rows) rows are held out, fewer than the program's batch, \(batch); "
          + "hold out more of them, or 0")
    }
  }

  /// The settings that a checkpoint must have been made with to be resumed; the number of steps is one only if the rates
  /// depend on it.
  fileprivate func settings(_ recipe: Recipe, data: String) -> [String: String] {
    var settings = [
      "program": source.spelled, "data": data, "optimizer": recipe.program.optimizer.name, "width": "\(width)",
      "rate": "\(recipe.learningRate)", "from": from.rawValue, "base": "\(base)",
      "schedule": schedule.rawValue, "warmup": "\(warmup)", "floor": "\(floor)", "examples": examples ?? "one batch",
      "ramp": "\(ramp ?? 0)", "hold-out": "\(holdOut)", "seed": "\(seed)",
    ]
    if table.reading != TableReading() {
      settings["table"] = "label \(table.label ?? "last")\(table.dropMissing ? ", without missing" : "")"
    }
    if recipe.schedule.dependsOnSteps { settings["steps"] = "\(steps)" }
    return settings
  }

  /// `256`, or `64..512`.
  private func parseExamples(_ batch: Int) throws -> BatchRamp? {
    guard let examples else { return nil }
    let parts = examples.split(separator: ".").map { Int($0) }
    guard parts.count == (examples.contains("..") ? 2 : 1), let first = parts[0], let last = parts.last.flatMap(\.self)
    else {
      throw ValidationError("--examples \(examples): write a number of examples, or two as 64..512")
    }
    for count in [first, last] where count < batch || count % batch != 0 {
      throw ValidationError("--examples \(examples): \(count) is no multiple of the program's batch, \(batch)")
    }
    guard first == last || ramp != nil else {
      throw ValidationError("--examples \(examples) needs --ramp: how many examples are seen until the last number")
    }
    return try BatchRamp(from: first, to: last, over: ramp ?? 0)
  }

  fileprivate struct Report: Encodable {
    var program: String
    var width: Int
    var optimizer: String
    var data: String
    var steps: Int
    var resumedAt: Int?
    var examples: Int
    /// Of the last step.
    var loss: Double?
    var heldOut: Double?
    var checkpoint: String?
    var log: String?
  }

  fileprivate func show(_ report: Report) throws {
    if json { return try printJSON(report) }
    let resumed = report.resumedAt.map { ", of which \(report.steps - $0) now" } ?? ""
    print(
      "trained \(report.program) at width \(width) with \(report.optimizer) on \(report.data): "
        + "\(report.steps) steps\(resumed), \(report.examples) examples")
    let losses = [("loss of the last step", report.loss), ("held out", report.heldOut)].compactMap { name, loss in
      loss.map { "\(name) \(String(format: "%.4g", $0))" }
    }
    if !losses.isEmpty { print(losses.joined(separator: ", ")) }
    if let checkpoint { print("checkpoint: \(checkpoint)") }
    if let log { print("log: \(log)") }
  }
}

extension Trainer {
  /// The mean loss over held-out examples: each of a table once (but for those left over from whole batches), or 16
  /// batches that are drawn.
  fileprivate func evaluate(on held: BatchSource) throws -> Double {
    let count = max(1, held.batchesPerEpoch ?? 16)
    return try (0..<count).reduce(0) { $0 + (try evaluate(held.trainingBatch($1))) } / Double(count)
  }
}
