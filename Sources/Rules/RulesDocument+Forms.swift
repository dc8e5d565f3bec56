import Exact
import Foundation
import TensorPrograms

/// A form in which trainers take rules.
public enum RulesForm: String, Sendable, CaseIterable {
  /// The rules file.
  case json
  /// Python that makes PyTorch's parameter groups and starts its weights.
  case paramGroups = "param-groups"
  /// torchtitan's `param_groups`: patterns with multipliers of rate and decay, at one width.
  case torchtitan
  /// Python that scales the updates of an optax optimizer.
  case optax
  /// The practitioner's table.
  case markdown
  case latex
}

extension RulesDocument {
  /// The rules in a form; those that are for one width are for `width`.
  ///
  /// Throws ``RulesError``.
  public func text(as form: RulesForm, at width: Int) throws -> String {
    switch form {
    case .json: json + "\n"
    case .paramGroups: try paramGroups()
    case .torchtitan: try torchtitan(at: width)
    case .optax: try optax()
    case .markdown: table(RulesTable.markdown)
    case .latex: table(RulesTable.latex)
    }
  }

  private var title: String {
    "Rules of \(program) for \(optimizer), \(gauge) gauge; base width \(base); network \(architecture)."
  }

  private func python(_ powers: Powers) -> String {
    "\(powers["n", default: 0])".replacingOccurrences(of: "/", with: " / ")
  }

  private func rows(_ form: String) throws -> String {
    try parameters(for: form).map { weight in
      let start = weight.initializer == "gaussian" ? "\(weight.initialAtBase)" : "None"
      let epsilon = weight.epsilon.first.map(python) ?? "0"
      return "    \"\(weight.parameter)\": (\(start), \(python(weight.initial)), "
        + (weight.trained ? python(weight.rate) : "None")
        + ", \(python(weight.decayTimesRate)), \(epsilon)),"
    }.joined(separator: "\n")
  }

  private var multiplierRows: String {
    multipliers.map { "    \"\($0.name)\": (\($0.atBase), \(python($0.power)))," }.joined(separator: "\n")
  }

  /// What both Python forms begin with.
  private func head(_ form: String, _ imports: String) throws -> String {
    """
    \"""\(title)\"""

    \(imports)

    BASE = \(base)

    # parameter: standard deviation at the base width (None: leave it), and exponents of n / BASE for it, for the rate
    # (None: not trained), for weight decay that is multiplied with the rate, for epsilon
    RULES = {
    \(try rows(form))
    }

    # number in the forward pass: value at the base width, exponent
    MULTIPLIERS = {
    \(multiplierRows)
    }


    def multiplier(name, width):
        "A number that the forward pass needs, such as an attention scale."
        value, power = MULTIPLIERS[name]
        return value * (width / BASE) ** power
    """
  }

  private func paramGroups() throws -> String {
    try head("param-groups", "import torch") + """



      def plain(name):
          "A parameter's name without what wrappers put before it."
          for wrapper in ("_orig_mod.", "module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."):
              name = name.replace(wrapper, "")
          return name


      def rule(name):
          if plain(name) not in RULES:
              raise KeyError(f"no rule for {name}; these rules are of another network")
          return RULES[plain(name)]


      def param_groups(model, lr, width, weight_decay=0.0, eps=1e-8):
          "Parameters of one rule in one group. lr_scale, for schedules that set an absolute rate: lr = schedule * lr_scale."
          groups, ratio = {}, width / BASE
          for name, parameter in model.named_parameters():
              _, _, rate, decay, epsilon = rule(name)
              if rate is None or not parameter.requires_grad:
                  continue
              scale = ratio ** rate
              group = groups.setdefault((rate, decay, epsilon), {
                  "params": [], "names": [], "lr": lr * scale, "lr_scale": scale,
                  "weight_decay": weight_decay * ratio ** decay, "eps": eps * ratio ** epsilon})
              group["params"].append(parameter)
              group["names"].append(plain(name))
          return list(groups.values())


      @torch.no_grad()
      def initialize_(model, width):
          "Gaussian weights anew; gains, biases and what starts at zero stay as they are."
          for name, parameter in model.named_parameters():
              deviation, power, *_ = rule(name)
              if deviation is not None:
                  parameter.normal_(0.0, deviation * (width / BASE) ** power)

      """
  }

  private func optax() throws -> String {
    try head("optax", "import jax\nimport optax") + """



      def name_of(path):
          "The parameter's name: the keys to it, joined by dots."
          return ".".join(str(getattr(k, "key", getattr(k, "name", getattr(k, "idx", k)))) for k in path)


      def scale_by_width(width):
          "Times each parameter's own rate; put it after the optimizer: optax.chain(optax.adam(lr), scale_by_width(4096))."

          def scale(path, update):
              rate = RULES[name_of(path)][2]
              return update * (0.0 if rate is None else (width / BASE) ** rate)

          return optax.stateless(lambda updates, _: jax.tree_util.tree_map_with_path(scale, updates))


      def initialize(params, width, key):
          "Gaussian weights anew; gains, biases and what starts at zero stay as they are."
          leaves, shape = jax.tree_util.tree_flatten_with_path(params)
          made = []
          for k, (path, x) in zip(jax.random.split(key, len(leaves)), leaves):
              deviation, power = RULES[name_of(path)][:2]
              gaussian = lambda: jax.random.normal(k, x.shape, x.dtype) * deviation * (width / BASE) ** power
              made.append(x if deviation is None else gaussian())
          return jax.tree_util.tree_unflatten(shape, made)

      """
  }

  private func torchtitan(at width: Int) throws -> String {
    // One group for all parameters with the same two numbers; repeated blocks share a pattern if no other rule is for one
    // of them.
    let trained = try parameters(for: "torchtitan").filter(\.trained)
    func factors(_ weight: RulesDocument.Weight) -> [Double] {
      [factor(weight.rate, at: width), factor(weight.decayTimesRate, at: width)]
    }
    let shared = Dictionary(grouping: trained) { RulesTable.starred($0.parameter) }
      .filter { Set($0.value.map(factors)).count == 1 }
    var groups: [(factors: [Double], patterns: [String])] = []
    for weight in trained {
      let isShared = shared[RulesTable.starred(weight.parameter)] != nil
      let pattern = weight.parameter.split(separator: ".").map {
        isShared && $0.allSatisfy(\.isNumber) ? "\\d+" : NSRegularExpression.escapedPattern(for: String($0))
      }.joined(separator: "\\.")
      if let i = groups.firstIndex(where: { $0.factors == factors(weight) }) {
        if !groups[i].patterns.contains(pattern) { groups[i].patterns.append(pattern) }
      } else {
        groups.append((factors(weight), [pattern]))
      }
    }
    let lines = groups.map { group in
      "    ParamGroupConfig(\n        pattern=r\"^(\(group.patterns.joined(separator: "|")))$\",\n"
        + "        lr_multiplier=\(group.factors[0]), weight_decay_multiplier=\(group.factors[1])),"
    }
    return """
      # \(title)
      # Factors at width \(width); the optimizer's lr and weight_decay are those of the base width.
      param_groups = [
      \(lines.joined(separator: "\n"))
      ]

      """
  }
}
