import Exact
public import Scaling
public import TensorPrograms

/// A program as a PyTorch file that runs by itself: the network, its start, its parameter groups, and a log of
/// coordinate sizes.
///
///     print(try TorchCode(program.maximalUpdate(optimizer: .adam()), base: 256).text)
public struct TorchCode: Sendable {
  public let text: String

  /// Optimizers by the first word of their name, and what torch makes them with.
  private static let optimizers = [
    ("SGD", "torch.optim.SGD(groups, lr=lr)"), ("Adam", "torch.optim.Adam(groups, lr=lr)"),
    ("AdamW", "torch.optim.AdamW(groups, lr=lr, weight_decay=0.0)"),
  ]

  /// - Parameter base: the width at which everything equals the standard parametrization.
  ///
  /// Throws ``TorchExportError``; ``ProgramError/noLoss(program:)``.
  public init(_ derivation: Derivation, base: Int) throws {
    try self.init(derivation.program, derivation.parametrization, optimizer: derivation.optimizer, base: base)
  }

  /// The same under any parametrization without multipliers of weights.
  public init(_ program: Program, _ parametrization: Parametrization, optimizer name: String, base: Int) throws {
    guard let optimizer = TorchCode.optimizers.first(where: { $0.0 == name }) else {
      throw TorchExportError.optimizer(name, known: TorchCode.optimizers.map(\.0))
    }
    let writer = try TorchWriter(program)
    var parts = [TorchCode.head(program, parametrization, name, base)]
    parts.append(TorchCode.rules(program, parametrization))
    for helper in TorchHelper.all where writer.helpers.contains(helper.name) { parts.append(helper.code) }
    parts.append(try TorchCode.model(program, writer))
    parts.append(TorchCode.tail.replacing("OPTIMIZER", with: optimizer.1))
    text = parts.joined(separator: "\n\n\n") + "\n"
  }

  private static func head(
    _ program: Program, _ parametrization: Parametrization, _ optimizer: String, _ base: Int
  ) -> String {
    """
    \"""\(program.name), as PyTorch code; parametrization: \(parametrization.name) for \(optimizer).

    A weight starts with its standard deviation at the base width times (n / BASE) ** -b, and learns with the rate times
    (n / BASE) ** -c; a multiplier is its value at the base width times (n / BASE) ** exponent.

        python this_file.py --widths 64 128 256 --steps 5 > log.csv
    \"""

    import argparse
    import math

    import torch
    import torch.nn as nn
    import torch.nn.functional as F

    BASE = \(base)


    def whole(number, divisor):
        "number / divisor, which has to be a whole number."
        if number % divisor:
            raise ValueError(f"{number} / {divisor} is no whole number; take another width")
        return number // divisor


    def sizes(n):
        "The dimensions at width n."
        return {
    \(program.dimensions.map { "        \(quoted($0.name)): \(size($0.size))," }.joined(separator: "\n"))
        }
    """
  }

  private static func size(_ size: Size) -> String {
    if let parts = size.coefficient.machineParts, size.exponent.isInteger, size.exponent >= 0 {
      let power = size.isFixed ? "1" : size.exponent == 1 ? "n" : "n ** \(size.exponent.code)"
      let number = size.isFixed ? "\(parts.numerator)" : parts.numerator == 1 ? power : "\(parts.numerator) * \(power)"
      return parts.denominator == 1 ? number : "whole(\(number), \(parts.denominator))"
    }
    return "round(\(number(size.coefficient.double)) * n ** \(size.exponent.code))"
  }

  /// Every weight with its start at the base width and its exponents, every multiplier likewise.
  private static func rules(_ program: Program, _ parametrization: Parametrization) -> String {
    let frozen = Set(program.weights.filter(\.isFrozen).map { program[$0.id].name })
    let weights = parametrization.weights.map { rule in
      let start =
        switch rule.initializer {
        case .zero: "(\"constant\", lambda d: 0.0)"
        case .constant(let value): "(\"constant\", lambda d: \(number(value)))"
        case .gaussian(let deviation): "(\"gaussian\", lambda d: \(deviation.code))"
        }
      let shape = tuple(rule.axes.map { quoted($0.dimension.name) })
      let exponents =
        frozen.contains(rule.name)
        ? "\(rule.exponents.b.plain), None" : "\(rule.exponents.b.plain), \(rule.exponents.c.plain)"
      return "    \(quoted(rule.name)): (\(shape), \(start), \(exponents)),"
    }
    let multipliers = parametrization.multipliers.map { rule in
      "    \(quoted(rule.name)): (lambda d: \(rule.standard.code), \(rule.exponent.plain)),"
    }
    return """
      # name: shape, start at the base width, b, c (None: not trained)
      WEIGHTS = {
      \(weights.joined(separator: "\n"))
      }

      # name: value at the base width, exponent
      MULTIPLIERS = {
      \(multipliers.joined(separator: "\n"))
      }
      """
  }

