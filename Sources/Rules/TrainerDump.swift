public import Foundation

/// What a trainer does at one width: each parameter with its start and what the optimizer is told.
///
/// A few lines of Python make it (``TrainerDump/script``).
public struct TrainerDump: Codable, Sendable, Equatable {
  public var width: Int
  public var parameters: [Parameter]
  /// Numbers of the forward pass, by the names that the program gives them; those left out are taken to be right.
  public var multipliers: [String: Double]?

  public struct Parameter: Codable, Sendable, Equatable {
    public var name: String
    public var shape: [Int]
    /// The standard deviation at the start; 0 if all entries are the same.
    public var std: Double?
    public var lr: Double?
    public var weightDecay: Double?
    public var eps: Double?

    enum CodingKeys: String, CodingKey {
      case name, shape, std, lr, eps
      case weightDecay = "weight_decay"
    }
  }

  /// Throws ``RulesError/unreadable(_:)``.
  public init(json data: Data) throws {
    do { self = try JSONDecoder().decode(TrainerDump.self, from: data) } catch {
      throw RulesError.unreadable("not a trainer's dump (see: widthwise lint --script)")
    }
    let numbers = parameters.flatMap { [$0.std, $0.lr, $0.weightDecay, $0.eps] }.compactMap(\.self)
    guard width >= 1, numbers.allSatisfy({ $0.isFinite && $0 >= 0 }),
      parameters.allSatisfy({ $0.shape.count <= 16 && $0.shape.allSatisfy { (0...1 << 40).contains($0) } })
    else { throw RulesError.unreadable("a trainer's dump with a width, size or number that cannot be") }
    guard Set(parameters.map(\.name)).count == parameters.count else {
      throw RulesError.unreadable("a trainer's dump that has a parameter twice")
    }
  }

  /// Python that writes a dump of a PyTorch trainer.
  public static let script = """
    import json


    def dump(model, optimizer, width, path, multipliers=None):
        "Right after the model is made, or after the schedule's first step, if that sets rates."
        names, rows = {id(p): n for n, p in model.named_parameters()}, []
        for group in optimizer.param_groups:
            for p in group["params"]:
                row = {"name": names[id(p)], "shape": list(p.shape)}
                row["std"] = p.detach().float().std(correction=0).item()
                for key in ("lr", "weight_decay", "eps"):
                    if key in group:
                        row[key] = float(group[key])
                rows.append(row)
        with open(path, "w") as file:
            json.dump({"width": width, "parameters": rows, "multipliers": multipliers or {}}, file)

    """
}
