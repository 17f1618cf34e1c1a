"""Gradient checking: evaluations against weights, steps that prove nothing, and which wrong gradients it can see."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import differentiate

import gradtwin
from parity_tests.pairs.gradient_checking import bell
from reference.gradient_checking import central_difference as torch_central
from reference.gradient_checking import complex_step as torch_complex
from reference.gradient_checking import forward_difference as torch_forward
from scratch.gradient_checking import central_difference, complex_step, forward_difference

Array = NDArray[Any]
STEP = 2.0**-18
"""About the cube root of u = 2^-53, where a central difference is at its best."""
POINTS = np.array([0.2, 0.3, 0.7])


@pytest.mark.parametrize(
    ("way", "cost"),
    [(forward_difference, lambda m: m + 1), (central_difference, lambda m: 2 * m), (complex_step, lambda m: m)],
    ids=["forward", "central", "complex"],
)
@pytest.mark.parametrize("shape", [(1,), (8,), (8, 9)])
def test_l33_evaluations_grow_with_the_weights(
    way: ModuleType, cost: Callable[[int], int], shape: tuple[int, ...]
) -> None:
    calls: list[None] = []

    def counted(w: Array) -> Any:
        calls.append(None)
        return bell(w)

    way.forward(np.ones(shape), counted, 0.5)
    assert len(calls) == cost(int(np.prod(shape)))


def test_l33_the_evaluations_of_scipy_grow_with_the_weights() -> None:
    """A Jacobian of scipy asks for many points in one call, of which each element needs the same number."""

    def points(m: int) -> int:
        asked: list[int] = []

        def counted(w: Array) -> Any:
            asked.append(w[0].size)
            return (w * w).sum(axis=0)

        differentiate.jacobian(counted, np.ones(m))
        return sum(asked)

    assert [points(m) for m in (2, 8, 32)] == [m * points(1) for m in (2, 8, 32)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("way", "twin", "short"),
    [
        (forward_difference, torch_forward, "inconclusive"),
        (central_difference, torch_central, "inconclusive"),
        (complex_step, torch_complex, "match"),
    ],
    ids=["forward", "central", "complex"],
)
def test_l33_shadow_runs_see_what_cancels(way: ModuleType, twin: ModuleType, short: str, dtype: str) -> None:
    """A difference over too short a step proves nothing: rounding alone explains any result."""

    def judged(step: float) -> str:
        options = {"function": bell, "step": step}
        return gradtwin.check(way.forward, twin=twin.forward, inputs=[POINTS], options=options, dtypes=(dtype,)).verdict

    assert (judged(1e-2), judged(1e-16)) == ("match", short)


def _farther(factor: float) -> bool:
    """Say whether a central difference of the sum of w^2 is everywhere closer to 2 w than to this factor times w."""
    w = np.random.default_rng(0).standard_normal(20)
    found = central_difference.forward(w, lambda w: (w * w).sum(), STEP)
    return bool(np.all(np.abs(factor * w - found) > np.abs(2 * w - found)))


def _judged(factor: float) -> str:
    return gradtwin.check(
        lambda w: (w * w).sum(),
        lambda grad, w: grad * (factor * w),
        twin=lambda w: torch.square(w).sum(),
        inputs=lambda rng: [rng.standard_normal(20)],
        dtypes=("float64",),
        name="sum of squares",
    ).verdict


@pytest.mark.parametrize(("factor", "seen"), [(2.001, True), (2 * (1 + 1e-13), False)], ids=["2.001 for 2", "1e-13"])
def test_l33_gradient_checking_sees_a_wrong_gradient_down_to_its_own_error(factor: float, seen: bool) -> None:
    assert _farther(factor) is seen
    assert (_judged(factor), _judged(2.0)) == ("mismatch", "match")


@pytest.mark.parametrize("way", [forward_difference, central_difference, complex_step])
@pytest.mark.parametrize(
    ("input", "step"),
    [
        (np.arange(3), 0.5),
        (np.ones(3, np.complex128), 0.5),
        (np.ones(3), 0.0),
        (np.ones(3), -0.5),
        (np.ones(3), np.nan),
        (np.ones(3), np.inf),
        (np.ones(3, np.float32), 1e-40),
        (np.ones(3, np.float32), 1e40),
    ],
)
def test_l33_steps_and_inputs_without_a_quotient_are_refused(way: ModuleType, input: Array, step: float) -> None:
    with pytest.raises(ValueError, match=r"Expected (input|step)"):
        way.forward(input, bell, step)
