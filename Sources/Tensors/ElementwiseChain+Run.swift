internal import CVectorMath

extension ElementwiseChain {
  /// Computes the outputs. `scalars` are the run-time numbers that coefficients name.
  ///
  /// An output may be the same memory as an input that has all axes of the output in its order; otherwise they must not
  /// overlap.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func run<T: Element>(
    inputs: [UnsafePointer<T>], outputs: [UnsafeMutablePointer<T>], scalars: [Double] = [], threads: Int = 1
  ) {
    inputs.withUnsafeBufferPointer { inputs in
      outputs.withUnsafeBufferPointer { outputs in run(inputs, outputs, scalars: scalars, threads: threads) }
    }
  }

  /// For lists that lie elsewhere than in arrays.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func run<T: Element>(
    _ inputs: UnsafeBufferPointer<Source<T>>, _ outputs: UnsafeBufferPointer<Target<T>>, scalars: [Double],
    threads: Int
  ) {
    precondition(inputs.count == inputCount, "\(inputs.count) inputs for a chain of \(inputCount)")
    precondition(outputs.count == self.outputs.count, "\(outputs.count) outputs for a chain of \(self.outputs.count)")
    precondition(scalars.count >= scalarCount, "\(scalars.count) scalars for a chain that reads \(scalarCount)")
    let work = blocks.rows * blocks.columns * max(1, native.count)
    // What does not fit in the caches is fetched a block ahead: its pages follow one another in several arrays at once.
    let fetches = blocks.count >= 1 << 18
    parallel(blocks.number, grain: max(1, 16384 / max(1, work)), threads: threads) { range in
      run(range, inputs, outputs, in: room(scalars, as: T.self), fetches: fetches)
    }
  }

  /// The memory of the calling thread in which blocks are computed, with the numbers of a run.
  struct Room<T: Element> {
    let registers: UnsafeMutablePointer<vm_register>
    let coefficients: UnsafeMutablePointer<Double>
    let slots: UnsafeMutablePointer<T>
  }

  /// Valid until the thread asks again.
  @inline(__always)
  func room<T: Element>(_ scalars: [Double], as type: T.Type) -> Room<T> {
    let tables = extents.count * MemoryLayout<vm_register>.stride + numbers.count * MemoryLayout<Double>.stride
    let start = (tables + 63) & ~63
    let memory = vm_scratch(start + scratch * MemoryLayout<T>.stride)
    let registers = memory.assumingMemoryBound(to: vm_register.self)
    let coefficients = (memory + extents.count * MemoryLayout<vm_register>.stride)
      .assumingMemoryBound(to: Double.self)
    let slots = (memory + start).assumingMemoryBound(to: T.self)
    for i in numbers.indices { coefficients[i] = numbers[i].value(scalars) }
    for register in extents.indices {
      let stride =
        switch extents[register] {
        case .number, .column: 0
        case .row: 1
        case .array: blocks.columns
        }
      registers[register] = vm_register(data: slots + max(0, places[register]), stride: stride)
    }
    for input in 0..<inputCount where !blocks.inputs[input].isPacked {
      registers[input].stride = blocks.inputs[input].stride
    }
    return Room(registers: registers, coefficients: coefficients, slots: slots)
  }

  /// Some of the blocks, on one thread.
  @inline(__always)
  func run<T: Element>(
    _ range: Range<Int>, _ inputs: UnsafeBufferPointer<Source<T>>, _ outputs: UnsafeBufferPointer<Target<T>>,
    in room: Room<T>, fetches: Bool
  ) {
    let (registers, slots) = (room.registers, room.slots)
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
              vm_chain_step_f32(step, registers, room.coefficients, rows, columns, block.row)
            } else {
              vm_chain_step_f64(step, registers, room.coefficients, rows, columns, block.row)
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

  /// Whether an output is written straight away: not if that would overwrite an input that is still to be read.
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
