"""The Python package on a real model: rules, groups, start, lint, and torch's own coordinate check.

    WIDTHWISE=.build/debug/widthwise PYTHONPATH=Sources/Python python package.py MODELS
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import warnings

import torch

import widthwise

sys.path.insert(0, sys.argv[1])
from export import GPT  # noqa: E402


def logits(model, optimizer, width, steps, seed):
    "The mean size of the change of a model's logits by some steps on one batch."
    torch.manual_seed(seed)
    seen = []
    hook = model.lm_head.register_forward_hook(lambda _, __, out: seen.append(out.detach()))
    tokens, targets = torch.randint(0, 96, (2, 16)), torch.randint(0, 96, (2, 16))
    for _ in range(steps + 1):
        optimizer.zero_grad()
        model(tokens, targets).backward()
        optimizer.step()
    hook.remove()
    return (seen[-1] - seen[0]).abs().mean().item()


def slope(sizes):
    "The power of width of sizes by width, least squares on logarithms."
    x, y = [math.log(n) for n in sizes], [math.log(s) for s in sizes.values()]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def lint(arguments):
    return subprocess.run([os.environ["WIDTHWISE"], "lint", *arguments], capture_output=True, text=True).returncode


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    example = (torch.zeros(2, 16, dtype=torch.long), torch.zeros(2, 16, dtype=torch.long))
    rules = widthwise.derive(GPT, example, widths=(64, 128), optimizer="adamw")
    found = {"grew": "d64" in rules.report, "attention": rules.multiplier("h.0.attn.scale", 256)}
    with tempfile.TemporaryDirectory() as folder:
        rules.save(f"{folder}/rules.json")
        found["saved"] = widthwise.load(f"{folder}/rules.json").document == rules.document
        for width in (64, 256):
            model = rules.initialize_(GPT(width), width)
            compiled = torch.nn.Sequential()
            compiled.add_module("module", model)
            groups = rules.param_groups(compiled, 1e-3, width, weight_decay=0.1)
            widthwise.dump(model, torch.optim.AdamW(groups), width, f"{folder}/mup{width}.json")
            widthwise.dump(model, torch.optim.AdamW(model.parameters(), 1e-3), width, f"{folder}/sp{width}.json")
        for width in (64, 128):
            widthwise.export(GPT, example, width, f"{folder}/gpt{width}.pt2")
        network = [f"{folder}/gpt64.pt2", f"{folder}/gpt128.pt2", "--optimizer", "adamw"]
        for kind in ("mup", "sp"):
            dumps = [word for n in (64, 256) for word in ("--dump", f"{folder}/{kind}{n}.json")]
            found[f"lint {kind}"] = lint(network + dumps)
    sizes = {"mup": {}, "sp": {}}
    for width in (64, 128, 256, 512):
        for seed in range(2):
            torch.manual_seed(seed)
            model = rules.initialize_(GPT(width), width)
            optimizer = torch.optim.AdamW(rules.param_groups(model, 4e-3, width))
            sizes["mup"].setdefault(width, 0)
            sizes["mup"][width] += logits(model, optimizer, width, 1, seed) / 2
            torch.manual_seed(seed)
            model = GPT(width)
            sizes["sp"].setdefault(width, 0)
            sizes["sp"][width] += logits(model, torch.optim.AdamW(model.parameters(), 4e-3), width, 1, seed) / 2
    found.update({f"slope {kind}": slope(own) for kind, own in sizes.items()})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
