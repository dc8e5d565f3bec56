import Foundation
import TensorPrograms
import Testing

@testable import Limits

/// E[f(u) g(v)] beside 20 digits that `References/gaussian_expectations.py` computes without closed forms.
@Suite struct ExpectationTests {
  struct Row: Sendable, CustomStringConvertible {
    var first: String, second: String
    var uu: Double, vv: Double, uv: Double, value: Double
    var description: String { "E[\(first)(u) \(second)(v)], Var u = \(uu), Var v = \(vv), Cov = \(uv)" }
  }

  struct Unreadable: Error { var line: String }

  static func rows() throws -> [Row] {
    let url = try #require(
      Bundle.module.url(forResource: "gaussian_expectations", withExtension: "csv", subdirectory: "References"))
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").dropFirst()
    return try lines.map { line in
      let fields = line.split(separator: ",").map(String.init)
      let numbers = fields.dropFirst(2).compactMap(Double.init)
      guard fields.count == 6, numbers.count == 4 else { throw Unreadable(line: String(line)) }
      return Row(first: fields[0], second: fields[1], uu: numbers[0], vv: numbers[1], uv: numbers[2], value: numbers[3])
    }
  }

  /// `relu`, `slope of relu`, `leakyrelu(0.25)`.
  static func function(_ name: String) throws -> EntryFunction {
    let all = Nonlinearity.all + [.leakyReLU(0.25)]
    let functions = all.map(\.entryFunction) + all.compactMap(\.slopeFunction)
    return try #require(functions.first { $0.name == name }, "\(name)")
  }

  @Test func closedForms() throws {
    let rows = try Self.rows()
    var (checked, worst) = (0, 0.0)
    for row in rows {
      let (f, g) = (try Self.function(row.first), try Self.function(row.second))
      guard let closed = ClosedExpectation(f.parts, g.parts) else { continue }
      let found = closed(GaussianPair(row.uu, row.vv, row.uv))
      let error = abs(found - row.value) / max(abs(row.value), 1e-15)
      #expect(error < 1e-12, "\(row): \(found), not \(row.value)")
      (checked, worst) = (checked + 1, max(worst, error))
    }
    print("closed forms: \(checked) expectations, largest relative error \(worst)")
    #expect(checked >= 180, "\(checked)")
  }

  /// The other way, by series: what it says of its own accuracy holds.
  @Test func series() throws {
    let rows = try Self.rows()
    var (checked, worst) = (0, 0.0)
    for row in rows {
      let (f, g) = (try Self.function(row.first), try Self.function(row.second))
      // The trapezoidal rule is for functions that are analytic about the real axis.
      let isSmooth = ![row.first, row.second].contains { name in
        ["relu", "abs", "sign"].contains { name.contains($0) }
      }
      guard isSmooth else { continue }
      let (a, b) = (HermiteSeries(f, mean: 0, variance: row.uu), HermiteSeries(g, mean: 0, variance: row.vv))
      let correlation = row.uv / (row.uu * row.vv).squareRoot()
      let bound = HermiteSeries.error(a, b, correlation: correlation)
      let found = HermiteSeries.expectation(a, b, correlation: correlation)
      let error = abs(found - row.value) / (a.square * b.square).squareRoot()
      #expect(error < bound + 1e-13, "\(row): \(found), not \(row.value); said to be within \(bound)")
      (checked, worst) = (checked + 1, max(worst, error))
    }
    print("series: \(checked) expectations, largest error \(worst)")
    #expect(checked >= 90, "\(checked)")
  }
}
