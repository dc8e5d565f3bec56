import TensorPrograms
import TestSupport

extension Transform {
  /// Instructions in another order, and everything under other names.
  static let orders: [Transform] = [
    Transform("independent instructions in another order") { program, random in
      try program.rewritten(order: program.randomOrder(&random))
    },
    Transform(named: "axes and values have other names") { program, answer, _, random in
      let names = try NewNames(program, &random)
      return Rewritten(program: try Program(text: names.text), expected: names.renamed(answer))
    },
    Transform("an axis and its prime change names") { program, random in
      let growing = program.dimensions.filter { !$0.growth.isZero }
      guard let dimension = growing.randomElement(using: &random) else { return nil }
      let names = try NewNames(program, swappingPrimesOf: dimension.name)
      return try Program(text: names.text)
    },
  ]
}

extension Program {
  /// The instructions of the forward pass in a random order in which each comes after what it needs.
  func randomOrder(_ random: inout SplitMix) -> [Int] {
    var users = [[Int]](repeating: [], count: forward.count)
    var missing = [Int](repeating: 0, count: forward.count)
    for i in forward {
      for operand in instructions[i].operands { users[operand.index].append(i) }
      missing[i] = instructions[i].operands.count
    }
    var ready = forward.filter { missing[$0] == 0 }
    var order: [Int] = []
    while !ready.isEmpty {
      let i = ready.remove(at: Int.random(in: ready.indices, using: &random))
      order.append(i)
      for user in users[i] {
        missing[user] -= 1
        if missing[user] == 0 { ready.append(user) }
      }
    }
    return order
  }
}

/// A program's text with other names for dimensions, values and multipliers.
private struct NewNames {
  private(set) var text = ""
  private var dimensions: [String: String] = [:]
  private var values: [String: String] = [:]
  private var multipliers: [String: String] = [:]
  private var swapped: String?

  /// Random names for all.
  init(_ program: Program, _ random: inout SplitMix) throws {
    func numbers(_ count: Int) -> [Int] { Array(0..<count).shuffled(using: &random) }
    for (dimension, k) in zip(program.dimensions, numbers(program.dimensions.count)) {
      dimensions[dimension.name] = "axis\(k)"
    }
    for (i, k) in zip(program.forward, numbers(program.forward.count)) {
      values[program.instructions[i].name] = "value\(k)"
    }
    for (multiplier, k) in zip(program.multipliers, numbers(program.multipliers.count)) {
      multipliers[multiplier.name] = "number\(k)"
    }
    text = write(program)
  }

  /// The same names, but that the first two indices of one dimension take each other's.
  init(_ program: Program, swappingPrimesOf dimension: String) throws {
    swapped = dimension
    text = write(program)
  }

  func renamed(_ answer: Answer) -> Answer {
    guard case .derived(var rules) = answer else { return answer }
    rules.weights = Dictionary(uniqueKeysWithValues: rules.weights.map { (values[$0] ?? $0, $1) })
    rules.multipliers = Dictionary(uniqueKeysWithValues: rules.multipliers.map { (multipliers[$0] ?? $0, $1) })
    return .derived(rules)
  }

  private func write(_ program: Program) -> String {
    var lines = ["program \(program.name)"]
    for dimension in program.dimensions {
      lines.append("dimension \(dimensions[dimension.name] ?? dimension.name) = \(dimension.size)")
    }
    for i in program.forward {
      let instruction = program.instructions[i]
      let axes = instruction.axes.map { name(of: $0) }.joined(separator: ", ")
      let operands = instruction.operands.map { name(of: program[$0].name) }.joined(separator: ", ")
      let attributes = instruction.primitive.attributes.map { " \($0.key)(\(text(of: $0)))" }.joined()
      lines.append("\(name(of: instruction.name)) [\(axes)] = \(instruction.primitive.word) \(operands)\(attributes)")
    }
    if let loss = program.loss { lines.append("minimize \(name(of: program[loss].name))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func name(of value: String) -> String { values[value] ?? value }

  private func name(of axis: Axis) -> String {
    let primes = axis.dimension.name == swapped && axis.primes < 2 ? 1 - axis.primes : axis.primes
    return (dimensions[axis.dimension.name] ?? axis.dimension.name) + String(repeating: "'", count: primes)
  }

  /// An attribute's text: a multiplier's name, or words among which are names of dimensions.
  private func text(of attribute: Attribute) -> String {
    if attribute.key == "multiplier" { return multipliers[attribute.text] ?? attribute.text }
    if ["formula", "of"].contains(attribute.key) { return attribute.text }
    var result = ""
    var word = Substring()
    func renamed(_ word: Substring) -> String {
      let stem = String(word.prefix { $0 != "'" })
      var primes = word.count - stem.count
      // Only an axis has an index; a dimension in a power or below has none to change.
      if stem == swapped, attribute.isOfAxes, primes < 2 { primes = 1 - primes }
      return (dimensions[stem] ?? stem) + String(repeating: "'", count: primes)
    }
    for character in attribute.text {
      if character.isLetter || character.isNumber || "._%/-'".contains(character) {
        word.append(character)
      } else {
        result += renamed(word)
        result.append(character)
        word = Substring()
      }
    }
    return result + renamed(word)
  }
}

extension Attribute {
  /// Whether it names axes, not dimensions.
  fileprivate var isOfAxes: Bool { !["gaussian", "by", "below"].contains(key) }
}
