/// One weight's part of a step under recording: what an optimizer's closure is given.
public final class OptimizerStep {
  /// The weight's name in the program.
  public let name: String
  public let weight: Value
  /// What the step is made from: the gradient of the loss in the weight, unless another optimizer has changed it.
  public private(set) var gradient: Value
  /// Of the loss in the weight.
  package let plainGradient: Value
  /// The axes that the weight's use keeps (its outputs); all of a gain or a bias.
  public let rows: [Axis]
  /// The axes that the weight's use sums away, or looks up along (its inputs).
  public let columns: [Axis]
  /// Where the forward pass meets the weight.
  public let uses: [Use]
  private(set) var states: [(state: Value, next: Value?)] = []
  private var rateFactor = 1.0
  /// The gradient before it is clipped, where it is from if not from the program, and at which norm it is clipped.
  private var unclipped: (value: Value, key: String?)
  private var threshold: Double?
  private let shared: SharedStep

  /// One use of a weight: what it was contracted with, and the gradient of the loss in what came out.
  public struct Use {
    public let inputs: [Value]
    public let result: Value
    public let cotangent: Value
    /// The weight's axes under their names at this use, in the order of the weight's.
    public let axes: [Axis]
    /// Those of `axes` that the use keeps, and those that it sums away.
    public var rows: [Axis] { axes.filter(result.axes.contains) }
    public var columns: [Axis] { axes.filter { !result.axes.contains($0) } }
  }

  init(weight: ValueID, gradient: ValueID, shared: SharedStep) {
    let program = shared.program
    self.weight = Value(shared.recorder, weight)
    plainGradient = Value(shared.recorder, gradient)
    (self.gradient, unclipped) = (plainGradient, (plainGradient, nil))
    name = program[weight].name
    self.shared = shared
    let found = shared.uses[weight] ?? []
    let first = found.first { !$0.columns.isEmpty } ?? found.first
    columns = first?.columns ?? []
    rows = program[weight].axes.filter { [columns] in !columns.contains($0) }
    uses = found.compactMap { use in
      shared.cotangents[use.value].map { cotangent in
        Use(
          inputs: use.others.map { Value(shared.recorder, $0) }, result: Value(shared.recorder, use.value),
          cotangent: Value(shared.recorder, cotangent), axes: use.axes)
      }
    }
  }

  /// Whether the weight grows on both sides: along rows and along columns.
  public var isMatrix: Bool { [rows, columns].allSatisfy { $0.contains { !$0.growth.isZero } } }

  // MARK: - States

  /// Something remembered between steps, of the weight's shape (or that of `like`), zero at first.
  public func state(_ name: String, like: Value? = nil) -> Value { state(name, axes: (like ?? weight).axes) }

  /// Something remembered between steps, of any shape, zero at first.
  public func state(_ name: String, axes: [Axis]) -> Value {
    let value = recorder.state("%\(self.name)/\(name)", axes)
    states.append((value, nil))
    return value
  }

  /// What a state becomes.
  public func set(_ state: Value, _ next: Value) {
    if let i = states.firstIndex(where: { $0.state.id == state.id }) { states[i].next = next }
  }

  /// A state of the weight's shape (or these axes) and what it becomes, which is returned.
  public func remember(_ name: String, axes: [Axis]? = nil, _ next: (Value) -> Value) -> Value {
    let old = state(name, axes: axes ?? weight.axes)
    let new = next(old)
    set(old, new)
    return new
  }

  // MARK: - Run parameters

  /// `rate * direction`, with the weight's own learning rate.
  public func rated(_ direction: Value) -> Value { scale(direction, by: Monomial(rateFactor), .rate(name)) }

  /// The weight times its decay. Taken from the weight itself it is independent of the learning rate; inside `rated` it
  /// is times the rate; added to the gradient it is an L2 penalty.
  public var decay: Value { scale(weight, by: Monomial(), .decay(name)) }

