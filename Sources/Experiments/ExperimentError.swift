/// What can be wrong with the settings of an experiment.
public enum ExperimentError: Error, Sendable, Equatable, CustomStringConvertible {
  case widths([Int])
  case seeds
  case steps(Int)
  case learningRate(Double)
  case limit(Double)
  /// The program has no named value that could be measured.
  case nothingNamed(program: String)

  public var description: String {
    switch self {
    case .widths(let widths):
      "a slope needs at least two different widths, all at least 1; given: "
        + (widths.isEmpty ? "none" : widths.map { "\($0)" }.joined(separator: ", "))
    case .seeds: "at least one seed is needed; several tell how uncertain a slope is"
    case .steps(let steps): "a check makes 0 to \(Recipe.mostSteps) updates, not \(steps)"
    case .learningRate(let rate): "a learning rate is a finite number, at least 0, not \(rate)"
    case .limit(let seconds): "a time limit is a number of seconds above 0, not \(seconds)"
    case .nothingNamed(let program):
      "program \"\(program)\" has no named value; name one: .named(\"hidden\"), or NAME [axes] = .. in a file"
    }
  }
}
