import Exact
import Experiments
import Foundation
public import Scaling
import TensorPrograms

/// What a measurement of alignment found.
public struct AlignmentResult: Sendable, Codable, Equatable {
  /// In the order of weights' uses, then of steps.
  public let rows: [AlignmentRow]
  public let divergences: [CheckGrid.Divergence]

  /// The row of a weight's first use after so many updates.
  public subscript(weight: String, step step: Int) -> AlignmentRow? {
    rows.first { $0.weight == weight && $0.step == step }
  }

  /// The measured alignments for a derivation (``TensorPrograms/Alignment``), by weight: after the last update, rounded
  /// to the nearest multiple of `1/denominator`, from 0 to 1. Slopes over widths, or the ratio itself at a single
  /// width. Of a weight with several uses the largest; where nothing could be measured, full alignment.
  public func alignments(denominator: Int = 4) -> [(weight: String, alignment: Alignment)] {
    let last = rows.map(\.step).max()
    var found: [(weight: String, alignment: Alignment)] = []
    func rounded(_ spread: Spread?) -> Rational? {
      guard let mean = spread?.mean, mean.isFinite, mean.magnitude < 1000 else { return nil }
      return max(0, min(1, Rational(Int((mean * Double(denominator)).rounded()), denominator)))
    }
    for weight in rows.map(\.weight).uniqued() {
      let measured = rows.filter { $0.weight == weight && $0.step == last }.compactMap {
        $0.slope ?? $0.largest?.numbers
      }
      func largest(_ number: KeyPath<MeasuredAlignment, Spread?>, _ otherwise: Rational) -> Rational {
        measured.compactMap { rounded($0[keyPath: number]) }.max() ?? otherwise
      }
      let full = Alignment.full
      found.append(
        (
          weight,
          Alignment(
            alpha: largest(\.alpha, full.alpha), omega: largest(\.omega, full.omega), u: largest(\.u, full.u))
        ))
    }
    return found
  }
}

/// One use of a weight after so many updates.
public struct AlignmentRow: Sendable, Codable, Equatable {
  public var weight: String
  /// The number of the contraction among those of this weight in recorded order, from 1.
  public var use: Int
  /// The line of the program that is the contraction.
  public var line: String
  public var step: Int
  /// By width, ascending.
  public var widths: [AtWidth]
  /// The slope of log(rms(W x) / (rms(W) rms(x))) in log N over the widths, which no constant factor shifts; nil
  /// with fewer than two widths.
  public var slope: MeasuredAlignment?
  /// What the calculus expects.
  public var expected: ExpectedAlignment?

  public struct AtWidth: Sendable, Codable, Equatable {
    public var width: Int
    /// The number of terms N of the sum.
    public var terms: Int
    public var numbers: MeasuredAlignment
  }

  public var largest: AtWidth? { widths.last }
}

/// The three log-alignment ratios; nil where a factor is zero or every run has diverged.
public struct MeasuredAlignment: Sendable, Codable, Equatable {
  public var alpha: Spread?
  public var omega: Spread?
  public var u: Spread?
}

/// A number over seeds.
public struct Spread: Sendable, Codable, Equatable {
  public var mean: Double
  /// The standard deviation over seeds; nil for one seed.
  public var deviation: Double?
  public var count: Int

  /// Nil for no numbers.
  public init?(_ numbers: [Double]) {
    guard !numbers.isEmpty else { return nil }
    count = numbers.count
    let mean = numbers.reduce(0, +) / Double(count)
    self.mean = mean
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : nil
  }
}

extension AlignmentResult {
  /// - Parameter records: By width and seed.
  init(
    _ asked: AlignmentMeasurement, _ program: Program, _ uses: [WeightContraction], widths: [Int],
    records byWidth: [[AlignmentObserver.Record]], expected: [ExpectedAlignment]
  ) throws {
    var rows: [AlignmentRow] = []
    var counts: [ValueID: Int] = [:]
    for (i, use) in uses.enumerated() {
      counts[use.weight, default: 0] += 1
      let (name, number) = (program[use.weight].name, counts[use.weight] ?? 1)
      if let chosen = asked.weights, !chosen.contains(where: { name.fits($0) }) { continue }
      let terms = try widths.map { try use.terms(at: $0) }
      for step in 1...asked.steps {
        func spreads(_ part: (AlignmentObserver.Ratios) -> Double?) -> (at: [Spread?], slope: Spread?) {
          // By width and seed.
          let ratios = byWidth.map { $0.map { part($0.ratios[step][i]) } }
          let at = zip(ratios, terms).map { ratios, terms in
            terms > 1 ? Spread(ratios.compactMap { $0.map { log($0) / log(Double(terms)) } }) : nil
          }
          let slopes = asked.seeds.indices.compactMap { seed in
            AlignmentResult.slope(
              zip(terms, ratios).compactMap { terms, ratios in
                ratios[seed].map { (log(Double(terms)), log($0)) }
              }, of: widths.count)
          }
          return (at, Spread(slopes))
        }
        let (alpha, omega, u) = (spreads(\.alpha), spreads(\.omega), spreads(\.u))
        rows.append(
          AlignmentRow(
            weight: name, use: number, line: program[use.result].name, step: step,
            widths: widths.indices.map { w in
              AlignmentRow.AtWidth(
                width: widths[w], terms: terms[w],
                numbers: MeasuredAlignment(alpha: alpha.at[w], omega: omega.at[w], u: u.at[w]))
            },
            slope: widths.count > 1
              ? MeasuredAlignment(alpha: alpha.slope, omega: omega.slope, u: u.slope) : nil,
            expected: expected.first { $0.weight == name && $0.use == number && $0.step == step }))
      }
    }
    self.rows = rows
    divergences = CheckGrid.Divergence.all(widths, asked.seeds, byWidth.map { $0.map(\.diverged) })
  }

  /// The least-squares slope; nil unless there is a finite point at every one of two widths or more.
  private static func slope(_ points: [(x: Double, y: Double)], of count: Int) -> Double? {
    guard count > 1, points.count == count, points.allSatisfy({ $0.y.isFinite }) else { return nil }
    return LeastSquares.slope(points)
  }
}

extension [String] {
  /// Each once, in the order of first appearance.
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
