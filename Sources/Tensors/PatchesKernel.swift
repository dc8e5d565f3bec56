/// A window that moves over the rows and columns of an image, by labels.
///
/// `rows` and `columns` are the image's axes, `toRows` and `toColumns` those of the places where the window stands
/// (labels of their own), `windowRows` and `windowColumns` those inside the window. Entry i of the window at place p is
/// the image's entry `p * stride + i - padding`, or 0 outside.
public struct PatchWindow: Sendable, Hashable {
  public var rows: Label, columns: Label
  public var toRows: Label, toColumns: Label
  public var windowRows: Label, windowColumns: Label
  public var stride: Int, padding: Int

  public init(
    rows: Label, columns: Label, toRows: Label, toColumns: Label, windowRows: Label, windowColumns: Label,
    stride: Int = 1, padding: Int = 0
  ) {
    (self.rows, self.columns, self.toRows, self.toColumns) = (rows, columns, toRows, toColumns)
    (self.windowRows, self.windowColumns, self.stride, self.padding) = (windowRows, windowColumns, stride, padding)
  }
}

/// What a window sees at each of its places (im2col).
///
/// Operand: an image with any other axes. Result: these axes, the places and the window, in any order. Fastest where
/// both end in the same axes (channels last) or in a long row of places.
public struct PatchesKernel: Kernel {
  private let slide: Slide

  /// Throws ``KernelError`` if axes are missing or sizes do not fit.
  public init(operand: Shape, result: Shape, window: PatchWindow) throws(KernelError) {
    slide = try Slide(image: operand, patches: result, window)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    slide.unfold(try values(inputs, 0, of: 1), output, threads: threads)
  }
}

/// The transpose of ``PatchesKernel``: adds what each place of the window holds into an image of zeros.
public struct FoldKernel: Kernel {
  private let slide: Slide

  /// Throws ``KernelError`` if axes are missing or sizes do not fit.
  public init(operand: Shape, result: Shape, window: PatchWindow) throws(KernelError) {
    slide = try Slide(image: result, patches: operand, window)
  }

  public func run<T: Element>(
    _ inputs: [Operand<T>], into output: UnsafeMutablePointer<T>, workspace: UnsafeMutablePointer<T>?, threads: Int
  ) throws(KernelError) {
    slide.fold(try values(inputs, 0, of: 1), output, threads: threads)
  }
}

/// The loops of both: over the axes of the patches, those that are not of the window outermost.
private struct Slide: Sendable {
  /// Arrays: image, patches, row position, column position (how far a step moves in the image's rows and columns).
  let outer: Space
  /// How many iterations of the leading outer loops touch separate parts of the image.
  let separate: Int
  let length: Int
  let steps: [Int]
  let rows: Int, columns: Int
  let padding: Int
  let corner: Int
  let imageCount: Int

