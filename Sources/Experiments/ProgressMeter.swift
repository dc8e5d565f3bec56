import Platform
import Training

/// Adds up the work done by several threads, and reports progress at most ten times a second.
package final class ProgressMeter: Sendable {
  private struct State {
    var done = 0.0
    var told: ContinuousClock.Instant?
  }

  private let state = Locked(State())
  private let total: Double
  private let began = ContinuousClock.now
  private let report: (@Sendable (Double, Double) -> Void)?

  package init(total: Double, report: (@Sendable (Double, Double) -> Void)?) {
    (self.total, self.report) = (max(total, .leastNonzeroMagnitude), report)
  }

  package func advance(_ amount: Double) {
    guard let report else { return }
    state.withLock { state in
      state.done += amount
      let now = ContinuousClock.now
      let fraction = min(1, state.done / total)
      if let told = state.told, now - told < .milliseconds(100), fraction < 1 { return }
      state.told = now
      report(fraction, (now - began) / .seconds(1) * (1 - fraction) / max(fraction, 1e-9))
    }
  }
}
