"""Naming the known slip of an optimizer that explains a wrong step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import NAMED_SLIP, Precision
from gradtwin.core.key import COUNTER, Key, gradient_of, parameter
from gradtwin.training.method import StepOptions
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.step import StepTruth

__all__ = ["optimizer_cause"]

Array = NDArray[Any]


@dataclass(frozen=True)
class _Slip:
    """In what a step departs from Adam's."""

    steps_ahead: int = 0
    corrected: bool = True
    eps_inside: bool = False
    other_decay: bool = False


SLIPS = {
    "eps stands inside the root": _Slip(eps_inside=True),
    "the bias correction is missing": _Slip(corrected=False),
    "t is one step behind in the bias correction": _Slip(steps_ahead=-1),
    "t is one step ahead in the bias correction": _Slip(steps_ahead=1),
}


def optimizer_cause(optimizer: Any, options: StepOptions, truth: StepTruth, own: Snapshot) -> str | None:
    """Return the known slip of an Adam of torch that explains a wrong step in lockstep, or None.

    The twin's own state before and after the step stands in the formulas of the slips; the one whose parameters
    agree with the suspect's is named.
    """
    names = [key.owner for key in truth.after if key.role == "gradient"]
    by_name = {name: {**optimizer.defaults, **options.at(name, truth.step)} for name in names}
    if type(optimizer).__name__ not in ("Adam", "AdamW") or any(o["amsgrad"] for o in by_name.values()):
        return None
    slips = dict(SLIPS)
    if any(o["weight_decay"] for o in by_name.values()):
        decoupled = optimizer.defaults["decoupled_weight_decay"]
        how = "coupled where the twin decouples it" if decoupled else "decoupled where the twin couples it"
        slips[f"the weight decay is {how}"] = _Slip(other_decay=True)
    for cause, slip in slips.items():
        with np.errstate(all="ignore"):
            wrong = {parameter(name): _step(name, by_name[name], truth, slip) for name in names}
        if all(key in own and _agrees(own[key], x, truth.origin[key], truth.precision) for key, x in wrong.items()):
            return cause
    return None


def _agrees(got: Array, wrong: Array, before: Array, p: Precision) -> bool:
    """Return whether a parameter is what a slip makes of it, but for the rounding of a handful of operations."""
    size = np.abs(wrong) + np.abs(wrong - before)  # the update rounds by its own size, the parameter by its own
    return bool(np.all(np.abs(got - wrong) <= NAMED_SLIP * p.unit * size))


def _step(name: str, options: Mapping[str, Any], truth: StepTruth, slip: _Slip) -> Array:
    """Return the parameter after a step with a slip."""
    before, after = truth.origin, truth.after
    beta1, beta2 = options["betas"]
    theta, g = before[parameter(name)], (-1.0 if options["maximize"] else 1.0) * after[gradient_of(name)]
    if options["decoupled_weight_decay"] != slip.other_decay:
        theta = theta * (1 - options["lr"] * options["weight_decay"])
    else:
        g = g + options["weight_decay"] * theta
    m = beta1 * before.get(Key("exp_avg", name), 0.0) + (1 - beta1) * g
    v = beta2 * before.get(Key("exp_avg_sq", name), 0.0) + (1 - beta2) * g * g
    if slip.corrected:
        t = float(after[Key(COUNTER, name)]) + slip.steps_ahead
        m, v = m / (1 - beta1**t), v / (1 - beta2**t)
    root = np.sqrt(v + options["eps"]) if slip.eps_inside else np.sqrt(v) + options["eps"]
    return np.asarray(theta - options["lr"] * m / root)
