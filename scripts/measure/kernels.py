"""Code as it is written for float16 and bfloat16: right kernels beside torch's own functions, and the same with slips.

Every kernel sums over an axis of a length that may be chosen, and returns what it was given: a result of the type of
its inputs. Right ones compute in float32 and round once, or in blocks with float32 partial results, or step by step as
torch would do it eagerly.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

__all__ = ["KERNELS", "Kernel"]

F = torch.nn.functional
Tensor = torch.Tensor
Function = Callable[..., Any]
Draw = Callable[..., Tensor]
ROWS, WIDTH, BLOCK = 3, 8, 32
EPS = 1e-3


@dataclass(frozen=True)
class Kernel:
    """A function of torch, inputs of a length for it, and code that does the same, or nearly.

    Parameters
    ----------
    twin : callable
        The function of torch.
    inputs : callable
        Takes a function that draws tensors of a shape, and the length; returns the inputs.
    right, wrong : mapping
        Code by its name, and code by the name of its slip.
    """

    twin: Function
    inputs: Callable[[Draw, int], list[Tensor]]
    right: dict[str, Function] = field(default_factory=dict)
    wrong: dict[str, Function] = field(default_factory=dict)


def _in_float32(function: Function) -> Function:
    """Return a function that computes in float32 and rounds once."""

    def call(*tensors: Tensor) -> Tensor:
        wide = [x.float() if x.is_floating_point() else x for x in tensors]
        first = next(x for x in tensors if x.is_floating_point())
        return torch.as_tensor(function(*wide)).to(first.dtype)

    return call


def _times(function: Function, factor: float) -> Function:
    return lambda *tensors: factor * function(*tensors)


class _Steeper(torch.autograd.Function):
    """The identity, with a gradient that is one percent too large."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return (1.01 * grads[0].float()).to(grads[0].dtype)


def _steeper(function: Function) -> Function:
    return lambda *tensors: function(*(_Steeper.apply(x) for x in tensors))  # type: ignore[no-untyped-call]


def _blocks(length: int, size: int = BLOCK) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, length, size))


def _short_blocks(length: int) -> Iterator[slice]:
    """Yield blocks of which the last ends one too early."""
    return (slice(start, min(start + BLOCK, length - 1)) for start in range(0, length - 1, BLOCK))


def _sum_in_half(x: Tensor) -> Tensor:
    """Return the sum over the last axis, rounded to the type of the terms after every one."""
    total = torch.zeros_like(x[..., 0])
    for term in x.unbind(-1):
        total = total + term
    return total


def _matmul_in_blocks(a: Tensor, b: Tensor, blocks: Function = _blocks) -> Tensor:
    total = torch.zeros(a.shape[0], b.shape[1])
    for part in blocks(a.shape[1]):
        total = total + a[:, part].float() @ b[part].float()
    return total.to(a.dtype)


def _split_k(a: Tensor, b: Tensor) -> Tensor:
    half = a.shape[1] // 2
    left, right = a[:, :half].float() @ b[:half].float(), a[:, half:].float() @ b[half:].float()
    return (left + right).to(a.dtype)


def _online_softmax(x: Tensor, blocks: Function = _blocks) -> Tensor:
    x32 = x.float()
    top = torch.full_like(x32[..., :1], -torch.inf)
    total = torch.zeros_like(top)
    for part in blocks(x.shape[-1]):
        new = torch.maximum(top, x32[..., part].amax(-1, keepdim=True).detach())
        total = total * (top - new).exp() + (x32[..., part] - new).exp().sum(-1, keepdim=True)
        top = new
    return ((x32 - top).exp() / total).to(x.dtype)


def _softmax_with(total: Function) -> Function:
    def softmax(x: Tensor) -> Tensor:
        e = (x - x.amax(-1, keepdim=True).detach()).exp()
        return torch.as_tensor(e / total(e))

    return softmax


def _norm(x: Tensor, w: Tensor, b: Tensor, eps: float = EPS) -> Tensor:
    m = x.mean(-1, keepdim=True)
    return (x - m) * ((x - m).square().mean(-1, keepdim=True) + eps).rsqrt() * w + b


