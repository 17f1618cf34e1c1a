"""Naming the known slip of an optimizer that explains a wrong step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import NAMED_SLIP, Precision
from gradtwin.training.method import Method

__all__ = ["optimizer_cause"]

Array = NDArray[Any]


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
