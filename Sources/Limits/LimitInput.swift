/// What fills one input of a program: examples, row-major.
public struct LimitInput: Sendable {
  /// The input's name in the program.
  public var name: String
  /// How many examples; the input's other axes follow.
  public var examples: Int
  /// The numbers; of tokens and labels whole ones.
  public var values: [Double]

  public init(_ name: String, examples: Int, values: [Double]) {
    (self.name, self.examples, self.values) = (name, examples, values)
  }
}
