extension ElementwiseChain {
  /// Computes the outputs. `scalars` are the run-time numbers that coefficients name.
  ///
  /// An output may be the same memory as an input that has all axes of the space in its order; otherwise they must not
  /// overlap.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func run<T: Element>(
    inputs: [UnsafePointer<T>], outputs: [UnsafeMutablePointer<T>], scalars: [Double] = [], threads: Int = 1
  ) {
    precondition(inputs.count == inputCount, "\(inputs.count) inputs for a chain of \(inputCount)")
    precondition(outputs.count == self.outputs.count, "\(outputs.count) outputs for a chain of \(self.outputs.count)")
    precondition(scalars.count >= scalarCount, "\(scalars.count) scalars for a chain that reads \(scalarCount)")
    let work = blocks.length * max(1, instructions.count)
    parallel(blocks.number, grain: max(1, 65536 / work), threads: threads) { range in
      run(range, inputs, outputs, scalars)
    }
  }

  @inline(__always)
  func run<T: Element>(_ range: Range<Int>, _ inputs: [Source<T>], _ outputs: [Target<T>], _ scalars: [Double]) {
    let direct = directOutputs(inputs: inputs, outputs: outputs)
    let scratch = UnsafeMutablePointer<T>.allocate(capacity: slotCount * blocks.length + 1)
    let registers = UnsafeMutablePointer<Target<T>>.allocate(capacity: registerCount)
    defer {
      scratch.deallocate()
      registers.deallocate()
    }
    for register in 0..<registerCount {
      (registers + register).initialize(to: scratch + max(0, slots[register]) * blocks.length)
    }
    for index in range {
      let (steps, start) = blocks.block(index)
      let length = steps * blocks.inner
      for input in 0..<inputCount {
        let from = inputs[input] + blocks.offset(input, index)
        if blocks.kinds[input] == .packed {
          blocks.pack(input, from, steps: steps, to: registers[input])
        } else {
          registers[input] = UnsafeMutablePointer(mutating: from)
        }
      }
      for i in instructions.indices {
        if direct[i] >= 0 { registers[instructions[i].target] = outputs[direct[i]] + start }
        instructions[i].run(registers, length: instructions[i].isNumber ? 1 : length, scalars)
      }
      store(registers, outputs, start: start, length: length)
    }
  }

  /// The output into which each instruction can write straight away, or -1: not if it would overwrite an input that is
  /// still to be read.
  private func directOutputs<T: Element>(inputs: [Source<T>], outputs: [Target<T>]) -> [Int] {
    instructions.enumerated().map { i, instruction in
      guard !instruction.isNumber, let k = self.outputs.firstIndex(of: instruction.target) else { return -1 }
      let readUntil = instruction.takesPasses ? i - 1 : i
      let overwrites = inputs.indices.contains { inputs[$0] == UnsafePointer(outputs[k]) && lastRead[$0] > readUntil }
      return overwrites ? -1 : k
    }
  }

  /// Outputs that are inputs are stored first, before their memory might be an output of its own.
  @inline(__always)
  private func store<T: Element>(
    _ registers: UnsafeMutablePointer<Target<T>>, _ targets: [Target<T>], start: Int, length: Int
  ) {
    for wantsInput in [true, false] {
      for (k, register) in outputs.enumerated() where (register < inputCount) == wantsInput {
        let from = registers[register]
        let to = targets[k] + start
        if from == to { continue }
        let isNumber =
          register < inputCount
          ? blocks.kinds[register] == .splat : instructions.contains { $0.target == register && $0.isNumber }
        Vector.copy(UnsafePointer(from), isNumber ? 0 : 1, to, 1, length)
      }
    }
  }
}

extension Instruction {
  @inline(__always)
  fileprivate func run<T: Element>(_ registers: UnsafePointer<Target<T>>, length n: Int, _ scalars: [Double]) {
    let y = registers[target]
    switch operation {
    case .map(let function, let register): function.apply(UnsafePointer(registers[register]), y, count: n)
    case .pair(let function, let first, let second, let isNumber):
      function.apply(
        UnsafePointer(registers[first]), isNumber.0 ? 0 : 1, UnsafePointer(registers[second]), isNumber.1 ? 0 : 1, y,
        count: n)
    case .product(let arrays, let numbers):
      var scale = 1.0
      for number in numbers { scale *= Double(registers[number].pointee) }
      multiply(registers, arrays, y, n, scale)
    case .combination(let terms, let numbers, let base):
      var offset = base.value(scalars)
      for number in numbers { offset += number.coefficient.value(scalars) * Double(registers[number.register].pointee) }
      combine(registers, terms, y, n, offset, scalars)
    }
  }

  @inline(__always)
  private func multiply<T: Element>(
    _ registers: UnsafePointer<Target<T>>, _ arrays: [Int], _ y: Target<T>, _ n: Int, _ scale: Double
  ) {
    let x = { (i: Int) in UnsafePointer(registers[arrays[i]]) }
    switch arrays.count {
    case 0: return Vector.fill(y, n, scale)
    case 1: return Vector.scale(x(0), y, n, scale, 0)
    case 2: return Vector.multiply(x(0), x(1), y, n, scale)
    default: Vector.multiply(x(0), x(1), x(2), y, n, scale)
    }
    for i in 3..<arrays.count { Vector.multiply(UnsafePointer(y), x(i), y, n, 1) }
  }

  @inline(__always)
  private func combine<T: Element>(
    _ registers: UnsafePointer<Target<T>>, _ terms: [Term], _ y: Target<T>, _ n: Int, _ offset: Double,
    _ scalars: [Double]
  ) {
    let c = { (i: Int) in terms[i].coefficient.value(scalars) }
    let x = { (i: Int) in UnsafePointer(registers[terms[i].a]) }
    let z = { (i: Int) in terms[i].b.map { UnsafePointer(registers[$0]) } }
    switch terms.count {
    case 0: Vector.fill(y, n, offset)
    case 1:
      guard let b = z(0) else { return Vector.scale(x(0), y, n, c(0), offset) }
      Vector.multiply(x(0), b, y, n, c(0))
      if offset != 0 { Vector.scale(UnsafePointer(y), y, n, 1, offset) }
    case 2:
      switch (z(0), z(1)) {
      case (nil, nil): Vector.combine(x(0), x(1), y, n, c(0), c(1), offset)
      case (let b?, nil): Vector.multiplyAdd(x(0), b, x(1), y, n, c(0), c(1), offset)
      case (nil, let b?): Vector.multiplyAdd(x(1), b, x(0), y, n, c(1), c(0), offset)
      case (let a?, let b?): Vector.multiplyAddProducts(x(0), a, x(1), b, y, n, c(0), c(1), offset)
      }
    default:
      Vector.combine(x(0), x(1), x(2), y, n, c(0), c(1), c(2), offset)
      for i in 3..<terms.count { Vector.combine(UnsafePointer(y), x(i), y, n, 1, c(i), 0) }
    }
  }
}