  /// `x / (1 - beta^t)` at step t = 1, 2, ...
  public func corrected(_ x: Value, _ beta: Double) -> Value { scale(x, by: Monomial(), .correction(beta)) }

  /// `x t^power` at step t = 1, 2, ...
  public func scheduled(_ x: Value, power: Double) -> Value { scale(x, by: Monomial(), .power(power)) }

  /// `x` times the radius of a perturbation, `number` at the base width.
  public func perturbation(_ x: Value, radius number: Double) -> Value {
    scale(x, by: Monomial(number), .radius(name))
  }

  /// `x + number`: a guard against division by zero, taken to be negligible beside x. `part` tells several of one weight
  /// apart.
  public func epsilon(_ x: Value, _ number: Double, part: String = "") -> Value {
    guarded(x, epsilon: number, of: .init(weight: name, part: part))
  }

  /// `max(x, number)`, a floor that is taken to be negligible, as ``epsilon(_:_:part:)`` is.
  public func floored(_ x: Value, at number: Double, part: String = "") -> Value {
    maximum(x, epsilon(0 * x, number, part: part))
  }

  // MARK: - Shared by all weights

  /// The number 1.
  public var one: Value { shared("one") { recorder.one() } }

  /// The steps of all weights that have a gradient, in recorded order.
  public var all: [OptimizerStep] { shared.steps }

  /// A value that is the same for all weights: recorded when it is asked for first.
  public func shared(_ key: String, _ make: () -> Value) -> Value { shared.value(key, make) }

  /// The sum of the squares of all gradients of the loss.
  public var globalNormSquared: Value {
    shared("global norm squared") { total(all.map { sumOfSquares($0.plainGradient) }) }
  }

  /// This weight's gradient where every weight is `moved`: the pass forward and back, once more. Made once per `key`.
  public func gradient(_ key: String, at moved: (OptimizerStep) -> Value) -> Value {
    shared.gradients(key, at: moved)[weight.id.map(\.index) ?? -1] ?? gradient
  }

  /// Writes another optimizer's step from the gradient where every weight is `moved`.
  public func step(of optimizer: Optimizer, from key: String, at moved: (OptimizerStep) -> Value) -> Value {
    unclipped = (gradient(key, at: moved), key)
    gradient = threshold.map { scaledDown($0) } ?? unclipped.value
    return optimizer.step(self)
  }

  // MARK: - Clipping

  /// From now on the gradient is clipped at this norm of all gradients together.
  package func clip(at threshold: Double) {
    gradient = clipped(threshold)
    self.threshold = min(threshold, self.threshold ?? threshold)
  }

  /// `g min(1, threshold / |g|)` with the norm of all gradients together.
  public func clipped(_ threshold: Double) -> Value {
    if let own = self.threshold, own <= threshold { return gradient }
    return scaledDown(threshold)
  }

  private func scaledDown(_ threshold: Double) -> Value {
    let place = unclipped.key.map { ", \($0)" } ?? ""
    return unclipped.value
      * shared("clip at \(threshold)\(place)") {
        let square =
          unclipped.key.map { key in
            shared("norm squared, \(key)") { total(all.map { sumOfSquares(shared.gradient(key, of: $0)) }) }
          } ?? globalNormSquared
        return map(.cap, (1 / threshold) * map(.sqrt, square))
      }
  }

  var recorder: Recorder { shared.recorder }

  /// Writes another optimizer's step, its rate in the usual proportion to that of `first`.
  package func delegate(to optimizer: Optimizer, rateOf first: Optimizer) -> Value {
    rateFactor *= optimizer.defaultRate / first.defaultRate
    return optimizer.step(self)
  }
}

/// The sum of all entries' squares.
public func sumOfSquares(_ x: Value) -> Value { sum(map(.square, x), over: x.axes) }

/// The root of the mean of all entries' squares: the norm, but for the number of entries.
public func rootMeanSquare(_ x: Value) -> Value { map(.sqrt, mean(map(.square, x))) }
