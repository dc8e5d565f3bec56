/// The ways of the weights through a forward pass: what each becomes on the way, and where it meets what.
///
/// Found in one pass over the program, from the roles of its primitives. Whoever asks where a weight is used asks this:
/// optimizers for its uses, the gauge for its fans, the measurement of alignment for its contractions, the classification
/// for what is a weight and what is a feature. They differ in what they let pass for the weight, as said at
/// ``Image/isCopy``.
public struct WeightWays: Sendable {
  /// A value that stands for a weight: it has all of its axes, and is made of weights alone.
  struct Image: Sendable {
    var weight: ValueID
    /// The weight's axes, in its order, under their names here.
    var axes: [Axis]
    /// Whether its entries are the weight's, each at its place, under whatever name and factor. Else it is made of the
    /// weight by other operations too, such as the weight divided by its norm.
    var isCopy: Bool
  }

  /// A place where a weight, or what stands for it, goes into more than a passage.
  public struct Meeting: Sendable {
    public var weight: ValueID
    /// The operand that stands for the weight.
    public var factor: ValueID
    /// What is made there.
    public var value: ValueID
    /// The other operands.
    public var others: [ValueID]
    /// The weight's axes, in its order, under their names there.
    public var axes: [Axis]
    /// Those of `axes` that the result does not have: summed away, or looked up along.
    public var summed: [Axis]
    /// The same under the weight's own names.
    public var columns: [Axis]
    /// Whether the factor is the weight under another name or times a number.
    public var isCopy: Bool
  }

  /// In recorded order. A weight that is met by a value made of it and by its copy at one place is met twice there.
  public private(set) var meetings: [Meeting] = []
  /// By value of the forward pass, what weights it stands for.
  private var images: [[Image]]
  private let forward: Program
  /// By value of the forward pass, whether it is made of weights and of the number 1 alone. Tensors that a formula gives
  /// count as data: they bring a structure of their own.
  private(set) var isMadeOfWeights: [Bool]
  /// By value of the forward pass, whether training changes it: a weight that is not frozen, or made of one.
  public private(set) var isTrained: [Bool]

  init(_ program: Program) {
    forward = program
    let count = program.forward.count
    images = [[Image]](repeating: [], count: count)
    isMadeOfWeights = [Bool](repeating: false, count: count)
    isTrained = isMadeOfWeights
    for i in program.forward {
      let instruction = program.instructions[i]
      let (role, operands) = (instruction.role, instruction.operands)
      isMadeOfWeights[i] =
        operands.isEmpty ? role.isWeight || role.isOne : operands.allSatisfy { isMadeOfWeights[$0.index] }
      isTrained[i] = role.isTrainedWeight || operands.contains { isTrained[$0.index] }
      if role.isWeight {
        images[i] = [Image(weight: ValueID(i), axes: instruction.axes, isCopy: true)]
      } else if let passage = role.passage {
        images[i] = images[operands[0].index].map {
          Image(weight: $0.weight, axes: passage.axes($0.axes), isCopy: $0.isCopy)
        }
      } else {
        meet(i)
      }
    }
  }

  /// Notes which weights an instruction meets, each by the first operand that stands for it, and by the first copy.
  private mutating func meet(_ i: Int) {
    let instruction = forward.instructions[i]
    var (met, metByCopy): ([ValueID], [ValueID]) = ([], [])
    for operand in instruction.operands {
      for image in images[operand.index] {
        let isFirst = !met.contains(image.weight)
        if isFirst { met.append(image.weight) }
        let isFirstCopy = image.isCopy && !metByCopy.contains(image.weight)
        if isFirstCopy { metByCopy.append(image.weight) }
        guard isFirst || isFirstCopy else { continue }
        let kept = image.axes.map(instruction.axes.contains)
        meetings.append(
          Meeting(
            weight: image.weight, factor: operand, value: ValueID(i),
            others: instruction.operands.filter { $0 != operand }, axes: image.axes,
            summed: zip(image.axes, kept).filter { !$0.1 }.map(\.0),
            columns: zip(forward[image.weight].axes, kept).filter { !$0.1 }.map(\.0), isCopy: image.isCopy))
        if isFirst, isMadeOfWeights[i], kept.allSatisfy({ $0 }) {
          images[i].append(Image(weight: image.weight, axes: image.axes, isCopy: false))
        }
      }
    }
  }

  /// Whether a value is a weight, under whatever name and factor.
  public func isCopy(_ id: ValueID) -> Bool { images[id.index].contains(where: \.isCopy) }

  /// Where the weights themselves are used, under whatever name and factor: what optimizers see of the network, by
  /// weight and in recorded order. Of a weight that is normalized before it meets data, the normalization.
  var uses: [ValueID: [Meeting]] { Dictionary(grouping: meetings.filter(\.isCopy), by: \.weight) }

  /// Where one weight is contracted with one other value, which is no weight under another name, in recorded order. It may
  /// be made of weights, and nothing need be summed.
  public var contractions: [Meeting] {
    meetings.filter {
      $0.isCopy && forward[$0.value].role.isContraction && forward[$0.value].operands.count == 2
        && $0.others.count == 1 && !isCopy($0.others[0])
    }
  }

  /// Where a weight first meets data, itself or by what is made of it and of other weights; nil if it never does.
  public func firstMeetingWithData(of weight: ValueID) -> Meeting? {
    meetings.first { $0.weight == weight && !isMadeOfWeights[$0.value.index] }
  }
}

extension Program {
  /// The ways of its weights through its forward pass.
  public var weightWays: WeightWays { WeightWays(self) }
}
