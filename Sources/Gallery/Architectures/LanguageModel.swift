import Exact
import TensorPrograms

extension [Architecture.Option] {
  /// The sizes of a Transformer, small enough for a check.
  static func transformer(
    heads: Size = 4, hidden: Size = 4 * .n, depth: Int = 1, headsHelp: String = "attention heads"
  ) -> [Architecture.Option] {
    [
      .init(name: "model", kind: .size(.n), help: "size of the residual stream"),
      .init(name: "heads", kind: .size(heads), help: headsHelp),
      .init(name: "head-size", kind: .size(.n / 4), help: "size of a head"),
      .init(name: "hidden", kind: .size(hidden), help: "hidden units of a block's MLP"),
      .init(name: "depth", kind: .count(depth), help: "blocks"),
    ]
  }

  /// The sizes of a batch of text.
  static func text(sequence: Size = 8, batch: Size = 2) -> [Architecture.Option] {
    [
      .init(name: "sequence", kind: .size(sequence), help: "tokens of a sequence"),
      .init(name: "vocabulary", kind: .size(128), help: "different tokens"),
      .init(name: "batch", kind: .size(batch), help: "sequences in a batch"),
    ]
  }

  /// The sizes of a batch of pairs of texts.
  static func translation() -> [Architecture.Option] {
    [
      .init(name: "source", kind: .size(8), help: "tokens that are read"),
      .init(name: "target", kind: .size(6), help: "tokens that are written"),
      .init(name: "vocabulary", kind: .size(128), help: "different tokens"),
      .init(name: "batch", kind: .size(2), help: "pairs in a batch"),
    ]
  }

  static let tied = [
    Architecture.Option(name: "tied", kind: .toggle, help: "the readout is the embedding's transpose")
  ]
}

extension Architecture.Settings {
  var heads: Dimension { dimension("heads") }
  var head: Dimension { dimension("head", "head-size") }

  /// Tokens `[batch, sequence]` of the vocabulary; the dimension has the option's name.
  func tokens(_ p: Recorder, _ name: String, of sequence: String? = nil) -> Value {
    p.indices(name, [dimension("batch"), dimension(sequence ?? name)], below: dimension("vocabulary"))
  }

  /// A standard deviation's factor 1/sqrt(branches) for the last layer of each residual branch (GPT-2, section 2.3).
  var branchGain: Double { 1 / Double(2 * Swift.max(1, count("depth"))).squareRoot() }
}

/// A decoder-only language model: embedding, blocks, normalization, readout, and the cross-entropy of the next token.
///
/// The readout is a matrix of its own, or the embedding's transpose with a multiplier `readout.scale`.
func languageModel(
  _ p: Recorder, _ s: Architecture.Settings, _ block: TransformerBlock, learnsPositions: Bool = false,
  isTied: Bool = false, startsAtZero: Bool = false
) {
  let model = s.dimension("model")
  let vocabulary = s.dimension("vocabulary")
  let sequence = s.dimension("sequence")
  let batch = s.dimension("batch")
  var (x, table) = Embedding("embedding.token", to: model).look(
    p.indices("tokens", [batch, sequence], below: vocabulary))
  if learnsPositions {
    x = x + p.weight("embedding.position", [Axis(sequence), Axis(model)], .gaussian(Monomial()))
  }
  x = block.norm("norm", blocks("blocks", s.count("depth"), x) { block($0) })
  let logits = isTied ? tiedReadout(x, table) : Dense("readout", to: vocabulary, zero: startsAtZero)(x)
  p.minimize(crossEntropy(logits, p.indices("next", [batch, sequence], below: vocabulary)).named("loss"))
}

/// Logits from an embedding's transpose, times a free multiplier `readout.scale`, `model^(-1/2)` in the standard
/// parametrization: no one initial size of the table fits both of its uses.
func tiedReadout(_ x: Value, _ table: Value) -> Value {
  guard let model = x.axes.last, let vocabulary = table.axes.first else { return Value(x.recorder, nil) }
  return multiplier(
    "readout.scale", contract([x, table], to: x.axes.dropLast() + [vocabulary]),
    standard: Monomial(1, [(model.dimension, Rational(-1, 2))])
  ).named("readout.out")
}
