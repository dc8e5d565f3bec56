import Foundation
import Testing
import TorchImport

/// The files that `Models/export.py` wrote.
struct Sample: Sendable, CustomTestStringConvertible {
  var name: String
  var small: Int
  var large: Int
  var zero: [String] = []
  /// The exponents of initial size and rate under Adam, for the parameters whose names match the pattern: the first that
  /// does counts.
  var rules: [(pattern: String, initial: String, rate: String)]
  var multipliers: [String: String] = [:]

  var testDescription: String { name }

  static func path(_ name: String, _ width: Int) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Models/\(name)\(width).pt2")
      .path
  }

  func load() throws -> TorchModel {
    try TorchModel(small: Self.path(name, small), large: Self.path(name, large), zero: zero)
  }

  private static let norms: [(pattern: String, initial: String, rate: String)] = [
    ("*bias*", "0", "0"), ("*ln_*", "0", "0"), ("*norm*", "0", "0"),
  ]

  /// Rules that a reader of Tensor Programs V, table 3, expects of each; `n^-1` for a readout's size because these gauges
  /// have no multiplier.
  static let all: [Sample] = [
    Sample(
      name: "mlp", small: 64, large: 128,
      rules: norms + [("embed*", "0", "0"), ("hidden*", "1/2", "1"), ("readout*", "1", "1")]),
    Sample(
      name: "gpt", small: 64, large: 128,
      rules: norms + [("w?e*", "0", "0"), ("h.*", "1/2", "1"), ("lm_head*", "1", "1")],
      multipliers: ["h.0.attn.scale": "1", "h.1.attn.scale": "1"]),
    // Heads that grow in number, of a fixed size: their logits need no more.
    Sample(
      name: "heads", small: 64, large: 128,
      rules: norms + [("w?e*", "0", "0"), ("h.*", "1/2", "1"), ("lm_head*", "1", "1")],
      multipliers: ["h.0.attn.scale": "0", "h.1.attn.scale": "0"]),
    Sample(
      name: "tied", small: 64, large: 128,
      rules: norms + [("wpe*", "0", "0"), ("h.*", "1/2", "1"), ("lm_head*", "0", "0")],
      multipliers: ["h.0.attn.scale": "1", "h.1.attn.scale": "1", "lm_head.scale": "1"]),
    Sample(
      name: "llama", small: 64, large: 128,
      rules: norms + [("embed*", "0", "0"), ("layers*", "1/2", "1"), ("lm_head*", "1", "1")],
      multipliers: ["layers.0.scale": "1", "layers.1.scale": "1"]),
    Sample(
      name: "groups", small: 64, large: 128,
      rules: norms + [("embed*", "0", "0"), ("w*", "1/2", "1"), ("head*", "1", "1")], multipliers: ["scale": "1"]),
    Sample(
      name: "cached", small: 32, large: 64,
      rules: norms + [("embed*", "0", "0"), ("head*", "1", "1"), ("*", "1/2", "1")], multipliers: ["scale": "1"]),
    Sample(
      name: "gru", small: 32, large: 64,
      rules: norms + [("embed*", "0", "0"), ("rnn*", "1/2", "1"), ("readout*", "1", "1")]),
    Sample(
      name: "lstm", small: 32, large: 64,
      rules: norms + [("embed*", "0", "0"), ("rnn*", "1/2", "1"), ("readout*", "1", "1")]),
    Sample(
      name: "rnn", small: 32, large: 64,
      rules: norms + [("embed*", "0", "0"), ("rnn*", "1/2", "1"), ("readout*", "1", "1")]),
    Sample(
      name: "resnet", small: 16, large: 32,
      rules: norms + [("*bn*", "0", "0"), ("stem*", "0", "0"), ("stages*", "1/2", "1"), ("fc*", "1", "1")]),
    // A router is a readout: its gates are as many as there are experts.
    Sample(
      name: "moe", small: 32, large: 64,
      rules: norms + [
        ("embed*", "0", "0"), ("router*", "1", "1"), ("up", "1/2", "1"), ("down", "1/2", "1"), ("readout*", "1", "1"),
      ]),
    // A goes from what grows to what does not, B the other way.
    Sample(
      name: "lora", small: 64, large: 128, zero: ["*.B"],
      rules: [
        ("*.B", "0", "0"), ("embed.A", "0", "0"), ("*.A", "1", "1"), ("embed*", "0", "0"), ("hidden*", "1/2", "1"),
        ("readout*", "1", "1"),
      ]),
    Sample(
      name: "vit", small: 32, large: 64,
      rules: norms + [
        ("cls", "0", "0"), ("pos*", "0", "0"), ("patch*", "0", "0"), ("blocks*", "1/2", "1"), ("head*", "1", "1"),
      ],
      multipliers: Dictionary(
        uniqueKeysWithValues: (0..<8).map { ("blocks.\($0 / 4).self_attn.scale/\($0 % 4)", "1") })),
    Sample(
      name: "unet", small: 8, large: 16,
      rules: norms + [
        ("inside*", "0", "0"), ("down*", "1/2", "1"), ("middle*", "1/2", "1"), ("up*", "1/2", "1"), ("out*", "1", "1"),
      ]),
  ]
}
