"""PyTorch's own loss and gradients beside others; a JSON line a network with the largest relative differences.

    referee.py gallery FOLDER NAME...            NAME.py beside NAME.json, which has weights, batch, loss, gradients
    referee.py imported FOLDER MODELS NAME WIDTH...   NAME.py beside the model of that name in MODELS/export.py
"""

import importlib.util
import json
import sys
import warnings

import torch
import torch.nn.functional as F


def load(path, name):
    specification = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def difference(a, b):
    return ((a - b).abs().max() / b.abs().max().clamp(min=1e-300)).item() if b.abs().max() > 1e-14 else a.abs().max().item()


def report(name, loss, gradients):
    worst = max(gradients, key=gradients.get)
    print(json.dumps({"name": name, "loss": loss, "gradient": gradients[worst], "worst": worst, "gradients": len(gradients)}))


def gallery(folder, names):
    for name in names:
        code, given = load(f"{folder}/{name}.py", name), json.load(open(f"{folder}/{name}.json"))
        model = code.Model(given["width"]).double()
        with torch.no_grad():
            for key, entries in given["weights"].items():
                weight = model.weights[key.replace(".", "/")]
                weight.copy_(torch.tensor(entries, dtype=torch.double).reshape(weight.shape))
        batch = {}
        for key, (shape, below) in code.INPUTS.items():
            values = given["values"][key] if below is None else given["indices"][key]
            kind = torch.double if below is None else torch.long
            batch[key] = torch.tensor(values, dtype=kind).reshape([model.d[axis] for axis in shape])
        loss = model(batch)
        loss.backward()
        gradients = {}
        for key, entries in given["gradients"].items():
            own = model.weights[key.replace(".", "/")].grad
            own = torch.zeros(len(entries), dtype=torch.double) if own is None else own.flatten()
            gradients[key] = difference(torch.tensor(entries, dtype=torch.double), own)
        report(name, abs(loss.item() - given["loss"]) / max(abs(given["loss"]), 1e-300), gradients)


def parts(tensor, shapes):
    "A parameter cut along one dimension into parts of these shapes."
    sizes = [s.numel() for s in shapes]
    if len(sizes) == 1:
        return [tensor.reshape(shapes[0])]
    for d in range(tensor.dim()):
        rest = tensor.numel() // tensor.shape[d]
        if all(s % rest == 0 for s in sizes) and sum(s // rest for s in sizes) == tensor.shape[d]:
            return [p.reshape(s) for p, s in zip(tensor.split([s // rest for s in sizes], d), shapes)]
    raise ValueError(f"{tuple(tensor.shape)} in {shapes}")


def imported(folder, models, pairs):
    torch.set_default_dtype(torch.double)
    made = load(f"{models}/export.py", "export").MODELS
    for name, width in zip(pairs[::2], map(int, pairs[1::2])):
        make, _, example = made[name]
        torch.manual_seed(1)
        original = make(width).train()
        with torch.no_grad():
            for p in original.parameters():
                p.copy_(torch.randn(p.shape) * 0.3 + (p.dim() == 1))
            for key, buffer in original.named_buffers():
                if "inv_freq" in key:
                    buffer.copy_(torch.rand(buffer.shape))
        code = load(f"{folder}/{name}.py", name)
        model = code.Model(width).double()
        names = dict(original.named_parameters(remove_duplicate=False))
        cells = {}
        for key in code.WEIGHTS:
            stem = key if key in names else key.rsplit("/", 1)[0]
            cells.setdefault(stem, []).append(key.replace(".", "/"))
        with torch.no_grad():
            for key, own in cells.items():
                for part, value in zip(own, parts(names[key], [model.weights[k].shape for k in own])):
                    model.weights[part].copy_(value)
        inputs = [torch.randint(0, 7, x.shape) if x.dtype == torch.long else torch.randn(x.shape).double() for x in example()]
        batch, given = code.random_batch(model, 3), iter(inputs)
        for key in code.INPUTS:
            if key.startswith(("cos", "sin")):
                angles = torch.arange(batch[key].shape[0]).double()[:, None] * original.inv_freq[None, :]
                batch[key] = getattr(torch.cat((angles, angles), -1), key[:3])().reshape(batch[key].shape)
            elif key not in ("labels", "target"):
                batch[key] = next(given).reshape(batch[key].shape)
        if "labels" in batch:
            batch["labels"] = batch["labels"] % 7
        output = original(*inputs)
        if "labels" in batch:
            output = F.cross_entropy(output.flatten(0, -2), batch["labels"].flatten())
        elif output.dim():
            output = F.mse_loss(output, batch["target"].reshape(output.shape))
        loss = model(batch)
        output.backward()
        loss.backward()
        gradients = {}
        for key, own in cells.items():
            if names[key].grad is None:
                continue
            for part, value in zip(own, parts(names[key].grad, [model.weights[k].shape for k in own])):
                gradients[part] = difference(model.weights[part].grad, value)
        report(name, abs(loss.item() - output.item()) / abs(output.item()), gradients)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if sys.argv[1] == "gallery":
        gallery(sys.argv[2], sys.argv[3:])
    else:
        imported(sys.argv[2], sys.argv[3], sys.argv[4:])
