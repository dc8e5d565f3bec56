/// What a file of `torch.export` says: the operations in order, sizes, and which tensors are parameters.
struct ExportedGraph {
  let file: String
  var nodes: [Node] = []
  /// By the tensor's name.
  var tensors: [String: TensorFacts] = [:]
  var inputs: [Source] = []
  var outputs: [String] = []

  struct Node {
    /// `aten.linear`, without what tells overloads apart.
    var operation: String
    /// `Tensor`, `default`.
    var overload: String
    var arguments: [(name: String, value: Argument)]
    /// The names of the tensors that it makes; a list of tensors counts as several.
    var results: [String]
    /// The name of the number that it makes, if it makes one.
    var number: String?
    var place: Place
  }

  /// What is given to an operation.
  indirect enum Argument {
    case nothing
    case tensor(String)
    case list([Argument])
    case int(Int)
    /// A whole number that another operation made.
    case symbol(String)
    case float(Double)
    case bool(Bool)
    case text(String)
    /// A type, layout or device.
    case other
  }

  struct TensorFacts: Equatable {
    var sizes: [Int]
    var kind: Kind
    var isTrained: Bool

    enum Kind: Equatable { case real, whole, truth, complex }
  }

  /// What a graph starts from.
  struct Source {
    var name: String
    var kind: Kind
    enum Kind: Equatable {
      case parameter(String)
      /// A buffer or a constant, by its name.
      case buffer(String)
      case user
    }
  }
}
