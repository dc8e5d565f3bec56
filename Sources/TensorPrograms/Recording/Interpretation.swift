public import Exact

/// A reading of programs: what every value means, and what each kind of operation makes of meanings.
///
/// A primitive says once, in these verbs, how it is read (``Primitive/interpret(_:at:in:)``); an interpretation says
/// what the verbs do. Neither knows the other: every interpretation reads a new primitive, a new interpretation reads
/// every primitive, and a forgotten verb does not compile.
public protocol Interpretation {
  /// What a value is read as: its growth with the width, for one.
  associatedtype Meaning
  /// Why a value cannot be read; `Never` if all can.
  associatedtype Failure: Error

  // MARK: - Values that are not computed

  /// A weight, or what an optimizer remembers: what the run so far has made of it.
  func source(at site: Site) throws(Failure) -> Meaning
  /// Data: entries of size 1.
  func data(at site: Site) throws(Failure) -> Meaning
  /// What a formula gives and nothing trains: entries of size 1.
  func constant(at site: Site) throws(Failure) -> Meaning
  /// The number 1, everywhere.
  func one(at site: Site) throws(Failure) -> Meaning

  // MARK: - Entry by entry

  /// `phi(x)`.
  func map(_ phi: FunctionProfile, _ x: Meaning, at site: Site) throws(Failure) -> Meaning
  /// The sum of the operands, each times a number (1 if none are given), broadcast along axes that it lacks.
  func add(_ operands: [Meaning], times coefficients: [Double], at site: Site) throws(Failure) -> Meaning
  /// The product of two values made on the way to this site's, by operations that are compositions.
  func product(_ a: Meaning, _ b: Meaning, at site: Site) throws(Failure) -> Meaning
  /// A number times x: a constant, powers of dimensions, and what a run supplies.
  func scale(_ x: Meaning, by factor: Monomial, _ runParameter: RunParameter?, at site: Site) throws(Failure) -> Meaning

  // MARK: - Along axes

  /// The product of the operands, summed over the axes that the result does not have.
  func contract(_ operands: [Meaning], at site: Site) throws(Failure) -> Meaning
  /// A linear map along fixed axes, or copies along new ones.
  func pass(_ x: Meaning, at site: Site) throws(Failure) -> Meaning
  /// The same entries under another name of one axis.
  func rename(_ x: Meaning, at site: Site) throws(Failure) -> Meaning
  /// The slice at a fixed place along a fixed axis.
  func select(_ x: Meaning, along axis: Axis, at site: Site) throws(Failure) -> Meaning
  /// Entries along an axis that data select.
  func gather(_ table: Meaning, along axis: Axis, at site: Site) throws(Failure) -> Meaning
  /// The transpose of ``gather(_:along:at:)``: adds rows into zeros.
  func scatter(_ rows: Meaning, along axis: Axis, at site: Site) throws(Failure) -> Meaning
  /// Exponentials over their sum.
  func softmax(_ x: Meaning, over axes: [Axis], at site: Site) throws(Failure) -> Meaning
  /// The logarithm of the sum of exponentials over the axes that the result does not have.
  func logSumExp(_ x: Meaning, at site: Site) throws(Failure) -> Meaning

  // MARK: - Matrices

  /// `L^power x` of a symmetric positive semidefinite matrix L, damped in proportion to its largest eigenvalue. L is
  /// the site's first operand: rows first, then as many columns.
  func matrixPower(_ matrix: Meaning, _ x: Meaning, power: Rational, at site: Site) throws(Failure) -> Meaning
  /// Unit eigenvectors of the largest eigenvalues of a symmetric matrix.
  func eigenvectors(_ matrix: Meaning, at site: Site) throws(Failure) -> Meaning
}

/// The number of an axis within one program.
public typealias AxisID = Int16

/// The place of an instruction in a program. Axes are small numbers, equal where axes are.
public struct Site: Sendable {
  public var index: Int
  public var operandAxes: [[AxisID]]
  public var resultAxes: [AxisID]

  public init(index: Int, operandAxes: [[AxisID]], resultAxes: [AxisID]) {
    (self.index, self.operandAxes, self.resultAxes) = (index, operandAxes, resultAxes)
  }
}
