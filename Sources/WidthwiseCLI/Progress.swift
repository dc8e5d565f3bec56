import Foundation
import Widthwise

/// A progress line on a terminal; silence elsewhere. Nothing is shown in the first moment, so that quick work stays
/// quiet.
final class Progress: Sendable {
  private struct State {
    var label: String
    var shown = false
    let began = ContinuousClock.now
  }

  private let state: Locked<State>
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(_ label: String) { state = Locked(State(label: label)) }

  var label: String {
    get { state.withLock { $0.label } }
    set { state.withLock { $0.label = newValue } }
  }

  /// Called by long work with the fraction done and the seconds left.
  var report: @Sendable (Double, Double) -> Void {
    { [self] fraction, left in
      guard isTerminal else { return }
      state.withLock { state in
        guard state.shown || ContinuousClock.now - state.began > .milliseconds(500) else { return }
        state.shown = true
        let filled = Int((fraction * 20).rounded())
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
        let text =
          "\(state.label)  \(bar) \(String(format: "%3.0f", fraction * 100)) %  \(Int(left.rounded(.up))) s left"
        FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
      }
    }
  }

  /// Clears the line.
  func finish() {
    state.withLock { state in
      if state.shown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
      state.shown = false
    }
  }
}
