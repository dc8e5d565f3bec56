/// What others call an operation, and what is written for it here.
enum OtherNames {
  /// What is no operation of its own, but several.
  private static let idioms: [(names: [String], here: String)] = [
    (["sub", "subtract", "minus"], "add X, Y times(1, -1)"),
    (["mean", "average", "avg"], "sum, then scale by(AXIS^(-1))"),
    (["div", "divide"], "contract with the reciprocal"),
    (["rsqrt"], "sqrt, then reciprocal"),
    (["neg", "negative"], "scale by(-1)"),
    (
      ["layernorm", "layer_norm", "rmsnorm", "rms_norm", "batchnorm", "groupnorm", "norm", "normalize"],
      "written out in sums, as in: widthwise show gpt --depth 1"
    ),
    (["attention", "sdpa", "mha"], "written out in contractions, as in: widthwise show gpt --depth 1"),
    (["conv", "conv1d", "conv2d", "convolution"], "patches, then contract with the kernel"),
    (
      ["cross_entropy", "crossentropy", "nll", "nll_loss"],
      "logsumexp and the gathered logit of the label, as in: widthwise show mlp"
    ),
    (["mse", "mse_loss"], "square of the difference, then sum and scale"),
  ]

  /// The error for a word that is no operation's: what it is called here, or which words are like it.
  ///
  /// - Parameter known: The words that may stand where it stands.
  static func unknown(_ word: String, known: [String]) -> ProgramError {
    let other = word.lowercased()
    let primitive = Catalog.all.first { $0.otherNames.contains(other) }?.mnemonic
    let ours = primitive ?? Nonlinearity.families.first { $0.otherNames.contains(other) }?.name
    if let ours, known.contains(ours) { return .otherName(word, here: ours) }
    let idiom = Catalog.words == known ? idioms.first { $0.names.contains(other) } : nil
    return idiom.map { .otherName(word, here: $0.here) } ?? .unknownOperation(word, known: known)
  }
}
