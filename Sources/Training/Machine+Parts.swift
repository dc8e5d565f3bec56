import Platform
import Tensors

extension Machine {
  /// Runs all parts of the batch in parallel, each through all the units, and then adds up their sums.
  func inParts(_ units: [Plan.Unit], _ addresses: Addresses<T>) -> Bound<T>.Work {
    let count = addresses.plan.parts?.count ?? 1
    let runs = (0..<count).map { part in
      units.map { unit in work(unit.part?.work ?? unit.work, addresses, part: part, sum: unit.part?.sum) }
    }
    let sums = units.compactMap { unit in
      unit.part?.sum.map { place in
        let node = unit.results[0]
        return PartSum(
          parts: (0..<count).map { UnsafePointer(addresses.of(place, part: $0)) }, into: addresses.of(node),
          count: addresses.plan.graph.nodes[node].shape.count)
      }
    }
    let failure = Locked<(any Error)?>(nil)
    return { scalars, threads in
      sideBySide(parts: count, threads: threads) { part in
        do {
          for run in runs[part] { try run(scalars, 1) }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
      if let error = failure.withLock({ failure in
        defer { failure = nil }
        return failure
      }) {
        throw error
      }
      sideBySide(parts: sums.count, threads: threads) { sums[$0].add() }
    }
  }
}
