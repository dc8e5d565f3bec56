/// Where the parts of a training step lie in a program: the forward pass, the backward pass and the optimizer's step,
/// one right after the other.
public struct Segments: Sendable, Hashable {
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
