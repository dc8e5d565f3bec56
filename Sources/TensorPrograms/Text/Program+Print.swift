extension Program {
  /// The program as text: dimensions, then an instruction a line. ``Program/init(text:file:)`` reads it back.
  ///
  ///     program line
  ///     dimension batch = 64
  ///     x [batch, features] = input
  ///     readout [outputs, features] = weight gaussian(features^(-1/2))
  ///     readout.out [batch, outputs] = contract x, readout
  public var text: String { text(parts: true) }

  func text(parts: Bool) -> String {
    var lines = ["program \(name)"]
    let width = dimensions.map(\.name.count).max() ?? 0
    for dimension in dimensions {
      lines.append("dimension \(dimension.name.padded(width)) = \(dimension.size)")
    }
    lines.append("")
    for i in instructions.indices {
      if parts, i == backward.lowerBound, !backward.isEmpty { lines += ["", "backward"] }
      if parts, i == step.lowerBound { lines += ["", "step"] }
      lines.append(line(i))
      if i == forward.upperBound - 1, let loss { lines += ["minimize \(self[loss].name)"] }
    }
    for gradient in gradients where parts {
      lines.append("gradient \(self[gradient.weight].name) = \(self[gradient.value].name)")
    }
    for update in updates where parts {
      lines.append("update \(self[update.target].name) = \(self[update.value].name)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One instruction as text.
  public func line(_ i: Int) -> String {
    let instruction = instructions[i]
    var right = instruction.primitive.word
    if !instruction.operands.isEmpty {
      right += " " + instruction.operands.map { self[$0].name }.joined(separator: ", ")
    }
    for attribute in instruction.primitive.attributes { right += " \(attribute.key)(\(attribute.text))" }
    return "\(instruction.name) \(instruction.axes.bracketed) = \(right)"
  }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
