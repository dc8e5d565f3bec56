public import TorchImport

extension TorchImportReport {
  /// What grew and what did not, for whoever knows the model to look over.
  public var table: String {
    var text = ""
    let (growing, fixed) = (dimensions.filter { $0.small != $0.large }, dimensions.filter { $0.small == $0.large })
    var grown = TextTable([("grows", .left), ("small", .right), ("large", .right), ("size", .left), ("in", .left)])
    for line in growing {
      let size = line.size + (line.isExact ? "" : " (rounded in the files)")
      grown.append([line.dimension, "\(line.small)", "\(line.large)", size, places(line.parameters)])
    }
    text += grown.text
    let kept = Dictionary(grouping: fixed.filter { !$0.parameters.isEmpty }, by: \.small).sorted { $0.key < $1.key }
    if !kept.isEmpty {
      var table = TextTable([("did not grow: is that meant?", .right), ("in", .left)])
      for (size, lines) in kept { table.append(["\(size)", places(lines.flatMap(\.parameters))]) }
      text += "\n\n" + table.text
    }
    let scalings = scalings.filter { $0.small != $0.large }
    if !scalings.isEmpty {
      var table = TextTable([
        ("multiplier", .left), ("", .left), ("in the model", .left), ("small", .right), ("large", .right),
      ])
      let rows = scalings.map { ($0.name, [$0.power, number($0.small), number($0.large)]) }
      for row in grouped(rows) { table.append(row) }
      text += "\n\n" + table.text
    }
    for (parameter, parts) in split.sorted(by: { $0.key < $1.key }) {
      text += "\n\n\(parameter) has rows or columns of different roles: \(parts.joined(separator: ", "))"
    }
    if !unused.isEmpty {
      text +=
        "\n\nused by no operation (the second name of a tied weight, or left over): "
        + unused.joined(separator: ", ")
    }
    if !constants.isEmpty {
      text +=
        "\n\nneither weights nor data decide these; they are inputs, numbers of size 1: "
        + constants.joined(separator: ", ")
    }
    for note in notes { text += "\n\nnote: \(note)" }
    return text
  }

  private func places(_ parameters: [String]) -> String {
    let unique = parameters.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let names = grouped(unique.map { ($0, []) }).map { $0[0] }
    return names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", and \(names.count - 4) more" : "")
  }

  private func number(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(Float(value))" }
}
