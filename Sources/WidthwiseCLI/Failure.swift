import ArgumentParser
@preconcurrency import Foundation
import Widthwise

/// A problem with a file or its content, as opposed to one with the arguments.
struct FileFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What a command says to the shell. Wrong arguments are 64, as the parser has it.
extension ExitCode {
  /// What was looked at is not as it should be.
  static let disagrees = ExitCode(1)
  /// Too little can be told.
  static let cannotTell = ExitCode(2)
  /// There is no answer: something is wrong with a file, a network or the machine.
  static let noAnswer = ExitCode(3)

  /// For the help of commands whose status is an answer.
  static let errors = "3 for an error in a file or a network, and 64 for wrong arguments"
}

extension WidthwiseCommand {
  /// Runs a command. An error is printed in one line on standard error.
  static func main() {
    let arguments = Array(CommandLine.arguments.dropFirst())
    do {
      if let first = arguments.first, !first.hasPrefix("-"), first != "help", command(named: first) == nil {
        throw ProgramError.option(
          "no command named \"\(first)\""
            + ProgramError.suggestion(first, configuration.subcommands.compactMap(name) + ["help"]))
      }
      var command = try parseAsRoot(arguments)
      try command.run()
      try Self.endOutput()
    } catch {
      finish(error, arguments)
    }
  }

  /// Flushes standard output; throws if it cannot be written, for example because the disk is full.
  private static func endOutput() throws {
    let isWhole = fflush(stdout) == 0
    guard !isWhole || ferror(stdout) != 0 else { return }
    throw FileFailure("the output can't be written: \(String(cString: strerror(errno)))")
  }

  private static func finish(_ error: any Error, _ arguments: [String]) -> Never {
    var error = error
    if error is ExitCode { do { try endOutput() } catch let other { error = other } }
    let parserStatus = exitCode(for: error)
    let message = message(for: error)
    // Help and the version.
    if parserStatus.isSuccess {
      print(fullMessage(for: error))
      do { try endOutput() } catch let other { finish(other, arguments) }
      exit(withError: ExitCode.success)
    }
    // A check that has already printed what failed.
    if message.isEmpty { exit(withError: error) }
    var text = message
    if parserStatus == .validationFailure {
      // The parser's own messages are short, and say where to read more.
      text = text.prefix(1).lowercased() + text.dropFirst()
      if let owner = owner(ofOptionIn: message, arguments) { text += " Options of \(owner) follow its name." }
      let known = arguments.first.flatMap { Self.command(named: $0) }.flatMap(name)
      let help = "see: widthwise \(known.map { $0 + " " } ?? "")--help"
      text +=
        text.hasSuffix("?") || text.hasSuffix(".") ? " \(help.prefix(1).uppercased() + help.dropFirst())" : "; \(help)"
    }
    FileHandle.standardError.write(Data("error: \(text)\n".utf8))
    let isUsage = isUsage(error) || parserStatus == .validationFailure
    exit(withError: isUsage ? ExitCode.validationFailure : ExitCode.noAnswer)
  }

  /// Whether the mistake is in the arguments.
  private static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case ProgramError.unknownArchitecture, ProgramError.unknownOption, ProgramError.unknownOptimizer,
      ProgramError.unknownWeight, ProgramError.option, ScalingError.notAnExponent, ScalingError.unknownGauge,
      ScalingError.unknownParametrization, ScalingError.noOtherGauge, ScalingError.steps, ExperimentError.widths,
      ExperimentError.seeds, ExperimentError.steps, ExperimentError.learningRate, ExperimentError.limit,
      GalleryError.nothing, TransferError.rates, TransferError.parametrizations, TransferError.steps,
      AlignmentError.widths, AlignmentError.steps, TrainingError.unusableSchedule, DataError.split,
      DataError.unknownColumn, DataError.notATable,
      CheckpointError.otherRun:
      true
    default: false
    }
  }

  /// An architecture with the option that the parser did not know: it was given too early.
  private static func owner(ofOptionIn message: String, _ arguments: [String]) -> String? {
    guard message.hasPrefix("Unknown option"), let start = message.firstRange(of: "'--") else { return nil }
    let option = message[start.upperBound...].prefix { $0 != "'" }
    return Architecture.all.first { arguments.contains($0.name) && $0.options.contains { $0.name == option } }?.name
  }

  private static func name(_ command: any ParsableCommand.Type) -> String? {
    command.configuration.commandName ?? "\(command)".lowercased()
  }

  private static func command(named word: String) -> (any ParsableCommand.Type)? {
    configuration.subcommands.first { name($0) == word }
  }
}
