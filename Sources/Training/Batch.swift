/// The inputs of one step, by name. Entries lie row-major in the axes that the program recorded.
///
///     Batch(values: ["features": pixels], indices: ["label": digits])
public struct Batch: Sendable, Equatable {
  /// Real-valued inputs; a run in Float rounds them.
  public var values: [String: [Double]]
  /// Inputs of whole numbers: tokens, labels.
  public var indices: [String: [Int32]]

  /// Both by the name that the program gives the input.
  public init(values: [String: [Double]] = [:], indices: [String: [Int32]] = [:]) {
    (self.values, self.indices) = (values, indices)
  }
}
