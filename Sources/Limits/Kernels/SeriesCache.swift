import Foundation
import TensorPrograms

func angle(_ y: Double, _ x: Double) -> Double { atan2(y, x) }

/// Expectations of functions of Gaussian numbers, entry by entry: closed forms where there are, else series, of which
/// each is made once.
struct SeriesCache {
  private struct Key: Hashable {
    var name: String
    var mean: Double
    var variance: Double
  }

  private var known: [Key: HermiteSeries] = [:]

  private mutating func series(_ f: EntryFunction, _ mean: Double, _ variance: Double) -> HermiteSeries {
    let key = Key(name: f.name, mean: mean, variance: variance)
    if let found = known[key] { return found }
    let made = HermiteSeries(f, mean: mean, variance: variance)
    known[key] = made
    return made
  }

  /// E[f(u)].
  mutating func mean(
    _ f: EntryFunction, variance: Grid, center: Grid?, _ extents: Extents, name: String
  ) throws -> Grid {
    let all = Set(variance.labels + (center?.labels ?? []))
    var result = extents.broadcast(variance, to: all)
    let centers = center.map { extents.broadcast($0, to: all) }
    for i in result.values.indices {
      let (m, v) = (centers?.values[i] ?? 0, max(0, result.values[i]))
      if let parts = f.parts {
        result.values[i] = parts.reduce(0) { $0 + $1.coefficient * ClosedExpectation.single($1.power, $1.base, m, v) }
      } else {
        try Self.requireSeries(f, name)
        result.values[i] = v == 0 ? f(m) : series(f, m, v).coefficients[0]
      }
      if !result.values[i].isFinite { throw Self.undefined(f, name) }
    }
    return result
  }

  private static func undefined(_ f: EntryFunction, _ name: String) -> LimitError {
    .unsupported(
      value: name, operation: f.name, reason: "it has no finite mean over Gaussian values")
  }

  /// Series are for analytic functions: of others they converge slowly, and integrals by equal steps are inexact.
  private static func requireSeries(_ f: EntryFunction, _ name: String) throws {
    guard f.isAnalytic || f.parts != nil else {
      throw LimitError.unsupported(
        value: name, operation: f.name,
        reason: "its expectation has no closed form here, and it has no series: it is not analytic")
    }
  }

  /// E[f(u) g(v)].
  mutating func mean(
    _ f: EntryFunction, _ g: EntryFunction, variances: (u: Grid, v: Grid), covariance: Grid,
    centers: (u: Grid?, v: Grid?),
    _ extents: Extents, name: String
  ) throws -> Grid {
    let grids = [variances.u, variances.v, covariance] + [centers.u, centers.v].compactMap(\.self)
    let all = Set(grids.flatMap(\.labels))
    var result = extents.broadcast(covariance, to: all)
    let hasCenters = centers.u != nil || centers.v != nil
    let means = (
      u: centers.u.map { extents.broadcast($0, to: all).values },
      v: centers.v.map { extents.broadcast($0, to: all).values }
    )
    if let closed = ClosedExpectation(f.parts, g.parts), !hasCenters || closed.allowsMeans {
      let (uu, vv) = (extents.broadcast(variances.u, to: all), extents.broadcast(variances.v, to: all))
      for i in result.values.indices {
        result.values[i] = closed(
          GaussianPair(
            max(0, uu.values[i]), max(0, vv.values[i]), result.values[i],
            means: (means.u?[i] ?? 0, means.v?[i] ?? 0)))
      }
    } else {
      for function in [f, g] { try Self.requireSeries(function, name) }
      let (first, firstOf) = try table(f, variances.u, centers.u, extents, all)
      let (second, secondOf) = try table(g, variances.v, centers.v, extents, all)
      let (uu, vv) = (extents.broadcast(variances.u, to: all), extents.broadcast(variances.v, to: all))
      for i in result.values.indices {
        let (a, b) = (first[firstOf[i]], second[secondOf[i]])
        let product = (uu.values[i] * vv.values[i]).squareRoot()
        let r = product > 0 ? max(-1, min(1, result.values[i] / product)) : 0
        if r == 1, f.name == g.name, firstOf[i] == secondOf[i], uu.values[i] == vv.values[i],
          means.u?[i] == means.v?[i]
        {
          result.values[i] = a.square
          continue
        }
        let error = HermiteSeries.error(a, b, correlation: r)
        guard error <= 10 * HermiteSeries.accuracy else {
          throw LimitError.accuracy(
            value: name, function: f.name == g.name ? f.name : "\(f.name) and \(g.name)", error: error)
        }
        result.values[i] = HermiteSeries.expectation(a, b, correlation: r)
      }
    }
    if result.values.contains(where: { !$0.isFinite }) { throw Self.undefined(f, name) }
    return result
  }

  /// The series of a function at each entry: the different ones, and which of them an entry has.
  private mutating func table(
    _ f: EntryFunction, _ variance: Grid, _ center: Grid?, _ extents: Extents, _ all: Set<Label>
  ) throws -> ([HermiteSeries], [Int]) {
    let own = Set(variance.labels + (center?.labels ?? []))
    var index = extents.broadcast(variance, to: own)
    let centers = center.map { extents.broadcast($0, to: own).values }
    var (list, places): ([HermiteSeries], [Key: Int]) = ([], [:])
    for i in index.values.indices {
      let key = Key(name: f.name, mean: centers?[i] ?? 0, variance: max(0, index.values[i]))
      if places[key] == nil {
        places[key] = list.count
        list.append(series(f, key.mean, key.variance))
      }
      index.values[i] = Double(places[key] ?? 0)
    }
    return (list, extents.broadcast(index, to: all).values.map { Int($0) })
  }
}
