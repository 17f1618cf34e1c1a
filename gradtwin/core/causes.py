"""Naming the probable cause of a difference where its pattern is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLEAR_TRUTH, NAMED_FACTOR, NAMED_SLIP, K, Precision
from gradtwin.core.truth import Expectation, ratios
from gradtwin.training.method import Method

__all__ = ["cause_of", "shape_cause"]

Array = NDArray[Any]


@np.errstate(all="ignore")
def cause_of(
    got: Array,
    e: Expectation,
    *,
    sizes: Mapping[str, int],
    kinks: Sequence[float] = (),
    at: Array | None = None,
    diagonal: Callable[[], Array | None] = lambda: None,
) -> str | None:
    """Return the cause that explains the whole difference, as a clause, or None where no known pattern does.

    Parameters
    ----------
    got, e : array and Expectation
        The result that was refused and what was expected.
    sizes : mapping
        The numbers that a reduction may have got wrong, by what they count.
    kinks : sequence of float
        Inputs at which the function has no derivative.
    at : array, optional
        The input of the same shape as `got`.
    diagonal : callable
        Returns what would come out if only the diagonal of the Jacobian were used.
    """
    value = np.asarray(got, np.float64)
    outside = ratios(value, e) > K
    if np.any(~np.isfinite(value[outside])) and not np.any(outside & np.isfinite(value)):
        return "only beyond overflow: the result is not finite where the truth is"

    def explains(copy: Array) -> bool:
        return not np.any(ratios(copy, e) > K)

    if not np.any(value):
        return "the result is zero everywhere"
    factor = _constant_factor(value, e)
    if factor is not None and f"{factor:.10g}" != "1":
        named = _name_factor(factor, sizes)
        if named is not None or np.count_nonzero(e.truth) > 1 or _whole(factor):  # any number is a multiple of one
            return named or f"a constant factor of {factor:.10g}"
    if value.ndim >= 2 and value.shape[-1] == value.shape[-2] and explains(np.swapaxes(value, -1, -2)):
        return "the result is transposed"
    if explains(-np.abs(value)) or explains(np.abs(value)):
        return "the sign is lost: the absolute values agree"
    lost = diagonal()
    if lost is not None and lost.shape == value.shape and not np.any(_far(value, lost, e)):
        return "the off-diagonal terms of the Jacobian are lost"
    if at is not None and at.shape == value.shape and len(kinks) and np.all(np.isin(at[outside], kinks)):
        return f"only at kinks: input in {tuple(kinks)}"
    return _offset(value, e)


def shape_cause(got: tuple[int, ...], expected: tuple[int, ...], output: tuple[int, ...]) -> str | None:
    """Return the cause of a gradient's wrong shape, where it is known."""
    if got == expected[::-1]:
        return "the result is transposed"
    if got == output and got != expected:
        return "a missing broadcast sum: the gradient has the shape of the output, not of the input"
    return None


def _far(value: Array, reference: Array, e: Expectation) -> Array:
    return np.asarray(np.abs(value - reference) > e.bound + K * e.precision.unit * np.abs(reference))


def _constant_factor(value: Array, e: Expectation) -> float | None:
    clear = np.isfinite(value) & np.isfinite(e.truth) & (np.abs(e.truth) > CLEAR_TRUTH * e.bound)
    if not np.any(clear):
        return None
    factor = float(np.median(value[clear] / e.truth[clear]))
    if factor == 0 or np.any(_far(value, factor * e.truth, e)[np.isfinite(value)]):
        return None
    return factor


def _whole(factor: float) -> bool:
    """Say whether a factor, or one over it, is a whole number."""
    return any(round(f) > 0 and _near(f, round(f)) for f in (abs(factor), abs(1 / factor)))


def _name_factor(factor: float, sizes: Mapping[str, int]) -> str | None:
    if _near(factor, -1.0):
        return "the sign is wrong"
    names = {"2": 2.0, "1/2": 0.5}
    for what, n in sizes.items():
        if n > 2:
            names[f"{n}, {what}: a sum where the mean is meant"] = float(n)
            names[f"1/{n}, one over {what}: a mean where the sum is meant"] = 1.0 / n
    for name, size in names.items():
        for sign, word in ((1.0, ""), (-1.0, " and of the wrong sign")):
            if _near(factor, sign * size):
                return f"a constant factor of {name}{word}"
    return None


def _offset(value: Array, e: Expectation) -> str | None:
    if value.size < 2 or not np.all(np.isfinite(value)):
        return None
    shift = float(np.median(value - e.truth))
    if shift and not np.any(_far(value, e.truth + shift, e)):
        return f"a constant offset of {shift:.6g}"
    return None


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= NAMED_FACTOR * abs(b)


def optimizer_cause(
    kind: str,
    method: Method,
    at: int,
    start: Mapping[str, Array],
    truth: Mapping[str, Array],
    got: Mapping[str, Array],
    params: Sequence[str],
    p: Precision,
) -> str | None:
    """Return the known slip of an optimizer of the class `kind`, an Adam, that explains a wrong lockstep step, or None.

    The twin's own state before and after the step stands in the formulas of the slips; the one whose parameters
    agree with the suspect's is named.
    """
    if kind not in ("Adam", "AdamW") or method.options.get("amsgrad"):
        return None
    coupled = kind == "Adam" and not method.options.get("decoupled_weight_decay", False)
    defaults: dict[str, Any] = {
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0 if kind == "Adam" else 0.01,
    }
    stepped = [n for n in params if f"gradient of {n}" in truth]

    def step(name: str, t_off: int = 0, inside: bool = False, corrected: bool = True, couple: bool = coupled) -> Array:
        options = defaults | method.of(name, at)
        betas, eps, lr, decay = (options[k] for k in ("betas", "eps", "lr", "weight_decay"))
        theta, g = start[name], (-1.0 if options.get("maximize") else 1.0) * truth[f"gradient of {name}"]
        t = float(truth[f"step of {name}"]) + t_off
        if couple:
            g = g + decay * theta
        else:
            theta = theta * (1 - lr * decay)
        m = betas[0] * start.get(f"exp_avg of {name}", 0.0) + (1 - betas[0]) * g
        v = betas[1] * start.get(f"exp_avg_sq of {name}", 0.0) + (1 - betas[1]) * g * g
        if corrected:
            m, v = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        root = np.sqrt(v + eps) if inside else np.sqrt(v) + eps
        return np.asarray(theta - lr * m / root)

    slips: dict[str, dict[str, Any]] = {
        "eps stands inside the root": {"inside": True},
        "the bias correction is missing": {"corrected": False},
        "t is one step behind in the bias correction": {"t_off": -1},
        "t is one step ahead in the bias correction": {"t_off": 1},
    }
    if any((defaults | method.of(n))["weight_decay"] for n in params):
        slip = "decoupled where the twin couples it" if coupled else "coupled where the twin decouples it"
        slips[f"the weight decay is {slip}"] = {"couple": not coupled}
    for cause, change in slips.items():
        with np.errstate(all="ignore"):
            tries = {n: step(n, **change) for n in stepped}
        if all(
            n in got and np.all(np.abs(got[n] - x) <= NAMED_SLIP * p.unit * (np.abs(x) + np.abs(x - start[n])))
            for n, x in tries.items()
        ):
            return cause
    return None
