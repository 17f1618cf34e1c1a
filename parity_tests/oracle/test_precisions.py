"""Precisions below float32: each result at its own unit roundoff, what is only stored, and casts of the twin's own."""

from collections.abc import Callable
from typing import Any

import pytest
import torch

import gradtwin

F = torch.nn.functional
Tensor = torch.Tensor
Function = Callable[..., Any]
BFLOAT16, FP8 = torch.bfloat16, torch.float8_e4m3fn


def _normal(*shape: int, dtype: torch.dtype = BFLOAT16, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(dtype)


def _verdict(suspect: Function, twin: Function, inputs: list[Tensor], words: str = "", **how: Any) -> str:
    report = gradtwin.check(suspect, twin=twin, inputs=inputs, **how)
    assert words in str(report), str(report)
    return report.verdict


# A result in float32 of bfloat16 numbers.


def _energy(x: Tensor) -> Tensor:
    return (-x.float()).logsumexp(-1)


def _energy_in_steps(x: Tensor) -> Tensor:
    z = -x.float()
    top = z.amax(-1, keepdim=True)
    return (z - top).exp().sum(-1).log() + top[..., 0]


ROWS = _normal(4, 48)


def test_a_float32_result_of_bfloat16_numbers_is_judged_as_float32() -> None:
    report = gradtwin.check(_energy_in_steps, twin=_energy, inputs=[ROWS])
    assert report.ok, str(report)
    assert set(report.tally.worst) == {"float32", "bfloat16"}


DROPS: dict[str, Function] = {
    "everywhere": lambda x: (-x).logsumexp(-1).float(),
    "in the middle": lambda x: (-x.float()).exp().bfloat16().float().sum(-1).log(),
}


@pytest.mark.parametrize("name", DROPS)
def test_a_drop_to_bfloat16_on_the_way_to_float32_is_named(name: str) -> None:
    report = gradtwin.check(DROPS[name], twin=_energy, inputs=[ROWS])
    assert {f.verdict for f in report.findings if f.quantity == "output"} == {"imprecise"}
    assert "is right to the precision of bfloat16 only, not to that of float32" in str(report)


def test_a_factor_in_a_float32_result_is_refused_far_below_the_digits_of_its_inputs() -> None:
    assert _verdict(lambda x: 1.0001 * _energy_in_steps(x), _energy, [ROWS]) == "mismatch"


# Casts of the twin's own, and back.


def _scaled(x: Tensor, w: Tensor) -> Tensor:
    y = x.float()
    return (y * (y.square().mean(-1, keepdim=True) + 1e-3).rsqrt()).to(x.dtype) * w


def _scaled_in_other_steps(x: Tensor, w: Tensor) -> Tensor:
    y = x.float()
    return (y / (y.pow(2).sum(-1, keepdim=True) / y.shape[-1] + 1e-3).sqrt()).type_as(w) * w


def _attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.softmax(q @ k.T / 4, dim=-1, dtype=torch.float32).to(v.dtype) @ v


def _attention_rounded_once(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return (torch.softmax(q.float() @ k.float().T / 4, -1) @ v.float()).to(q.dtype)


CASTING: dict[str, tuple[Function, Function, list[Tensor]]] = {
    "a norm": (_scaled, _scaled_in_other_steps, [_normal(16, 64), _normal(64, seed=1)]),
    "attention": (
        _attention,
        _attention_rounded_once,
        [_normal(8, 16), _normal(24, 16, seed=1), _normal(24, 16, seed=2)],
    ),
}


@pytest.mark.parametrize("dtype", [BFLOAT16, torch.float16])
@pytest.mark.parametrize("name", CASTING)
def test_a_twin_that_computes_in_float32_and_rounds_is_the_twin_of_code_that_does(
    name: str, dtype: torch.dtype
) -> None:
    twin, suspect, inputs = CASTING[name]
    assert _verdict(suspect, twin, [x.to(dtype) for x in inputs]) == "match"


@pytest.mark.parametrize("name", CASTING)
def test_a_factor_beside_a_twin_that_casts_is_refused(name: str) -> None:
    twin, suspect, inputs = CASTING[name]
    assert _verdict(lambda *x: (1.02 * suspect(*x).float()).to(BFLOAT16), twin, inputs) == "mismatch"


# Automatic casts.


def _under_autocast(function: Function) -> Function:
    def call(*tensors: Tensor) -> Any:
        with torch.autocast("cpu", dtype=BFLOAT16):
            return function(*tensors)

    return call


def _network(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.tanh(x @ a).float() @ b


LAYERS = [
    _normal(16, 32, dtype=torch.float32),
    _normal(32, 16, dtype=torch.float32),
    _normal(16, 4, dtype=torch.float32),
]


def test_casts_by_hand_are_those_of_autocast() -> None:
    def by_hand(x: Tensor, a: Tensor, b: Tensor) -> Tensor:
        return torch.tanh(x.bfloat16() @ a.bfloat16()) @ b.bfloat16()

    words = "the twin computes in bfloat16 on the way, and is granted its rounding"
    assert _verdict(by_hand, _under_autocast(_network), LAYERS, words) == "match"


def test_what_is_wrong_under_autocast_is_refused() -> None:
    suspect = _under_autocast(lambda x, a, b: torch.tanh(x @ a).float() @ (1.05 * b))
    assert _verdict(suspect, _under_autocast(_network), LAYERS) == "mismatch"


def test_autocast_beside_a_twin_in_float32_is_a_drop_of_precision() -> None:
    def suspect(x: Tensor, a: Tensor) -> Tensor:
        return torch.as_tensor(_under_autocast(torch.matmul)(x, a)).float()

    words = "is right to the precision of bfloat16 only, not to that of float32"
    assert _verdict(suspect, torch.matmul, LAYERS[:2], words) == "imprecise"


def test_autocast_that_is_left_on_is_named_and_switched_off() -> None:
    def suspect(x: Tensor) -> Tensor:
        torch.set_autocast_enabled("cpu", True)
        return 2 * x

    assert _verdict(suspect, lambda x: 2 * x, LAYERS[:1], "changes torch.autocast: automatic casts on cpu") == "impure"
    assert not torch.is_autocast_enabled("cpu")


# Eight bits, in which numbers are stored.

WEIGHTS = _normal(16, 64, dtype=torch.float32)


def _quantize(x: Tensor) -> tuple[Tensor, Tensor]:
    scale = x.detach().abs().amax() / 448
    return (x / scale).clamp(-448, 448).to(FP8), scale


def _rounded_down(x: Tensor) -> tuple[Tensor, Tensor]:
    scale = x.detach().abs().amax() / 448
    y = x.detach() / scale
    step = torch.exp2(y.abs().log2().floor().clamp(min=-6) - 3)
    return ((y / step).trunc() * step).to(FP8), scale


QUANTIZERS: dict[str, Function] = {
    "rounds down": _rounded_down,
    "forgets the scale": lambda x: (x.clamp(-448, 448).to(FP8), x.detach().abs().amax() / 448),
    "clips at 240": lambda x: ((x / (x.detach().abs().amax() / 448)).clamp(-240, 240).to(FP8), _quantize(x)[1]),
    "scales by 256": lambda x: ((x / (x.detach().abs().amax() / 256)).to(FP8), x.detach().abs().amax() / 256),
}


WIDTHS = pytest.mark.parametrize("dtype", [torch.float64, torch.float32])


@WIDTHS
def test_a_quantizer_that_divides_in_another_order_matches(dtype: torch.dtype) -> None:
    def suspect(x: Tensor) -> tuple[Tensor, Tensor]:
        largest = x.detach().abs().max()
        return (x * (448 / largest)).to(FP8), largest * (1 / 448)

    report = gradtwin.check(suspect, twin=_quantize, inputs=[WEIGHTS.to(dtype)])
    assert report.ok, str(report)
    assert report.tally.worst["float8_e4m3fn"] <= 1


@WIDTHS
@pytest.mark.parametrize("name", QUANTIZERS)
def test_a_quantizer_that_is_wrong_is_refused(name: str, dtype: torch.dtype) -> None:
    assert _verdict(QUANTIZERS[name], _quantize, [WEIGHTS.to(dtype)]) == "mismatch"


@pytest.mark.parametrize("dtype", [FP8, torch.float8_e5m2])
def test_what_is_beyond_the_largest_number_is_what_torch_makes_of_it(dtype: torch.dtype) -> None:
    x = 2.0**15 * _normal(64, dtype=torch.float32)
    assert _verdict(lambda x: x.double().to(dtype), lambda x: x.to(dtype), [x], differentiable=()) == "match"
    largest = 240.0 if dtype is FP8 else torch.finfo(dtype).max  # e5m2 has infinities, e4m3fn goes on to 448
    words = "differs from the twin"
    cut = _verdict(lambda x: x.clamp(-largest, largest).to(dtype), lambda x: x.to(dtype), [x], words, differentiable=())
    assert cut == "mismatch"


STORED = [_normal(8, 32, dtype=FP8), _normal(32, 4, seed=1, dtype=FP8), torch.tensor(0.37)]
PRODUCTS: dict[str, tuple[Function, str]] = {
    "transposed": (lambda a, b, scale: (b.float().T @ a.float().T).T * scale, "match"),
    "a term dropped": (lambda a, b, scale: (a[:, :-1].float() @ b[:-1].float()) * scale, "mismatch"),
    "in bfloat16": (lambda a, b, scale: (a.bfloat16() @ b.bfloat16()).float() * scale, "imprecise"),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_inputs_of_eight_bits_are_given_exactly(name: str) -> None:
    suspect, verdict = PRODUCTS[name]
    assert _verdict(suspect, lambda a, b, scale: (a.float() @ b.float()) * scale, STORED) == verdict


# Sums in half precision.


def _sum(x: Tensor) -> Tensor:
    total = torch.zeros_like(x[..., 0])
    for term in x.unbind(-1):
        total = total + term
    return total


class _Bias(torch.autograd.Function):
    """A bias, whose gradient is summed in the precision of the cotangent."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, b: Tensor) -> Tensor:
        return x + b

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        return grads[0], _sum(grads[0].T)


@pytest.mark.parametrize("dtype", [BFLOAT16, torch.float16])
def test_sums_in_half_precision_are_refused_unless_they_are_declared(dtype: torch.dtype) -> None:
    name = str(dtype).removeprefix("torch.")
    squares = _normal(8, 2048, dtype=dtype)
    assert _verdict(lambda x: _sum(x * x), lambda x: x.square().sum(-1), [squares]) != "match"
    inputs = [_normal(2048, 16, dtype=dtype), _normal(16, seed=1, dtype=dtype)]
    assert _verdict(_Bias.apply, torch.add, inputs) in ("imprecise", "unstable")
    short = [_normal(48, 16, dtype=dtype), _normal(16, seed=1, dtype=dtype)]
    assert _verdict(_Bias.apply, torch.add, short, accumulator_dtype=name) == "match"


# TF32 in float32, in gradients alone too.


def _in_tf32(x: Tensor) -> Tensor:
    fraction, exponent = torch.frexp(x)
    return torch.ldexp((fraction * 2048).round() / 2048, exponent)


class _Product(torch.autograd.Function):
    """A product that is right in its values, and whose gradients take factors of TF32."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return a @ b

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        (g,), (a, b) = map(_in_tf32, grads), map(_in_tf32, ctx.saved_tensors)
        return g @ b.T, a.T @ g


def test_tf32_in_gradients_alone_is_named_with_its_bits() -> None:
    report = gradtwin.check(_Product.apply, twin=torch.matmul, inputs=LAYERS[:2])
    assert {(f.verdict, f.quantity) for f in report.findings} == {("imprecise", f"gradient of {x}") for x in "ab"}
    assert "to the precision of TF32 only" in str(report)
    assert all(10 < (f.bits or 0) < 18 for f in report.findings)


def test_what_the_twin_is_as_far_off_by_the_same_numbers_is_no_fault() -> None:
    index = torch.arange(2048) % 2
    report = gradtwin.check(lambda w: w[index], twin=lambda w: F.embedding(index, w), inputs=[_normal(2, 16)])
    assert report.ok, str(report)
