"""How the parameters of a run are stepped: the options that both sides take, and how a schedule changes them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

__all__ = ["CUDA_ONLY", "VARIANTS", "Method", "scheduled"]

Schedule = Sequence[Mapping[str, Mapping[str, Any]]]
"""For every step, by parameter, the options that a scheduler has changed."""

VARIANTS: dict[str, Mapping[str, Any]] = {
    "for-loop": {"foreach": False},
    "foreach": {"foreach": True},
    "fused": {"fused": True},
    "capturable": {"capturable": True},
    "differentiable": {"differentiable": True},
    "complex": {},
}
"""The ways in which torch has one optimizer more than once, with the options that choose them."""
CUDA_ONLY = frozenset({"capturable"})
SCHEDULED = ("lr", "momentum", "betas")
"""The options that a scheduler of torch may change."""


@dataclass(frozen=True)
class Method:
    """What both sides of a run step with.

    Parameters
    ----------
    options : mapping
        Options of the optimizer.
    own : mapping
        By parameter, the options in which it differs: a group of its own in torch.
    schedule : sequence of mappings
        What a scheduler makes of them at each step; empty without one.
    variant : str
        Which of torch's `VARIANTS` to run; empty for the one that torch chooses.
    """

    options: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schedule: Schedule = ()
    variant: str = ""

    def of(self, name: str, t: int | None = None) -> dict[str, Any]:
        """Return the options of a parameter, at step t of the schedule if there is one."""
        changed = self.schedule[t].get(name, {}) if self.schedule and t is not None else {}
        return {**self.options, **self.own.get(name, {}), **changed}

    def optimizer(self, cls: Callable[..., Any], params: Mapping[str, torch.Tensor], device: str = "cpu") -> Any:
        """Return an optimizer of torch on these parameters, a group for each where options differ."""
        extra = {} if self.variant in CUDA_ONLY and device == "cpu" else VARIANTS.get(self.variant, {})
        groups: list[Any] = list(params.values())
        if self.own:
            groups = [{"params": [p], **self.own.get(name, {})} for name, p in params.items()]
        return cls(groups, **self.options, **extra)


def scheduled(
    method: Method,
    scheduler: Callable[..., Any],
    options: Mapping[str, Any],
    steps: int,
    *,
    optimizer: Callable[..., Any],
    names: Sequence[str],
) -> Method:
    """Return a method whose options a scheduler of torch has changed, at the start and after each of so many steps."""
    run = method.optimizer(optimizer, {name: torch.zeros(2, 2) for name in names})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on an optimizer that has nothing to do
        plan, seen = scheduler(run, **options), []
        for t in range(steps + 1):
            if t > 0:
                plan.step()
            changed = [{k: g[k] for k in SCHEDULED if k in g} for g in run.param_groups]
            seen.append(dict(zip(names, changed if method.own else changed * len(names), strict=True)))
    return replace(method, schedule=seen)
