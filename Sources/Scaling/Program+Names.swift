import TensorPrograms

extension Program {
  /// The name by which a user knows a value: its own, or that of the value that only renames or scales it.
  func knownName(_ site: Int) -> String {
    var i = site
    while !instructions[i].isNamed {
      guard
        let user = instructions.indices.dropFirst(i + 1).prefix(4).first(where: { j in
          instructions[j].operands == [ValueID(i)] && instructions[j].role.passage != nil
        })
      else { break }
      i = user
    }
    return instructions[i].isNamed ? instructions[i].name : instructions[site].name
  }
}