  init(image: Shape, patches: Shape, _ window: PatchWindow) throws(KernelError) {
    try image.check()
    try patches.check()
    let slid = [window.toRows, window.toColumns, window.windowRows, window.windowColumns]
    for label in slid where !patches.contains(label) { throw .unknownLabel(label) }
    for label in [window.rows, window.columns] where !image.contains(label) { throw .unknownLabel(label) }
    let others = patches.labels.filter { !slid.contains($0) }
    let rest = image.labels.filter { $0 != window.rows && $0 != window.columns }
    try patches.selecting(others).checkSameAxes(as: image.selecting(rest))
    for (size, span, places) in [
      (window.rows, window.windowRows, window.toRows), (window.columns, window.windowColumns, window.toColumns),
    ] {
      let (size, span, places) = (image.size(size) ?? 0, patches.size(span) ?? 0, patches.size(places) ?? 0)
      let room = size + 2 * window.padding - span
      guard window.stride > 0, window.padding >= 0, places == (room < 0 ? 0 : room / window.stride + 1) else {
        throw .window(size: size, window: span, stride: window.stride, padding: window.padding, places: places)
      }
    }
    (rows, columns) = (image.size(window.rows) ?? 0, image.size(window.columns) ?? 0)
    padding = window.padding
    let (rowStride, columnStride) = (image.stride(window.rows), image.stride(window.columns))
    corner = -padding * (rowStride + columnStride)
    imageCount = image.count
    // The separate axes go first. The innermost loop is the patches' own innermost axis; if that is short (a window),
    // it is the image's innermost axis or the places that move along it.
    let within =
      image.labels.last == window.columns
      ? window.toColumns : image.labels.last == window.rows ? window.toRows : image.labels.last
    let own = patches.labels.last ?? 0
    let last = (patches.size(own) ?? 1) >= 8 ? own : within ?? own
    let order = others.filter { $0 != last } + patches.labels.filter { slid.contains($0) && $0 != last } + [last]
    let rowSteps = order.map { $0 == window.toRows ? window.stride : $0 == window.windowRows ? 1 : 0 }
    let columnSteps = order.map { $0 == window.toColumns ? window.stride : $0 == window.windowColumns ? 1 : 0 }
    let imageStrides = image.strides(along: order)
    let imageSteps = order.indices.map { imageStrides[$0] + rowSteps[$0] * rowStride + columnSteps[$0] * columnStride }
    let space = Space(
      sizes: patches.selecting(order).sizes,
      strides: [imageSteps, patches.strides(along: order), rowSteps, columnSteps])
    separate = patches.selecting(others.filter { $0 != last }).count
    let merged = space.collapsed()
    let inner = merged.rank - 1
    length = inner < 0 ? 1 : merged.sizes[inner]
    steps = merged.strides.map { inner < 0 ? 0 : $0[inner] }
    outer = inner < 0 ? merged : merged.dropping(inner)
  }

  /// The iterations of the innermost loop at which the window is over the image.
  @inline(__always)
  private func inside(_ offset: SIMD4<Int>) -> Range<Int> {
    let a = inside(offset[2], steps[2], rows)
    let b = inside(offset[3], steps[3], columns)
    let low = max(a.lowerBound, b.lowerBound)
    return low..<max(low, min(a.upperBound, b.upperBound))
  }

  /// The same for one of the window's two axes.
  @inline(__always)
  private func inside(_ position: Int, _ step: Int, _ size: Int) -> Range<Int> {
    let first = padding - position
    // `step * j` must lie below.
    let end = size + padding - position
    if step == 0 { return first > 0 || end <= 0 ? 0..<0 : 0..<length }
    let low = max(0, (first + step - 1) / step)
    return low..<max(low, min(length, end <= 0 ? 0 : (end + step - 1) / step))
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func unfold<T: Element>(_ image: Source<T>, _ patches: Target<T>, threads: Int) {
    guard outer.count * length > 0 else { return }
    parallel(outer.count, grain: max(1, 32768 / length), threads: threads) { range in
      var walk = Walk(outer, at: range.lowerBound)
      for _ in range {
        let seen = inside(walk.offset)
        let to = patches + walk.offset[1]
        let step = steps[1]
        if seen.count < length {
          for j in 0..<min(seen.lowerBound, length) { to[j * step] = 0 }
          for j in min(seen.upperBound, length)..<length { to[j * step] = 0 }
        }
        if !seen.isEmpty {
          let from = image + (corner + walk.offset[0] + seen.lowerBound * steps[0])
          Vector.copy(from, steps[0], to + seen.lowerBound * step, step, seen.count)
        }
        walk.advance()
      }
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  func fold<T: Element>(_ patches: Source<T>, _ image: Target<T>, threads: Int) {
    Vector.fill(image, imageCount, 0)
    guard outer.count * length > 0 else { return }
    let run = outer.count / separate
    parallel(separate, grain: max(1, 32768 / (run * length)), threads: threads) { range in
      var walk = Walk(outer, at: range.lowerBound * run)
      for _ in 0..<range.count * run {
        let seen = inside(walk.offset)
        if !seen.isEmpty {
          let from = patches + (walk.offset[1] + seen.lowerBound * steps[1])
          let to = image + (corner + walk.offset[0] + seen.lowerBound * steps[0])
          Vector.add(from, steps[1], to, steps[0], seen.count)
        }
        walk.advance()
      }
    }
  }
}
