public import Gallery
import TensorPrograms
public import TrainingData

extension DataKind {
  /// The name of data that an architecture can be trained on: by the inputs that it has with its options' defaults.
  public static func usual(for architecture: Architecture) -> String {
    (try? architecture.program()).map { usual(for: $0) } ?? RandomData.name
  }
}

extension DataSource {
  /// The options of an architecture that the data decide, by name: `["features": "64", "classes": "10"]` of `mlp` for
  /// the digits. Options that the user gives take precedence.
  ///
  /// Images take the side of the square that the features make; features that make none are left to
  /// ``batches(for:width:sampling:seed:)`` to refuse.
  public func defaults(for architecture: Architecture) -> [String: String] {
    let known = Set(architecture.options.map(\.name))
    return options.filter { known.contains($0.key) }
  }
}

extension Architecture {
  /// The program on the data that a check takes for it; on random ones if those do not fit.
  ///
  /// - Parameter width: where the data must fit.
  func subject(_ options: [String: String] = [:], width: Int) throws -> (Program, any DataSource) {
    let usual = try DataKind.named(DataKind.usual(for: self))
    let program = try program(usual.defaults(for: self).merging(options) { $1 })
    do {
      _ = try usual.batches(for: program, width: width)
      return (program, usual)
    } catch is DataError {}
    return (try self.program(options), try DataKind.named(RandomData.name))
  }
}
