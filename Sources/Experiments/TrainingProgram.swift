public import Scaling
public import TensorPrograms

/// A network with its gradient and optimizer's step, the same program at every width.
public struct TrainingProgram: Sendable {
  /// The forward program.
  public let forward: Program
  public let optimizer: Optimizer
  /// The forward program with a multiplier after each weight that is multiplied, the gradient and the optimizer's step.
  public let stepped: Program
  /// The text of ``stepped``. Two programs of one text are trained alike, and their runs can share memory.
  public let text: String

  /// - Parameter parametrizations: The parametrizations of all runs of the program. A weight to which one of them gives
  ///   a multiplier has one in the program; it is 1 under the others.
  ///
  /// Throws: ``ProgramError`` if the program has no loss or the optimizer does not fit it.
  public init(_ forward: Program, _ optimizer: Optimizer, under parametrizations: [Parametrization]) throws {
    (self.forward, self.optimizer) = (forward, optimizer)
    stepped = try forward.trained(by: optimizer, under: parametrizations)
    text = stepped.text
  }
}
