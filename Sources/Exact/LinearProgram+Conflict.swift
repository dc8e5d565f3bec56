extension LinearProgram {
  /// A set of removable rows that conflict: together with the rows that are not removable they cannot be satisfied,
  /// but if any one of them is given up, the others can. Nil if nothing conflicts; empty if the rows that are not
  /// removable conflict among themselves.
  ///
  /// The deletion filter (J. W. Chinneck and E. W. Dravnieks 1991, "Locating minimal infeasible constraint sets in
  /// linear programs"): row after row is left out, the last first, and stays out if the rest still conflicts.
  public func minimalConflict(removable: [Int]) -> [Int]? {
    guard let first = infeasibility else { return nil }
    var isCandidate = [Bool](repeating: false, count: rows.count)
    for row in removable where rows.indices.contains(row) { isCandidate[row] = true }
    // What takes no part in a proof is not needed.
    var taking = first.multipliers.indices.map { !first.multipliers[$0].isZero }
    var kept: [Int] = []
    for row in rows.indices.reversed() where isCandidate[row] && taking[row] {
      let others = rows.indices.filter { $0 != row && (!isCandidate[$0] || taking[$0]) }
      var rest = LinearProgram()
      for other in others { rest.require(rows[other].form, rows[other].relation, rows[other].bound) }
      guard let proof = rest.infeasibility else {
        kept.append(row)
        continue
      }
      taking = [Bool](repeating: false, count: rows.count)
      for (other, multiplier) in zip(others, proof.multipliers) where !multiplier.isZero { taking[other] = true }
    }
    return kept.reversed()
  }
}
