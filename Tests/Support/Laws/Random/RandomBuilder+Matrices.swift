import Exact
import Gallery
import TensorPrograms
import TestSupport

extension RandomBuilder {
  private func gaussian(_ fanIn: [Dimension]) -> Initializer {
    .gaussian(.product(fanIn, power: Rational(-1, 2)))
  }

  /// A matrix from one dimension to another: most often a weight, else made of weights.
  func matrix(from: Dimension, to: Dimension) -> Matrix {
    let out = Axis(to, primes: to == from ? 1 : 0)
    let columns = Axis(from)
    func plain(frozen: Bool = false) -> Value {
      p.weight(name("w"), [out, columns], gaussian([from]), frozen: frozen)
    }
    let value: Value
    switch below(24) {
    case 0: value = product(out, columns, through: dimension())
    case 1: value = product(out, columns, through: small)
    case 2: value = plain(frozen: chance(2)) + product(out, columns, through: small)
    case 3:
      // Each row of length one, with a gain.
      let w = plain()
      let length = map(.sqrt, guarded(sum(map(.square, w), over: [columns]), epsilon: 1e-6))
      value = chance(2) ? w / length : w / length * p.weight(name("g"), [out], .constant(1))
    case 4: value = map(pick([.tanh, .sine, .relu]), plain())
    case 5: value = plain() * p.weight(name("g"), [chance(2) ? columns : out], .constant(1))
    case 6: value = plain() * learnedScalar()
    case 7 where to == from:
      let w = plain()
      let third = Axis(to, primes: 2)
      value = w + rename(rename(rename(w, out, to: third), columns, to: out), third, to: columns)
    case 8:
      let k = Dimension("stack", 2)
      let stack = p.weight(name("stack"), [Axis(k), out, columns], gaussian([from]))
      value = select(stack, below(2), along: Axis(k))
    case 9: value = plain(frozen: true)
    case 10: value = plain() * plain()
    case 11:
      let w = plain()
      value = w - mean(w, over: [columns])
    default: value = plain()
    }
    return Matrix(value: value, out: out, columns: columns)
  }

  /// The product of two weights.
  private func product(_ out: Axis, _ columns: Axis, through middle: Dimension) -> Value {
    let between = Program.freshAxis(middle, besides: [out, columns])
    let a = p.weight(name("a"), [out, between], gaussian([middle]))
    let b = p.weight(name("b"), [between, columns], chance(4) ? .zero : gaussian([columns.dimension]))
    return contract([a, b], to: [out, columns])
  }

  /// A trained number, as it is or through a function.
  func learnedScalar() -> Value {
    let scalar = p.weight(name("t"), [], chance(3) ? .zero : .constant(1))
    switch below(4) {
    case 0: return map(.exp, scalar)
    case 1: return sigmoid(scalar)
    default: return scalar
    }
  }

  /// A matrix times the last axis of a value.
  func multiply(_ matrix: Matrix, _ x: Value) -> Value {
    let kept = Array(x.axes.dropLast())
    guard let last = x.axes.last else { return x }
    let renamed = last == matrix.columns ? x : rename(x, last, to: matrix.columns)
    let y = contract([renamed, matrix.value], to: kept + [matrix.out])
    let plain = Axis(matrix.out.dimension)
    return matrix.out == plain ? y : rename(y, matrix.out, to: plain)
  }

  /// A new matrix times a value; the matrix is kept, so that it may be used again.
  func dense(_ x: Value, to: Dimension) -> Value {
    guard let last = x.axes.last else { return x }
    let matrix = matrix(from: last.dimension, to: to)
    matrices.append(matrix)
    return multiply(matrix, x)
  }
}
