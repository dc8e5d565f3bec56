import ArgumentParser
@preconcurrency import Foundation
import Widthwise

/// A problem with a file or its content, as opposed to one with the arguments.
struct FileFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension WidthwiseCommand {
  /// Runs a command. An error is printed in one line on standard error; the exit status is 64 for wrong arguments, and
  /// 1 for an error in a file or a network, or if a check fails.
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
    exit(withError: isUsage(error) ? ExitCode.validationFailure : parserStatus)
  }

  /// Whether the mistake is in the arguments.
  private static func isUsage(_ error: any Error) -> Bool {
    switch error {
    case ProgramError.unknownArchitecture, ProgramError.unknownOption, ProgramError.unknownOptimizer,
      ProgramError.unknownWeight, ProgramError.option, ScalingError.notAnExponent, ScalingError.unknownGauge,
      ScalingError.unknownParametrization, ScalingError.noOtherGauge, ScalingError.steps, ExperimentError.widths,
      ExperimentError.seeds, ExperimentError.steps, ExperimentError.learningRate, ExperimentError.limit,
      GalleryError.nothing, TransferError.rates, TransferError.parametrizations,
      AlignmentError.widths, AlignmentError.steps, TrainingError.unusableSchedule, DataError.split,
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
