extension DataText: DataSource {
  public var contents: String { "\(tokens.count) characters, \(vocabulary.count) different ones" }
  public var options: [String: String] { ["vocabulary": "\(vocabulary.count)"] }
  public var rowCount: Int? { nil }

  /// Tokens `[batch, sequence]` and, recorded after them, what comes next, `[batch, sequence]` or `[batch]`.
  public func fit(_ inputs: ProgramInputs) throws -> any BatchMaker {
    let slots = inputs.slots
    guard InputSlot.areText(slots) else {
      throw inputs.refused(
        by: name,
        "a text fills tokens [batch, sequence] and next tokens [batch, sequence] or [batch]; "
          + "give --data digits or a table (.csv) for real inputs, or --data random for inputs of any shape")
    }
    let sequence = try slots[0].sizes(at: inputs.width)[1]
    guard tokens.count > sequence else {
      throw DataError.textTooShort(
        file: name, characters: tokens.count, sequence: sequence, dimension: slots[0].axes[1].dimension.name)
    }
    for slot in slots {
      if let below = slot.below {
        try inputs.check(vocabulary.count, "different characters", of: name, below, exactly: false)
      }
    }
    let windows = slots.enumerated().map { index, slot in
      index == 0 ? 0..<sequence : slot.axes.count == 2 ? 1..<sequence + 1 : sequence..<sequence + 1
    }
    return TextBatches(text: self, sequence: sequence, windows: windows)
  }

  /// Holds out the end of the text. Each part has windows of its own, so that none lies in both.
  public func parts(
    holdingOut fraction: Double, seed: UInt64
  ) throws -> (training: any DataSource, heldOut: any DataSource) {
    let end = tokens.count - (try heldOut(fraction, of: tokens.count, "characters"))
    return (
      DataText(self, characters: 0..<end, name: name),
      DataText(self, characters: end..<tokens.count, name: heldOutName)
    )
  }

  /// A part of a text, with the vocabulary of the whole.
  private init(_ text: DataText, characters: Range<Int>, name: String) {
    (self.name, tokens, vocabulary) = (name, Array(text.tokens[characters]), text.vocabulary)
    fingerprint = "\(text.fingerprint), characters \(characters)"
  }
}

/// Batches of windows.
private struct TextBatches: BatchMaker {
  let text: DataText
  let sequence: Int
  /// The characters that go into each input, counted from the start of an example.
  let windows: [Range<Int>]

  func examples(_ draw: BatchDraw) -> [Int] {
    let (places, count) = (text.tokens.count - sequence, draw.count)
    if draw.sampling.isOneBatch {
      let shift = Int(draw.seed % 1_000_003) * sequence
      return (0..<count).map { (places * $0 / count + shift) % places }
    }
    var generator = SplitMix(draw.seed, UInt64(draw.step), 0)
    return (0..<count).map { _ in generator.below(places) }
  }

  func entries(of starts: [Int], _ draw: BatchDraw) -> [InputValues.Contents] {
    windows.map { window in .indices(starts.flatMap { start in window.map { Int32(text.tokens[start + $0]) } }) }
  }
}
