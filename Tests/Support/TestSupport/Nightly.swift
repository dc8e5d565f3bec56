import Foundation

/// How much the suites run: a part in `swift test`, everything where `WIDTHWISE_NIGHTLY` is 1, as in `.ci/nightly`.
package enum Nightly {
  package static let isOn = ProcessInfo.processInfo.environment["WIDTHWISE_NIGHTLY"] == "1"

  /// One amount for `swift test`, another for the night.
  package static func choose<T>(daily: T, nightly: T) -> T { isOn ? nightly : daily }

  /// Every `step`-th element in `swift test`, all of them at night.
  package static func sample<T>(_ all: [T], every step: Int) -> [T] {
    isOn ? all : all.enumerated().filter { $0.offset % step == 0 }.map(\.element)
  }
}

/// Prints what a suite tried, found and left out, as one line that `.ci/nightly` gathers.
package func tally(_ what: String, _ counts: KeyValuePairs<String, Int>) {
  print("tally: \(what): " + counts.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
}
