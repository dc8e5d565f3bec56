import ArgumentParser
import Foundation
import Widthwise

/// The network of a command: a built-in architecture with its options, or a program file.
struct ProgramOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A built-in architecture (see: widthwise list), a program file, - for standard input, or two files of torch.export.",
      valueName: "program"), completion: .programs)
  var program: String

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Options of the architecture, such as --depth 4 --heads n/32.", valueName: "architecture options"))
  var settings: [String] = []

  /// `defaults`: data that decide the sizes of a built-in architecture that no option gives.
  ///
  /// Throws ``ProgramError`` or a ``ValidationError``.
  func load(defaults: (any DataSource)? = nil) throws -> Program {
    if let architecture = Architecture.all.first(where: { $0.name == program }) {
      let given = try parse(for: architecture)
      return try architecture.program(
        (defaults?.defaults(for: architecture) ?? [:]).merging(given) { _, own in own })
    }
    if program.hasSuffix(".pt2") {
      guard settings.count == 1, settings[0].hasSuffix(".pt2") else {
        throw ProgramError.option("a model of torch.export is two files, at two widths: \(program) LARGER.pt2")
      }
      return try TorchModel(small: program, large: settings[0]).program
    }
    let text = program == "-" ? try readStandardInput() : try readText(program)
    if let first = settings.first {
      throw ProgramError.option("\(first): a program file has no options; change the sizes in the file")
    }
    return try Program(text: text, file: program == "-" ? "standard input" : program)
  }

  /// The program and its options as they were typed.
  var spelled: String {
    ([program] + settings).map { $0.allSatisfy(ProgramOptions.isPlain) ? $0 : "'\($0)'" }.joined(separator: " ")
  }

  private static func isPlain(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || "-_./=".contains(character)
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
          "\"\(name)\" is not an option; options of \(architecture.name) are written --name value, switches --name")
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
        guard i < settings.count else { throw ProgramError.option("--\(name) needs a value: \(option.help)") }
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
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    throw ProgramError.unknownArchitecture(path, known: Architecture.all.map(\.name))
  }
  guard !isDirectory.boolValue else {
    throw FileFailure("\(path) is a directory; give a program file (widthwise show mlp > my.tp makes one)")
  }
  return try text(path) { () throws(SystemFile.Problem) in try .init(path, O_RDONLY) }
}

private func readStandardInput() throws -> String {
  try text("standard input") { () throws(SystemFile.Problem) in try .init(copyOf: STDIN_FILENO) }
}

private func text(
  _ name: String, of file: () throws(SystemFile.Problem) -> SystemFile.Descriptor
) throws -> String {
  let limit = 1 << 26
  let data: Data
  do throws(SystemFile.Problem) { data = try file().read(limit: limit) } catch {
    throw FileFailure("\(name) can't be read: \(error.reason)")
  }
  guard data.count <= limit else { throw FileFailure("\(name) has more than \(limit >> 20) MiB; that is no program") }
  if let kind = FileKind(data, name: name) {
    throw FileFailure("\(name) is \(kind.what); \(kind.use)")
  }
  if ["csv", "tsv"].contains((name as NSString).pathExtension.lowercased()) {
    throw FileFailure("\(name) is a table, not a program; give it as --data of check or train, beside a program")
  }
  guard let text = String(data: data, encoding: .utf8), !text.unicodeScalars.contains("\0") else {
    throw FileFailure("\(name) is not a text file (UTF-8); a program file is what widthwise show prints")
  }
  return text
}

/// Pretty, with sorted keys.
func printJSON(_ document: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  print(String(decoding: try encoder.encode(document), as: UTF8.self))
}

struct OptimizerOption: ParsableArguments {
  @Option(
    help: "The optimizer (see: widthwise list); the program's own step if it has one. (default: adam)",
    completion: .optimizers)
  var optimizer: String?

  @Option(help: ArgumentHelp("Clip the gradients of all weights together at this norm.", valueName: "norm"))
  var clip: Double?

  /// The optimizer for a program; another one than `--optimizer`, if it is named, clipped as that is.
  func load(_ other: String? = nil, for program: Program) throws -> Optimizer {
    if other == nil, optimizer == nil, !program.step.isEmpty {
      guard clip == nil else {
        throw ProgramError.option("--clip: the program's own step is used as it is; clip in it")
      }
      return try Optimizer(stepOf: program)
    }
    let optimizer = try Optimizer(named: other ?? optimizer ?? "adam")
    guard let clip else { return optimizer }
    guard clip.isFinite, clip > 0 else { throw ProgramError.option("--clip \(clip): a norm is more than 0") }
    return optimizer.clipped(at: clip)
  }
}
