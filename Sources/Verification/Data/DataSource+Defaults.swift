public import TensorPrograms

extension DataSource {
  /// The options of an architecture that the data decide, by name: `["features": "64", "classes": "10"]` of `mlp` for
  /// the digits. What the user gave goes before them.
  ///
  /// Images take the side of the square that the features make; features that make none are left to
  /// ``batches(for:width:sampling:seed:)`` to refuse.
  public func defaults(for architecture: Architecture) -> [String: String] {
    var settings: [String: String] = [:]
    switch contents {
    case .table(let table):
      settings["features"] = "\(table.featureCount)"
      settings["classes"] = "\(table.classes.count)"
      if let side = DataSource.side(table.featureCount) { settings["image"] = "\(side)" }
    case .text(let text): settings["vocabulary"] = "\(text.vocabulary.count)"
    case .noise: break
    }
    let known = Set(architecture.options.map(\.name))
    return settings.filter { known.contains($0.key) }
  }

  /// The name of data that an architecture can be trained on: by the inputs that it has with its options' defaults.
  public static func usual(for architecture: Architecture) -> String {
    (try? architecture.program()).map { usual(for: $0) } ?? "random"
  }

  /// The name of data that a program can be trained on: by its inputs.
  public static func usual(for program: Program) -> String {
    let inputs = InputSlot.all(program)
    if inputs.contains(where: { $0.below == nil }) {
      return inputs.contains { $0.below != nil && $0.axes.count == 1 } ? "digits" : "random"
    }
    return InputSlot.areText(inputs) ? "shakespeare" : "random"
  }

  static func side(_ count: Int) -> Int? {
    let side = Int(Double(count).squareRoot().rounded())
    return side * side == count ? side : nil
  }
}
