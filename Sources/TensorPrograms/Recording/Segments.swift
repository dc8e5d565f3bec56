/// Where the parts of a training step lie in a program: the forward pass, the backward pass and the optimizer's step,
/// one right after the other.
public struct Segments: Sendable, Hashable {
  public enum Part: String, Sendable, CaseIterable { case forward, backward, step }

  public let forward: Range<Int>
  /// Empty in a program without a gradient.
  public let backward: Range<Int>
  /// Empty in a program without an optimizer.
  public let step: Range<Int>

  /// The lengths of the parts, in instructions.
  public init(forward: Int = 0, backward: Int = 0, step: Int = 0) {
    self.forward = 0..<forward
    self.backward = forward..<forward + backward
    self.step = forward + backward..<forward + backward + step
  }

  /// The forward and the backward pass.
  public var passes: Range<Int> { forward.lowerBound..<backward.upperBound }
  /// The instructions of all parts.
  public var all: Range<Int> { forward.lowerBound..<step.upperBound }

  /// The part that an instruction belongs to; what comes after the last part is taken to be of the step.
  public func part(of index: Int) -> Part {
    index < forward.upperBound ? .forward : index < backward.upperBound ? .backward : .step
  }

  /// The same with `count` more instructions at the end of a part.
  func adding(_ count: Int, to part: Part) -> Segments {
    Segments(
      forward: forward.count + (part == .forward ? count : 0),
      backward: backward.count + (part == .backward ? count : 0), step: step.count + (part == .step ? count : 0))
  }
}

extension Program {
  /// The instructions of the forward pass.
  public var forward: Range<Int> { segments.forward }
  /// The instructions of the backward pass.
  public var backward: Range<Int> { segments.backward }
  /// The instructions of the forward and the backward pass.
  public var passes: Range<Int> { segments.passes }
  /// The instructions of the optimizer's step.
  public var step: Range<Int> { segments.step }
}
