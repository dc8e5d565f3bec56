extension Operation {
  /// Convolutions and pools: windows of an image, contracted or averaged.
  static let convolutions: [Operation] = [
    Operation("conv2d", "convolution") { call in
      guard try !call.bool("transposed") else { throw call.fail("a transposed convolution") }
      let (x, weight) = (try call.tensor("input"), try call.tensor("weight"))
      return try call.tracer.convolution(x, weight, call)
    },
    // One row of an image.
    Operation("conv1d") { call in
      let t = call.tracer
      let (x, weight) = (try call.tensor("input"), try call.tensor("weight"))
      guard x.dims.count == 3, weight.dims.count == 3 else { throw call.fail("no batch or no channels") }
      let span = t.extents(weight)[2]
      guard span.isFixed, try call.ints("dilation")?.allSatisfy({ $0 == 1 }) ?? true else {
        throw call.fail("a dilation, or a window that grows")
      }
      let (stride, padding) = (try call.ints("stride")?.first ?? 1, try call.ints("padding")?.first ?? 0)
      // Copied into rows of an image; the windows whose first row is one of them have it as theirs.
      let size = t.extents(x)[2]
      guard stride > 0, padding % stride == 0 else { throw call.fail("a padding that is no multiple of the stride") }
      let image = try t.expand(
        t.rearrange(x, [0, 1, nil, 2]), to: [t.extents(x)[0], t.extents(x)[1], span, size])
      let windows = try t.windows(
        image, size: (span.small, span.small), stride: (stride, stride), padding: (padding, padding),
        dilation: (1, 1))
      let row = try t.select(try t.select(windows, 0, along: 4), padding / stride, along: 2)
      let y = try t.einsum([row, weight], [[0, 1, 3, 4], [2, 1, 4]], to: [0, 2, 3])
      guard let bias = try call.tensorIfGiven("bias") else { return y }
      return try t.sum([y, t.rearrange(bias, [0, nil])], signs: [1, 1])
    },
    Operation("avg_pool2d") { call in
      let windows = try call.tracer.windows(try call.tensor("self"), call)
      return try call.tracer.mean(windows, over: Array(windows.dims.indices.suffix(2)), keeping: false)
    },
    Operation("adaptive_avg_pool2d") { call in
      let x = try call.tensor("self")
      let (from, to) = (call.tracer.extents(x), try call.result())
      guard from.count >= 2, to.count == from.count, from.suffix(2).allSatisfy(\.isFixed),
        let rows = from[from.count - 2] / to[to.count - 2], let columns = from[from.count - 1] / to[to.count - 1]
      else {
        throw call.fail("pools of unequal sizes")
      }
      let windows = try call.tracer.windows(
        x, size: (rows.small, columns.small), stride: (rows.small, columns.small), padding: (0, 0), dilation: (1, 1))
      return try call.tracer.mean(windows, over: Array(windows.dims.indices.suffix(2)), keeping: false)
    },
    // The largest of a window, two at a time.
    Operation("max_pool2d") { call in
      let windows = try call.tracer.windows(try call.tensor("self"), call)
      let count = call.tracer.extents(windows).suffix(2).map(\.small)
      guard count.reduce(1, *) <= 64 else { throw call.fail("a window of more than 64 pixels") }
      let last = windows.dims.count - 1
      var result: Tensor?
      for i in 0..<count[0] {
        for j in 0..<count[1] {
          let row = try call.tracer.select(windows, i, along: last - 1)
          let pixel = try call.tracer.select(row, j, along: last - 1)
          result = try result.map { try call.tracer.maximum($0, pixel) } ?? pixel
        }
      }
      guard let result else { throw call.fail("an empty window") }
      return result
    },
    // Each pixel as a window of copies, put side by side.
    Operation("upsample_nearest2d") { call in
      let x = try call.tensor("self")
      let (from, to) = (call.tracer.extents(x), try call.result())
      guard from.count == 4, to.count == 4, to.allSatisfy({ $0.isFixed || $0 == to[1] }), let factor = to[2] / from[2],
        factor == to[3] / from[3], factor.isFixed
      else { throw call.fail("a factor that is no whole number, or differs by direction") }
      let copies = try call.tracer.expand(
        call.tracer.rearrange(x, [0, 1, 2, 3, nil, nil]), to: from + [factor, factor])
      return try call.tracer.folded(
        copies, rows: to[2].small, columns: to[3].small, stride: factor.small, padding: 0)
    },
    // Each pixel times a window, added up where windows overlap.
    Operation("conv_transpose2d") { call in
      let (x, weight, t) = (try call.tensor("input"), try call.tensor("weight"), call.tracer)
      let to = try call.result()
      guard try call.int("groups", default: 1) == 1, to.count == 4, to[2].isFixed, to[3].isFixed,
        try call.ints("dilation")?.allSatisfy({ $0 == 1 }) ?? true
      else { throw call.fail("groups, or a dilation") }
      let (stride, padding) = (try call.ints("stride") ?? [1], try call.ints("padding") ?? [0])
      guard Set(stride).count == 1, Set(padding).count == 1 else { throw call.fail("strides that differ by direction") }
      let windows = try t.einsum([x, weight], [[0, 1, 3, 4], [1, 2, 5, 6]], to: [0, 2, 3, 4, 5, 6])
      let y = try t.folded(
        windows, rows: to[2].small, columns: to[3].small, stride: stride[0], padding: padding[0])
      guard let bias = try call.tensorIfGiven("bias") else { return y }
      return try t.sum([y, t.rearrange(bias, [0, nil, nil])], signs: [1, 1])
    },
  ]
}

