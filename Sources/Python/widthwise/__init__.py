"""Derived rules of width for a PyTorch model, by the widthwise command.

    import widthwise

    rules = widthwise.derive(Model, (tokens,), widths=(64, 128), optimizer="adamw")
    model = Model(1024)
    rules.initialize_(model, width=1024)
    optimizer = torch.optim.AdamW(rules.param_groups(model, lr=1e-3, width=1024, weight_decay=0.1))

The standard library is all it needs; torch is imported where a model is given. The command is found on the path, or is
what WIDTHWISE names.
"""

import json
import os
import pathlib
import subprocess
import tempfile
from fractions import Fraction

SCHEMA, VERSION = "widthwise-rules", 1
WRAPPERS = ("_orig_mod.", "module.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.")


class Refused(Exception):
    """What the command said instead of an answer."""


def command(*arguments):
    """Runs the widthwise command and gives what it prints."""
    tool = os.environ.get("WIDTHWISE", "widthwise")
    done = subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise Refused(done.stderr.strip().removeprefix("error: "))
    return done.stdout


def export(make_model, example, width, path):
    """Writes the model at a width as torch.export does, on the meta device: without weights, whatever its size."""
    import torch

    with torch.device("meta"):
        model = make_model(width).train()
    example = tuple(x.to("meta") if isinstance(x, torch.Tensor) else x for x in example)
    torch.export.save(torch.export.export(model, example), path)


def derive(make_model, example, widths, optimizer="adam", base=None, loss="automatic", zero=()):
    """The rules of a model that `make_model(width)` makes.

    example: what it is called with. widths: two; which sizes grow, and how, is what differs between them. base: the width
    at which everything is as it would be anyway, the smaller one if not given. loss, zero: as in `widthwise import
    torch`. `rules.report` says what grew and what did not.
    """
    small, large = sorted(widths)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for width in (small, large):
            export(make_model, example, width, folder / f"model{width}.pt2")
        zeros = [word for name in zero for word in ("--zero", name)]
        report = command(
            "import", "torch", folder / f"model{small}.pt2", folder / f"model{large}.pt2", "--loss", loss, *zeros,
            "-o", folder / "model.tp")
        text = command("export", "rules", folder / "model.tp", "--optimizer", optimizer, "--base", base or small)
    rules = Rules(json.loads(text))
    rules.report = report
    return rules


def load(path):
    """Rules from a file."""
    return Rules(json.loads(pathlib.Path(path).read_text()))


class Rules:
    """Rules by the names of parameters. They live beside the model, never on its tensors, so that wrapping, compiling
    and sharding lose nothing; save them with the checkpoint."""

    report = ""

    def __init__(self, document):
        if document.get("schema") != SCHEMA or document.get("version") != VERSION:
            raise ValueError(f"not a rules file of version {VERSION}")
        self.document, self.base = document, document["base"]
        self.multipliers = {m["name"]: m for m in document["multipliers"]}
        self.weights = {}
        for weight in document["weights"]:
            known = self.weights.setdefault(weight["parameter"], weight)
            if any(known[key] != weight[key] for key in ("initial", "rate", "trained")):
                raise ValueError(f"{weight['parameter']} has parts with different rules; make them parameters of their own")

    def save(self, path):
        pathlib.Path(path).write_text(json.dumps(self.document, indent=2, sort_keys=True) + "\n")

    def factor(self, powers, width):
        """What powers of the width come to, 1 at the base width."""
        return float(width / self.base) ** float(Fraction(powers.get("n", "0")))

    def rule(self, name):
        """The rule of a parameter, whatever wraps the model."""
        for wrapper in WRAPPERS:
            name = name.replace(wrapper, "")
        if name not in self.weights:
            raise KeyError(f"no rule for {name}; these rules are of another network")
        return self.weights[name]

    def multiplier(self, name, width):
        """A number that the forward pass needs, such as an attention scale."""
        known = self.multipliers[name]
        return known["atBase"] * self.factor(known["power"], width)

    def param_groups(self, model, lr, width, weight_decay=0.0, eps=1e-8):
        """Parameters of one rule in one group, for torch.optim.

        lr_scale is for schedules that set an absolute rate: lr = schedule * lr_scale. weight_decay is that of the base
        width, multiplied with the rate as AdamW does.
        """
        groups = {}
        for name, parameter in model.named_parameters():
            rule = self.rule(name)
            if not rule["trained"] or not parameter.requires_grad:
                continue
            epsilon = rule["epsilon"][0] if rule["epsilon"] else {}
            scale = self.factor(rule["rate"], width)
            decay = weight_decay * self.factor(rule["decayTimesRate"], width)
            guard = eps * self.factor(epsilon, width)
            group = groups.setdefault((scale, decay, guard), {
                "params": [], "names": [], "lr": lr * scale, "lr_scale": scale, "weight_decay": decay, "eps": guard})
            group["params"].append(parameter)
            group["names"].append(name)
        return list(groups.values())

    def initialize_(self, model, width):
        """Draws Gaussian weights anew. Gains, biases and what starts at zero stay as they are."""
        import torch

        with torch.no_grad():
            for name, parameter in model.named_parameters():
                rule = self.rule(name)
                if rule["initializer"] == "gaussian":
                    parameter.normal_(0.0, rule["initialAtBase"] * self.factor(rule["initial"], width))
        return model


def dump(model, optimizer, width, path, multipliers=None):
    """What a trainer does, for `widthwise lint`: right after the optimizer is made, or after the schedule's first step."""
    names, rows = {id(p): n for n, p in model.named_parameters()}, []
    for group in optimizer.param_groups:
        for p in group["params"]:
            row = {"name": names[id(p)], "shape": list(p.shape), "std": p.detach().float().std(correction=0).item()}
            row.update({key: float(group[key]) for key in ("lr", "weight_decay", "eps") if key in group})
            rows.append(row)
    document = {"width": width, "parameters": rows, "multipliers": multipliers or {}}
    pathlib.Path(path).write_text(json.dumps(document))
