import Foundation
import Widthwise

/// The time that a workload would take at the machine's peak speeds, and how its time is divided.
struct Roofline: Codable {
  /// Multiplications with an addition in matrix products.
  var multiplyAdds = 0
  /// Bytes of weights and states, read and written once in each step.
  var weightBytes = 0
  /// Seconds by kind of unit, and the slowest units.
  var kinds: [String: Double] = [:]
  var units: [UnitTime] = []
  /// The most units that are named.
  private var named: Int

  init(named: Int) { self.named = named }

  /// Adds `count` steps with these times, of which `beside` run at the same time.
  mutating func add(_ plan: Plan, _ times: [UnitTime], count: Int, beside: Int = 1) {
    multiplyAdds += plan.statistics.multiplyAdds * count
    weightBytes += plan.statistics.weightsMoved * MemoryLayout<Float>.stride * count
    for unit in times {
      kinds[unit.kind.rawValue, default: 0] += unit.seconds * Double(count) / Double(beside)
    }
    units = Array((units + times).sorted { $0.seconds > $1.seconds }.prefix(named))
  }

  func text(_ measured: Double, _ machine: MachineSpeed) -> String {
    let products = 2 * Double(multiplyAdds) / machine.operations
    let weights = Double(weightBytes) / machine.bandwidth
    let parts = Plan.Kind.allCases.compactMap { kind in
      kinds[kind.rawValue].map { "\(kind.rawValue) \(time($0))" }
    }
    var lines = [
      String(format: "  %.4g GFLOP of products: ", 2e-9 * Double(multiplyAdds)) + "\(time(products)) at the peak; "
        + "weights and states: \(time(weights)) at the bandwidth; measured \(time(measured)), "
        + String(format: "%.0f %% of the peak", 100 * products / measured),
      "  by kind, each unit timed: " + parts.joined(separator: ", "),
    ]
    lines += units.map { unit in
      "  \(time(unit.seconds)) \(unit.kind.rawValue) \(unit.name.prefix(60))"
        + (unit.multiplyAdds > 0
          ? String(format: ", %.0f GFLOP/s", 2e-9 * Double(unit.multiplyAdds) / unit.seconds)
          : String(format: ", %.1f GB/s", 4e-9 * Double(unit.moved) / unit.seconds))
    }
    return lines.joined(separator: "\n")
  }
}
