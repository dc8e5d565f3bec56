import TensorPrograms

extension Operation {
  /// Recurrent networks, unrolled over their sequence; the gates are parts of one weight, as torch has them.
  static let recurrences: [Operation] = [
    Operation(several: "gru") { call in
      let (outputs, states) = try call.unrolled(1) { t, x, h, w in [try t.gru(x, h[0], w)] }
      return [outputs] + states
    },
    Operation(several: "lstm") { call in
      let (outputs, states) = try call.unrolled(2) { t, x, h, w in try t.lstm(x, h[0], h[1], w) }
      return [outputs] + states
    },
    Operation(several: "rnn_tanh") { call in
      let (outputs, states) = try call.unrolled(1) { t, x, h, w in [t.map(.tanh, try t.affine(x, h[0], w))] }
      return [outputs] + states
    },
    Operation(several: "rnn_relu") { call in
      let (outputs, states) = try call.unrolled(1) { t, x, h, w in [t.map(.relu, try t.affine(x, h[0], w))] }
      return [outputs] + states
    },
    Operation("gru_cell") { call in
      let w = try call.cellWeights()
      return try call.tracer.gru(try call.tracer.input(try call.tensor("input"), w), try call.tensor("hx"), w)
    },
    Operation(several: "lstm_cell") { call in
      let (w, state) = (try call.cellWeights(), try call.tensors("hx"))
      guard state.count == 2 else { throw call.fail("a state that is not two") }
      return try call.tracer.lstm(try call.tracer.input(try call.tensor("input"), w), state[0], state[1], w)
    },
    Operation("rnn_tanh_cell") { call in
      let w = try call.cellWeights()
      let x = try call.tracer.input(try call.tensor("input"), w)
      return call.tracer.map(.tanh, try call.tracer.affine(x, try call.tensor("hx"), w))
    },
  ]
}

/// The weights of a layer: of the input, of the state, and their biases.
struct RecurrentWeights {
  var input: Tensor
  var state: Tensor
  var biases: (Tensor, Tensor)?
}

extension Call {
  fileprivate func cellWeights() throws -> RecurrentWeights {
    let biases = try tensorIfGiven("b_ih").flatMap { first in try tensorIfGiven("b_hh").map { (first, $0) } }
    return RecurrentWeights(input: try tensor("w_ih"), state: try tensor("w_hh"), biases: biases)
  }

  /// All layers over all steps: the outputs, and the last of each state with the layers in front. A state that is
  /// known to be zero is nil at first.
  fileprivate func unrolled(
    _ count: Int, _ step: (Tracer, Tensor, [Tensor?], RecurrentWeights) throws -> [Tensor]
  ) throws -> (Tensor, [Tensor]) {
    guard case .tensor(var x)? = given("input") else { throw fail("packed sequences") }
    guard try !bool("bidirectional"), x.dims.count == 3 else { throw fail("two directions, or no batch") }
    let weights = try tensors("params")
    let starts = count == 1 ? [try tensor("hx")] : try tensors("hx")
    let each = try bool("has_biases") ? 4 : 2
    let layers = try int("num_layers")
    guard layers > 0, weights.count == each * layers, starts.count == count else {
      throw fail("\(weights.count) weights in \(layers) layers")
    }
    let time = try bool("batch_first") ? 1 : 0
    let length = tracer.dims.extent(x.dims[time])
    guard length.isFixed, length.small <= 4096, length.small > 0 else { throw fail("a sequence of \(length)") }
    var last: [[Tensor]] = Array(repeating: [], count: count)
    for layer in 0..<layers {
      let own = weights[each * layer..<each * (layer + 1)]
      let biases = each == 4 ? (own[own.startIndex + 2], own[own.startIndex + 3]) : nil
      let w = RecurrentWeights(input: own[own.startIndex], state: own[own.startIndex + 1], biases: biases)
      var state: [Tensor?] = try starts.map { start in
        if case .number(let number)? = start.constant, number.isAlways(0) { return nil }
        return try tracer.select(start, layer, along: 0)
      }
      let input = try tracer.input(x, w)
      var outputs: [Tensor] = []
      for i in 0..<length.small {
        let next = try step(tracer, try tracer.select(input, i, along: time), state, w)
        state = next
        outputs.append(next[0])
      }
      for (i, value) in state.enumerated() { if let value { last[i].append(value) } }
      x = try tracer.stack(outputs, at: time)
    }
    return (x, try last.map { try tracer.stack($0, at: 0) })
  }
}

extension Tracer {
  private func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?) throws -> Tensor {
    let around = Array(x.dims.indices.dropLast())
    let y = try einsum(
      [x, weight], [around + [around.count], [around.count + 1, around.count]], to: around + [around.count + 1])
    return try bias.map { try sum([y, $0], signs: [1, 1]) } ?? y
  }

  fileprivate func input(_ x: Tensor, _ w: RecurrentWeights) throws -> Tensor { try linear(x, w.input, w.biases?.0) }

  /// What input and state sum to; a state of zero leaves its bias.
  fileprivate func affine(_ x: Tensor, _ h: Tensor?, _ w: RecurrentWeights) throws -> Tensor {
    guard let h else { return try w.biases.map { try sum([x, $0.1], signs: [1, 1]) } ?? x }
    return try sum([x, try linear(h, w.state, w.biases?.1)], signs: [1, 1])
  }

  /// The gates of one tensor.
  private func gates(_ x: Tensor, _ count: Int) throws -> [Tensor] {
    guard let last = x.dims.last, let size = dims.extent(last) / Extent(count) else {
      throw fail("gates of unequal sizes")
    }
    return try split(x, Array(repeating: size, count: count), along: x.dims.count - 1)
  }

  /// Reset, update, new: the state is `n + z (h - n)`.
  fileprivate func gru(_ x: Tensor, _ h: Tensor?, _ w: RecurrentWeights) throws -> Tensor {
    let own = try gates(x, 3)
    let recurrent =
      try h.map { try gates(try linear($0, w.state, w.biases?.1), 3) } ?? w.biases.map { try gates($0.1, 3) }
    func gate(_ i: Int) throws -> Tensor { try recurrent.map { try sum([own[i], $0[i]], signs: [1, 1]) } ?? own[i] }
    let (r, z) = (map(.sigmoid, try gate(0)), map(.sigmoid, try gate(1)))
    let n = map(.tanh, try recurrent.map { try sum([own[2], try product(r, $0[2])], signs: [1, 1]) } ?? own[2])
    let rest = try h.map { try sum([$0, n], signs: [1, -1]) } ?? scale(n, by: Scalar(-1))
    return try sum([n, try product(z, rest)], signs: [1, 1])
  }

  /// Input, forget, candidate, output: the state and the cell.
  fileprivate func lstm(_ x: Tensor, _ h: Tensor?, _ c: Tensor?, _ w: RecurrentWeights) throws -> [Tensor] {
    let all = try gates(try affine(x, h, w), 4)
    let entering = try product(map(.sigmoid, all[0]), map(.tanh, all[2]))
    let cell = try c.map { try sum([try product(map(.sigmoid, all[1]), $0), entering], signs: [1, 1]) } ?? entering
    return [try product(map(.sigmoid, all[3]), map(.tanh, cell)), cell]
  }
}
