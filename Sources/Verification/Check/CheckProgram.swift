import Experiments
import Scaling
import TensorPrograms
import Training

/// What a check looks at: the forward pass of the trained program with the parts of each weight told apart
/// (``TensorPrograms/OwnParts``), and what of it is observed.
struct CheckProgram: Sendable {
  /// One tensor that is observed.
  struct Item: Sendable {
    enum Kind: Sendable { case value, weight, own, below, use }

    var id: ValueID
    /// The name of the value; of the weight whose part or use it is.
    var name: String
    var kind: Kind
    /// Whether all its entries are kept, for what seeds share: it has no growing axis.
    var keepsEntries: Bool
  }

  let program: Program
  let items: [Item]
  /// The weights that stand for initial weights, by the weight's name.
  let startWeights: [(weight: String, start: String)]
  /// The names of the values whose own scale matters (``TensorPrograms/Program/valuesOfGivenScale``), and of weights for
  /// whose first use that is so.
  let scaled: Set<String>
  let scaledUses: Set<String>
  /// The last value that bears a name and has axes: the network's output.
  let output: String?

  /// - Parameter known: the names that are predicted.
  init(_ trained: TrainingProgram, known: Set<String>, measuresWeights: Bool) {
    let forward = trained.stepped.forwardPass
    let found = forward.ownParts
    program = found.program
    let program = found.program
    func item(_ id: ValueID, _ name: String, _ kind: Item.Kind) -> Item {
      let axes = program[id].axes
      return Item(
        id: id, name: name, kind: kind,
        keepsEntries: kind != .weight && kind != .use && axes.allSatisfy(\.growth.isZero))
    }
    let named = program.namedValues.filter { !program[$0].axes.isEmpty && known.contains(program[$0].name) }
    let selected = program.selections.filter { known.contains($0.name) }
    let weights = measuresWeights ? program.weights.map(\.id).filter { known.contains(program[$0].name) } : []
    let parts = measuresWeights ? found.parts.filter { known.contains($0.weight) } : []
    var items = named.map { item($0, program[$0].name, .value) }
    items += selected.map { item($0.value, $0.name, .value) }
    items += weights.map { item($0, program[$0].name, .weight) }
    for part in parts {
      items += [
        item(part.own, part.weight, .own), item(part.start, part.weight, .below), item(part.value, part.weight, .use),
      ]
    }
    self.items = items
    startWeights = parts.map { ($0.weight, $0.startWeight) }
    // As the network itself has it: the parts are no use of a value.
    let given = forward.valuesOfGivenScale
    scaled = Set(
      given.map { forward[$0].name } + forward.selections.filter { given.contains($0.value) }.map(\.name))
    scaledUses = Set(
      forward.firstUses.filter { given.contains($0.value) }.map { forward[$0.weight].name })
    output = named.last.map { program[$0].name }
  }
}
