internal import CVectorMath

extension ElementwiseChain {
  /// Computes the outputs. `scalars` are the run-time numbers that coefficients name.
  ///
  /// An output may be the same memory as an input that has all axes of the output in its order; otherwise they must not
  /// overlap. Throws ``KernelError/memoryRefused(bytes:)``.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func run<T: Element>(
    inputs: [UnsafePointer<T>], outputs: [UnsafeMutablePointer<T>], scalars: [Double] = [], threads: Int = 1
  ) throws(KernelError) {
    try inputs.withUnsafeBufferPointer { (inputs) throws(KernelError) in
      try outputs.withUnsafeBufferPointer { (outputs) throws(KernelError) in
        try run(inputs, outputs, scalars: scalars, threads: threads)
      }
    }
  }

  /// As ``run(inputs:outputs:scalars:threads:)``, for lists that are not arrays.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func run<T: Element>(
    _ inputs: UnsafeBufferPointer<Source<T>>, _ outputs: UnsafeBufferPointer<Target<T>>, scalars: [Double],
    threads: Int
  ) throws(KernelError) {
    precondition(inputs.count == inputCount, "\(inputs.count) inputs for a chain of \(inputCount)")
    precondition(outputs.count == self.outputs.count, "\(outputs.count) outputs for a chain of \(self.outputs.count)")
    precondition(scalars.count >= scalarCount, "\(scalars.count) scalars for a chain that reads \(scalarCount)")
    let work = blocks.rows * blocks.columns * max(1, native.count)
    // What does not fit in the caches is fetched a block ahead: its pages follow one another in several arrays at once.
    let fetches = blocks.count >= 1 << 18
    try parallel(
      blocks.number, grain: max(1, 16384 / max(1, work)), threads: threads, scratch: scratchBytes(T.self)
    ) { range, memory in
      run(range, inputs, outputs, in: BlockMemory(of: self, scalars, at: memory), fetches: fetches)
      return true
    }
  }

  /// The scratch memory of a thread that computes blocks.
  func scratchBytes<T: Element>(_: T.Type) -> Int { tableBytes + scratch * MemoryLayout<T>.stride }

  /// The bytes of the tables of registers and coefficients, rounded up to a multiple of 64.
  private var tableBytes: Int {
    (extents.count * MemoryLayout<vm_register>.stride + numbers.count * MemoryLayout<Double>.stride + 63) & ~63
  }

  /// A thread's scratch memory, in which it computes blocks of a chain: its registers, the coefficients of this run,
  /// and the tiles of what it computes.
  struct BlockMemory<T: Element> {
    let registers: UnsafeMutablePointer<vm_register>
    let coefficients: UnsafeMutablePointer<Double>
    let slots: UnsafeMutablePointer<T>

    @inline(__always)
    init(of chain: ElementwiseChain, _ scalars: [Double], at memory: UnsafeMutableRawPointer) {
      let (extents, numbers, blocks) = (chain.extents, chain.numbers, chain.blocks)
      registers = memory.assumingMemoryBound(to: vm_register.self)
      coefficients = (memory + extents.count * MemoryLayout<vm_register>.stride)
        .assumingMemoryBound(to: Double.self)
      slots = (memory + chain.tableBytes).assumingMemoryBound(to: T.self)
      for i in numbers.indices { coefficients[i] = numbers[i].value(scalars) }
      for register in extents.indices {
        let stride =
          switch extents[register] {
          case .number, .column: 0
          case .row: 1
          case .array: blocks.columns
          }
        registers[register] = vm_register(data: slots + max(0, chain.places[register]), stride: stride)
      }
      for input in 0..<chain.inputCount where !blocks.inputs[input].isPacked {
        registers[input].stride = blocks.inputs[input].stride
      }
    }
  }

  /// Some of the blocks, on one thread.
  @inline(__always)
  func run<T: Element>(
    _ range: Range<Int>, _ inputs: UnsafeBufferPointer<Source<T>>, _ outputs: UnsafeBufferPointer<Target<T>>,
    in memory: BlockMemory<T>, fetches: Bool
  ) {
    let (registers, slots) = (memory.registers, memory.slots)
    for index in range {
      let block = blocks.block(index)
      for input in 0..<inputCount {
        let from = inputs[input] + blocks.offset(input, index)
        if blocks.inputs[input].isPacked {
          blocks.pack(input, from, block, to: slots + places[input])
        } else {
          registers[input].data = UnsafeMutableRawPointer(mutating: from)
        }
      }
      for k in outputs.indices {
        let target = outputs[k] + (rowOutputs[k] ? block.row : block.start)
        registers[self.outputs[k]].data = UnsafeMutableRawPointer(
          isDirect(k, inputs, outputs) ? target : slots + places[self.outputs[k]])
      }
      native.withUnsafeBufferPointer { native in
        var step = 0
        while step < native.count {
          let next = step + (native[step].form == VM_MEANS ? 3 : 1)
          if fetches, index + 1 < range.upperBound {
            fetch(parts: step..<next, of: native.count, index + 1, inputs, outputs)
          }
          var (rows, columns) = (1, 1)
          switch stepExtents[step] {
          case .number: break
          case .row: columns = block.rows
          case .column: columns = block.columns
          case .array: (rows, columns) = (block.rows, block.columns)
          }
          if hasOther, let function = others[step] {
            apply(function, native[step], registers, rows, columns, as: T.self)
          } else if let step = native.baseAddress.map({ $0 + step }) {
            if T.self == Float.self {
              vm_chain_step_f32(step, registers, memory.coefficients, rows, columns, block.row)
            } else {
              vm_chain_step_f64(step, registers, memory.coefficients, rows, columns, block.row)
            }
          }
          step = next
        }
      }
      for k in outputs.indices where !isDirect(k, inputs, outputs) {
        let count = rowOutputs[k] ? block.rows : block.rows * block.columns
        (outputs[k] + (rowOutputs[k] ? block.row : block.start)).update(
          from: slots + places[self.outputs[k]], count: count)
      }
    }
  }

  /// Fetches a part of a block's inputs and outputs into the cache.
  @inline(__always)
  private func fetch<T: Element>(
    parts: Range<Int>, of all: Int, _ index: Int, _ inputs: UnsafeBufferPointer<Source<T>>,
    _ outputs: UnsafeBufferPointer<Target<T>>
  ) {
    let block = blocks.block(index)
    let count = block.rows * block.columns
    let (first, last) = (count * parts.lowerBound / all, count * parts.upperBound / all)
    let bytes = (last - first) * MemoryLayout<T>.stride
    for input in 0..<inputCount where inOrder[input] { vm_fetch(inputs[input] + (block.start + first), bytes) }
    for k in outputs.indices where !rowOutputs[k] && !inputs.contains(UnsafePointer(outputs[k])) {
      vm_fetch(outputs[k] + (block.start + first), bytes)
    }
  }

  /// Whether an output is written directly, which must not overwrite an input that is still to be read.
  @inline(__always)
  private func isDirect<T: Element>(
    _ k: Int, _ inputs: UnsafeBufferPointer<Source<T>>, _ outputs: UnsafeBufferPointer<Target<T>>
  ) -> Bool {
    for input in 0..<inputCount where inputs[input] == UnsafePointer(outputs[k]) && lastRead[input] > firstWrite[k] {
      return false
    }
    return true
  }

  /// A function that is not in C, row by row.
  private func apply<T: Element>(
    _ function: UnaryFunction, _ step: vm_step, _ registers: UnsafeMutablePointer<vm_register>, _ rows: Int,
    _ columns: Int, as type: T.Type
  ) {
    let (x, y) = (registers[Int(step.a)], registers[Int(step.target)])
    guard let from = x.data?.assumingMemoryBound(to: T.self), let to = y.data?.assumingMemoryBound(to: T.self)
    else { return }
    for row in 0..<rows { function.apply(from + row * x.stride, to + row * y.stride, count: columns) }
  }
}
