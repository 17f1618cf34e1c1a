"""What only all elements together show, in formats of few digits: a factor of one percent, sums in half precision."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin

F = torch.nn.functional
Function = Callable[..., Any]


def _normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).bfloat16()


def _eager_softmax(x: torch.Tensor) -> torch.Tensor:
    e = (x - x.amax(-1, keepdim=True)).exp()
    return e / e.sum(-1, keepdim=True)


def _eager_layer_norm(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    m = x.mean(-1, keepdim=True)
    v = (x - m).square().mean(-1, keepdim=True)
    return (x - m) * (v + 1e-5).rsqrt() * w


def _eager_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.softmax((q @ k.transpose(-1, -2)) / 4, -1) @ v


X, WEIGHT = _normal(16, 64), _normal(64, seed=1)
KERNELS: dict[str, tuple[Function, Function, list[torch.Tensor]]] = {
    "softmax": (lambda x: torch.softmax(x, -1), _eager_softmax, [X]),
    "layer_norm": (lambda x, w: F.layer_norm(x, (64,), w), _eager_layer_norm, [X, WEIGHT]),
    "matmul": (torch.matmul, lambda a, b: (a.float() @ b.float()).bfloat16(), [_normal(16, 512), _normal(512, 16)]),
    "attention": (
        F.scaled_dot_product_attention,
        _eager_attention,
        [_normal(4, 16, 16), _normal(4, 16, 16, seed=1), _normal(4, 16, 16, seed=2)],
    ),
}


@pytest.mark.parametrize("name", KERNELS)
def test_one_percent_is_refused_in_bfloat16_and_rounding_is_not(name: str) -> None:
    reference, eager, inputs = KERNELS[name]
    exact = reference(*(x.float() for x in inputs))
    gradtwin.assert_close(exact.bfloat16(), reference, inputs)
    gradtwin.assert_close(eager(*inputs), reference, inputs)
    for factor, words in ((1.01, r"a factor of about 1\.01"), (0.99, r"a factor of about 0\.99")):
        with pytest.raises(AssertionError, match=f"is off by {words}: no element is outside the bound"):
            gradtwin.assert_close((factor * exact).bfloat16(), reference, inputs)


@pytest.mark.parametrize("name", KERNELS)
def test_a_check_sees_one_percent_as_well(name: str) -> None:
    reference, eager, inputs = KERNELS[name]
    assert gradtwin.check(eager, twin=reference, inputs=inputs).ok

    def larger(*x: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(1.01 * reference(*(part.float() for part in x))).bfloat16()

    report = gradtwin.check(larger, twin=reference, inputs=inputs)
    assert report.verdict == "mismatch"
    assert report.tally.worst["bfloat16"] > 1
    assert "is off by a factor of about 1.01" in str(report)


def _energy(x: torch.Tensor) -> torch.Tensor:
    total = torch.zeros_like(x[..., 0])
    for i in range(x.shape[-1]):
        total = total + x[..., i] * x[..., i]
    return total


def test_sums_in_a_format_of_few_digits_are_refused_on_the_whole() -> None:
    x = _normal(8, 512)
    report = gradtwin.check(_energy, twin=lambda x: x.square().sum(-1), inputs=[x])
    assert report.verdict == "imprecise", str(report)
    assert "as sums in bfloat16 have" in str(report)
    in_float32 = gradtwin.check(lambda x: _energy(x.float()).bfloat16(), twin=lambda x: x.square().sum(-1), inputs=[x])
    assert in_float32.ok, str(in_float32)


def test_what_the_twin_shows_as_well_accuses_nobody() -> None:
    def twin(x: torch.Tensor) -> torch.Tensor:
        return x * torch.tensor(1.01, dtype=torch.float64).to(x.dtype)

    assert gradtwin.check(lambda x: x * torch.tensor(1.01).bfloat16(), twin=twin, inputs=[X]).ok


def test_a_finer_format_has_a_bound_for_each_element() -> None:
    x = X.float().numpy()
    slightly = np.float32(1 + 2.0**-22)
    assert gradtwin.check(lambda x: slightly * np.tanh(x), twin=torch.tanh, inputs=[x]).ok
