"""Functions and modules of PyTorch alone, or of Numba, whose backward was derived by hand."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
from torch.nn.functional import hardsigmoid, hardswish, linear, log_softmax, mish, one_hot, silu

from scripts.measure.published import twins
from scripts.measure.published.entry import Entry, classes, normal

__all__ = ["ENTRIES"]

ROWS = "5 x 37"
BOTH = ("float32", "float64")
LOW = ("float32", "bfloat16")
FIRST, SECOND = (torch.from_numpy(np.random.default_rng(i).standard_normal((4, 4)) / 2).float() for i in (1, 2))
TILED = "memory_efficient_attention_pytorch.flash_attention:FlashAttentionFunction"


def _rows(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 5, 37)]


def _wide_rows(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 5, 37, size=3)]


def _targets(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 5, 37), classes(rng, 5, 37)]


def _heads(keys: int) -> Any:
    return lambda rng: [normal(rng, 1, 2, 11, 8), normal(rng, 1, 2, keys, 8), normal(rng, 1, 2, keys, 8)]


def _sequences(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 2, 4, 3), normal(rng, 2, 3, 3)]


class _Half(torch.nn.Module):
    """What one half of a reversible block adds to the other."""

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight.clone())

    def forward(self, x: Any) -> Any:
        return torch.tanh(x @ self.weight.to(x.dtype))


def _swiglu(x: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
    return linear(silu(linear(x, w1, b1)) * linear(x, w2, b2), w3, b3)


def _by_sequence(q: Any, k: Any, v: Any, causal: bool, bucket_size: int) -> Any:
    return twins.attention(*(x.transpose(1, 2) for x in (q, k, v)), causal=causal).transpose(1, 2)


def _focal(pred: Any, target: Any, alpha: None, gamma: float, reduction: str) -> Any:
    logs = log_softmax(pred, 1)
    return -((1 - logs.exp()) ** gamma * logs * one_hot(target, pred.shape[1])).mean()


def _reversed(x: Any) -> Any:
    return twins.reversible(FIRST, SECOND, x)


def _coupled(module: Any) -> Any:
    return module(Fm=_Half(FIRST), Gm=_Half(SECOND), split_dim=2)


def _wrapped(module: Any) -> Any:
    return module(_coupled(sys.modules["memcnn"].AdditiveCoupling), keep_input=True, keep_input_inverse=True)


def _sequence(module: Any) -> Any:
    block = sys.modules["revtorch"].ReversibleBlock(_Half(FIRST), _Half(SECOND), split_along_dim=-1)
    return module(torch.nn.ModuleList([block]))


def _without_routes(module: Any) -> Any:
    sequence = module([(_Half(FIRST), _Half(SECOND))])
    return lambda x: sequence(x, arg_route=(False, False))


def _flow(y: Any) -> Any:
    return torch.tanh(y @ torch.tensor([[-0.1, 1.0], [-1.0, -0.1]], dtype=y.dtype))


class _Flow(torch.nn.Module):
    def forward(self, t: Any, y: Any) -> Any:
        return _flow(y)


def _integrated(y: Any, steps: int = 10) -> Any:
    """Return the end of steps by the rule of three eighths."""
    h = 1 / steps
    for _ in range(steps):
        k1 = _flow(y)
        k2 = _flow(y + h * k1 / 3)
        k3 = _flow(y + h * (k2 - k1 / 3))
        y = y + h * (k1 + 3 * (k2 + k3) + _flow(y + h * (k1 - k2 + k3))) / 8
    return y


def _adjoint(odeint: Any) -> Any:
    def solve(y: Any) -> Any:
        times = torch.tensor([0.0, 1.0], dtype=y.dtype)
        return odeint(_Flow(), y, times, method="rk4", options={"step_size": 0.1}, adjoint_params=())[-1]

    return solve


def _solvable(rng: np.random.Generator) -> list[Any]:
    a = normal(rng, 9, 9)
    return [a @ a.T + 9 * torch.eye(9), normal(rng, 9, 2)]


def _operator(function: Any) -> Any:
    from_matrix = sys.modules["linear_operator"].to_linear_operator
    return lambda matrix, rhs: function(from_matrix(matrix), rhs)


def _aligned(function: Any) -> Any:
    return lambda d: function.apply(d, torch.tensor([list(d.shape[1:])] * len(d)), 1.0, 0)


def _entmax(name: str, twin: Any, inputs: Any = _rows) -> Entry:
    return Entry("entmax", f"entmax:{name}", twin, inputs, ROWS, dtypes=BOTH)


def _timm(name: str, twin: Any) -> Entry:
    return Entry("timm", f"layers/activations_me.py:{name}", twin, _wide_rows, ROWS, dtypes=LOW)


ENTRIES = (
    _entmax("sparsemax", twins.sparsemax),
    _entmax("entmax15", twins.entmax15),
    _entmax("sparsemax_bisect", twins.sparsemax),
    _entmax("entmax_bisect", twins.entmax15),
    _entmax("sparsemax_loss", twins.sparsemax_loss, _targets),
    _entmax("entmax15_loss", twins.entmax15_loss, _targets),
    _timm("SwishAutoFn", silu),
    _timm("MishAutoFn", mish),
    _timm("HardSigmoidAutoFn", hardsigmoid),
    _timm("HardSwishAutoFn", hardswish),
    _timm("HardMishAutoFn", lambda x: 0.5 * x * (x + 2).clamp(0, 2)),
    Entry(
        "xformers",
        "xformers.ops.swiglu_op:_SwiGLUDecomposedFunc",
        _swiglu,
        lambda rng: [normal(rng, *shape) for shape in ((5, 7), (11, 7), (11,), (11, 7), (11,), (7, 11), (7,))],
        "5 x 7, 11 hidden",
        dtypes=LOW,
    ),
    Entry(
        "memory-efficient-attention-pytorch",
        TILED,
        twins.attention_by_position,
        lambda rng: [*_heads(13)(rng), None, False, 4, 5],
        "11 and 13, tiles 4 x 5",
        dtypes=BOTH,
    ),
    Entry(
        "memory-efficient-attention-pytorch",
        TILED,
        twins.attention_by_position,
        lambda rng: [*_heads(11)(rng), None, True, 4, 5],
        "causal, 11 and 11",
    ),
    Entry(
        "memory-efficient-attention-pytorch",
        TILED,
        twins.attention_by_position,
        lambda rng: [*_heads(13)(rng), None, True, 4, 5],
        "causal, 11 and 13",
    ),
    Entry(
        "ring-attention-pytorch",
        "ring_attention_pytorch.ring_flash_attention:ring_flash_attn",
        _by_sequence,
        lambda rng: [normal(rng, 1, 11, 2, 8) for _ in range(3)],
        "causal, 11, tiles of 4",
        options={"causal": True, "bucket_size": 4},
    ),
    Entry(
        "flash-cosine-sim-attention",
        "flash_cosine_sim_attention:flash_cosine_sim_attention",
        twins.unit_attention,
        _heads(13),
        "11 and 13",
    ),
    Entry(
        "kornia",
        "kornia.losses:focal_loss",
        _focal,
        lambda rng: [normal(rng, 5, 7), classes(rng, 5, 7)],
        "5 x 7",
        options={"alpha": None, "gamma": 2.0, "reduction": "mean"},
        dtypes=BOTH,
    ),
    Entry(
        "revtorch",
        "revtorch:ReversibleSequence",
        _reversed,
        lambda r: [normal(r, 2, 5, 8)],
        "2 x 5 x 8",
        make=_sequence,
    ),
    Entry(
        "reformer-pytorch",
        "reformer_pytorch.reversible:ReversibleSequence",
        _reversed,
        lambda rng: [normal(rng, 2, 5, 8)],
        "2 x 5 x 8",
        make=_without_routes,
    ),
    Entry("memcnn", "memcnn:AdditiveCoupling", _reversed, lambda r: [normal(r, 2, 5, 8)], "2 x 5 x 8", make=_coupled),
    Entry(
        "memcnn",
        "memcnn:InvertibleModuleWrapper",
        _reversed,
        lambda r: [normal(r, 2, 5, 8)],
        "2 x 5 x 8",
        make=_wrapped,
    ),
    Entry(
        "pysdtw",
        "pysdtw.sdtw_cpu:SoftDTWcpu",
        twins.soft_dtw,
        lambda r: [normal(r, 2, 4, 3).abs()],
        "4 x 3",
        dtypes=BOTH,
        make=_aligned,
    ),
    Entry(
        "tslearn",
        "tslearn.metrics:SoftDTWLossPyTorch",
        twins.soft_dtw_of_sequences,
        _sequences,
        "4 and 3",
        dtypes=BOTH,
        make=lambda module: module(gamma=1.0),
    ),
    Entry(
        "torchdiffeq",
        "torchdiffeq:odeint_adjoint",
        _integrated,
        lambda r: [normal(r, 3, 2)],
        "10 steps",
        dtypes=BOTH,
        make=_adjoint,
    ),
    Entry("linear-operator", "linear_operator:solve", torch.linalg.solve, _solvable, "9 x 9", make=_operator),
    Entry(
        "linear-operator",
        "linear_operator:inv_quad",
        lambda a, b: (b * torch.linalg.solve(a, b)).sum(),
        _solvable,
        "9 x 9",
        make=_operator,
    ),
)
