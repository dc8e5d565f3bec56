import Exact
public import TensorPrograms

/// A gated recurrent unit (1406.1078), unrolled over a fixed sequence from a state of zero.
///
/// x: `[batch, sequence, features]`; result: the state after each step, `[batch, hidden]`. The weights of the reset
/// gate, the update gate and the candidate, `NAME.GATE.input` `[hidden, features]`, `.recurrent` `[hidden', hidden]`
/// and `.bias` `[hidden]`, are the same at every step.
public struct GRU {
  public var name: String
  public var to: Dimension

  public init(_ name: String, to: Dimension) { (self.name, self.to) = (name, to) }

  public func callAsFunction(_ x: Value, along sequence: Axis) -> [Value] {
    x.recorder.scope(name) {
      let reset = Affine("reset", x, along: sequence, to: to)
      let update = Affine("update", x, along: sequence, to: to)
      let candidate = Affine("candidate", x, along: sequence, to: to)
      var states: [Value] = []
      for step in reset.inputs.indices {
        let before = states.last
        let z = sigmoid(update(step, before))
        let next = tanh(candidate(step, before.map { sigmoid(reset(step, $0)) * $0 }))
        states.append((before.map { $0 + z * (next - $0) } ?? z * next).named("state.\(step)"))
      }
      return states
    }
  }
}

/// Long short-term memory (Hochreiter and Schmidhuber 1997) with forget gates, unrolled over a fixed sequence from a
/// state and a cell of zero. The bias of the forget gate starts at 1.
///
/// x: `[batch, sequence, features]`; result: the state after each step, `[batch, hidden]`. The weights of the gates
/// `input`, `forget` and `output` and of the `candidate` are `NAME.GATE.input` `[hidden, features]`, `.recurrent`
/// `[hidden', hidden]` and `.bias` `[hidden]`.
public struct LSTM {
  public var name: String
  public var to: Dimension

  public init(_ name: String, to: Dimension) { (self.name, self.to) = (name, to) }

  public func callAsFunction(_ x: Value, along sequence: Axis) -> [Value] {
    x.recorder.scope(name) {
      let input = Affine("input", x, along: sequence, to: to)
      let forget = Affine("forget", x, along: sequence, to: to, bias: 1)
      let output = Affine("output", x, along: sequence, to: to)
      let candidate = Affine("candidate", x, along: sequence, to: to)
      var (states, cell): ([Value], Value?) = ([], nil)
      for step in input.inputs.indices {
        let before = states.last
        let entering = sigmoid(input(step, before)) * tanh(candidate(step, before))
        let next = (cell.map { sigmoid(forget(step, before)) * $0 + entering } ?? entering).named("cell.\(step)")
        cell = next
        states.append((sigmoid(output(step, before)) * tanh(next)).named("state.\(step)"))
      }
      return states
    }
  }
}

/// What one gate sums: a map of each step's input, a map of the last state, and a bias.
private struct Affine {
  let name: String
  /// The input's part at each step, with the bias.
  let inputs: [Value]
  let recurrent: Value
  let hidden: Axis

  init(_ name: String, _ x: Value, along sequence: Axis, to dimension: Dimension, bias: Double = 0) {
    let p = x.recorder
    hidden = Axis(dimension)
    self.name = name
    let mapped = p.scope(name) { Dense("input", to: dimension)(x) }
    let start: Initializer = bias == 0 ? .zero : .constant(bias)
    let whole = mapped + p.weight(name + ".bias", [hidden], start)
    inputs = steps(of: whole, along: sequence)
    recurrent = p.weight(
      name + ".recurrent", [dimension.prime, hidden], .gaussian(Monomial(1, [(dimension, Rational(-1, 2))])))
  }

  func callAsFunction(_ step: Int, _ state: Value?) -> Value {
    guard let state else { return inputs[step] }
    let fresh = Axis(hidden.dimension, primes: 1)
    let turned = contract([state, recurrent], to: state.axes.map { $0 == hidden ? fresh : $0 })
    return inputs[step] + rename(turned, fresh, to: hidden)
  }
}
