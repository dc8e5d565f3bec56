/// A forward pass in which the part of each weight is told apart from what came from below.
///
/// Where a weight W first meets data x, `y = use(W, x)`, stand beside it `start = use(W_0, x)`, with another weight in
/// place of W, and `own = y - start`. If W_0 is W at initialization, `own` is (W_t - W_0) x_t, and the change of `start`
/// is W_0 (x_t - x_0).
public struct OwnParts: Sendable {
  public let program: Program
  /// In the order of ``Program/firstUses``.
  public let parts: [Part]

  public struct Part: Sendable {
    /// The name of the weight.
    public var weight: String
    /// The name of the weight that stands for its initial value.
    public var startWeight: String
    /// What the use makes, what it would make of the initial weight, and the difference.
    public var value: ValueID
    public var start: ValueID
    public var own: ValueID
  }
}

extension Program {
  /// The forward pass with ``OwnParts`` of every weight that is trained and meets data.
  public var ownParts: OwnParts {
    let source = forwardPass
    let uses = source.firstUses
    var rewriter = ProgramRewriter(source, forwardOnly: true)
    var usesAt: [ValueID: [Int]] = [:]
    for (k, use) in uses.enumerated() {
      for id in [use.weight] + use.chain + [use.value] { usesAt[id, default: []].append(k) }
    }
    /// Of each use, what stands for the weight and its chain if the weight is the initial one.
    var twins = [[ValueID: ValueID]](repeating: [:], count: uses.count)
    var parts = [OwnParts.Part?](repeating: nil, count: uses.count)
    for i in source.forward {
      rewriter.keep(i)
      let (id, instruction) = (ValueID(i), source.instructions[i])
      for k in usesAt[id] ?? [] {
        let name = source[uses[k].weight].name
        if id == uses[k].weight {
          twins[k][id] = rewriter.insert(.standIn(for: instruction, named: "%\(name)/start"))
          continue
        }
        var copy = instruction
        copy.operands = instruction.operands.compactMap { twins[k][$0] ?? rewriter[$0] }
        copy.name = "%\(name)/start/\(i)"
        let twin = rewriter.insert(copy)
        twins[k][id] = twin
        if id == uses[k].value, let value = rewriter[id] {
          let own = rewriter.insert(.difference(value, twin, axes: instruction.axes, named: "%\(name)/own"))
          parts[k] = OwnParts.Part(weight: name, startWeight: "%\(name)/start", value: value, start: twin, own: own)
        }
      }
    }
    return OwnParts(program: rewriter.rewritten().checked(), parts: parts.compactMap { $0 })
  }
}
