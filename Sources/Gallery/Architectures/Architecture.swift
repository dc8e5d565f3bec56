import Exact
public import TensorPrograms

/// A family of networks with options: what `widthwise list` shows. It writes no scaling fact anywhere.
public struct Architecture: Sendable {
  public let name: String
  public let summary: String
  public let options: [Option]
  /// The works that it is taken from.
  public let sources: [Citation]
  /// Configurations that the sources publish.
  public let published: [PublishedModel]
  let record: @Sendable (Recorder, Settings) throws -> Void

  /// A setting by name: a size (`4`, `n`, `n/32`), a whole number, or a switch.
  public struct Option: Sendable {
    public enum Kind: Sendable {
      case size(Size)
      case count(Int)
      case toggle
    }
    public let name: String
    public let kind: Kind
    public let help: String

    public var defaultText: String {
      switch kind {
      case .size(let size): size.description
      case .count(let count): "\(count)"
      case .toggle: "off"
      }
    }
  }

  /// The gallery, by name.
  public static let all: [Architecture] = [
    .autoencoder,
    .bert,
    .bilinear,
    .bottleneck,
    .chinchilla,
    .clip,
    .deepONet,
    .depthwise,
    .dit,
    .fourier,
    .gcn,
    .gopher,
    .gpt,
    .gpt3,
    .gru,
    .hypernetwork,
    .layerScale,
    .llama,
    .llama2,
    .lora,
    .lstm,
    .mamba,
    .megatron,
    .mlp,
    .moe,
    .opt,
    .palm,
    .qkNorm,
    .resnet,
    .scalarGate,
    .shiftedInit,
    .squeezeExcite,
    .ssm,
    .t5,
    .tiedLM,
    .transformer,
    .trilinear,
    .vit,
  ]

  public init(named name: String) throws {
    guard let found = Architecture.all.first(where: { $0.name == name }) else {
      throw ProgramError.unknownArchitecture(name, known: Architecture.all.map(\.name))
    }
    self = found
  }

  init(
    _ name: String, _ summary: String, options: [Option], sources: [Citation] = [], published: [PublishedModel] = [],
    record: @escaping @Sendable (Recorder, Settings) throws -> Void
  ) {
    (self.name, self.summary, self.options, self.record) = (name, summary, options, record)
    (self.sources, self.published) = (sources, published)
  }

  /// The program with the given settings, by option name; `"true"` turns a switch on.
  ///
  /// Throws ``ProgramError/option(_:)`` for an unknown name or a value that does not fit.
  public func program(_ settings: [String: String] = [:]) throws -> Program {
    for name in settings.keys.sorted() where !options.contains(where: { $0.name == name }) {
      throw ProgramError.unknownOption(name, of: self.name, known: options.map(\.name))
    }
    let settings = try Settings(self, settings)
    var program = try Program(name) { try record($0, settings) }
    program.sources = sources
    return program
  }

  /// The options of one program, checked.
  public struct Settings: Sendable {
    private var sizes: [String: Size] = [:]
    private var counts: [String: Int] = [:]
    private var toggles: Set<String> = []

    init(_ architecture: Architecture, _ given: [String: String]) throws {
      for option in architecture.options {
        let text = given[option.name]
        switch option.kind {
        case .size(let standard):
          guard let size = text.map({ Size($0) }) ?? standard else {
            throw ProgramError.option(
              "--\(option.name) \(text ?? ""): not a size; write a whole number, n, 4n, n/32 or n^(1/2)")
          }
          guard !size.isFixed || (size.coefficient.isInteger && size.coefficient <= Rational(Size.largest)) else {
            throw ProgramError.option("--\(option.name) \(text ?? ""): not a whole number up to \(Size.largest)")
          }
          sizes[option.name] = size
        case .count(let standard):
          guard let count = text.map({ Int($0) }) ?? standard, count >= 0, count <= 100_000 else {
            throw ProgramError.option("--\(option.name) \(text ?? ""): not a whole number from 0 to 100000")
          }
          counts[option.name] = count
        case .toggle:
          if let text {
            guard let on = Bool(text) else {
              throw ProgramError.option("--\(option.name) takes no value but true or false")
            }
            if on { toggles.insert(option.name) }
          }
        }
      }
    }

    public func size(_ name: String) -> Size { sizes[name] ?? 1 }
    public func dimension(_ name: String, _ option: String? = nil) -> Dimension {
      Dimension(name, growing: size(option ?? name))
    }
    public func count(_ name: String) -> Int { counts[name] ?? 0 }
    public func isOn(_ name: String) -> Bool { toggles.contains(name) }
  }
}
