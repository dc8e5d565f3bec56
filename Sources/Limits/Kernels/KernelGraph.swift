import Exact
import TensorPrograms

/// A value of a program in the limit: what its entries are along growing axes, as random variables.
enum LimitNode {
  // MARK: - Not random
  case number(Double)
  /// Numbers of a batch, by the input's instruction.
  case data(Int)
  /// 1 where two axes have the same index, else 0: the cotangents that pick each entry of an output.
  case identity(AxisID, AxisID)
  /// An instruction of operands that are not random, by its own kernel.
  case computed(Int, [Int])
  /// The mean of a product over what is random: what a sum over growing axes comes to, by the law of large numbers.
  case expectation([Int])

  // MARK: - Random
  /// A matrix of independent standard normal entries, contracted with a value along some of its axes. Along the others
  /// its entries are independent and Gaussian given the covariances of the operand. Of no operand, the entries
  /// themselves.
  case gaussian(GaussianMatrix, operand: Int?)
  /// A function of a Gaussian value, or of numbers.
  case function(EntryFunction, Int)
  case product([Int])
  /// Each times a number. Of none, zero.
  case sum([(coefficient: Double, node: Int)])
  /// A linear instruction along fixed axes, with its operands after the first.
  case linear(Int, Int, data: [Int])
  /// A sum over fixed axes.
  case total(Int, over: [AxisID])
  case renamed(Int, from: AxisID, to: AxisID)
  /// A sum over growing axes without a mean: a random number, the same along all growing axes.
  case fluctuation(reason: String)
}

/// How a weight meets something: which weight, under which names of its axes, and which of these are contracted.
struct GaussianMatrix: Hashable {
  var weight: Int
  /// The names here of the weight's axes, in its order.
  var axes: [AxisID]
  var isContracted: [Bool]

  var free: [AxisID] { zip(axes, isContracted).filter { !$0.1 }.map(\.0) }
  var contracted: [AxisID] { zip(axes, isContracted).filter(\.1).map(\.0) }
}

/// The values of a program in the limit, made one after the other; those that are the same everywhere are shared.
struct KernelGraph {
  struct Entry {
    var node: LimitNode
    /// Those of the value, and hidden ones of examples.
    var axes: [AxisID]
    /// The value is n to this power times what the node says.
    var power: Rational
    var isRandom: Bool
    /// Whether it is zero, whatever the data.
    var isZero: Bool
    /// The instruction that it was made for.
    var site: Int
    /// What its randomness is: weights, how they are applied, and along which growing axes.
    var generators: Set<Generator>
  }

  /// The randomness of a weight that is applied in one way, along growing axes.
  struct Generator: Hashable {
    var weight: Int
    var isContracted: [Bool]
    /// By the weight's free axes; of fixed ones -1.
    var axes: [AxisID]
  }

  private(set) var entries: [Entry] = []
  /// By axis, whether it grows.
  private(set) var grows: [Bool]
  /// The instruction that nodes are made for.
  var site = 0

  init(grows: [Bool]) { self.grows = grows }

  /// Adds a fixed axis.
  mutating func addAxis() { grows.append(false) }

  subscript(id: Int) -> Entry { entries[id] }

  mutating func append(_ node: LimitNode, axes: [AxisID], power: Rational) -> Int {
    var entry = Entry(node: node, axes: axes, power: power, isRandom: false, isZero: false, site: site, generators: [])
    switch node {
    case .number(let value): entry.isZero = value == 0
    case .data, .identity, .computed, .expectation: break
    case .gaussian(let matrix, let operand):
      entry.isRandom = true
      entry.generators = [
        Generator(
          weight: matrix.weight, isContracted: matrix.isContracted, axes: matrix.free.map { grows[Int($0)] ? $0 : -1 })
      ]
      entry.isZero = operand.map { entries[$0].isZero } ?? false
    case .function(_, let x), .linear(_, let x, _), .total(let x, _):
      (entry.isRandom, entry.generators) = (entries[x].isRandom, entries[x].generators)
      if case .function = node {} else { entry.isZero = entries[x].isZero }
    case .renamed(let x, let from, let to):
      (entry.isRandom, entry.isZero) = (entries[x].isRandom, entries[x].isZero)
      entry.generators = Set(
        entries[x].generators.map { g in
          Generator(weight: g.weight, isContracted: g.isContracted, axes: g.axes.map { $0 == from ? to : $0 })
        })
    case .product(let factors):
      entry.isRandom = factors.contains { entries[$0].isRandom }
      entry.isZero = factors.contains { entries[$0].isZero }
      for factor in factors { entry.generators.formUnion(entries[factor].generators) }
    case .sum(let terms):
      entry.isRandom = terms.contains { entries[$0.node].isRandom }
      entry.isZero = terms.allSatisfy { $0.coefficient == 0 || entries[$0.node].isZero }
      for term in terms { entry.generators.formUnion(entries[term.node].generators) }
    case .fluctuation: entry.isRandom = true
    }
    entries.append(entry)
    return entries.count - 1
  }

  /// Whether a value is Gaussian, jointly with all others that are: linear in Gaussian values.
  func isGaussian(_ id: Int) -> Bool {
    let entry = entries[id]
    if !entry.isRandom { return true }
    switch entry.node {
    case .gaussian: return true
    case .sum(let terms): return terms.allSatisfy { isGaussian($0.node) }
    case .linear(_, let x, _), .total(let x, _), .renamed(let x, _, _): return isGaussian(x)
    case .product(let factors):
      return factors.count { entries[$0].isRandom } == 1 && factors.allSatisfy(isGaussian)
    case .number, .data, .identity, .computed, .expectation, .function, .fluctuation: return false
    }
  }

  /// Fixed axes along which the entries are independent copies of one another.
  func independentAxes(_ id: Int) -> Set<AxisID> {
    switch entries[id].node {
    case .gaussian(let matrix, let operand):
      let shared = operand.map { Set(entries[$0].axes) } ?? []
      return Set(matrix.free.filter { !grows[Int($0)] && !shared.contains($0) })
    case .function(_, let x), .total(let x, _): return independentAxes(x)
    case .renamed(let x, let from, let to): return Set(independentAxes(x).map { $0 == from ? to : $0 })
    case .sum(let terms):
      guard let first = terms.first else { return [] }
      return terms.dropFirst().reduce(independentAxes(first.node)) { $0.intersection(independentAxes($1.node)) }
    case .product(let factors):
      let random = factors.filter { entries[$0].isRandom }
      guard let first = random.first else { return [] }
      let common = random.dropFirst().reduce(independentAxes(first)) { $0.intersection(independentAxes($1)) }
      return common.filter { axis in
        factors.allSatisfy { entries[$0].isRandom || !entries[$0].axes.contains(axis) || isConstant($0) }
      }
    case .number, .data, .identity, .computed, .expectation, .linear, .fluctuation: return []
    }
  }

  private func isConstant(_ id: Int) -> Bool { if case .number = entries[id].node { true } else { false } }

  /// The factor and the node of a sum of one term.
  func coefficient(_ id: Int) -> (Double, Int) {
    if case .sum(let terms) = entries[id].node, terms.count == 1, entries[terms[0].node].axes == entries[id].axes {
      let (inner, node) = coefficient(terms[0].node)
      return (terms[0].coefficient * inner, node)
    }
    return (1, id)
  }
}
