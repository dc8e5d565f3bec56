"""Writes the models that the tests read: each at two widths, on the meta device, so that a file has no weights.

    python3 -m venv .venv-torch && .venv-torch/bin/pip install "torch==2.13.0+cpu" numpy
    .venv-torch/bin/python Tests/TorchImportTests/Models/export.py

The tests themselves need no torch.
"""

import pathlib
import sys
import warnings
import zipfile

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).parent


class MLP(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.embed, self.hidden, self.readout = nn.Linear(64, d), nn.Linear(d, d), nn.Linear(d, 10)

    def forward(self, x):
        return self.readout(torch.relu(self.hidden(torch.relu(self.embed(x)))))


class CausalAttention(nn.Module):
    """Fused queries, keys and values, as nanoGPT has them."""

    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.c_attn, self.c_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.c_attn(x).split(C, dim=2)
        q, k, v = (y.view(B, T, self.heads, C // self.heads).transpose(1, 2) for y in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(d), CausalAttention(d, heads), nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self, d, heads=4, tied=False, vocabulary=96, sequence=16):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, d), nn.Embedding(sequence, d)
        self.h = nn.ModuleList([Block(d, heads) for _ in range(2)])
        self.ln_f, self.lm_head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)
        if tied:
            self.lm_head.weight = self.wte.weight

    def forward(self, idx, targets):
        x = self.wte(idx) + self.wpe(torch.arange(idx.shape[1], device=idx.device))
        for block in self.h:
            x = block(x)
        logits = self.lm_head(self.ln_f(x))
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6))


def rotate_half(x):
    a, b = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-b, a), dim=-1)


class LlamaBlock(nn.Module):
    def __init__(self, d, heads, groups, hidden):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, d // heads
        self.attention_norm, self.ffn_norm = RMSNorm(d), RMSNorm(d)
        self.q_proj = nn.Linear(d, d, bias=False)
        self.k_proj = nn.Linear(d, groups * self.size, bias=False)
        self.v_proj = nn.Linear(d, groups * self.size, bias=False)
        self.o_proj = nn.Linear(d, d, bias=False)
        self.gate_proj, self.up_proj = nn.Linear(d, hidden, bias=False), nn.Linear(d, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, d, bias=False)

    def forward(self, x, cos, sin):
        B, T, _ = x.shape
        y = self.attention_norm(x)
        q = self.q_proj(y).view(B, T, self.heads, self.size).transpose(1, 2)
        k = self.k_proj(y).view(B, T, self.groups, self.size).transpose(1, 2)
        v = self.v_proj(y).view(B, T, self.groups, self.size).transpose(1, 2)
        q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
        repeats = self.heads // self.groups
        k = k[:, :, None].expand(B, self.groups, repeats, T, self.size).reshape(B, self.heads, T, self.size)
        v = v.repeat_interleave(repeats, dim=1)
        logits = q @ k.transpose(2, 3) / self.size**0.5
        mask = torch.full((T, T), float("-inf"), device=x.device).triu(1)
        y = F.softmax(logits.masked_fill(mask == float("-inf"), float("-inf")), dim=-1) @ v
        x = x + self.o_proj(y.transpose(1, 2).reshape(B, T, -1))
        y = self.ffn_norm(x)
        return x + self.down_proj(F.silu(self.gate_proj(y)) * self.up_proj(y))


