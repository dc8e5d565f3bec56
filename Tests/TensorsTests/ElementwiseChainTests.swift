import Foundation
import Tensors
import Testing

@Suite struct ElementwiseChainTests {
  /// Evaluates operations entry by entry.
  static func naive(
    _ space: Shape, _ inputs: [Tensor], _ operations: [ElementwiseOperation], _ scalars: [Double], columns: Int = 1
  ) -> [Tensor] {
    var registers = inputs.map { $0.spread(over: space) }
    for operation in operations {
      if case .rows(let row, let xs) = operation {
        let products = (0..<space.count).map { i in xs.reduce(1) { $0 * registers[$1].entries[i] } }
        let entries = (0..<space.count / columns).flatMap { i in
          along(Array(products[i * columns..<(i + 1) * columns]), row, number: i)
        }
        registers.append(Tensor(space, entries: entries))
        continue
      }
      let entries = (0..<space.count).map { i in
        switch operation {
        case .map(let function, let x): return function(registers[x].entries[i])
        case .pair(let function, let x, let y):
          let (a, b) = (registers[x].entries[i], registers[y].entries[i])
          return function == .maximum ? max(a, b) : atan2(a, b)
        case .product(let xs): return xs.reduce(1) { $0 * registers[$1].entries[i] }
        case .rows: return 0
        case .combination(let terms, let offset):
          func number(_ coefficient: Coefficient) -> Double {
            switch coefficient {
            case .constant(let c): c
            case .scalar(let k, let times): scalars[k] * times
            }
          }
          return terms.reduce(number(offset)) { $0 + number($1.coefficient) * registers[$1.register].entries[i] }
        }
      }
      registers.append(Tensor(space, entries: entries))
    }
    return registers
  }

  /// An operation on one row.
  private static func along(_ x: [Double], _ operation: RowOperation, number: Int) -> [Double] {
    var largest: Double { x.max() ?? 0 }
    func sum(_ largest: Double) -> Double { x.reduce(0) { $0 + exp($1 - largest) } }
    switch operation {
    case .sum: return x.map { [total = x.reduce(0, +)] _ in total }
    case .maximum: return x.map { [largest] _ in largest }
    case .logSumExp:
      let largest = largest
      let total = sum(largest)
      return x.map { _ in largest + log(total) }
    case .softmax:
      let largest = largest
      let total = sum(largest)
      return x.map { exp($0 - largest) / total }
    case .mask(let divisor, let modulus, let fill):
      return x.enumerated().map { $0 > number / divisor % modulus ? fill : $1 }
    }
  }

