"""Complex numbers are judged as pairs of real ones, by torch's convention of what a gradient of them is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report

RNG = np.random.default_rng(0)
A = RNG.standard_normal((4, 3)) + 1j * RNG.standard_normal((4, 3))
B = RNG.standard_normal((3, 2)) + 1j * RNG.standard_normal((3, 2))
M = RNG.standard_normal((3, 3)) + 1j * RNG.standard_normal((3, 3))
X = RNG.standard_normal((4, 8))
NAME = "gradient without the conjugate"


class Reciprocal(torch.autograd.Function):
    """One by z, with the derivative by hand; `conjugated` says whether its conjugate is taken."""

    conjugated = True

    @classmethod
    def forward(cls, ctx: Any, z: Any) -> Any:
        ctx.save_for_backward(1 / z)
        return 1 / z

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        (w,) = ctx.saved_tensors
        slope = -w * w
        return grad * (slope.conj() if cls.conjugated else slope)


class ReciprocalOfJax(Reciprocal):
    conjugated = False


def check(forward: Any, backward: Any, twin: Any, inputs: Sequence[Any], dtype: Any, **arguments: Any) -> Report:
    cast = [np.asarray(x, dtype if np.iscomplexobj(x) else dtype(0).real.dtype) for x in inputs]
    return gradtwin.check(forward, backward, twin=twin, inputs=cast, **arguments)


def cos(z: Any) -> Any:
    parts = z.real.cos() * z.imag.cosh(), -z.real.sin() * z.imag.sinh()
    return torch.complex(*parts)


def one_left(z: Any) -> Any:
    """Return 1, which is what cancellation leaves of numbers of the size of z squared."""
    return (z + 1) * (z + 1) - z * z - 2 * z


def one_left_in_another_order(z: Any) -> Any:
    return ((z + 1) * (z + 1) - 2 * z) - z * z


def product(a: Any, b: Any) -> Any:
    return a @ b


RIGHT: dict[str, Callable[[Any], Report]] = {
    "a product": lambda t: check(product, lambda g, a, b: (g @ b.conj().T, a.conj().T @ g), torch.matmul, [A, B], t),
    "a real result": lambda t: check(
        lambda z: (z * z.conj()).real, lambda g, z: 2 * g * z, lambda z: z.abs().square(), [A], t
    ),
    "a modulus": lambda t: check(np.abs, lambda g, z: g * z / np.abs(z), torch.abs, [A], t),
    "a transform of real numbers": lambda t: check(
        lambda x: np.fft.rfft(x),
        lambda g, x: 8 * np.fft.ifft(np.pad(g, [(0, 0), (0, 3)])).real.astype(x.dtype),
        torch.fft.rfft,
        [X],
        t,
    ),
    "a Function": lambda t: check(Reciprocal, None, torch.reciprocal, [A], t),
    "a function of tensors": lambda t: check(cos, None, torch.cos, [A], t),
    "a sigmoid, which is within [0, 1] of real numbers alone": lambda t: check(
        lambda z: 1 / (1 + np.exp(-z)), None, torch.sigmoid, [A], t
    ),
    "a solution of equations": lambda t: check(np.linalg.solve, None, torch.linalg.solve, [M, B], t),
    "what cancels, in another order": lambda t: check(one_left_in_another_order, None, one_left, [100 * A], t),
    "an option": lambda t: check(
        lambda z, w: z * w, lambda g, z, w: g * np.conj(w), lambda z, w: z * w, [A], t, options={"w": A[0].astype(t)}
    ),
    "the other convention, accepted": lambda t: check(
        product, lambda g, a, b: (g @ b.T, a.T @ g), torch.matmul, [A, B], t, accept=NAME
    ),
}
WRONG: dict[str, tuple[Callable[[Any], Report], str, str]] = {
    "no conjugate": (
        lambda t: check(product, lambda g, a, b: (g @ b.T, a.T @ g), torch.matmul, [A, B], t),
        "mismatch",
        f'accept="{NAME}"',
    ),
    "a Function without a conjugate": (
        lambda t: check(ReciprocalOfJax, None, torch.reciprocal, [A], t),
        "mismatch",
        f'accept="{NAME}"',
    ),
    "one conjugate of two": (
        lambda t: check(product, lambda g, a, b: (g @ b.conj().T, a.T @ g), torch.matmul, [A, B], t, accept=NAME),
        "mismatch",
        "gradient of b",
    ),
    "a factor of a real result": (
        lambda t: check(lambda z: (z * z.conj()).real, lambda g, z: g * z, lambda z: z.abs().square(), [A], t),
        "mismatch",
        "constant factor of 1/2",
    ),
    "a sigmoid with a term more": (
        lambda t: check(lambda z: 1 / (1 + np.exp(-z)) + z / 10, None, torch.sigmoid, [A], t),
        "mismatch",
        "output",
    ),
    "a conjugate in the values": (
        lambda t: check(np.conj, None, lambda z: 1 * z, [A], t),
        "mismatch",
        "output",
    ),
    "what cancels, with another constant": (
        lambda t: check(lambda z: one_left(z) + 0.1, None, one_left, [100 * A], t),
        "mismatch",
        "output",
    ),
    "the real part alone": (
        lambda t: check(lambda x: np.fft.fft(x).real, None, torch.fft.fft, [X], t),
        "structure",
        "has real numbers where the twin has complex ones",
    ),
    "an argument": (lambda t: check(lambda z: np.multiply(z, 2, out=z), None, lambda z: 2 * z, [A], t), "impure", "z"),
}
TYPES = pytest.mark.parametrize("dtype", [np.complex128, np.complex64])


@TYPES
@pytest.mark.parametrize("judged", RIGHT.values(), ids=RIGHT)
def test_right_code_of_complex_numbers_matches(judged: Callable[[Any], Report], dtype: Any) -> None:
    report = judged(dtype)
    assert report.ok, str(report)


@TYPES
@pytest.mark.parametrize(("judged", "verdict", "words"), WRONG.values(), ids=WRONG)
def test_wrong_code_of_complex_numbers_is_refused(
    judged: Callable[[Any], Report], verdict: str, words: str, dtype: Any
) -> None:
    report = judged(dtype)
    assert report.verdict == verdict, str(report)
    assert words in str(report)


def test_a_twin_of_real_numbers_alone_is_named() -> None:
    def twin(z: Any) -> Any:
        return torch.softmax(z, -1)

    with pytest.raises(UsageError, match=r"Expected twin .*twin to accept the inputs; it raised NotImplementedError"):
        check(lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True), None, twin, [A], np.complex64)


def test_torch_has_no_complex_numbers_of_bfloat16() -> None:
    with pytest.raises(UsageError, match=r"of which torch has complex numbers; got bfloat16"):
        gradtwin.check(torch.conj, twin=torch.conj, inputs=[torch.from_numpy(A)], dtypes=("bfloat16",))
