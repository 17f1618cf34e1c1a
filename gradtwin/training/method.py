"""How the parameters of a run are stepped: the options that both sides take, and how a schedule changes them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import UsageError

__all__ = ["CUDA_ONLY", "VARIANTS", "StepOptions", "in_plain_form", "is_plain", "scheduled"]

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


PLAIN = ("foreach", "fused")
"""The options of a group that choose a faster implementation."""


def in_plain_form(optimizer: Code) -> Code:
    """Return what makes the same optimizer, told to go from parameter to parameter if it can be told."""

    def make(groups: Any, **options: Any) -> Any:
        # In the groups, and not as an option, which not every optimizer takes.
        instance = enter(optimizer, groups, **options)
        for group in instance.param_groups:
            group.update({option: False for option in PLAIN if group.get(option)})
        return instance

    return make


def is_plain(optimizer: Any) -> bool:
    """Return whether an optimizer of torch goes from parameter to parameter."""
    return not any(group.get(option) for group in optimizer.param_groups for option in PLAIN)


@dataclass(frozen=True)
class StepOptions:
    """The options that both sides of a run step with, by parameter and step.

    Parameters
    ----------
    options : mapping
        Options of the optimizer.
    group_options : mapping
        By parameter, the options in which it differs: a group of its own in torch.
    schedule : sequence of mappings
        What a scheduler makes of them at each step; empty without one.
    variant : str
        Which of torch's `VARIANTS` to run; empty for the one that torch chooses.
    """

    options: Mapping[str, Any]
    group_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schedule: Schedule = ()
    variant: str = ""

    @property
    def changed(self) -> set[str]:
        """The options that the schedule changes."""
        return {option for by_name in self.schedule for options in by_name.values() for option in options}

    @property
    def plain(self) -> StepOptions:
        """The same options with the implementation that torch chooses."""
        return replace(self, variant="")

    def renamed(self, rename: Callable[[Mapping[str, Any]], dict[str, Any]]) -> StepOptions:
        """Return the same options by other names."""
        groups = {name: rename(options) for name, options in self.group_options.items()}
        schedule = [{name: rename(options) for name, options in by_name.items()} for by_name in self.schedule]
        return replace(self, options=rename(self.options), group_options=groups, schedule=schedule)

    def at(self, name: str, step: int | None = None) -> dict[str, Any]:
        """Return the options of a parameter, at a step of the schedule if there is one."""
        changes = self.schedule[step].get(name, {}) if self.schedule and step is not None else {}
        return {**self.options, **self.group_options.get(name, {}), **changes}

    def make_optimizer(self, optimizer: Code, params: Mapping[str, torch.Tensor], device: str = "cpu") -> Any:
        """Return an optimizer of torch on these parameters, a group for each where options differ."""
        extra = {} if self.variant in CUDA_ONLY and device == "cpu" else VARIANTS.get(self.variant, {})
        groups: list[Any] = list(params.values())
        if self.group_options:
            groups = [{"params": [p], **self.group_options.get(name, {})} for name, p in params.items()]
        instance = enter(optimizer, groups, **self.options, **extra)
        if not all(hasattr(instance, name) for name in ("param_groups", "state", "step")):
            raise UsageError(f"Expected the twin to make an optimizer of torch; got {type(instance).__name__}.")
        return instance

    def follow_schedule(self, groups: Sequence[dict[str, Any]], names: Sequence[str], step: int) -> None:
        """Give the groups of an optimizer of torch the options that the schedule has at a step."""
        if self.schedule:
            for group, name in zip(groups, names, strict=False):  # one group of all, or one for each
                group.update(self.schedule[step][name])


def scheduled(
    step_options: StepOptions,
    scheduler: Code,
    options: Mapping[str, Any],
    steps: int,
    *,
    optimizer: Code,
    names: Sequence[str],
) -> StepOptions:
    """Return step options with what a scheduler of torch makes of them at the start and after each step."""
    # Two dimensions: some optimizers, such as Muon, take matrices only.
    twin = step_options.make_optimizer(optimizer, {name: torch.zeros(2, 2) for name in names})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch's, that the scheduler steps before the optimizer
        plan, schedule = enter(scheduler, twin, **options), []
        for t in range(steps + 1):
            if t > 0:
                plan.step()
            values = [{k: g[k] for k in SCHEDULED if k in g} for g in twin.param_groups]
            by_group = values if step_options.group_options else values * len(names)
            schedule.append(dict(zip(names, by_group, strict=True)))
    return replace(step_options, schedule=schedule)