  private static func model(_ program: Program, _ writer: TorchWriter) throws -> String {
    let inputs = program.forward.compactMap { i -> String? in
      let instruction = program.instructions[i]
      guard instruction.role.isData else { return nil }
      let below = instruction.role.below.map { quoted($0.name) } ?? "None"
      return
        "    \(quoted(instruction.name)): (\(tuple(instruction.axes.map { quoted($0.dimension.name) })), \(below)),"
    }
    return """
      # name: shape, and for whole numbers what they are below
      INPUTS = {
      \(inputs.joined(separator: "\n"))
      }


      class Model(nn.Module):
          "The network at width n; called with a batch, a dictionary of tensors by the names of INPUTS, it gives the loss."

          def __init__(self, n, seed=0):
              super().__init__()
              self.n, self.d, self.log = n, sizes(n), None
              self.weights = nn.ParameterDict()
              base, ratio = sizes(BASE), n / BASE
              generator = torch.Generator().manual_seed(seed)
              for name, (shape, (kind, start), b, c) in WEIGHTS.items():
                  shape, value = [self.d[axis] for axis in shape], start(base) * ratio ** -b
                  x = torch.full(shape, value) if kind == "constant" else torch.randn(shape, generator=generator) * value
                  self.weights[name.replace(".", "/")] = nn.Parameter(x, requires_grad=c is not None)
              self.multipliers = {name: value(base) * ratio ** p for name, (value, p) in MULTIPLIERS.items()}

          @property
          def dtype(self):
              return next(iter(self.weights.values())).dtype

          @property
          def device(self):
              return next(iter(self.weights.values())).device

          def seen(self, name, x):
              if self.log is not None:
                  self.log[name] = x.detach()

          def forward(self, batch):
              d = self.d
      \(writer.lines.map { "        " + $0 }.joined(separator: "\n"))
              return \(try writer.loss())
      """
  }

  /// What is the same for every network.
  private static let tail = """
    def param_groups(model, lr):
        "One group a weight, as torch.optim takes them; lr_scale is relative, for schedules that set an absolute rate."
        groups = []
        for name, (_, _, _, c) in WEIGHTS.items():
            if c is not None:
                scale = (model.n / BASE) ** -c
                parameter = model.weights[name.replace(".", "/")]
                groups.append({"params": [parameter], "lr": lr * scale, "lr_scale": scale, "name": name})
        return groups


    def optimizer(model, lr):
        groups = param_groups(model, lr)
        return OPTIMIZER


    def random_batch(model, seed=0):
        "Normal numbers, and whole ones at random."
        generator, batch = torch.Generator().manual_seed(seed), {}
        for name, (shape, below) in INPUTS.items():
            shape = [model.d[axis] for axis in shape]
            if below is None:
                batch[name] = torch.randn(shape, generator=generator).to(model.device, model.dtype)
            else:
                batch[name] = torch.randint(model.d[below], shape, generator=generator).to(model.device)
        return batch


    def coordinates(widths, steps=5, lr=4e-3, seeds=1, device="cpu"):
        "Rows of width, seed, module, t, l1: the mean size of every named value and of its change; t = 1 is before any update."
        for n in widths:
            for seed in range(seeds):
                model = Model(n, seed).to(device)
                batch, step, first = random_batch(model), optimizer(model, lr), {}
                for t in range(1, steps + 1):
                    model.log = {}
                    loss = model(batch)
                    for name, x in model.log.items():
                        first.setdefault(name, x)
                        yield n, seed, name, t, x.abs().mean().item()
                        if t > 1:
                            yield n, seed, name + ":change", t, (x - first[name]).abs().mean().item()
                    step.zero_grad()
                    loss.backward()
                    step.step()


    def main():
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("--widths", type=int, nargs="+", default=[BASE // 2, BASE, 2 * BASE])
        parser.add_argument("--steps", type=int, default=5)
        parser.add_argument("--lr", type=float, default=4e-3)
        parser.add_argument("--seeds", type=int, default=1)
        parser.add_argument("--device", default="cpu")
        given = parser.parse_args()
        print("width,seed,module,t,l1")
        for row in coordinates(given.widths, given.steps, given.lr, given.seeds, given.device):
            print(*row, sep=",")


    if __name__ == "__main__":
        main()
    """
}
