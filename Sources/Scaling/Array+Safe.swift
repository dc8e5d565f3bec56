extension [Bool] {
  /// False beyond the end.
  subscript(safe i: Int) -> Bool { i < count && self[i] }
}
