extension LinearProgram {
  /// A feasible point at which the smallest of some forms is as large as it can be, among those the next smallest, and so
  /// on (leximin). Equal treatment of what is symmetric follows: a point and its mirror image are equally good only if
  /// they agree.
  ///
  /// Nil if no point is feasible, or if a form grows without bound.
  public func leximin(_ forms: [LinearForm]) -> [Rational]? {
    var program = self
    var open = Array(forms.indices)
    let count = max(variableCount, (forms.flatMap(\.terms).map(\.variable).max() ?? -1) + 1)
    var point: [Rational]?
    while !open.isEmpty {
      let least = LinearForm(variable: count)
      var attempt = program
      for i in open { attempt.require(forms[i] - least, .atLeast, 0) }
      guard let best = attempt.maximize(least).optimum else { return nil }
      point = best.point
      // Those that cannot be larger while the others are as large as this.
      for i in open { program.require(forms[i], .atLeast, best.value) }
      let before = open.count
      open.removeAll { i in
        guard let largest = program.maximize(forms[i]).optimum, largest.value > best.value else {
          return program.maximize(forms[i]).optimum != nil
        }
        return false
      }
      if open.count == before { return nil }
    }
    guard let found = point ?? program.maximize(LinearForm()).optimum?.point else { return nil }
    return Array((found + [Rational](repeating: 0, count: max(0, count - found.count))).prefix(count))
  }
}
