public import Exact
public import TensorPrograms

/// The interpretation of a program as growth in width: axes and their growth, sign characters, how often and on what
/// each Gaussian weight was applied, and what made each component.
///
/// A driver walks the instructions, step after step of a run, supplies sources (weights, states) and the exponents
/// of run parameters, and may look at, or mend, each result's components before they are merged.
public final class Growth: Interpretation {
  /// The growth of each axis, by ``AxisID``; zero for a fixed axis.
  public let growth: [Exponent]
  public let axisNames: [String]
  public let sites: [Site]
  let forward: Range<Int>
  /// Which values depend on no data: they are made of weights and constants alone.
  let isConstant: [Bool]

  /// The scale of a weight, a state or an input that has growing axes; set by the driver.
  public var sources: [Int: Scale] = [:]
  /// The exponent of a run parameter with its form, and the unknown to blame, if it is one.
  public var exponentOfRunParameter: (RunParameter, inout FormTable) -> (power: Power, unknown: Int32?) = { _, _ in
    (.one, nil)
  }
  /// Where the scale of a value matters, whatever comes after: it settles the unknowns that the value depends on.
  var settles: [Bool] = []
  /// Values that are judged only where a number has multiplied them.
  var isDeferred: [Bool] = []
  /// Called with every result before its components are merged.
  public var inspect: ((inout [Component], Site) -> Void)?
  /// Called with the argument of every function without a degree, at the function's site.
  var inspectArgument: (([Component], Site) -> Void)?
  /// Whether a value without growing axes keeps its smaller parts, which a larger one covers: for predictions at
  /// finite width, where they may still show.
  public var keepsSmallParts = false
  /// Unknowns of which it is asked what each enters: parts alike in all but how they depend on these are kept apart.
  var toldApart: Set<Int32> = []
  /// Whether weight decay is taken to be absent: its own exponent follows from the others.
  public var leavesOutDecay = false
  /// For the sites at which a weight meets its operand, how the two are assumed to align; elsewhere, and without any,
  /// the calculus decides.
  public var alignments: [Int: Alignment] = [:]
  /// The step of the run, counted from 0.
  public var step = 0
  public private(set) var events: [Event] = []
  /// Counts changes of what is known about applications of Gaussian weights: results that rest on an older
  /// count may be out of date.
  public private(set) var applicationsVersion = 0

  /// What the verbs read beside their operands since this was emptied, so that whoever keeps a result knows when it may
  /// be out of date.
  var reads: Reads = []

  struct Reads: OptionSet {
    let rawValue: UInt8
    /// Exponents of what a run supplies.
    static let parameters = Reads(rawValue: 1)
    /// How Gaussian weights were applied, which later instructions may change.
    static let applications = Reads(rawValue: 2)
  }

  /// Axes along which only what data select is looked at just now.
  var fixed = AxisList()
  private let selectable: [Bool]
  let hasSelections: Bool

  var table = CharacterTable()
  /// The linear forms of components; without any unknown they are all 0.
  public var forms = FormTable()
  private var groups: [GroupKey: Int] = [:]
  private var generators: [Application: CharacterID] = [:]
  private var applications: [Application: Characters] = [:]

  private struct GroupKey: Hashable {
    var axes: AxisList
    var backward: Bool
  }

  private struct Application: Hashable {
    var weight: Int32
    var kept: AxisList
    var isSelected: Bool
  }

  public init(_ program: Program) {
    let numbered = ProgramAxes(program)
    sites = numbered.sites
    growth = numbered.axes.map { Exponent($0.growth) }
    axisNames = numbered.axes.map(\.name)
    let selected = Set(program.instructions.compactMap { $0.role.below?.name })
    selectable = numbered.axes.map { selected.contains($0.dimension.name) && !$0.growth.isZero }
    hasSelections = selectable.contains(true)
    forward = program.forward
    var constant = [Bool](repeating: false, count: program.instructions.count)
    for (i, instruction) in program.instructions.enumerated() {
      constant[i] = !instruction.role.isData && instruction.operands.allSatisfy { constant[$0.index] }
    }
    isConstant = constant
  }

  /// Starts with the characters, applications and events of another reading of the same program.
  public init(copying other: Growth) {
    (growth, axisNames, sites) = (other.growth, other.axisNames, other.sites)
    (forward, isConstant) = (other.forward, other.isConstant)
    (selectable, hasSelections) = (other.selectable, other.hasSelections)
    (table, groups, generators, applications) = (other.table, other.groups, other.generators, other.applications)
    (events, step, sources) = (other.events, other.step, other.sources)
    (forms, alignments, exponentOfRunParameter) = (other.forms, other.alignments, other.exponentOfRunParameter)
    applicationsVersion = other.applicationsVersion
  }

  /// Starts anew, with the same generators and sets of characters.
  public init(charactersOf other: Growth) {
    (growth, axisNames, sites) = (other.growth, other.axisNames, other.sites)
    (forward, isConstant) = (other.forward, other.isConstant)
    (selectable, hasSelections) = (other.selectable, other.hasSelections)
    (table, groups, generators) = (other.table, other.groups, other.generators)
  }