class Llama(nn.Module):
    def __init__(self, d, heads=4, groups=2):
        super().__init__()
        self.embed_tokens = nn.Embedding(96, d)
        self.layers = nn.ModuleList([LlamaBlock(d, heads, groups, 3 * d) for _ in range(2)])
        self.norm, self.lm_head = RMSNorm(d), nn.Linear(d, 96, bias=False)
        self.register_buffer("inv_freq", torch.zeros(d // heads // 2), persistent=False)

    def forward(self, tokens):
        T = tokens.shape[1]
        angles = torch.arange(T, device=tokens.device).float()[:, None] * self.inv_freq[None, :]
        angles = torch.cat((angles, angles), dim=-1)
        x = self.embed_tokens(tokens)
        for layer in self.layers:
            x = layer(x, angles.cos(), angles.sin())
        return self.lm_head(self.norm(x))


class FusedGroups(nn.Module):
    """Queries, keys and values of unequal sizes in one matrix; grouped heads by torch itself."""

    def __init__(self, d, heads=4, groups=2):
        super().__init__()
        self.heads, self.groups, self.size = heads, groups, d // heads
        self.embed = nn.Embedding(96, d)
        self.wqkv = nn.Linear(d, (heads + 2 * groups) * self.size, bias=False)
        self.wo, self.norm, self.head = nn.Linear(d, d, bias=False), nn.RMSNorm(d, eps=1e-6), nn.Linear(d, 96, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        B, T, d = x.shape
        q, k, v = self.wqkv(self.norm(x)).split([d, self.groups * self.size, self.groups * self.size], dim=-1)
        q, k, v = (y.view(B, T, -1, self.size).transpose(1, 2) for y in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return self.head(x + self.wo(y.transpose(1, 2).reshape(B, T, d)))


class Recurrent(nn.Module):
    def __init__(self, d, kind):
        super().__init__()
        self.embed, self.readout = nn.Embedding(32, d), nn.Linear(d, 32)
        self.rnn = kind(d, d, batch_first=True)

    def forward(self, tokens):
        return self.readout(self.rnn(self.embed(tokens))[0])


class ResidualBlock(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(a, b, 3, stride, 1, bias=False), nn.BatchNorm2d(b)
        self.conv2, self.bn2 = nn.Conv2d(b, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b)
        self.short = nn.Conv2d(a, b, 1, stride, bias=False) if a != b else None

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.short(x) if self.short is not None else x))


class ResNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c)
        self.pool = nn.MaxPool2d(2)
        self.stages = nn.Sequential(ResidualBlock(c, c, 1), ResidualBlock(c, 2 * c, 2))
        self.fc = nn.Linear(2 * c, 10)

    def forward(self, x):
        x = self.stages(self.pool(F.relu(self.bn(self.stem(x)))))
        return self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


class MoE(nn.Module):
    def __init__(self, d, experts=4, top=2):
        super().__init__()
        self.top, self.embed = top, nn.Linear(64, d)
        self.router = nn.Linear(d, experts, bias=False)
        self.up, self.down = nn.Parameter(torch.zeros(experts, d, 2 * d)), nn.Parameter(torch.zeros(experts, 2 * d, d))
        self.readout = nn.Linear(d, 10)

    def forward(self, x):
        x = self.embed(x)
        values, chosen = torch.topk(self.router(x), self.top, dim=-1)
        gates = torch.zeros(x.shape[0], self.up.shape[0], device=x.device).scatter(-1, chosen, values.softmax(-1))
        hidden = F.gelu(torch.einsum("bd,edh->beh", x, self.up))
        return self.readout(x + torch.einsum("beh,ehd,be->bd", hidden, self.down, gates))


class Cached(nn.Module):
    """Attention whose keys are appended to an empty cache, with a mask by torch.where."""

    def __init__(self, d):
        super().__init__()
        self.embed, self.query, self.key = nn.Embedding(96, d), nn.Linear(d, d), nn.Linear(d, d)
        self.value, self.head = nn.Linear(d, d), nn.Linear(d, 96)

    def forward(self, tokens):
        x = self.embed(tokens)
        keys = torch.cat((torch.tensor([], device=x.device), self.key(x)), dim=-2)
        logits = self.query(x) @ keys.transpose(1, 2) / x.shape[-1] ** 0.5
        seen = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).tril()
        weights = torch.where(seen, logits, float("-inf")).softmax(-1)
        return self.head(x + weights @ self.value(x))


class LoRALinear(nn.Module):
    def __init__(self, d, out, rank=4):
        super().__init__()
        self.base = nn.Linear(d, out, bias=False).requires_grad_(False)
        self.A, self.B = nn.Parameter(torch.zeros(rank, d)), nn.Parameter(torch.zeros(out, rank))

    def forward(self, x):
        return self.base(x) + (x @ self.A.t()) @ self.B.t() * 2.0


class LoRA(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.embed, self.hidden, self.readout = LoRALinear(64, d), LoRALinear(d, d), LoRALinear(d, 10)

    def forward(self, x):
        return self.readout(torch.tanh(self.hidden(torch.tanh(self.embed(x)))))


class ViT(nn.Module):
    """Patches by a convolution, a class token in front, torch's own encoder layer."""

    def __init__(self, d, heads=4):
        super().__init__()
        self.patch = nn.Conv2d(3, d, 4, 4)
        self.cls, self.pos = nn.Parameter(torch.zeros(1, 1, d)), nn.Parameter(torch.zeros(1, 17, d))
        self.blocks = nn.ModuleList(
            [nn.TransformerEncoderLayer(d, heads, 4 * d, 0.0, F.gelu, batch_first=True, norm_first=True) for _ in range(2)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat((self.cls.expand(x.shape[0], -1, -1), x), dim=1) + self.pos
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x[:, 0]))


class UNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.inside, self.down = nn.Conv2d(3, c, 3, 1, 1), nn.Conv2d(c, 2 * c, 3, 2, 1)
        self.middle, self.up = nn.Conv2d(2 * c, 2 * c, 3, 1, 1), nn.Conv2d(3 * c, c, 3, 1, 1)
        self.norm, self.out = nn.GroupNorm(4, 2 * c), nn.Conv2d(c, 3, 1)

    def forward(self, x):
        a = F.silu(self.inside(x))
        b = F.silu(self.norm(self.middle(F.silu(self.down(a)))))
        b = F.interpolate(b, scale_factor=2, mode="nearest")
        return F.mse_loss(self.out(F.silu(self.up(torch.cat((a, b), dim=1)))), x)


def tokens(*shape):
    return torch.zeros(shape, dtype=torch.long, device="meta")


def numbers(*shape):
    return torch.zeros(shape, device="meta")


MODELS = {
    "mlp": (MLP, (64, 128), lambda: (numbers(8, 64),)),
    "gpt": (GPT, (64, 128), lambda: (tokens(2, 16), tokens(2, 16))),
    "tied": (lambda d: GPT(d, tied=True), (64, 128), lambda: (tokens(2, 16), tokens(2, 16))),
    "heads": (lambda d: GPT(d, heads=d // 16), (64, 128), lambda: (tokens(2, 16), tokens(2, 16))),
    "llama": (Llama, (64, 128), lambda: (tokens(2, 8),)),
    "groups": (FusedGroups, (64, 128), lambda: (tokens(2, 8),)),
    "cached": (Cached, (32, 64), lambda: (tokens(2, 8),)),
    "gru": (lambda d: Recurrent(d, nn.GRU), (32, 64), lambda: (tokens(2, 5),)),
    "lstm": (lambda d: Recurrent(d, nn.LSTM), (32, 64), lambda: (tokens(2, 5),)),
    "rnn": (lambda d: Recurrent(d, nn.RNN), (32, 64), lambda: (tokens(2, 5),)),
    "resnet": (ResNet, (16, 32), lambda: (numbers(4, 3, 16, 16),)),
    "moe": (MoE, (32, 64), lambda: (numbers(8, 64),)),
    "lora": (LoRA, (64, 128), lambda: (numbers(8, 64),)),
    "vit": (ViT, (32, 64), lambda: (numbers(2, 3, 16, 16),)),
    "unet": (UNet, (8, 16), lambda: (numbers(2, 3, 8, 8),)),
}


def main():
    warnings.simplefilter("ignore")
    for name, (make, widths, example) in MODELS.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        for width in widths:
            torch.manual_seed(0)
            with torch.device("meta"):
                model = make(width).train()
            path = HERE / f"{name}{width}.pt2"
            torch.export.save(torch.export.export(model, example()), path)
            shrink(path)


def shrink(path):
    """Leaves the graph and the weights' list, deflated: torch stores without compression."""
    with zipfile.ZipFile(path) as archive:
        kept = {n: archive.read(n) for n in archive.namelist() if n.endswith(".json") or n.endswith("archive_version")}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in kept.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main()
