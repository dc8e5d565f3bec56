import Foundation

/// A factor on the learning rates that depends on the step alone: a linear warm-up, then a decay.
///
///     let schedule = try Schedule(.cosine, steps: 500, warmup: 50)
///     trainer.rateFactor = schedule.factor(at: trainer.steps)
///
/// With W updates of warm-up and T in all, update t (the first is 0) has the factor (t + 1) / W while t < W. After
/// that, with f the floor and p = min(1, (t - W) / (T - W)):
///
/// - constant: 1;
/// - linear: f + (1 - f) (1 - p);
/// - cosine: f + (1 - f) (1 + cos(pi p)) / 2 (Loshchilov and Hutter, 1608.03983, equation 5, without restarts);
/// - inverse square root: max(f, sqrt(max(W, 1) / (t + 1))) (Vaswani et al., 1706.03762, equation 3, beside its
///   largest).
public struct Schedule: Sendable, Equatable {
  public enum Decay: String, Sendable, CaseIterable {
    case constant, linear, cosine
    case inverseSquareRoot = "inverse-square-root"
  }

  /// What comes after the warm-up.
  public let decay: Decay
  /// All updates, those of the warm-up among them; later ones have the last factor (inverse square root goes on).
  public let steps: Int
  /// Updates until the factor is 1.
  public let warmup: Int
  /// The least factor after the warm-up.
  public let floor: Double

  /// Throws: ``TrainingError/unusableSchedule(_:)`` for a warm-up that is negative or longer than the run, or a floor
  /// outside 0 to 1.
  public init(_ decay: Decay = .constant, steps: Int, warmup: Int = 0, floor: Double = 0) throws(TrainingError) {
    guard steps >= 0 else { throw .unusableSchedule("\(steps) steps: a run has 0 or more") }
    guard (0...steps).contains(warmup) else {
      throw .unusableSchedule("a warm-up of \(warmup) steps in a run of \(steps): it must be from 0 to \(steps)")
    }
    guard (0...1).contains(floor) else { throw .unusableSchedule("a floor of \(floor): it must be from 0 to 1") }
    (self.decay, self.steps, self.warmup, self.floor) = (decay, steps, warmup, floor)
  }

  /// Whether factors depend on how many steps there are in all, so that a run cannot be extended to more of them.
  public var dependsOnSteps: Bool {
    switch decay {
    case .constant, .inverseSquareRoot: false
    case .linear, .cosine: true
    }
  }

  /// The factor of update `step`; the first is 0.
  public func factor(at step: Int) -> Double {
    if step < warmup { return Double(step + 1) / Double(warmup) }
    let progress = steps > warmup ? min(1, Double(step - warmup) / Double(steps - warmup)) : 1
    switch decay {
    case .constant: return 1
    case .linear: return floor + (1 - floor) * (1 - progress)
    case .cosine: return floor + (1 - floor) * (1 + cos(.pi * progress)) / 2
    case .inverseSquareRoot: return max(floor, (Double(max(warmup, 1)) / Double(step + 1)).squareRoot())
    }
  }
}

/// How the number of examples of a step grows with the examples seen before it.
///
/// After e examples a step has first + (last - first) min(1, e / over) of them, rounded down to whole batches of the
/// program, of which there is at least one (linear, as in Brown et al., 2005.14165, appendix B).
public struct BatchRamp: Sendable, Equatable {
  /// Examples of the first step.
  public let first: Int
  /// Examples of a step from the end of the ramp on.
  public let last: Int
  /// Examples seen until then.
  public let over: Int

  /// Throws: ``TrainingError/unusableSchedule(_:)`` if a number is negative, `first` is 0 or `last` is less than
  /// `first`.
  public init(from first: Int, to last: Int, over: Int = 0) throws(TrainingError) {
    guard first >= 1, last >= first, over >= 0 else {
      throw .unusableSchedule("a batch from \(first) to \(last) over \(over) examples: it grows from at least 1")
    }
    (self.first, self.last, self.over) = (first, last, over)
  }

  /// How many batches of `size` examples the step that begins after `examples` has.
  public func batches(of size: Int, after examples: Int) -> Int {
    var count = last
    if examples < over {
      let product = UInt(last - first).multipliedFullWidth(by: UInt(max(0, examples)))
      count = first + Int(UInt(over).dividingFullWidth(product).quotient)
    }
    return max(1, count / max(1, size))
  }
}
