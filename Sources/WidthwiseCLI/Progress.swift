import Dispatch
import Foundation
import Widthwise

/// A progress line on a terminal; silence elsewhere. Nothing is shown in the first moment, so that quick work stays
/// quiet.
final class Progress: Sendable {
  private struct State {
    var label: String
    var shown = false
    var finished = false
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
        Progress.show(
          state.label, "  \(bar) \(String(format: "%3.0f", fraction * 100)) %  \(Int(left.rounded(.up))) s left")
      }
    }
  }

  /// Clears the line.
  func finish() {
    state.withLock { state in
      if state.shown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
      (state.shown, state.finished) = (false, true)
    }
  }

  /// Shows the time that work takes which cannot say how far it is.
  static func waiting<Result>(_ label: String, _ work: () throws -> Result) rethrows -> Result {
    guard isatty(STDERR_FILENO) == 1 else { return try work() }
    let began = ContinuousClock.now
    let progress = Progress(label)
    let clock = DispatchSource.makeTimerSource()
    clock.schedule(deadline: .now() + 1, repeating: 1)
    clock.setEventHandler {
      progress.state.withLock { state in
        guard !state.finished else { return }
        state.shown = true
        Progress.show(state.label, ": \(Int((ContinuousClock.now - began) / .seconds(1))) s")
      }
    }
    clock.resume()
    defer {
      clock.cancel()
      progress.finish()
    }
    return try work()
  }

  /// Replaces the line; a label too long for the terminal is cut, as a line that wraps would not be cleared.
  private static func show(_ label: String, _ rest: String) {
    let room = columns - 1 - rest.count
    let cut = label.count <= room ? label : room < 4 ? "" : label.prefix(room - 3) + "..."
    let text = (cut + rest).prefix(max(0, columns - 1))
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  /// Of the terminal; 80 if it does not say.
  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
