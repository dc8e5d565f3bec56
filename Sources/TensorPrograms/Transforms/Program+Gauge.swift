extension Program {
  /// The forward pass alone: without gradient and step.
  public var forwardPass: Program {
    if segments == Segments(forward: forward.count) { return self }
    var rewriter = ProgramRewriter(self, forwardOnly: true)
    for i in forward { rewriter.keep(i) }
    return rewriter.rewritten().checked()
  }

  /// The forward program with an explicit multiplier after each of these weights, so that their gradients see it.
  ///
  /// A gradient and a step that the program has already are left out.
  public func withWeightMultipliers(_ names: Set<String>) -> Program {
    if names.isEmpty { return self }
    var rewriter = ProgramRewriter(self, forwardOnly: true)
    for i in forward {
      rewriter.keep(i)
      let weight = instructions[i]
      guard weight.role.isWeight, names.contains(weight.name), let copy = rewriter[ValueID(i)] else { continue }
      rewriter[ValueID(i)] = rewriter.insert(.gaugeMultiplier(of: weight, at: copy))
    }
    return rewriter.rewritten().checked()
  }
}
