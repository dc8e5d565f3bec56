extension OptimizerStep {
  /// Whether a pattern of ``Optimizer/init(named:)`` fits this weight.
  package func fits(_ pattern: String) -> Bool { pattern == "matrices" ? isMatrix : name.fits(pattern) }
}

extension String {
  /// Whether this name fits a pattern in which `*` stands for any letters.
  package func fits(_ pattern: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return self == pattern }
    guard hasPrefix(parts[0]) else { return false }
    var rest = Substring(self).dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }
}
