#!/usr/bin/env python3
"""Five steps of an MLP and of a GPT in PyTorch, for ReferenceTests.swift.

    python3 reference.py            # PyTorch 2.x, on a processor; writes the three files beside itself

Each file is in the safetensors format, written by hand so that PyTorch is all that is needed. Of both precisions, F64
and F32, it has the losses before each step and the weights after it; weights at the start and batches are the same in
both, as they are rounded to F32 beforehand:

    start/WEIGHT, batch/STEP/INPUT, TYPE/losses, TYPE/STEP/WEIGHT

Weights have the names and the axes that they have in the architectures `mlp` and `gpt`.
"""
import json
import pathlib
import struct

import torch
import torch.nn.functional as F

STEPS, WIDTH = 5, 8


def mlp(w, features, label):
    """Two hidden layers of tanh, with biases."""
    x = features
    for layer in ("layers.0", "layers.1"):
        x = torch.tanh(F.linear(x, w[layer], w[layer + ".bias"]))
    return F.cross_entropy(F.linear(x, w["readout"], w["readout.bias"]), label.long())


def mlp_weights(features=6, classes=4):
    shapes = {}
    for name, out, into in [("layers.0", WIDTH, features), ("layers.1", WIDTH, WIDTH), ("readout", classes, WIDTH)]:
        shapes[name], shapes[name + ".bias"] = (out, into), (out,)
    return shapes


def gpt(w, tokens, next):
    """Pre-norm blocks with causal attention and GELU, learned positions, a readout of its own."""

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".gain"], w[name + ".bias"], 1e-5)

    def split(x, name, bias=True):
        y = torch.einsum("bsm,hdm->bhsd", x, w[name])
        return y + w[name + ".bias"][:, None, :] if bias else y

    x = F.embedding(tokens.long(), w["embedding.token"]) + w["embedding.position"]
    for block in ("blocks.0.", "blocks.1."):
        y, a = norm(x, block + "norm1"), block + "attention."
        mixed = F.scaled_dot_product_attention(
            split(y, a + "query"), split(y, a + "key", bias=False), split(y, a + "value"), is_causal=True)
        x = x + torch.einsum("bhsd,mhd->bsm", mixed, w[a + "out"]) + w[a + "out.bias"]
        m = block + "mlp."
        y = F.gelu(F.linear(norm(x, block + "norm2"), w[m + "up"], w[m + "up.bias"]))
        x = x + F.linear(y, w[m + "down"], w[m + "down.bias"])
    logits = F.linear(norm(x, "norm"), w["readout"])
    return F.cross_entropy(logits.flatten(0, 1), next.long().flatten())


def gpt_weights(vocabulary=11, sequence=5, heads=2, hidden=2 * WIDTH):
    head = WIDTH // heads
    shapes = {"embedding.token": (vocabulary, WIDTH), "embedding.position": (sequence, WIDTH)}

    def normalized(name):
        shapes[name + ".gain"], shapes[name + ".bias"] = (WIDTH,), (WIDTH,)

    for block in ("blocks.0.", "blocks.1."):
        normalized(block + "norm1")
        for name in ("query", "key", "value"):
            shapes[block + "attention." + name] = (heads, head, WIDTH)
            if name != "key":
                shapes[block + "attention." + name + ".bias"] = (heads, head)
        shapes[block + "attention.out"], shapes[block + "attention.out.bias"] = (WIDTH, heads, head), (WIDTH,)
        normalized(block + "norm2")
        shapes[block + "mlp.up"], shapes[block + "mlp.up.bias"] = (hidden, WIDTH), (hidden,)
        shapes[block + "mlp.down"], shapes[block + "mlp.down.bias"] = (WIDTH, hidden), (WIDTH,)
    normalized("norm")
    shapes["readout"] = (vocabulary, WIDTH)
    return shapes


def initial(shapes):
    """Normal numbers, in F32: divided by the root of the fan-in for matrices, near 1 for gains, near 0 for biases."""
    weights = {}
    for name, shape in shapes.items():
        noise = torch.randn(shape, dtype=torch.float64)
        if name.endswith(".gain"):
            noise = 1 + 0.1 * noise
        elif name.endswith(".bias"):
            noise = 0.1 * noise
        elif not name.startswith("embedding"):
            inputs = shape[1] * shape[2] if name.endswith("attention.out") else shape[-1]
            noise = noise / inputs**0.5
        weights[name] = noise.float()
    return weights


def train(loss_of, start, batches, optimizer, dtype):
    weights = {name: w.to(dtype).clone().requires_grad_() for name, w in start.items()}
    optimizer = optimizer(list(weights.values()))
    losses, tensors, kind = [], {}, {torch.float64: "F64", torch.float32: "F32"}[dtype]
    for step, batch in enumerate(batches):
        optimizer.zero_grad()
        loss = loss_of(weights, **{name: x.to(dtype) if x.is_floating_point() else x for name, x in batch.items()})
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        for name, w in weights.items():
            tensors[f"{kind}/{step + 1}/{name}"] = w.detach().clone()
    tensors[f"{kind}/losses"] = torch.tensor(losses, dtype=dtype)
    return tensors


def write(path, tensors, metadata):
    types = {torch.float64: ("F64", "<d"), torch.float32: ("F32", "<f"), torch.int32: ("I32", "<i")}
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        kind, code = types[tensor.dtype]
        packed = b"".join(struct.pack(code, x) for x in tensor.flatten().tolist())
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    folder = pathlib.Path(__file__).parent
    torch.set_num_threads(1)

    def mlp_batch():
        return {"features": torch.randn(5, 6), "label": torch.randint(4, (5,), dtype=torch.int32)}

    def gpt_batch():
        text = torch.randint(11, (2, 6), dtype=torch.int32)
        return {"tokens": text[:, :-1].contiguous(), "next": text[:, 1:].contiguous()}

    runs = [
        ("mlp-sgd", mlp, mlp_weights(), mlp_batch, 0.2, 0, lambda w: torch.optim.SGD(w, lr=0.2)),
        ("mlp-adam", mlp, mlp_weights(), mlp_batch, 0.01, 0, lambda w: torch.optim.Adam(w, lr=0.01)),
        ("gpt-adamw", gpt, gpt_weights(), gpt_batch, 0.01, 0.1,
         lambda w: torch.optim.AdamW(w, lr=0.01, weight_decay=0.1)),
    ]
    for seed, (name, loss_of, shapes, batch, rate, decay, optimizer) in enumerate(runs):
        torch.manual_seed(seed)
        start, batches = initial(shapes), [batch() for _ in range(STEPS)]
        tensors = {f"start/{key}": w for key, w in start.items()}
        for step, inputs in enumerate(batches):
            tensors |= {f"batch/{step}/{key}": x for key, x in inputs.items()}
        for dtype in (torch.float64, torch.float32):
            tensors |= train(loss_of, start, batches, optimizer, dtype)
        metadata = {"rate": str(rate), "decay": str(decay), "steps": str(STEPS), "width": str(WIDTH)}
        write(folder / f"{name}.safetensors", tensors, metadata | {"made by": f"PyTorch {torch.__version__}"})


if __name__ == "__main__":
    main()
