/// Every primitive by its word. A new one is added here and is otherwise one file.
enum Catalog {
  static let primitives: [any Primitive.Type] = [
    Input.self, Indices.self, Ones.self, Weight.self, OptimizerState.self, Contract.self, Sum.self, Expand.self,
    Add.self, ScaleBy.self, Maximum.self, Angle.self,
    AddEpsilon.self, MapSlope.self, Softmax.self, LogSumExp.self, Gather.self, Scatter.self, Causal.self, Rename.self,
    Patches.self,
    Fold.self,
    MatrixPower.self,
    Eigenbasis.self,
    ScaleByMaximum.self,
    Constant.self,
    Select.self,
    Insert.self,
    Largest.self,
    StopGradient.self,
  ]

  /// Words that are written out in those.
  static let notations: [any Notation.Type] = [Concatenate.self, Slice.self, Split.self, Merge.self]

  static let all: [any Primitive.Type] = primitives + notations.map { $0 as any Primitive.Type }

  private static let byWord = Dictionary(uniqueKeysWithValues: all.map { ($0.mnemonic, $0) })

  static var words: [String] { all.map { $0.mnemonic } + Nonlinearity.families.map(\.name) }

  /// Throws: ``ProgramError/unknownOperation(_:known:)``, ``ProgramError/otherName(_:here:)``, or what its attributes lack.
  static func primitive(_ reader: AttributeReader) throws -> any Primitive {
    if let type = byWord[reader.word] { return try type.init(reading: reader) }
    guard Nonlinearity.families.contains(where: { $0.name == reader.word }) else {
      throw OtherNames.unknown(reader.word, known: words)
    }
    return try Map(reading: reader)
  }
}
