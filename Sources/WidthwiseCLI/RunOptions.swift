import ArgumentParser
import Foundation
import Widthwise

extension ProgramOptions {
  /// The program and data for it. The data decide sizes of a built-in architecture; a program file decides the data.
  func load(
    data: String?, reading: TableReading = TableReading()
  ) throws -> (Program, any DataSource) {
    guard let architecture = Architecture.all.first(where: { $0.name == program }) else {
      let program = try load()
      return (program, try DataKind.named(data ?? DataKind.usual(for: program), reading: reading))
    }
    let found = try DataKind.named(data ?? DataKind.usual(for: architecture), reading: reading)
    return (try load(defaults: found), found)
  }
}

/// `64,128,256`, or `64..1024` in doublings.
func parseWidths(_ widths: String) throws -> [Int] {
  let problem = ValidationError("--widths \(widths): write whole numbers of at least 1, as 64,128,256 or 64..1024")
  let parts = widths.split(separator: ".", omittingEmptySubsequences: true).compactMap { Int($0) }
  if widths.contains(".."), parts.count == 2 {
    guard parts[0] >= 1, parts[1] <= Size.largest, parts[0] <= parts[1] else { throw problem }
    return Array(sequence(first: parts[0]) { $0 * 2 <= parts[1] ? $0 * 2 : nil })
  }
  return try widths.split(separator: ",").map {
    guard let width = Int($0.trimmingCharacters(in: .whitespaces)), width >= 1 else { throw problem }
    return width
  }
}

func parseWorkers(_ workers: Int?) throws -> Int {
  guard let workers else { return ParallelJobs.processors }
  guard (1...1024).contains(workers) else { throw ValidationError("--workers \(workers): from 1 to 1024") }
  return workers
}

extension ParsableCommand {
  func write(_ text: String, to path: String) throws {
    do { try SystemFile.replace(path, with: [Data(text.utf8)]) } catch {
      throw FileFailure("\(path) can't be written: \(error.reason)")
    }
  }

  /// Refuses a file that cannot be written, before the work whose result it is for.
  func tryWriting(_ path: String) throws {
    do { try SystemFile.tryReplacing(path) } catch {
      throw FileFailure("\(path) can't be written: \(error.reason)")
    }
  }

  /// The command that reproduces the answer.
  func commandLine() -> String {
    (["widthwise"] + CommandLine.arguments.dropFirst()).map { argument in
      argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./=,+".contains($0) } ? argument : "'\(argument)'"
    }.joined(separator: " ")
  }
}
