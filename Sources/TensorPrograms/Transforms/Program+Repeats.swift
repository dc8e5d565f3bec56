/// A stretch of a forward pass in which the same instructions come again and again: the blocks of a deep network.
///
/// Instruction i + period repeats instruction i for `start <= i < end - period`: the same primitive and axes, and
/// operands that are the same value before the stretch, or as far back.
public struct Repeats: Sendable, Hashable {
  public var start: Int
  public var end: Int
  public var period: Int
  public var count: Int { (end - start) / period }
}

/// A deep program with most of its repeated blocks left out.
public struct FoldedProgram: Sendable {
  /// Instructions that were kept have the names that they had.
  public let program: Program
  fileprivate let representatives: [ValueID]

  /// The instruction of the folded program that stands for one of the whole program's forward pass.
  public func representative(of id: ValueID) -> ValueID { representatives[id.index] }
}

extension Program {
  /// The repeated stretches of the forward pass of at least `least` periods, in order.
  public func repeats(atLeast least: Int) -> [Repeats] {
    let prints = fingerprints()
    var found: [Repeats] = []
    search(forward, prints, least, &found)
    return found.sorted { $0.start < $1.start }
  }

  /// The program with `keeping` periods of each repeated stretch; nil if nothing can be left out.
  ///
  /// Periods are taken from the middle of each stretch, so that its first and last blocks are seen as they are.
  public func folded(keeping: Int) -> FoldedProgram? {
    var cuts: [(range: Range<Int>, period: Int)] = []
    for stretch in repeats(atLeast: 2 * keeping) {
      let from = stretch.start + (keeping / 2) * stretch.period
      let range = from..<from + (stretch.count - keeping) * stretch.period
      if isSelfContained(stretch, without: range) { cuts.append((range, stretch.period)) }
    }
    if cuts.isEmpty { return nil }
    var rewriter = ProgramRewriter(self, forwardOnly: true)
    var (start, next) = (forward.lowerBound, cuts.makeIterator())
    while let cut = next.next() {
      for i in start..<cut.range.lowerBound { rewriter.keep(i) }
      // What is left out is what came a period before it, and that in the end is the last period kept.
      for i in cut.range { rewriter[ValueID(i)] = rewriter[ValueID(i - cut.period)] }
      start = cut.range.upperBound
    }
    for i in start..<forward.upperBound { rewriter.keep(i) }
    return FoldedProgram(
      program: rewriter.rewritten().checked(), representatives: forward.compactMap { rewriter[ValueID($0)] })
  }

  /// A number for each instruction, equal where primitive and axes are.
  private func fingerprints() -> [Int32] {
    var known: [String: Int32] = [:]
    var axesKnown: [[Axis]: Int32] = [:]
    return forward.map { i in
      let instruction = instructions[i]
      let axes = axesKnown[instruction.axes] ?? Int32(axesKnown.count)
      axesKnown[instruction.axes] = axes
      var text = "\(axes) \(instruction.primitive.word) \(instruction.operands.count)"
      if case .multiplier? = instruction.primitive.runParameter, let factor = instruction.role.factor {
        text += " multiplier \(factor.description)"
      } else {
        for attribute in instruction.primitive.attributes { text += " \(attribute.key) \(attribute.text)" }
      }
      let number = known[text] ?? Int32(known.count)
      known[text] = number
      return number
    }
  }

  private func search(_ range: Range<Int>, _ prints: [Int32], _ least: Int, _ found: inout [Repeats]) {
    guard range.count >= 2 * least else { return }
    let middle = range.lowerBound + range.count / 2
    guard let stretch = stretch(around: middle, in: range, prints), stretch.count >= least else {
      // Nothing repeats around the middle; perhaps before or after it.
      search(range.lowerBound..<middle, prints, least, &found)
      search(middle..<range.upperBound, prints, least, &found)
      return
    }
    found.append(stretch)
    search(range.lowerBound..<stretch.start, prints, least, &found)
    search(stretch.end..<range.upperBound, prints, least, &found)
  }

  private func stretch(around middle: Int, in range: Range<Int>, _ prints: [Int32]) -> Repeats? {
    let lengths = Program.matchLengths(prints[middle..<range.upperBound])
    var best: (reach: Int, period: Int)?
    for (period, length) in lengths.enumerated().dropFirst() where length >= period {
      if best.map({ period + length > $0.reach }) ?? true { best = (period + length, period) }
    }
    guard let period = best?.period else { return nil }
    func repeated(_ i: Int) -> Bool {
      guard prints[i] == prints[i + period] else { return false }
      return zip(instructions[i].operands, instructions[i + period].operands).allSatisfy {
        $1.index == $0.index + period || $1 == $0
      }
    }
    var start = middle
    while start > range.lowerBound, repeated(start - 1) { start -= 1 }
    var end = middle
    while end + period < range.upperBound, repeated(end) { end += 1 }
    // A value that all blocks share must come before them.
    for i in start..<end {
      for (a, b) in zip(instructions[i].operands, instructions[i + period].operands) where a == b && a.index >= start {
        start = max(start, min(a.index + 1, end))
      }
    }
    return end > start ? Repeats(start: start, end: end + period, period: period) : nil
  }

  /// Whether what follows the periods left out needs nothing of them but what the one before them offers too.
  private func isSelfContained(_ stretch: Repeats, without range: Range<Int>) -> Bool {
    for i in range.upperBound..<forward.upperBound {
      for operand in instructions[i].operands
      where operand.index >= stretch.start && operand.index < range.upperBound {
        // Inside the stretch: one period back. After it: nothing.
        if i >= stretch.end || operand.index < range.upperBound - stretch.period { return false }
      }
    }
    return loss.map { !range.contains($0.index) } ?? true
  }

  /// For each k, how many elements from k on equal those from the beginning (the Z-function; Gusfield 1997, 1.4).
  private static func matchLengths(_ text: ArraySlice<Int32>) -> [Int] {
    let text = Array(text)
    var lengths = [Int](repeating: 0, count: text.count)
    var (left, right) = (0, 0)
    for k in text.indices.dropFirst() {
      var length = k < right ? min(right - k, lengths[k - left]) : 0
      while k + length < text.count, text[length] == text[k + length] { length += 1 }
      lengths[k] = length
      if k + length > right { (left, right) = (k, k + length) }
    }
    return lengths
  }
}
