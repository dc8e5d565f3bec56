public import Exact
public import Scaling
import TensorPrograms

extension ParametrizationDifference {
  /// A row for each weight that differs, exponents of both; columns in which none differ are left out.
  public var table: String {
    var text = ""
    if !weights.isEmpty {
      let shown = Quantity.all.filter { quantity in
        weights.contains { row in Set(row.exponents.map(quantity.exponent)).count > 1 }
      }
      let hasGauge = weights.contains { $0.isGauge == true }
      var columns = ["weight", "", "shape"]
      for quantity in shown { columns += names.map { "\(quantity.name), \($0)" } }
      var table = TextTable((columns + (hasGauge ? [""] : [])).map { ($0, .left) })
      let rows = weights.map { row in
        (
          row.name,
          [row.axes.bracketed]
            + shown.flatMap { quantity in row.exponents.map { quantity.text($0, row.initializer) } }
            + (hasGauge ? [row.isGauge == true ? "gauge only" : ""] : [])
        )
      }
      for row in grouped(rows) { table.append(row) }
      text += table.text + "\n"
    }
    if !multipliers.isEmpty {
      var table = TextTable([("multiplier", .left), ("", .left)] + names.map { ($0, .left) })
      for row in grouped(multipliers.map { ($0.name, $0.exponents.map(\.asPowerOfWidth)) }) { table.append(row) }
      text += (text.isEmpty ? "" : "\n") + table.text + "\n"
    }
    return text + (text.isEmpty ? "" : "\n") + closing
  }

  /// How many agree, in a sentence.
  var closing: String {
    let count = weights.count + multipliers.count + agreeing
    let noun = multipliers.isEmpty ? "weights" : "weights and multipliers"
    if count == agreeing { return "all \(count) \(noun) scale alike" }
    let alike = "\(agreeing) of \(count) \(noun) scale alike"
    if isGauge { return alike + "; the others differ in gauge only: the same network, step for step" }
    let moved = weights.count { $0.isGauge == true }
    return moved == 0 ? alike : alike + "; \(moved) differ in gauge only"
  }

  private struct Quantity {
    var name: String
    var exponent: @Sendable (Exponents) -> Rational

    static let all = [
      Quantity(name: "multiplier") { -$0.a }, Quantity(name: "init std") { -$0.b }, Quantity(name: "rate") { -$0.c },
    ]

    func text(_ exponents: Exponents, _ initializer: Initializer) -> String {
      name == "init std" && initializer == .zero ? "0" : exponent(exponents).asPowerOfWidth
    }
  }
}

/// The JSON of `compare`.
public struct DifferenceDocument: Codable, Sendable {
  public var program: String
  /// What is compared.
  public var names: [String]
  public var weights: [Weight]
  public var multipliers: [Multiplier]
  public var agreeing: Int
  /// Whether nothing differs but the gauge.
  public var sameUpToGauge: Bool

  public struct Weight: Codable, Sendable {
    public var name: String
    public var shape: [String]
    /// In the order of `names`.
    public var exponents: [Exponents]
    /// Left out without a common optimizer.
    public var gaugeOnly: Bool?
  }

  public struct Multiplier: Codable, Sendable {
    public var name: String
    public var exponents: [Rational]
  }

  public init(_ difference: ParametrizationDifference, program: String) {
    self.program = program
    names = difference.names
    weights = difference.weights.map {
      Weight(name: $0.name, shape: $0.axes.map(\.name), exponents: $0.exponents, gaugeOnly: $0.isGauge)
    }
    multipliers = difference.multipliers.map { Multiplier(name: $0.name, exponents: $0.exponents) }
    agreeing = difference.agreeing
    sameUpToGauge = difference.isGauge || (difference.weights.isEmpty && difference.multipliers.isEmpty)
  }
}
