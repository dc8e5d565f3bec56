/// What is measured of a value x(t) after t updates.
public enum Statistic: String, Sendable, Codable, CaseIterable {
  /// The mean over entries of |x(t)|: the coordinate size (Tensor Programs V, 2203.03466, appendix D).
  case size
  /// The mean over entries of |x(t) - x(0)|: the change by training. The sharper of the two: it is zero at
  /// initialization, so that nothing hides it.
  case change
  /// Of a weight W, where it first meets data x: the mean over entries of |(W_t - W_0) x_t|, what its own change does. A
  /// rate that is wrong by a power of the width moves it by just that power, whatever comes from below.
  case own
  /// There, the mean over entries of |W_0 (x_t - x_0)|: what the changes below it do.
  case below
  /// Of a weight: what decay takes of it in a step, in proportion to it; or, if decay is part of the gradient, in proportion
  /// to that.
  case decay
  /// Of a weight: an epsilon of its step in proportion to the value that it is added to.
  case epsilon
}

extension Statistic {
  /// Whether a rule shows in this alone, so that nothing else of the weight makes up for it.
  var isSettledAlone: Bool {
    switch self {
    case .own, .decay, .epsilon: true
    case .size, .change, .below: false
    }
  }
}

/// One number of a run.
public struct Measurement: Sendable, Hashable {
  /// The name of the value.
  public var value: String
  public var statistic: Statistic
  /// Updates made so far.
  public var step: Int
  public var width: Int
  public var seed: Int
  /// Not finite if the run diverged.
  public var number: Double

  public init(value: String, statistic: Statistic, step: Int, width: Int, seed: Int, number: Double) {
    (self.value, self.statistic, self.step) = (value, statistic, step)
    (self.width, self.seed, self.number) = (width, seed, number)
  }
}

/// One statistic of one value at one step, over widths and seeds.
public struct Sample: Sendable, Equatable {
  public var widths: [Int]
  /// A row a width, an entry a seed. Runs that diverged are left out, so rows may be shorter than others, or empty.
  public var numbers: [[Double]]

  /// Leaves out numbers that are not finite.
  public init(widths: [Int], numbers: [[Double]]) {
    self.widths = widths
    self.numbers = numbers.map { $0.filter(\.isFinite) }
  }

  /// The means over seeds, nil where every run diverged.
  public var means: [Double?] {
    numbers.map { $0.isEmpty ? nil : $0.reduce(0, +) / Double($0.count) }
  }

  /// Whether every number is exactly zero, or at most `floor`.
  public func isZero(floor: Double = 0) -> Bool { numbers.allSatisfy { $0.allSatisfy { $0 <= floor } } }
}
