public import TensorPrograms

extension DataSource {
  /// Batches for a program's inputs at a width.
  ///
  /// A table fills one real input `[batch, features...]` (row-major: pixels of `[batch, rows, columns, colors]`) and
  /// labels `[batch]`: classes, or for regression a second real input, `[batch, classes]` (one-hot) or `[batch]`
  /// (standardized); or the features alone, if there is no other input. A text fills tokens `[batch, sequence]` and,
  /// recorded after them, what comes next, `[batch, sequence]` or `[batch]`. Random data fill anything.
  ///
  /// - Parameter seed: decides which batch a fixed one is (0: the first rows), and the order of fresh ones.
  /// - Throws: ``DataError`` if the data do not fit, with both sizes and the option that mends it; ``ProgramError``
  ///   if a size does not exist at this width.
  public func batches(
    for program: Program, width: Int, sampling: Sampling = .fixed, seed: UInt64 = 0
  ) throws -> BatchSource {
    let slots = InputSlot.all(program)
    guard !slots.isEmpty else {
      throw inputs(program, slots, "record at least one input")
    }
    let roles: [InputRole] =
      switch contents {
      case .table(let table): try match(table, program, slots, width)
      case .text(let text): try match(text, program, slots, width)
      case .noise: slots.map { _ in .noise }
      }
    let plan = try zip(slots, roles).map { slot, role in
      let bound = try slot.below.map { try $0.size.value(at: width, of: $0.name) } ?? 0
      return (slot: slot.value, name: slot.name, role: role, sizes: try slot.sizes(at: width), bound: bound)
    }
    return BatchSource(data: self, plan: plan, sampling: sampling, seed: seed)
  }

  private func inputs(_ program: Program, _ slots: [InputSlot], _ remedy: String) -> DataError {
    .inputs(
      program: program.name,
      inputs: slots.isEmpty ? "no input" : slots.map(\.text).joined(separator: " and "),
      data: "\"\(name)\"", remedy: remedy)
  }

  private func match(
    _ table: DataTable, _ program: Program, _ slots: [InputSlot], _ width: Int
  ) throws -> [InputRole] {
    let other = "give --data shakespeare or a text for tokens, or --data random for inputs of any shape"
    guard slots.count <= 2, let x = slots.first(where: { $0.below == nil }), let batch = x.axes.first else {
      throw inputs(program, slots, other)
    }
    let sizes = try x.sizes(at: width)
    if table.rowCount < sizes[0] {
      throw DataError.tooFewRows(
        data: name, rows: table.rowCount, batch: sizes[0], dimension: batch.dimension.name)
    }
    let count = sizes.dropFirst().reduce(1, *)
    if count != table.featureCount {
      let axes = Array(x.axes.dropFirst())
      let isImage = axes.count == 3 && sizes[3] == 1
      let side = isImage ? DataSource.side(table.featureCount) : nil
      throw DataError.mismatch(
        data: name, have: "\(table.featureCount) features", program: program.name,
        wants: "\(count) (\(axes.map(\.name).joined(separator: " x ")) of input \(x.name))",
        remedy: axes.count == 1
          ? remedy(axes, to: ["\(table.featureCount)"])
          : side.map { remedy(axes, to: ["\($0)", "\($0)"]) }
            ?? "make the product of these dimensions \(table.featureCount)")
    }
    guard let y = slots.first(where: { $0.value != x.value }) else { return [.features] }
    guard y.axes.first == batch else { throw inputs(program, slots, other) }
    if let below = y.below {
      guard y.axes.count == 1 else { throw inputs(program, slots, other) }
      try check(table.classes.count, "classes", program, below, width, exactly: true)
      return slots.map { $0.below == nil ? .features : .classes }
    }
    guard y.axes.count <= 2 else { throw inputs(program, slots, other) }
    let outputs = try y.sizes(at: width).dropFirst().first ?? 1
    if outputs > 1 {
      try check(table.classes.count, "classes", program, y.axes[1].dimension, width, exactly: true)
    }
    return slots.map { $0.value == x.value ? .features : outputs > 1 ? .oneHot : .target }
  }

  private func match(_ text: DataText, _ program: Program, _ slots: [InputSlot], _ width: Int) throws
    -> [InputRole]
  {
    let other =
      "a text fills tokens [batch, sequence] and next tokens [batch, sequence] or [batch]; "
      + "give --data digits or a table (.csv) for real inputs, or --data random for inputs of any shape"
    guard InputSlot.areText(slots) else { throw inputs(program, slots, other) }
    let sequence = try slots[0].sizes(at: width)[1]
    guard text.tokens.count > sequence else {
      throw DataError.textTooShort(
        file: name, characters: text.tokens.count, sequence: sequence,
        dimension: slots[0].axes[1].dimension.name)
    }
    for slot in slots {
      if let below = slot.below {
        try check(text.vocabulary.count, "different characters", program, below, width, exactly: false)
      }
    }
    return slots.enumerated().map { index, slot in
      index == 0 ? .tokens : slot.axes.count == 2 ? .next : .last(sequence: sequence)
    }
  }

  private func check(
    _ have: Int, _ what: String, _ program: Program, _ dimension: Dimension, _ width: Int, exactly: Bool
  ) throws {
    let size = try dimension.size.value(at: width, of: dimension.name)
    guard exactly ? have == size : have <= size else {
      throw DataError.mismatch(
        data: name, have: "\(have) \(what)", program: program.name,
        wants: "\(size) (dimension \(dimension.name))",
        remedy: remedy([Axis(dimension)], to: ["\(have)"]))
    }
  }
}
