import ArgumentParser
import Foundation
import Widthwise

/// The files of a run: its log, and its checkpoint after every so many steps.
final class Keeper<T: TrainingScalar> {
  private let run: TrainingRun<T>
  private let settings: [String: String]
  private let command: Train
  private let log: RunLog?

  /// Restores the run if it is to be resumed. A new one is saved before it begins, so that a file that cannot be
  /// written is known at once.
  init(_ command: Train, _ run: TrainingRun<T>, settings: [String: String]) throws {
    (self.command, self.run, self.settings) = (command, run, settings)
    let exists = command.checkpoint.map { FileManager.default.fileExists(atPath: $0) } ?? false
    if let file = command.checkpoint, exists {
      guard command.resume else {
        throw FileFailure("\(file) exists; give --resume to go on from it, or another --checkpoint")
      }
      try Keeper.restore(run, from: file, command, settings)
    }
    log = try command.log.map { try RunLog($0, after: run.trainer.steps, resuming: command.resume) }
    if !exists { try save() }
  }

  private static func restore(
    _ run: TrainingRun<T>, from file: String, _ command: Train, _ settings: [String: String]
  ) throws {
    do { try run.restore(try Checkpoint(contentsOf: file), settings: settings) } catch CheckpointError.otherRun(
      setting: "steps", let saved, let given)
    {
      throw ValidationError(
        "--steps \(given): \(file) is of a run of \(saved) steps with a \(run.schedule.decay.rawValue) schedule, whose "
          + "rates depend on that number from the warm-up on; give --steps \(saved), or begin anew. A constant or "
          + "inverse-square-root schedule can be extended")
    }
    guard run.trainer.steps <= command.steps else {
      throw ValidationError(
        "--steps \(command.steps): \(file) has made \(run.trainer.steps) already; give as many or more")
    }
  }

  func note(_ line: RunLog.Line) throws {
    try log?.append(line)
    if line.step % (command.every ?? 100) == 0 || run.isFinished { try save() }
  }

  private func save() throws {
    guard let file = command.checkpoint else { return }
    try log?.synchronize()
    try run.save(to: file, settings: settings)
  }
}
