import Tensors

/// The windows of an image: `[.., rows, columns, ..]` to `[.., rows, columns, .., window rows, window columns]`,
/// with zeros beyond the border. A 2-d convolution is a contraction of patches with a kernel, so the calculus needs
/// no rule for it: it is a sum over channels and a fixed window.
public struct Patches: Primitive {
  public static let mnemonic = "patches"
  public static let otherNames = ["unfold", "im2col", "windows"]
  public var role: Role { .linear }
  public let geometry: Geometry

  /// Axes of an image and of the window that moves over it. The result's rows are `to rows`; with a stride of 1 and
  /// padding of half the window they may be the same dimension as the image's.
  public struct Geometry: Sendable, Hashable {
    public var rows: Axis, columns: Axis
    public var toRows: Axis, toColumns: Axis
    public var windowRows: Axis, windowColumns: Axis
    public var stride: Int, padding: Int

    public init(
      rows: Axis, columns: Axis, toRows: Axis, toColumns: Axis, windowRows: Axis, windowColumns: Axis, stride: Int,
      padding: Int
    ) {
      (self.rows, self.columns, self.toRows, self.toColumns) = (rows, columns, toRows, toColumns)
      (self.windowRows, self.windowColumns, self.stride, self.padding) = (windowRows, windowColumns, stride, padding)
    }

    init(reading attributes: AttributeReader) throws {
      func pair(_ key: String) throws -> (Axis, Axis) {
        let axes = try attributes.axes(key)
        guard axes.count == 2 else { throw attributes.fail(key, "takes two axes") }
        return (axes[0], axes[1])
      }
      (rows, columns) = try pair("over")
      (toRows, toColumns) = try pair("to")
      (windowRows, windowColumns) = try pair("window")
      stride = try attributes.whole("stride", default: 1)
      padding = try attributes.whole("padding", default: 0)
      guard stride > 0 else { throw attributes.fail("stride", "must be at least 1") }
    }

    var attributes: [Attribute] {
      [
        Attribute("over", "\(rows.name), \(columns.name)"), Attribute("to", "\(toRows.name), \(toColumns.name)"),
        Attribute("window", "\(windowRows.name), \(windowColumns.name)"), Attribute("stride", "\(stride)"),
        Attribute("padding", "\(padding)"),
      ]
    }

    /// Fixed dimensions, and sizes that fit.
    func check() throws {
      for (image, window, result) in [(rows, windowRows, toRows), (columns, windowColumns, toColumns)] {
        for axis in [image, window, result] where !axis.dimension.size.isFixed {
          throw ShapeProblem("\"\(axis.name)\" grows with the width; images and windows have fixed sizes")
        }
        let size = try image.dimension.size.value(at: 1, of: image.name)
        let span = try window.dimension.size.value(at: 1, of: window.name)
        let made = size + 2 * padding < span ? 0 : (size + 2 * padding - span) / stride + 1
        let wanted = try result.dimension.size.value(at: 1, of: result.name)
        guard made == wanted else {
          throw ShapeProblem(
            "a window of \(span) over \"\(image.name)\" (\(size)) with stride \(stride) and padding \(padding) gives \(made) places, but \"\(result.name)\" has \(wanted)"
          )
        }
      }
    }
  }

  public init(_ geometry: Geometry) { self.geometry = geometry }
  public init(reading attributes: AttributeReader) throws { geometry = try Geometry(reading: attributes) }
  public var attributes: [Attribute] { geometry.attributes }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let axes = try sameAxes(operands)
    for axis in [geometry.rows, geometry.columns] where !axes.contains(axis) {
      throw ShapeProblem("there is no axis named \"\(axis.name)\"")
    }
    try geometry.check()
    return axes.map { $0 == geometry.rows ? geometry.toRows : $0 == geometry.columns ? geometry.toColumns : $0 }
      + [geometry.windowRows, geometry.windowColumns]
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Fold(geometry), [cotangent], axes: operands[0].axes)]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    .kernel(try geometry.kernel(image: operands[0], patches: result, binding: binding, folding: false))
  }
}

/// The transpose of ``Patches``: adds windows back into the image.
public struct Fold: Primitive {
  public static let mnemonic = "fold"
  public var role: Role { .linear }
  public let geometry: Patches.Geometry

  public init(_ geometry: Patches.Geometry) { self.geometry = geometry }
  public init(reading attributes: AttributeReader) throws { geometry = try Patches.Geometry(reading: attributes) }
  public var attributes: [Attribute] { geometry.attributes }

  public func resultAxes(_ operands: [[Axis]], declared: [Axis]?) throws -> [Axis] {
    let result = try declaredAxes(declared)
    try expect(1, operands)
    guard Set(try Patches(geometry).resultAxes([result], declared: nil)) == Set(operands[0]) else {
      throw ShapeProblem("these are not the windows of \(result.bracketed)")
    }
    return result
  }

  public func pullback(_ cotangent: Value, result: Value, operands: [Value]) -> [Value?] {
    [cotangent.recorder.record(Patches(geometry), [cotangent])]
  }

  public func interpret<I: Interpretation>(
    _ operands: [I.Meaning], at site: Site, in reading: I
  ) throws(I.Failure) -> I.Meaning {
    try reading.pass(operands[0], at: site)
  }

  public func lower(_ operands: [[Axis]], result: [Axis], binding: Binding) throws -> Lowering {
    .kernel(try geometry.kernel(image: result, patches: operands[0], binding: binding, folding: true))
  }
}

extension Patches.Geometry {
  fileprivate func kernel(image: [Axis], patches: [Axis], binding: Binding, folding: Bool) throws -> any Kernel {
    var labels = Labels()
    // Rows of image and result have labels of their own, though they may be the same axis.
    var from = try binding.shape(image, labels: &labels)
    let to = try binding.shape(patches, labels: &labels)
    let shift = 1 << 20
    for (i, axis) in image.enumerated() where axis == rows || axis == columns { from.labels[i] += shift }
    let window = PatchWindow(
      rows: labels[rows] + shift, columns: labels[columns] + shift, toRows: labels[toRows],
      toColumns: labels[toColumns], windowRows: labels[windowRows], windowColumns: labels[windowColumns],
      stride: stride, padding: padding)
    return folding
      ? try FoldKernel(operand: to, result: from, window: window)
      : try PatchesKernel(operand: from, result: to, window: window)
  }
}

/// The windows of an image.
package func patches(_ x: Value, _ geometry: Patches.Geometry) -> Value { x.recorder.record(Patches(geometry), [x]) }

/// Windows added back into an image with these axes: the transpose of ``patches(_:_:)``.
package func fold(_ x: Value, _ geometry: Patches.Geometry, to axes: [Axis]) -> Value {
  x.recorder.record(Fold(geometry), [x], axes: axes)
}
