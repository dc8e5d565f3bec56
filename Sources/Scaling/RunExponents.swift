public import Exact
public import TensorPrograms

/// The exponent of every value of a training run, instruction by instruction: forward pass, backward pass and step.
///
///     let run = try program.exponents(rules, optimizer: .adam, steps: 3)
///     run[1, readout].update     // what training has done to it by the second step
public struct RunExponents: Sendable {
  /// The program that was walked: with gradient and step, and with multipliers where the parametrization has them.
  public let program: Program
  /// By step of the run, then by instruction.
  public let steps: [[Cell]]

  /// One value in one step: the largest exponents of its two parts.
  public struct Cell: Sendable, Hashable {
    /// Of what comes from initialization alone; nil if that is exactly zero.
    public var initial: Rational?
    /// Of what an update caused; nil if none has reached the value.
    public var update: Rational?

    /// The exponent of the whole; nil for zero.
    public var size: Rational? { [initial, update].compactMap { $0 }.max() }

    /// `1`, `1 | n^(-1/2)`, `- | n^(-1)`, `0`: before the bar initialization, after it training.
    public var text: String {
      switch (initial, update) {
      case (nil, nil): "0"
      case (let initial?, nil): initial.asPowerOfWidth
      case (let initial, let update?): "\(initial?.asPowerOfWidth ?? "-") | \(update.asPowerOfWidth)"
      }
    }
  }

  public subscript(step: Int, value: ValueID) -> Cell { steps[step][value.index] }
}

extension Program {
  /// Follows a run under given exponents and notes each value: those of step s after s updates.
  ///
  /// Throws as ``classify(_:optimizer:)``; ``ScalingError/steps(_:most:)``.
  public func exponents(_ parametrization: Parametrization, optimizer: Optimizer, steps: Int) throws -> RunExponents {
    guard (1...RunExponents.mostSteps).contains(steps) else {
      throw ScalingError.steps(steps, most: RunExponents.mostSteps)
    }
    let run = try LiteralRun(self, optimizer, parametrization)
    var found: [[RunExponents.Cell]] = []
    for step in 0..<steps {
      if step > 0 { _ = run.advance() }
      run.walker.walk(run.program.backward.lowerBound..<run.program.step.upperBound)
      found.append(
        run.program.instructions.indices.map { i in
          let scale = run[ValueID(i)]
          return RunExponents.Cell(initial: scale.initialExponent?.rational, update: scale.updateExponent?.rational)
        })
    }
    return RunExponents(program: run.program, steps: found)
  }
}

extension RunExponents {
  /// The longest run that is listed.
  public static let mostSteps = 64
}
