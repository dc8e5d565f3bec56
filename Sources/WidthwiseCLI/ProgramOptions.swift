import ArgumentParser
import Foundation
import Widthwise

/// Which network a command is about: a built-in architecture with its options, or a program file.
struct ProgramOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A built-in architecture (see: widthwise list) or a program file.", valueName: "program"))
  var program: String

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Options of the architecture, such as --depth 4 --heads n/32.", valueName: "architecture options"))
  var settings: [String] = []

  /// Throws ``ProgramError`` or a ``ValidationError``.
  func load() throws -> Program {
    if let architecture = Architecture.all.first(where: { $0.name == program }) {
      return try architecture.program(try parse(for: architecture))
    }
    guard FileManager.default.fileExists(atPath: program) else {
      throw ProgramError.unknownArchitecture(program, known: Architecture.all.map(\.name))
    }
    if let first = settings.first {
      throw ProgramError.option("\(first): a program file has no options; change the sizes in the file")
    }
    return try Program(text: try readText(program), file: (program as NSString).lastPathComponent)
  }

  var isFile: Bool { !Architecture.all.contains { $0.name == program } }

  /// `--name value` and, for switches, `--name`.
  func parse(for architecture: Architecture) throws -> [String: String] {
    var result: [String: String] = [:]
    var i = 0
    while i < settings.count {
      var name = settings[i]
      var value: String?
      guard name.hasPrefix("--") else {
        throw ProgramError.option(
          "\"\(name)\" is not an option; options of \(architecture.name) are written --name value")
      }
      name.removeFirst(2)
      if let equals = name.firstIndex(of: "=") {
        value = String(name[name.index(after: equals)...])
        name = String(name[..<equals])
      }
      guard let option = architecture.options.first(where: { $0.name == name }) else {
        throw ProgramError.unknownOption(name, of: architecture.name, known: architecture.options.map(\.name))
      }
      if value == nil, case .toggle = option.kind {
        value = "true"
      } else if value == nil {
        i += 1
        guard i < settings.count else { throw ProgramError.option("--\(name) needs a value") }
        value = settings[i]
      }
      guard result.updateValue(value ?? "true", forKey: name) == nil else {
        throw ProgramError.option("--\(name) is given twice")
      }
      i += 1
    }
    return result
  }
}

/// A text file, or an error that says what is wrong with it.
func readText(_ path: String) throws -> String {
  do {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard data.count <= 1 << 28 else {
      throw ProgramError.option("\(path) has \(data.count) bytes; that is no program")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ProgramError.option("\(path) is not text in UTF-8")
    }
    return text
  } catch let error as ProgramError {
    throw error
  } catch {
    throw ProgramError.option("\(path) can't be read: \(error.localizedDescription)")
  }
}

/// Pretty, with sorted keys.
func printJSON(_ document: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(document), as: UTF8.self))
}

struct OptimizerOption: ParsableArguments {
  @Option(help: "The optimizer: sgd, momentum, adam or adamw.")
  var optimizer = "adam"

  func load() throws -> Optimizer { try Optimizer(named: optimizer) }
}
