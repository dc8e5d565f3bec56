/// Words that other languages have for what is written otherwise here: what to write instead.
enum Synonyms {
  private static let hints: [(words: [String], hint: String)] = [
    (
      ["matmul", "mm", "bmm", "dot", "einsum", "linear", "dense", "outer"],
      "contract A, B sums over the axes that the result lacks"
    ),
    (["mul", "multiply", "times", "prod"], "contract A, B multiplies entry by entry where the result has all axes"),
    (["sub", "subtract", "minus"], "add A, B times(1, -1)"),
    (["neg", "negate"], "scale A by(-1)"),
    (["div", "divide"], "reciprocal B, then contract A with it"),
    (["mean", "average"], "sum A, then scale by(AXIS^(-1))"),
    (
      ["layernorm", "rmsnorm", "batchnorm", "groupnorm", "norm"],
      "it is a square, a sum, a scale, a guard, a sqrt, a reciprocal and a contract; see: widthwise show gpt --depth 1"
    ),
    (
      ["attention", "sdpa"],
      "it is contractions, a scale multiplier(NAME) and a softmax over(AXIS); see: widthwise show gpt --depth 1"
    ),
    (["crossentropy", "cross_entropy", "nll"], "logsumexp LOGITS, less gather LOGITS, LABELS along(CLASSES)"),
    (["concat", "cat", "stack"], "concatenate A, B along(WHOLE) of(PART, PART)"),
    (
      ["chunk", "narrow", "index"],
      "slice A along(WHOLE) of(PART, PART) at(0); select A along(AXIS) at(0) for one index of a fixed axis"
    ),
    (["reshape", "view", "flatten", "unflatten", "rearrange"], "split A along(WHOLE) of(PART, PART), or merge"),
    (
      ["transpose", "permute", "swapaxes"],
      "axes have names, so that their order is no matter; rename A axis(X) to(X') for another name"
    ),
    (["detach", "stop_gradient", "stop"], "stopgradient A"),
    (
      ["max", "amax", "maxpool"], "maximum A, B; along an axis: largest A along(AXIS) count(1), then contract A with it"
    ),
    (
      ["topk", "top_k", "argmax"],
      "largest A along(AXIS) count(K), 1 where an entry is among the K largest of a fixed axis"
    ),
    (["embedding", "lookup", "take"], "gather TABLE, NUMBERS along(AXIS)"),
    (["swish"], "silu"), (["sin"], "sine"), (["cos"], "cosine"), (["pow", "power"], "square, sqrt and reciprocal"),
    (["dropout"], "it changes no exponent; leave it out"),
    (["mask", "tril", "masked_fill"], "causal A query(AXIS) key(AXIS') fill(-inf)"),
    (["param", "parameter", "variable"], "weight gaussian(AXIS^(-1/2))"),
  ]

  /// What to write instead of a word, nil if it is no word of others.
  static func hint(_ word: String) -> String? {
    hints.first { $0.words.contains(word.lowercased()) }?.hint
  }
}
