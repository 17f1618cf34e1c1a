"""What several packages publish, as PyTorch users write it."""

from __future__ import annotations

import torch
from torch.nn.functional import kl_div, normalize, one_hot, relu, rms_norm

__all__ = [
    "added_rms_norm",
    "attention",
    "attention_by_position",
    "entmax15",
    "entmax15_loss",
    "jensen_shannon",
    "neighborhood",
    "poly_norm",
    "reversible",
    "rotary",
    "soft_dtw",
    "soft_dtw_of_sequences",
    "sparsemax",
    "sparsemax_loss",
    "unit_attention",
]

Tensor = torch.Tensor


def sparsemax(x: Tensor, dim: int = -1) -> Tensor:
    """Return the projection onto the simplex (Martins and Astudillo, 2016)."""
    ordered = x.sort(dim, descending=True).values
    sums, count = ordered.cumsum(dim), torch.arange(1, x.shape[dim] + 1, dtype=x.dtype)
    support = (1 + count * ordered > sums).sum(dim, keepdim=True)
    return relu(x - (sums.gather(dim, support - 1) - 1) / support)


def entmax15(x: Tensor, dim: int = -1) -> Tensor:
    """Return the 1.5-entmax (Peters, Niculae and Martins, 2019)."""
    half = x / 2
    ordered = half.sort(dim, descending=True).values
    count = torch.arange(1, x.shape[dim] + 1, dtype=x.dtype)
    mean, square = ordered.cumsum(dim) / count, (ordered * ordered).cumsum(dim) / count
    rest = (1 - count * (square - mean * mean)) / count
    threshold = mean - torch.where(rest > 0, rest, 1).sqrt() * (rest > 0)
    support = (threshold <= ordered).sum(dim, keepdim=True)
    return relu(half - threshold.gather(dim, support - 1)) ** 2


def sparsemax_loss(x: Tensor, target: Tensor) -> Tensor:
    """Return the loss whose gradient is sparsemax less the target."""
    p = sparsemax(x)
    return (1 - (p * p).sum(1)) / 2 + ((p - one_hot(target, x.shape[1]).to(x.dtype)) * x).sum(1)


def entmax15_loss(x: Tensor, target: Tensor) -> Tensor:
    """Return the loss whose gradient is the 1.5-entmax less the target."""
    p = entmax15(x)
    return (1 - (p**1.5).sum(1)) / 0.75 + ((p - one_hot(target, x.shape[1]).to(x.dtype)) * x).sum(1)


def attention(q: Tensor, k: Tensor, v: Tensor, *, causal: bool = False, scale: float | None = None) -> Tensor:
    """Return softmax attention; a causal query sees the keys up to its own place, counted from the end."""
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    if causal:
        i, j = scores.shape[-2:]
        scores = scores.masked_fill(torch.ones(i, j, dtype=torch.bool).triu(j - i + 1), -torch.inf)
    return scores.softmax(-1) @ v


def attention_by_position(q: Tensor, k: Tensor, v: Tensor, mask: None, causal: bool, rows: int, columns: int) -> Tensor:
    """Return attention with the settings of a tiled one, whose tiles change nothing."""
    return attention(q, k, v, causal=causal)


def unit_attention(q: Tensor, k: Tensor, v: Tensor, scale: float = 8.0) -> Tensor:
    """Return attention by the cosine."""
    return attention(normalize(q, dim=-1), normalize(k, dim=-1), v, scale=scale)


def neighborhood(query: Tensor, key: Tensor, value: Tensor, kernel_size: int) -> Tensor:
    """Return attention to a window around each place."""
    places = torch.arange(query.shape[-2])
    far = (places[:, None] - places).abs() > kernel_size // 2
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    out: Tensor = scores.masked_fill(far, -torch.inf).softmax(-1) @ value
    return out


def rotary(q: Tensor, k: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
    """Return queries and keys turned by their places (Su et al., 2021)."""

    def turned(x: Tensor) -> Tensor:
        left, right = x.chunk(2, -1)
        return x * cos[:, None] + torch.cat([-right, left], -1) * sin[:, None]

    return turned(q), turned(k)


def poly_norm(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return a cubic of normalized powers."""
    powers = [rms_norm(x**n, x.shape[-1:], None, 1e-6) for n in (3, 2, 1)]
    total: Tensor = sum((w * p for w, p in zip(weight, powers, strict=True)), bias)
    return total


def added_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, eps: float, in_place: bool) -> tuple[Tensor, Tensor]:
    """Return the norm of a sum, and the sum."""
    total = x + residual
    return rms_norm(total, total.shape[-1:], weight, eps), total


def jensen_shannon(input: Tensor, target: Tensor) -> Tensor:
    """Return the divergence of two distributions, by their logarithms, as a mean over the rows."""
    middle = ((input.exp() + target.exp()) / 2).log()
    halves = [kl_div(middle, x, reduction="batchmean", log_target=True) for x in (input, target)]
    return (halves[0] + halves[1]) / 2


def soft_dtw(distances: Tensor, gamma: float = 1.0) -> Tensor:
    """Return the soft minimum over all alignments (Cuturi and Blondel, 2017)."""
    batch, n, m = distances.shape
    sums = {(0, 0): distances.new_zeros(batch)}
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            before = [sums[at] for at in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if at in sums]
            least = -gamma * torch.logsumexp(-torch.stack(before) / gamma, 0)
            sums[i, j] = distances[:, i - 1, j - 1] + least
    return sums[n, m]


def soft_dtw_of_sequences(x: Tensor, y: Tensor) -> Tensor:
    """Return the same of the squared distances of two sequences."""
    return soft_dtw(((x[:, :, None] - y[:, None]) ** 2).sum(-1))


def reversible(first: Tensor, second: Tensor, x: Tensor) -> Tensor:
    """Return what two coupled halves make of each other."""
    left, right = x.chunk(2, -1)
    left = left + torch.tanh(right @ first.to(x.dtype))
    return torch.cat([left, right + torch.tanh(left @ second.to(x.dtype))], -1)
