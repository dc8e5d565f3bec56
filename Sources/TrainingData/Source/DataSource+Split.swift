extension DataSource {
  /// The data in two parts without a common example: to train on, and to evaluate on.
  ///
  /// Of a table, rows drawn by the seed are held out; of a text, its end, which is read on its own, so that no window
  /// lies in both. Random data are unlimited: both parts are the whole, and other seeds give other examples. Features
  /// keep the mean and the deviation of the whole table.
  ///
  /// - Parameter fraction: of the rows or characters, rounded; more than 0 and less than 1.
  /// - Throws: ``DataError/split(data:fraction:reason:)`` if a part would have nothing.
  public func split(
    holdingOut fraction: Double, seed: UInt64 = 0
  ) throws -> (training: any DataSource, heldOut: any DataSource) {
    guard fraction > 0, fraction < 1 else {
      throw DataError.split(data: name, fraction: fraction, reason: "it must be more than 0 and less than 1")
    }
    return try parts(holdingOut: fraction, seed: seed)
  }

  /// How many of all examples are held out.
  ///
  /// Throws: ``DataError/split(data:fraction:reason:)`` if a part would have none.
  func heldOut(_ fraction: Double, of all: Int, _ what: String) throws -> Int {
    let held = Int((Double(all) * fraction).rounded())
    guard held > 0, held < all else {
      throw DataError.split(data: name, fraction: fraction, reason: "of \(all) \(what), one part would have none")
    }
    return held
  }

  /// The name of the part that is held out.
  var heldOutName: String { "\(name) (held out)" }
}