  private static func randomOperation(_ count: Int, _ random: inout Random) -> ElementwiseOperation {
    let registers = (0..<Int.random(in: 0...5, using: &random)).map { _ in Int.random(in: 0..<count, using: &random) }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return .map([UnaryFunction.tanh, .square, .sigmoid][registers.count % 3], count - 1)
    case 1: return .product(registers)
    case 2: return .product(Array(registers.prefix(2)))
    case 3:
      let other = Int.random(in: 0..<count, using: &random)
      return .pair(registers.count % 2 == 0 ? .maximum : .angle, count - 1, other)
    default:
      return .combination(
        registers.map { register in
          (Bool.random(using: &random) ? .constant(0.5) : .scalar(register % 2, times: -0.3), register)
        }, offset: [0, 0.25, .scalar(1, times: 0.5)][registers.count % 3])
    }
  }

  @Test(arguments: 0..<100)
  func randomChains(seed: Int) throws {
    var random = Random(seed)
    let choices = [
      [0: 3, 1: 4, 2: 5], [0: 2, 1: 1, 2: 400], [0: 30, 1: 9, 2: 7], [0: 1200, 1: 1, 2: 1], [0: 1, 1: 1, 2: 1],
    ]
    let sizes = choices[seed % choices.count]
    let space = shape([0, 1, 2].shuffled(using: &random), sizes)
    var inputs = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      shape([0, 1, 2].filter { _ in Bool.random(using: &random) }.shuffled(using: &random), sizes)
    }
    inputs[0] = space
    let tensors = inputs.map { Tensor.random($0, &random) }
    var operations: [ElementwiseOperation] = []
    for i in 0..<Int.random(in: 1...8, using: &random) {
      operations.append(Self.randomOperation(inputs.count + i, &random))
    }
    let count = inputs.count + operations.count
    let outputs = [count - 1] + (0..<2).map { _ in Int.random(in: 0..<count, using: &random) }
    let scalars = [0.7, -1.3]
    let expected = Self.naive(space, tensors, operations, scalars)
    let chain = try ElementwiseChain(space: space, inputs: inputs, operations: operations, outputs: outputs)
    for threads in [1, 2] {
      let buffers = tensors.map { tensor in
        let buffer = TensorBuffer<Double>(count: tensor.entries.count)
        for (i, x) in tensor.entries.enumerated() { buffer[i] = x }
        return buffer
      }
      let results = outputs.map { _ in TensorBuffer<Double>(count: space.count) }
      // The first output takes the place of the first input, which has the space's layout.
      var targets = results.map(\.pointer)
      if threads == 2 { targets[0] = buffers[0].pointer }
      try withExtendedLifetime((buffers, results)) {
        try chain.run(
          inputs: buffers.map { UnsafePointer($0.pointer) }, outputs: targets, scalars: scalars, threads: threads)
        for (k, register) in outputs.enumerated() {
          let result = Tensor(space, entries: (0..<space.count).map { targets[k][$0] })
          #expect(result.distance(expected[register]) < 1e-12, "output \(k)")
        }
      }
    }
  }

  @Test(arguments: [false, true]) func adam(decays: Bool) throws {
    let n = 5000
    let space = shape([0], [0: n])
    // Registers: weight, gradient, first and second moment; the rate is a run-time number.
    let chain = try ElementwiseChain(
      space: space, inputs: [space, space, space, space],
      operations: [
        .combination(
          decays ? [(.constant(0.1), 1), (.constant(0.9), 2)] : [(.constant(0.9), 2), (.constant(0.1), 1)], offset: 0),
        decays ? .map(.square, 1) : .product([1, 1]),
        .combination([(.constant(0.99), 3), (.constant(0.01), 5)], offset: 0),
        .map(.sqrt, 6), .combination([(.constant(1), 7)], offset: 1e-8), .map(.reciprocal, 8), .product([4, 9]),
        .combination(
          [(.constant(1), 0), (.scalar(0, times: -1), 10)] + (decays ? [(.scalar(0, times: -2), 0)] : []), offset: 0),
      ], outputs: [11, 4, 6])
    #expect(chain.scalarCount == 1)
    var random = Random(3)
    let before = (0..<4).map { _ in (0..<n).map { _ in Float.random(in: 0.1...1, using: &random) } }
    let values = before.map { numbers in
      let buffer = TensorBuffer<Float>(count: n)
      for (i, x) in numbers.enumerated() { buffer[i] = x }
      return buffer
    }
    try withExtendedLifetime(values) {
      try chain.run(
        inputs: values.map { UnsafePointer($0.pointer) }, outputs: [0, 2, 3].map { values[$0].pointer },
        scalars: [0.01], threads: 2)
    }
    for i in 0..<n {
      let (w, g, m, v) = (before[0][i], before[1][i], before[2][i], before[3][i])
      let (first, second) = (0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g)
      #expect(abs(values[0][i] - (w - (decays ? 0.02 * w : 0) - 0.01 * first / (second.squareRoot() + 1e-8))) < 1e-6)
      #expect(abs(values[2][i] - first) < 1e-6 && abs(values[3][i] - second) < 1e-6)
    }
  }

  @Test func errors() throws {
    let space = shape([0], [0: 3])
    #expect(throws: KernelError.register(2)) {
      try ElementwiseChain(space: space, inputs: [space], operations: [.product([0, 2])], outputs: [1])
    }
    #expect(throws: KernelError.unknownLabel(1)) {
      try ElementwiseChain(space: space, inputs: [shape([1], [1: 3])], operations: [], outputs: [0])
    }
  }
}
