public import TensorPrograms

/// A PyTorch model as a recorded program, from two files of `torch.export` at two widths.
///
///     let model = try TorchModel(small: "gpt64.pt2", large: "gpt128.pt2")
///     let rules = try model.program.maximalUpdate(optimizer: .adam)
///
/// Which dimensions grow, and how, is what differs between the files. Names of weights are the model's parameters; a
/// parameter whose rows have different roles (queries, keys and values in one matrix of unequal parts) becomes several,
/// `NAME/0`, `NAME/1`.
public struct TorchModel: Sendable {
  public let program: Program
  public let report: TorchImportReport

  /// How the loss is made where the model does not have one.
  public enum Loss: String, Sendable, CaseIterable {
    /// The first output itself, if it is one number; else the cross-entropy over its last dimension if that has a fixed
    /// size above 1, else the squared error.
    case automatic
    case output
    case crossEntropy = "cross-entropy"
    case squaredError = "squared-error"
    /// The mean of the first output.
    case mean
  }

  /// `zero`: parameters that start at zero, by name with `*` (the second factor of a low-rank update, for one): a file
  /// without weights cannot tell.
  ///
  /// Throws: ``TorchImportError``, or a ``ProgramError`` that the program itself has.
  public init(
    small: String, large: String, loss: Loss = .automatic, zero: [String] = [], name: String? = nil
  ) throws {
    let pair = try ModelPair(ExportedGraph(contentsOf: small), ExportedGraph(contentsOf: large))
    self = try Translation(pair, loss: loss, zero: zero).model(named: name ?? TorchModel.name(of: small))
  }

  init(program: Program, report: TorchImportReport) { (self.program, self.report) = (program, report) }

  /// The file's name without its ending and the width at its end: `gpt` of `models/gpt64.pt2`.
  static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let stem = file.hasSuffix(".pt2") ? String(file.dropLast(4)) : file
    let short = stem.reversed().drop { $0.isNumber || "-_.".contains($0) }.reversed()
    return short.isEmpty ? "model" : String(short)
  }
}

/// What grew between the two files and what did not, and what a translation had to decide.
public struct TorchImportReport: Sendable {
  public struct Line: Sendable, Hashable {
    public var dimension: String
    public var small: Int
    public var large: Int
    /// As a function of n: `4n`.
    public var size: String
    /// Whether the larger model's size is that function exactly.
    public var isExact: Bool
    /// The parameters that have it.
    public var parameters: [String]
  }

  /// A number that changes with the width and is a free multiplier of the program.
  public struct Scaling: Sendable, Hashable {
    public var name: String
    public var small: Double
    public var large: Double
    /// What the model has: `d16^(-1/2)`.
    public var power: String
  }

  /// The width n of the smaller model: the base width.
  public var base: Int
  public var dimensions: [Line]
  public var scalings: [Scaling]
  /// The weights that a parameter became, where it is not one of its own name.
  public var split: [String: [String]]
  /// Parameters that no operation uses: the second name of a tied weight, or one that is left over.
  public var unused: [String]
  /// What neither weights nor data decide, and is an input of the program: numbers of size 1.
  public var constants: [String]
  public var notes: [String]
}
