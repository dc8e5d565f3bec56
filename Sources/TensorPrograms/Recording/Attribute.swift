import Exact

/// A word with values in a program's text: `along(vocabulary)`.
public struct Attribute: Sendable, Hashable {
  public var key: String
  public var text: String
  public init(_ key: String, _ text: String) {
    self.key = key
    self.text = text
  }
}

/// Reads the attributes of one instruction; each must be known and be read.
public final class AttributeReader {
  public let word: String
  private var left: [Attribute]
  private let dimensions: [Dimension]

  public init(word: String, _ attributes: [Attribute], dimensions: [Dimension]) {
    self.word = word
    left = attributes
    self.dimensions = dimensions
  }

  /// The text of an attribute, or nil if it is not there.
  public func text(_ key: String) -> String? {
    guard let index = left.firstIndex(where: { $0.key == key }) else { return nil }
    return left.remove(at: index).text
  }

  public func fail(_ key: String, _ reason: String) -> ProgramError {
    .attribute(operation: word, attribute: key, reason: reason)
  }

  public func required(_ key: String) throws -> String {
    guard let value = text(key) else { throw fail(key, "is missing: write \(key)(...)") }
    return value
  }

  public func number(_ key: String) throws -> Double {
    let value = try required(key)
    guard let number = Double(value) else { throw fail(key, "\"\(value)\" is not a number") }
    return number
  }

  public func numbers(_ key: String) throws -> [Double]? {
    try text(key)?.split(separator: ",").map {
      guard let number = Double($0.trimmed) else { throw fail(key, "\"\($0.trimmed)\" is not a number") }
      return number
    }
  }

  public func whole(_ key: String, default value: Int) throws -> Int {
    guard let found = text(key) else { return value }
    guard let number = Int(found), number >= 0, number <= 1 << 20 else {
      throw fail(key, "\"\(found)\" is not a whole number from 0 to 1048576")
    }
    return number
  }

  public func dimension(named name: String) throws -> Dimension {
    guard let found = dimensions.first(where: { $0.name == name }) else {
      throw ProgramError.unknownDimension(name, known: dimensions.map(\.name))
    }
    return found
  }

  public func axis(_ name: some StringProtocol) throws -> Axis {
    let text = name.trimmed
    let stem = text.prefix { $0 != "'" }
    let primes = text.dropFirst(stem.count)
    guard primes.allSatisfy({ $0 == "'" }) else { throw fail("axis", "\"\(text)\" is not an axis") }
    return Axis(try dimension(named: String(stem)), primes: primes.count)
  }

  public func axes(_ key: String) throws -> [Axis] {
    try required(key).split(separator: ",").map { try axis($0) }
  }

  public func oneAxis(_ key: String) throws -> Axis {
    let all = try axes(key)
    guard all.count == 1 else { throw fail(key, "takes one axis") }
    return all[0]
  }

  /// Reads what ``Monomial`` prints: `0.5 head^(-1/2)`.
  public func monomial(_ key: String) throws -> Monomial? { try text(key).map { try monomial($0, key) } }

  /// Reads several, separated by commas.
  public func monomials(_ key: String) throws -> [Monomial] {
    try required(key).split(separator: ",").map { try monomial($0, key) }
  }

  private func monomial(_ text: some StringProtocol, _ key: String) throws -> Monomial {
    var result = Monomial()
    for part in text.split(separator: " ") {
      if let number = Double(part) ?? Rational(String(part))?.double {
        result.constant *= number
        continue
      }
      let pieces = part.split(separator: "^", maxSplits: 1)
      var digits = pieces.count == 2 ? pieces[1] : "1"
      if digits.hasPrefix("("), digits.hasSuffix(")") { digits = digits.dropFirst().dropLast() }
      guard let exponent = Rational(String(digits)) else { throw fail(key, "\"\(part)\" is not a power") }
      result.powers.append(.init(dimension: try dimension(named: String(pieces[0])), exponent: exponent))
    }
    return result
  }

  /// Throws if something was not understood.
  public func finish() throws {
    if let extra = left.first { throw fail(extra.key, "is not known here") }
  }
}

extension Monomial: CustomStringConvertible {
  /// `0.5 head^(-1/2)`; `1` if nothing else.
  public var description: String {
    var parts = powers.map { $0.dimension.name + ($0.exponent == 1 ? "" : "^" + $0.exponent.parenthesized) }
    if constant != 1 || parts.isEmpty { parts.insert(constant.shortest, at: 0) }
    return parts.joined(separator: " ")
  }
}

extension Double {
  /// As Swift prints it, without `.0`.
  public var shortest: String {
    let text = "\(self)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension StringProtocol {
  package var trimmed: String {
    var view = Substring(self)
    while view.first?.isWhitespace == true { view = view.dropFirst() }
    while view.last?.isWhitespace == true { view = view.dropLast() }
    return String(view)
  }
}
