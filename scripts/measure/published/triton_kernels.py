"""Kernels of Triton, run on the CPU by Triton's own interpreter.

The interpreter has no arithmetic of bfloat16, and passes numbers of Python to a kernel without their methods: what
needs either counts as tried, and does not run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn.functional import (
    cross_entropy,
    gelu,
    group_norm,
    kl_div,
    layer_norm,
    log_softmax,
    relu,
    rms_norm,
    silu,
    softmax,
)

from scripts.measure.published import twins
from scripts.measure.published.entry import Entry, classes, normal

__all__ = ["ENTRIES"]

LIGER = "liger_kernel.transformers.functional:"
ROWS = "5 x 37"


def _rows(count: int) -> Callable[[np.random.Generator], list[Any]]:
    return lambda rng: [normal(rng, 5, 37) for _ in range(count)]


def _affine(count: int) -> Callable[[np.random.Generator], list[Any]]:
    return lambda rng: [normal(rng, 5, 37), *(normal(rng, 37) for _ in range(count))]


def _distributions(rng: np.random.Generator) -> list[Any]:
    return [log_softmax(normal(rng, 5, 37), -1) for _ in range(2)]


def _projection(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 5, 19), normal(rng, 37, 19), classes(rng, 5, 37)]


def _turned(rng: np.random.Generator) -> list[Any]:
    angles = torch.arange(5.0)[:, None] * 10000.0 ** (-torch.arange(4.0) / 4)
    tables = torch.cat([angles, angles], -1)[None]
    return [normal(rng, 1, 2, 5, 8), normal(rng, 1, 2, 5, 8), tables.cos(), tables.sin()]


def _window(rng: np.random.Generator) -> list[Any]:
    return [normal(rng, 1, 1, 11, 16) for _ in range(3)]


def _liger(name: str, twin: Callable[..., Any], inputs: Any, sizes: str = ROWS, **more: Any) -> Entry:
    return Entry("liger-kernel", LIGER + name, twin, inputs, sizes, **more)


def _normed(x: Any, weight: Any, eps: float) -> Any:
    return rms_norm(x, x.shape[-1:], weight, eps)


def _layer_normed(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    return layer_norm(x, x.shape[-1:], weight, bias, eps)


ENTRIES = (
    _liger("liger_softmax", lambda x: softmax(x, -1), _rows(1)),
    _liger("liger_sparsemax", twins.sparsemax, _rows(1)),
    _liger("liger_relu_squared", lambda x: relu(x) ** 2, _rows(1)),
    _liger("liger_jsd", twins.jensen_shannon, _distributions, arguments={"differentiable": "input"}),
    _liger("liger_cross_entropy", cross_entropy, lambda rng: [normal(rng, 5, 37), classes(rng, 5, 37)]),
    Entry(
        "liger-kernel",
        LIGER + "liger_cross_entropy",
        cross_entropy,
        lambda rng: [normal(rng, 5, 37), classes(rng, 5, 37)],
        "5 x 37, input may be written",
        arguments={"mutates_args": "input"},
    ),
    _liger(
        "liger_fused_linear_cross_entropy",
        lambda input, weight, target: cross_entropy(input @ weight.T, target),
        _projection,
        "5 x 19, 37 classes",
        dtypes=("float32", "bfloat16"),
    ),
    _liger("liger_rope", twins.rotary, _turned, "2 heads, 5 x 8", arguments={"differentiable": ("q", "k")}),
    _liger(
        "liger_fused_neighborhood_attention",
        twins.neighborhood,
        _window,
        "11 x 16, window 5",
        options={"kernel_size": 5},
    ),
    _liger("liger_rms_norm", _normed, _affine(1), options={"eps": 1e-6}),
    _liger("liger_layer_norm", _layer_normed, _affine(2), options={"eps": 1e-5}),
    _liger(
        "liger_group_norm",
        lambda x, weight, bias, num_channels, num_groups, eps: group_norm(x, num_groups, weight, bias, eps),
        lambda rng: [normal(rng, 3, 6, 11), normal(rng, 6), normal(rng, 6)],
        "3 x 6 x 11",
        options={"num_channels": 6, "num_groups": 3, "eps": 1e-5},
    ),
    _liger("liger_geglu", lambda a, b: gelu(a, approximate="tanh") * b, _rows(2)),
    _liger("liger_swiglu", lambda a, b: silu(a) * b, _rows(2)),
    _liger(
        "liger_kl_div",
        lambda input, target, reduction: kl_div(input, target, reduction=reduction),
        lambda rng: [x if i == 0 else x.exp() for i, x in enumerate(_distributions(rng))],
        options={"reduction": "batchmean"},
        arguments={"differentiable": "input"},
    ),
    _liger("liger_poly_norm", twins.poly_norm, lambda rng: [normal(rng, 5, 37), normal(rng, 3), normal(rng, 1)]),
    _liger(
        "liger_fused_add_rms_norm",
        twins.added_rms_norm,
        lambda rng: [*_rows(2)(rng), normal(rng, 37)],
        options={"eps": 1e-6, "in_place": False},
    ),
    _liger(
        "liger_dyt",
        lambda x, alpha, gamma, beta: torch.tanh(alpha * x) * gamma + beta,
        lambda rng: [normal(rng, 5, 37), normal(rng, 1), normal(rng, 37), normal(rng, 37)],
    ),
    Entry("torchnorm", "torchnorm._triton:fused_rms_norm", _normed, _affine(1), ROWS, {"eps": 1e-6}),
    Entry("torchnorm", "torchnorm._triton:fused_layer_norm", _layer_normed, _affine(2), ROWS, {"eps": 1e-6}),
    Entry("fla-core", "fla.modules.activations:sqrelu", lambda x: relu(x) ** 2, _rows(1), ROWS),
    Entry("fla-core", "fla.modules.activations:fast_gelu_impl", lambda x: gelu(x, approximate="tanh"), _rows(1), ROWS),
    Entry("fla-core", "fla.modules.activations:swish", silu, _rows(1), ROWS),
    Entry(
        "fla-core",
        "fla.modules.fused_cross_entropy.ops:cross_entropy_loss",
        lambda x, target: cross_entropy(x, target, reduction="none"),
        lambda rng: [normal(rng, 5, 37), classes(rng, 5, 37)],
        ROWS,
        make=lambda loss: lambda x, target: loss(x, target)[0],
    ),
    Entry(
        "late-interaction-kernels",
        "late_interaction_kernels:maxsim",
        lambda q, d: torch.einsum("qid,kjd->qkij", q, d).amax(-1).sum(-1),
        lambda rng: [normal(rng, 2, 5, 16), normal(rng, 3, 7, 16)],
        "2 x 5 and 3 x 7 of 16",
    ),
    Entry(
        "cut-cross-entropy",
        "cut_cross_entropy:linear_cross_entropy",
        lambda e, c, target: cross_entropy(e @ c.T, target),
        lambda rng: [normal(rng, 9, 16), normal(rng, 37, 16), classes(rng, 9, 37)],
        "9 x 16, 37 classes",
    ),
    Entry(
        "memeff",
        "memeff:MemoryEfficientCLIPLoss",
        lambda x, y: cross_entropy(x @ y.T, torch.arange(len(x))),
        lambda rng: [normal(rng, 7, 16), normal(rng, 7, 16)],
        "7 x 16",
        make=lambda loss: loss(normalized_inputs=True),
    ),
)
