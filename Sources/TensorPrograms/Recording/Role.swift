/// What a primitive is to a program: the facts that are asked about it, stated by each in its own file.
///
/// Whoever asks (the gradient, the gauge, the walkers, the engine) asks for these and for the run parameter
/// (``Primitive/runParameter``), never for a primitive's type. So a new primitive is treated rightly wherever it comes, and a
/// new role is a case that every question has to answer before it compiles.
public enum Role: Sendable {

  // MARK: - Values that are not computed

  /// Numbers of a batch.
  case input
  /// Whole numbers of a batch, `0 ..< below`.
  case indices(below: Dimension)
  /// Trained, or frozen, which keeps its initial value.
  case weight(Initializer, isFrozen: Bool)
  /// What an optimizer remembers from step to step.
  case state
  /// The number 1.
  case one
  /// What a formula gives.
  case constant

  // MARK: - Linear operations

  /// The same entries as the operand's, under another name or times a number.
  case passage(Passage)
  /// The operand's entries plus a number that is negligible beside them.
  case guarded(epsilon: Double)
  /// The sum of the operands, each times a number (1 if none are given), broadcast.
  case sum(times: [Double])
  /// Copies along axes that the operand does not have.
  case copies
  /// The product of the operands, summed over the axes that the result does not have. Of one operand its sum.
  case contraction
  /// Any other linear map of the first operand, such as a look-up by the second or windows of an image. Nothing is said of
  /// which entries it mixes.
  case linear

  // MARK: - Others

  /// A function of one variable, entry by entry.
  case function(FunctionProfile)
  /// Anything else.
  case nonlinear
}

/// How a value is the same as another, entry by entry.
public enum Passage: Sendable {
  /// Under another name of one axis.
  case renamed(Axis, to: Axis)
  /// Times a number: a constant and powers of dimensions, beside a run parameter if the primitive has one.
  case scaled(Monomial)

  /// The axes as they are called after it.
  public func axes(_ axes: [Axis]) -> [Axis] {
    switch self {
    case .renamed(let axis, let other): axes.map { $0 == axis ? other : $0 }
    case .scaled: axes
    }
  }
}

extension Role {
  public var isWeight: Bool { if case .weight = self { true } else { false } }
  public var isTrainedWeight: Bool { if case .weight(_, isFrozen: false) = self { true } else { false } }
  public var isState: Bool { if case .state = self { true } else { false } }
  /// Whether it outlives a step: a weight or a state.
  public var isKept: Bool { isWeight || isState }
  public var isOne: Bool { if case .one = self { true } else { false } }
  public var isIndices: Bool { below != nil }
  /// Whether a batch supplies it.
  public var isData: Bool { if case .input = self { true } else { isIndices } }
  public var isGuard: Bool { if case .guarded = self { true } else { false } }
  public var isSum: Bool { if case .sum = self { true } else { false } }
  public var isContraction: Bool { if case .contraction = self { true } else { false } }

  /// What bounds whole numbers; nil for all else.
  public var below: Dimension? { if case .indices(let below) = self { below } else { nil } }
  public var initializer: Initializer? { if case .weight(let initializer, _) = self { initializer } else { nil } }
  public var passage: Passage? { if case .passage(let passage) = self { passage } else { nil } }
  /// What the operand is multiplied with, if only that is done with it.
  public var factor: Monomial? { if case .passage(.scaled(let factor)) = self { factor } else { nil } }
  public var function: FunctionProfile? { if case .function(let profile) = self { profile } else { nil } }
}

extension Instruction {
  public var role: Role { primitive.role }
}

extension FunctionProfile {
  /// Whether it is a number times its argument.
  public var isLinear: Bool { parity == .odd && homogeneity == 1 }

  /// Whether it is a number over x: odd and of degree -1, so phi(x) = phi(1) / x.
  public var isReciprocal: Bool { parity == .odd && homogeneity == -1 }
}
