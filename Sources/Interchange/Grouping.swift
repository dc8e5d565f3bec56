/// Rows of name, count and cells; repeated blocks share one: `blocks.*.mlp.up`, or `layers.1-2` if there are others.
func grouped(_ rows: [(name: String, cells: [String])]) -> [[String]] {
  var groups: [(key: String, cells: [String], names: [String])] = []
  for (name, cells) in rows {
    let key = parts(name).map { $0.allSatisfy(\.isNumber) ? "*" : $0 }.joined(separator: ".")
    if let i = groups.firstIndex(where: { $0.key == key && $0.cells == cells }) {
      groups[i].names.append(name)
    } else {
      groups.append((key, cells, [name]))
    }
  }
  return groups.flatMap { group in
    if group.names.count == 1 { return [[group.names[0], ""] + group.cells] }
    let isAlone = groups.count { $0.key == group.key } == 1
    guard let label = isAlone ? group.key : range(group.names) else {
      return group.names.map { [$0, ""] + group.cells }
    }
    return [[label, "(x \(group.names.count))"] + group.cells]
  }
}

/// `layers.1-2` for names that differ in one number only, which counts up.
private func range(_ names: [String]) -> String? {
  let all = names.map(parts)
  guard let first = all.first, let last = all.last, all.allSatisfy({ $0.count == first.count }) else { return nil }
  let varying = first.indices.filter { i in all.contains { $0[i] != first[i] } }
  guard varying.count == 1, let start = Int(first[varying[0]]) else { return nil }
  for (k, name) in all.enumerated() where Int(name[varying[0]]) != start + k { return nil }
  var label = first
  label[varying[0]] += "-" + last[varying[0]]
  return label.joined(separator: ".")
}

private func parts(_ name: String) -> [String] { name.split(separator: ".").map(String.init) }
