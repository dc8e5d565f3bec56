public import TensorPrograms

/// A table of vectors, one for each token. Standard deviation 1.
///
///     Embedding("token", to: model)(tokens)   // [batch, sequence] to [batch, sequence, model]
public struct Embedding {
  public var name: String
  public var to: Dimension

  public init(_ name: String, to: Dimension) { (self.name, self.to) = (name, to) }

  public func callAsFunction(_ tokens: Value) -> Value { look(tokens).out }

  /// The vectors, and the table itself, for a tied readout.
  public func look(_ tokens: Value) -> (out: Value, table: Value) {
    let p = tokens.recorder
    guard let id = tokens.id, let below = p.program[id].role.below else {
      if let id = tokens.id {
        p.fail(
          .shape(
            operation: "embedding", operands: ["\"\(p.program[id].name)\""],
            reason: "its input must be tokens: indices(\"tokens\", .., below: vocabulary)"))
      }
      return (Value(p, nil), Value(p, nil))
    }
    let table = p.weight(name, [Axis(below), Axis(to)], .gaussian(Monomial()))
    return (gather(table, tokens, along: Axis(below)).named(name + ".out"), table)
  }
}