def _norm_by_squares(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    m = x.mean(-1, keepdim=True)
    return (x - m) * (x.square().mean(-1, keepdim=True) - m.square() + EPS).rsqrt() * w + b


def _norm_without_last(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    n = x.shape[-1]
    m = x[..., :-1].sum(-1, keepdim=True) / n
    return (x - m) * ((x - m)[..., :-1].square().sum(-1, keepdim=True) / n + EPS).rsqrt() * w + b


def _norm_in_half(x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    n = x.shape[-1]
    m = _sum_in_half(x).unsqueeze(-1) / n
    return (x - m) * (_sum_in_half((x - m).square()).unsqueeze(-1) / n + EPS).rsqrt() * w + b


def _rms(x: Tensor, w: Tensor) -> Tensor:
    return x * (x.square().mean(-1, keepdim=True) + EPS).rsqrt() * w


def _attention(q: Tensor, k: Tensor, v: Tensor, scale: float = WIDTH**-0.5) -> Tensor:
    return torch.softmax((q @ k.transpose(-1, -2)) * scale, -1) @ v


def _flash(q: Tensor, k: Tensor, v: Tensor, blocks: Function = _blocks) -> Tensor:
    """Return attention in blocks, with float32 sums and with probabilities rounded to the type of the values."""
    top = torch.full((q.shape[0], 1), -torch.inf)
    total, out = torch.zeros(q.shape[0], 1), torch.zeros(q.shape[0], v.shape[1])
    for part in blocks(k.shape[0]):
        scores = q.float() @ k[part].float().T * WIDTH**-0.5
        new = torch.maximum(top, scores.amax(-1, keepdim=True).detach())
        p = (scores - new).exp()
        total = total * (top - new).exp() + p.sum(-1, keepdim=True)
        out = out * (top - new).exp() + p.to(v.dtype).float() @ v[part].float()
        top = new
    return (out / total).to(q.dtype)


def _attention_in_half(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    p = torch.softmax((q @ k.T) * WIDTH**-0.5, -1)
    return _sum_in_half(p[:, None] * v.T)


def _spoiled(right: Function) -> dict[str, Function]:
    """Return code with the slips that any can have."""
    exact = _in_float32(right)
    return {
        "values times 1.01": _in_float32(_times(right, 1.01)),
        "gradients times 1.01": _steeper(exact),
    }


def _labels(draw: Draw, rows: int, n: int) -> Tensor:
    return (draw(rows).double().abs() * n).long() % n


def _conv_by_products(x: Tensor, w: Tensor) -> Tensor:
    return torch.einsum("ncls,ocs->nol", x.unfold(2, w.shape[2], 1), w)


def _group(x: Tensor) -> Tensor:
    parts = x.reshape(x.shape[0], 2, -1)
    m = parts.mean(-1, keepdim=True)
    return ((parts - m) * ((parts - m).square().mean(-1, keepdim=True) + EPS).rsqrt()).reshape(x.shape)


KERNELS: dict[str, Kernel] = {
    "matmul": Kernel(
        torch.matmul,
        lambda draw, n: [draw(ROWS, n), draw(n, 4)],
        {
            "in float32": _in_float32(torch.matmul),
            "in blocks": _matmul_in_blocks,
            "split over k": _split_k,
            "the other order": lambda a, b: (b.T @ a.T).T,
            "einsum": lambda a, b: torch.einsum("ik,kj->ij", a, b),
        },
        _spoiled(torch.matmul)
        | {
            "one term dropped": _in_float32(lambda a, b: a[:, :-1] @ b[:-1]),
            "sums in half precision": lambda a, b: _sum_in_half(a[:, None] * b.T),
            "last block one short": lambda a, b: _matmul_in_blocks(a, b, _short_blocks),
        },
    ),
    "bmm": Kernel(
        torch.bmm,
        lambda draw, n: [draw(2, ROWS, n), draw(2, n, 2)],
        {"in float32": _in_float32(torch.bmm), "one by one": lambda a, b: torch.stack([a[0] @ b[0], a[1] @ b[1]])},
    ),
    "softmax": Kernel(
        lambda x: torch.softmax(x, -1),
        lambda draw, n: [draw(ROWS, n)],
        {
            "in float32": _in_float32(lambda x: torch.softmax(x, -1)),
            "online": _online_softmax,
            "by logsumexp": _in_float32(lambda x: (x - x.logsumexp(-1, keepdim=True)).exp()),
            "step by step": _softmax_with(lambda e: e.sum(-1, keepdim=True)),
        },
        _spoiled(lambda x: torch.softmax(x, -1))
        | {
            "one term dropped": _in_float32(_softmax_with(lambda e: e[..., :-1].sum(-1, keepdim=True))),
            "sums in half precision": _softmax_with(lambda e: _sum_in_half(e).unsqueeze(-1)),
            "last block one short": lambda x: _online_softmax(x, _short_blocks),
        },
    ),
    "log_softmax": Kernel(
        lambda x: torch.log_softmax(x, -1),
        lambda draw, n: [draw(ROWS, n)],
        {
            "in float32": _in_float32(lambda x: torch.log_softmax(x, -1)),
            "by logsumexp": _in_float32(lambda x: x - x.logsumexp(-1, keepdim=True)),
        },
    ),
    "layer_norm": Kernel(
        lambda x, w, b: F.layer_norm(x, x.shape[-1:], w, b, EPS),
        lambda draw, n: [draw(ROWS, n) / 16, draw(n), draw(n)],  # so small that eps shows
        {
            "in float32": _in_float32(_norm),
            "by squares": _in_float32(_norm_by_squares),
            "step by step": _norm,
        },
        _spoiled(_norm)
        | {
            "one term dropped": _in_float32(_norm_without_last),
            "sums in half precision": _norm_in_half,
            "a factor missing": _in_float32(lambda x, w, b: _norm(x, w / w.detach(), b)),
            "eps missing": _in_float32(lambda x, w, b: _norm(x, w, b, 0.0)),
        },
    ),
    "rms_norm": Kernel(
        lambda x, w: F.rms_norm(x, x.shape[-1:], w, EPS),
        lambda draw, n: [draw(ROWS, n), draw(n)],
        {"in float32": _in_float32(_rms), "step by step": _rms},
    ),
    "attention": Kernel(
        F.scaled_dot_product_attention,
        lambda draw, n: [draw(ROWS, WIDTH), draw(n, WIDTH), draw(n, WIDTH)],
        {
            "in float32": _in_float32(_attention),
            "in blocks": _flash,
            "step by step": _attention,
        },
        _spoiled(_attention)
        | {
            "one term dropped": _in_float32(lambda q, k, v: _attention(q, k[:-1], v[:-1])),
            "sums in half precision": _attention_in_half,
            "a factor missing": _in_float32(lambda q, k, v: _attention(q, k, v, 1.0)),
            "another scale": _in_float32(lambda q, k, v: _attention(q, k, v, 1 / WIDTH)),
            "last block one short": lambda q, k, v: _flash(q, k, v, _short_blocks),
        },
    ),
    "gelu": Kernel(
        F.gelu,
        lambda draw, n: [draw(ROWS, n)],
        {
            "in float32": _in_float32(lambda x: 0.5 * x * (1 + torch.erf(x * 0.5**0.5))),
            "step by step": lambda x: 0.5 * x * (1 + torch.erf(x * 0.5**0.5)),
        },
    ),
    "silu": Kernel(
        F.silu,
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x / (1 + (-x).exp())), "step by step": lambda x: x * torch.sigmoid(x)},
    ),
    "cross_entropy": Kernel(
        F.cross_entropy,
        lambda draw, n: [draw(ROWS, n), _labels(draw, ROWS, n)],
        {
            "in float32": _in_float32(F.cross_entropy),
            "gathered": _in_float32(lambda x, t: -torch.log_softmax(x, -1).gather(-1, t[:, None]).mean()),
            "by logsumexp": _in_float32(lambda x, t: (x.logsumexp(-1) - x.gather(-1, t[:, None])[:, 0]).mean()),
        },
    ),
    "mean": Kernel(
        lambda x: x.mean(-1),
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x.mean(-1)), "by the sum": lambda x: x.sum(-1) / x.shape[-1]},
    ),
    "sum": Kernel(
        lambda x: x.sum(-1),
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x.sum(-1)), "the other order": lambda x: x.flip(-1).sum(-1)},
    ),
    "cumsum": Kernel(
        lambda x: x.cumsum(-1),
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x.cumsum(-1))},
    ),
    "logsumexp": Kernel(
        lambda x: x.logsumexp(-1),
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x.logsumexp(-1))},
    ),
    "embedding_bag": Kernel(
        lambda w, i: F.embedding_bag(i, w, mode="sum"),
        lambda draw, n: [draw(ROWS * 4, 4), _labels(draw, n, ROWS * 4)[None]],
        {"in float32": _in_float32(lambda w, i: w[i].sum(1)), "gathered": lambda w, i: w[i].sum(1)},
    ),
    "group_norm": Kernel(
        lambda x: F.group_norm(x, 2, eps=EPS),
        lambda draw, n: [draw(2, 4, n)],
        {"in float32": _in_float32(_group), "step by step": _group},
    ),
    "conv1d": Kernel(
        F.conv1d,
        lambda draw, n: [draw(2, 2, n + 3), draw(3, 2, n)],
        {"in float32": _in_float32(F.conv1d), "by products": _in_float32(_conv_by_products)},
    ),
    "vector_norm": Kernel(
        lambda x: torch.linalg.vector_norm(x, dim=-1),
        lambda draw, n: [draw(ROWS, n)],
        {"in float32": _in_float32(lambda x: x.square().sum(-1).sqrt())},
    ),
}
