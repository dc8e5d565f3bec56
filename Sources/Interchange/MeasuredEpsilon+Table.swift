public import Exact
import Foundation
public import Scaling
public import Verification

extension [MeasuredEpsilon] {
  /// A row for each epsilon: its number, how it must scale, what it is added to, and the widths from which it is
  /// larger.
  public func table(base: Int) -> String {
    var table = TextTable([
      ("epsilon", .left), ("", .left), ("must scale as", .left), ("number", .left), ("size at \(base)", .left),
      ("takes over", .left),
    ])
    let rows = map { found in
      (
        found.owner.description,
        [
          found.exponent.asPowerOfWidth, EpsilonDocument.short(found.epsilon), String(format: "%.1e", found.size),
          found.reach.text,
        ]
      )
    }
    for row in grouped(rows) { table.append(row) }
    return table.text
  }
}

extension EpsilonReach {
  /// `from width 1.3e+06`, `below width 20`, `at every width`, `never`.
  public var text: String {
    switch self {
    case .above(let width): width < 1 ? "at every width" : "from width \(EpsilonReach.rounded(width))"
    case .below(let width): width < 1 ? "never" : "below width \(EpsilonReach.rounded(width))"
    case .everywhere: "at every width"
    case .nowhere: "never"
    }
  }

  private static func rounded(_ width: Double) -> String { String(format: width < 99_999.5 ? "%.0f" : "%.1e", width) }
}

/// An epsilon in the JSON of `derive`.
public struct EpsilonDocument: Codable, Sendable, Hashable {
  /// The part of the weight's step that has it; left out if the step has only one epsilon.
  public var part: String?
  public var number: Double
  /// The exponent in width that it must have.
  public var exponent: Rational
  /// The root mean square of the value that it is added to, at the base width.
  public var size: Double
  /// A constant epsilon is larger than that at widths `above` or `below` ``width``, `everywhere` or `nowhere`.
  public var takesOver: String
  public var width: Double?

  public init(_ found: MeasuredEpsilon) {
    part = found.owner.part.isEmpty ? nil : found.owner.part
    (number, exponent, size) = (found.epsilon, found.exponent, found.size)
    switch found.reach {
    case .above(let width): (takesOver, self.width) = ("above", width)
    case .below(let width): (takesOver, self.width) = ("below", width)
    case .everywhere: takesOver = "everywhere"
    case .nowhere: takesOver = "nowhere"
    }
  }

  /// `1e-08`, `0.001`.
  static func short(_ number: Double) -> String { String(format: "%g", number) }
}