  /// The product of two powers of width.
  public func plus(_ a: Power, _ b: Power) -> Power {
    Power(exponent: a.exponent + b.exponent, form: sum(a.form, b.form), open: sum(a.open, b.open))
  }

  /// A power of a power of width.
  public func times(_ factor: Exponent, _ power: Power) -> Power {
    Power(
      exponent: factor * power.exponent, form: power.form == 0 ? 0 : forms.multiple(power.form, by: factor),
      open: power.open == 0 ? 0 : forms.multiple(power.open, by: factor))
  }

  private func sum(_ a: FormID, _ b: FormID) -> FormID { a == 0 && b == 0 ? 0 : forms.sum(a, b) }

  /// What a function without a degree can make of something: no more than 1.
  func atMostOne(_ power: Power) -> Power { power.exponent > 0 ? .one : power }

  /// Whether an axis grows, as the rule that is being read sees it.
  public func isGrowing(_ axis: AxisID) -> Bool { !growth[Int(axis)].isZero && !fixed.contains(axis) }

  /// Whether data select entries along a growing axis.
  func isSelectable(_ axis: AxisID) -> Bool { selectable[Int(axis)] && !fixed.contains(axis) }

  /// The set {g} of the generator g of a weight's randomness along the axes that are kept.
  func generator(_ kept: GaussianFactor, at site: Site) -> CharacterID {
    let application = Application(weight: kept.weight, kept: kept.own, isSelected: kept.isSelected)
    if let known = generators[application] { return known }
    let key = GroupKey(axes: kept.axes, backward: !forward.contains(site.index))
    let group: Int
    if let known = groups[key] {
      group = known
    } else {
      group = table.group()
      groups[key] = group
    }
    let made = table.generator(in: group)
    generators[application] = made
    return made
  }

  /// The generator, if the weight has been applied in this way.
  func knownGenerator(_ kept: GaussianFactor) -> CharacterID? {
    generators[Application(weight: kept.weight, kept: kept.own, isSelected: kept.isSelected)]
  }

  /// Notes that a weight was applied, keeping `kept`, to something with these characters along the axes `summed`.
  func note(kept: GaussianFactor, summed: GaussianFactor, cofactor: Characters) {
    let key = Application(weight: kept.weight, kept: kept.own, isSelected: kept.isSelected)
    var own = Characters()
    for i in 0..<summed.axes.count { own[summed.own[i]] = cofactor[summed.axes[i]] }
    let known = applications[key]
    let next = known.map { $0.combined(own) { self.table.hull($0, $1) } } ?? own
    if next != known {
      applications[key] = next
      applicationsVersion += 1
    }
  }

  /// What the weight was applied to, keeping `kept`: characters along the weight's own axes.
  func applied(_ kept: GaussianFactor) -> Characters? {
    applications[Application(weight: kept.weight, kept: kept.own, isSelected: kept.isSelected)]
  }

  func event(_ rule: Event.Rule, _ site: Site, axis: AxisID? = nil, cause: Int32) -> Int32 {
    events.append(Event(rule: rule, site: Int32(site.index), step: Int32(step), axis: axis ?? -1, cause: cause))
    return Int32(events.count - 1)
  }

  // MARK: - Values that are not computed

  public func source(at site: Site) -> Scale { sources[site.index] ?? .zero }
  public func data(at site: Site) -> Scale { one() }
  /// With a mean along every axis: an upper bound.
  public func constant(at site: Site) -> Scale { one() }
  public func one(at site: Site) -> Scale { one() }

  /// A value that is the same everywhere, of size 1.
  func one() -> Scale { Scale([Component(exponent: .zero, origin: .initial, characters: Characters())]) }

  /// The scale of a fresh weight: Gaussian or constant, with the given exponent of its standard deviation or size.
  func initialWeight(_ initializer: Initializer, at index: Int, exponent: Exponent, blame: Blame?) -> Scale {
    let site = sites[index]
    var component = Component(exponent: exponent, origin: .initial, characters: Characters(), blame: blame)
    switch initializer {
    case .zero: return .zero
    case .constant: break
    case .gaussian:
      let growing = AxisList(site.resultAxes.filter(isGrowing))
      if growing.count == 1 {
        component.characters[growing[0]] = generator(
          GaussianFactor(weight: Int32(index), axes: growing, own: growing), at: site)
      } else if growing.count > 1 {
        _ = component.gaussians.append(GaussianFactor(weight: Int32(index), axes: growing, own: growing))
      }
    }
    return Scale([component])
  }
}

/// A step of the calculus that changed an exponent: kept so that answers can be explained.
public struct Event: Sendable {
  public enum Rule: UInt8, Sendable {
    /// A Gaussian matrix met something: central limit, fresh randomness.
    case gaussianMatrix
    /// The correction of the Master Theorem: a matrix met what its transpose had made.
    case transposedReturn
    /// A sum without a mean: central limit.
    case centralLimit
    /// A sum with a mean: law of large numbers.
    case largeNumbers
    /// A product, a look-up, an addition, a multiplier: nothing was summed over a growing axis.
    case entry
  }
  public var rule: Rule
  public var site: Int32
  public var step: Int32
  /// The axis that was summed, -1 if none.
  public var axis: AxisID
  /// The event that made the operand that decided.
  public var cause: Int32
}
