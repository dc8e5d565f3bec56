import Tensors

/// Repeatable random numbers (SplitMix64).
struct Random: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A tensor in Double with slow, obvious operations: what kernels are held against.
struct Tensor {
  var shape: Shape
  var entries: [Double]

  init(_ shape: Shape, _ entry: ([Label: Int]) -> Double) {
    self.shape = shape
    entries = []
    Tensor.forEach(shape) { entries.append(entry($0)) }
  }

  init(_ shape: Shape, entries: [Double]) { (self.shape, self.entries) = (shape, entries) }

  static func random(_ shape: Shape, _ random: inout Random) -> Tensor {
    Tensor(shape, entries: (0..<shape.count).map { _ in Double.random(in: -1...1, using: &random) })
  }

  /// Its entries at all indices of a shape that has its axes, and perhaps others.
  func spread(over space: Shape) -> Tensor {
    Tensor(space, entries: Tensor.positions(of: shape, over: space).map { entries[$0] })
  }

  /// Where a tensor of a shape has its entry, for all indices of a space that has its axes, and perhaps others.
  private static func positions(of shape: Shape, over space: Shape) -> [Int] {
    var strides: [Label: Int] = [:]
    var stride = 1
    for (label, size) in zip(shape.labels, shape.sizes).reversed() {
      strides[label] = stride
      stride *= size
    }
    var positions = [0]
    for (label, size) in zip(space.labels, space.sizes) {
      let step = strides[label] ?? 0
      positions = positions.flatMap { start in (0..<size).map { start + $0 * step } }
    }
    return positions
  }

  /// All indices, in row-major order.
  static func forEach(_ shape: Shape, _ body: ([Label: Int]) -> Void) {
    var index: [Label: Int] = [:]
    func walk(_ axis: Int) {
      guard axis < shape.labels.count else { return body(index) }
      for i in 0..<shape.sizes[axis] {
        index[shape.labels[axis]] = i
        walk(axis + 1)
      }
    }
    walk(0)
  }

  func position(_ index: [Label: Int]) -> Int {
    var position = 0
    for (label, size) in zip(shape.labels, shape.sizes) { position = position * size + (index[label] ?? 0) }
    return position
  }

  subscript(index: [Label: Int]) -> Double { entries[position(index)] }

  static func einsum(_ operands: [Tensor], _ result: Shape) -> Tensor {
    var all = result
    for operand in operands {
      for (label, size) in zip(operand.shape.labels, operand.shape.sizes) where !all.labels.contains(label) {
        all.labels.append(label)
        all.sizes.append(size)
      }
    }
    var terms = [Double](repeating: 1, count: all.count)
    for operand in operands {
      for (i, factor) in operand.spread(over: all).entries.enumerated() { terms[i] *= factor }
    }
    var sums = [Double](repeating: 0, count: result.count)
    for (i, position) in positions(of: result, over: all).enumerated() { sums[position] += terms[i] }
    return Tensor(result, entries: sums)
  }

  /// The largest difference, relative to the largest entry.
  func distance(_ other: Tensor) -> Double {
    guard entries.count == other.entries.count else { return .infinity }
    var largest = 1e-3
    var distance = 0.0
    for (a, b) in zip(entries, other.entries) where a != b {
      if a.isNaN || b.isNaN || a.isInfinite || b.isInfinite { return .infinity }
      largest = max(largest, abs(b))
      distance = max(distance, abs(a - b))
    }
    return distance / largest
  }
}

func shape(_ labels: [Label], _ sizes: [Label: Int]) -> Shape {
  guard let shape = try? Shape(labels: labels, sizes: labels.map { sizes[$0] ?? 1 }) else {
    preconditionFailure("a shape of \(labels)")
  }
  return shape
}

/// Runs a kernel on copies of the operands; result and workspace begin as NaN.
func run<T: Element>(
  _ kernel: some Kernel, _ inputs: [Tensor], indices: [Int32]? = nil, result: Shape, as type: T.Type = T.self,
  threads: Int = 1
) throws -> Tensor {
  let buffers = inputs.map { tensor in
    let buffer = TensorBuffer<T>(count: tensor.entries.count)
    for (i, x) in tensor.entries.enumerated() { buffer[i] = T(x) }
    return buffer
  }
  let output = TensorBuffer<T>(count: result.count)
  let scratch = TensorBuffer<T>(count: kernel.workspace)
  for i in 0..<result.count { output[i] = .nan }
  for i in 0..<scratch.count { scratch[i] = .nan }
  var operands = buffers.map { Operand.values(UnsafePointer($0.pointer)) }
  try withExtendedLifetime((buffers, scratch)) {
    try (indices ?? []).withUnsafeBufferPointer { numbers in
      if indices != nil, let start = numbers.baseAddress { operands.append(.indices(start)) }
      try kernel.run(operands, into: output.pointer, workspace: scratch.pointer, threads: threads)
    }
  }
  return Tensor(result, entries: (0..<result.count).map { Double(output[$0]) })
}
