extension Operation {
  /// Products that are summed.
  static let products: [Operation] = [
    Operation("linear") { call in
      let (x, weight) = (try call.tensor("input"), try call.tensor("weight"))
      let around = Array(x.dims.indices.dropLast())
      let inner = around.count
      let y =
        weight.dims.count == 1
        ? try call.tracer.einsum([x, weight], [around + [inner], [inner]], to: around)
        : try call.tracer.einsum([x, weight], [around + [inner], [inner + 1, inner]], to: around + [inner + 1])
      guard let bias = try call.tensorIfGiven("bias") else { return y }
      return try call.tracer.sum([y, bias], signs: [1, 1])
    },
    Operation("matmul", "mm", "bmm", "mv", "dot") { call in
      let second = call.given("mat2") ?? call.given("other") ?? call.given("vec") ?? call.given("tensor")
      guard case .tensor(let b)? = second else { throw call.fail("the second operand is missing") }
      return try call.tracer.matmul(try call.tensor("self"), b)
    },
    Operation("addmm", "baddbmm") { call in
      let pair =
        call.given("mat1") == nil
        ? (try call.tensor("batch1"), try call.tensor("batch2")) : (try call.tensor("mat1"), try call.tensor("mat2"))
      let product = call.tracer.scale(try call.tracer.matmul(pair.0, pair.1), by: try call.number("alpha") ?? Scalar(1))
      let base = call.tracer.scale(try call.tensor("self"), by: try call.number("beta") ?? Scalar(1))
      return try call.tracer.sum([base, product], signs: [1, 1])
    },
    Operation("outer") { call in
      try call.tracer.einsum([try call.tensor("self"), try call.tensor("vec2")], [[0], [1]], to: [0, 1])
    },
    Operation("einsum") { call in
      guard let equation = call.text("equation")?.filter({ $0 != " " }) else { throw call.fail("no equation") }
      let operands = try call.tensors("tensors")
      let sides = equation.split(separator: ">", omittingEmptySubsequences: false)
      guard sides.count == 2, sides[0].hasSuffix("-"), !equation.contains(".") else {
        throw call.fail("\"\(equation)\": write the result, and no dots")
      }
      let inputs = sides[0].dropLast().split(separator: ",", omittingEmptySubsequences: false)
      func labels(_ text: Substring) -> [Int] { text.unicodeScalars.map { Int($0.value) } }
      guard inputs.count == operands.count else { throw call.fail("\"\(equation)\" of \(operands.count) tensors") }
      return try call.tracer.einsum(operands, inputs.map(labels), to: labels(sides[1]))
    },
    Operation("bilinear") { call in
      let (a, b, weight) = (try call.tensor("input1"), try call.tensor("input2"), try call.tensor("weight"))
      let around = Array(a.dims.indices.dropLast())
      let i = around.count
      let y = try call.tracer.einsum(
        [a, b, weight], [around + [i], around + [i + 1], [i + 2, i, i + 1]], to: around + [i + 2])
      guard let bias = try call.tensorIfGiven("bias") else { return y }
      return try call.tracer.sum([y, bias], signs: [1, 1])
    },
  ]
}

extension Tracer {
  /// As torch does it: the last dimension of one with the last but one of the other, those before broadcast.
  func matmul(_ a: Tensor, _ b: Tensor) throws -> Tensor {
    guard !a.dims.isEmpty, !b.dims.isEmpty else { throw fail("a product of a number") }
    let count = max(a.dims.count, b.dims.count) - 2
    let (row, inner, column) = (1000, 1001, 1002)
    func labels(_ x: Tensor, _ last: [Int]) -> [Int] {
      let around = max(0, x.dims.count - 2)
      return (0..<around).map { count - around + $0 } + last
    }
    let first = labels(a, a.dims.count == 1 ? [inner] : [row, inner])
    let second = labels(b, b.dims.count == 1 ? [inner] : [inner, column])
    let out = (0..<max(0, count)).map { $0 } + (a.dims.count == 1 ? [] : [row]) + (b.dims.count == 1 ? [] : [column])
    return try einsum([a, b], [first, second], to: out)
  }
}