extension Tracer {
  /// The windows of a pool, which do not overlap unless a stride is given.
  fileprivate func windows(_ x: Tensor, _ call: Call) throws -> Tensor {
    func pair(_ name: String, _ standard: (Int, Int)) throws -> (Int, Int) {
      guard let found = try call.ints(name), let first = found.first else { return standard }
      return (first, found.count > 1 ? found[1] : first)
    }
    let size = try pair("kernel_size", (1, 1))
    guard try !call.bool("ceil_mode") else { throw fail("rounding up") }
    return try windows(
      x, size: size, stride: try pair("stride", size), padding: try pair("padding", (0, 0)),
      dilation: try pair("dilation", (1, 1)))
  }

  fileprivate func convolution(_ x: Tensor, _ weight: Tensor, _ call: Call) throws -> Tensor {
    guard x.dims.count == 4, weight.dims.count == 4 else { throw fail("an image without batch or channels") }
    let kernel = extents(weight)
    guard kernel[2].isFixed, kernel[3].isFixed else { throw fail("a window that grows with the width") }
    func pair(_ name: String, _ standard: Int) throws -> (Int, Int) {
      switch call.text(name) {
      case "same"?: return ((kernel[2].small - 1) / 2, (kernel[3].small - 1) / 2)
      case "valid"?: return (0, 0)
      default: break
      }
      guard let found = try call.ints(name), let first = found.first else { return (standard, standard) }
      return (first, found.count > 1 ? found[1] : first)
    }
    let windows = try windows(
      x, size: (kernel[2].small, kernel[3].small), stride: try pair("stride", 1), padding: try pair("padding", 0),
      dilation: try pair("dilation", 1))
    let groups = try call.extent("groups", default: .one)
    var y: Tensor
    if groups == .one {
      y = try einsum([windows, weight], [[0, 1, 3, 4, 5, 6], [2, 1, 5, 6]], to: [0, 2, 3, 4])
    } else {
      // Channels in groups, each with outputs of its own.
      let sizes = extents(windows)
      guard let inside = sizes[1] / groups, let out = kernel[0] / groups else {
        throw fail("groups that do not divide")
      }
      let apart = try view(windows, as: [sizes[0], groups, inside] + sizes[2...])
      let grouped = try view(weight, as: [groups, out, inside, kernel[2], kernel[3]])
      let z = try einsum([apart, grouped], [[0, 1, 3, 4, 5, 6, 7], [1, 2, 3, 6, 7]], to: [0, 1, 2, 4, 5])
      y = try view(z, as: try call.result())
    }
    guard let bias = try call.tensorIfGiven("bias") else { return y }
    y = try sum([y, rearrange(bias, [0, nil, nil])], signs: [1, 1])
    return y
  }
}
