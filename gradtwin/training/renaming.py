"""Options that the suspect has by another name than torch: a list of the names that are in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SYNONYMS", "Renaming"]

SYNONYMS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "lr": (("learning_rate",), ("eta",), ("step_size",), ("stepsize",), ("rate",), ("alpha",)),
    "betas": (("beta1", "beta2"), ("beta_1", "beta_2"), ("b1", "b2"), ("decay1", "decay2")),
    "eps": (("epsilon",),),
    "alpha": (("rho",), ("decay_rate",), ("decay",), ("beta",), ("gamma",)),
    "momentum": (("mu",), ("beta",), ("gamma",), ("rho",)),
    "weight_decay": (("wd",), ("decay",), ("l2",), ("lambda_",)),
    "rho": (("decay_rate",), ("decay",), ("beta",), ("gamma",)),
    "lr_decay": (("decay",),),
}
"""By the name of torch, what else an option is called; several names stand for the parts of a tuple."""


@dataclass(frozen=True)
class Renaming:
    """By the names of torch, those under which the suspect takes options; only of those that it has by another name."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        options: Mapping[str, Any],
        taken: Collection[str] | None,
        twins: Collection[str] | None,
        named: Collection[str] = (),
    ) -> Renaming:
        """Return how the options are to be called that a suspect takes by exactly one other name.

        Parameters
        ----------
        options : mapping
            The options by the names of torch.
        taken, twins : collection of str, or None
            What the suspect and the twin take; None where any name will do.
        named : collection of str
            What the suspect has names for where any will do: what it is passed by another name, it may not look at.
        """
        taken = named if taken is None else taken
        foreign = {name for name in taken if name not in options and name not in (twins or ())}
        names: dict[str, tuple[str, ...]] = {}
        for option in (option for option in options if option not in taken):
            known = [others for others in SYNONYMS.get(option, ()) if foreign.issuperset(others)]
            if len(known) == 1 and len(known[0]) == _parts(options[option]):
                names[option] = known[0]
        meant = [other for others in names.values() for other in others]
        # What could stand for two options stands for none.
        return cls({option: others for option, others in names.items() if all(meant.count(o) == 1 for o in others)})

    def __call__(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the names that the suspect has for them."""
        renamed: dict[str, Any] = {}
        for option, value in options.items():
            others = self.names.get(option, (option,))
            renamed |= {others[0]: value} if len(others) == 1 else dict(zip(others, value, strict=True))
        return renamed

    def back(self, taken: Mapping[str, bool] | None) -> Mapping[str, bool] | None:
        """Return what a suspect takes, and whether it must be given, by the names of torch."""
        if taken is None:
            return None
        others = {other for names in self.names.values() for other in names}
        kept = {name: needed for name, needed in taken.items() if name not in others}
        return kept | {option: any(taken[o] for o in names) for option, names in self.names.items()}

    @property
    def remarks(self) -> tuple[str, ...]:
        """A sentence for each option that has another name."""
        return tuple(f"{option} is passed as {' and '.join(others)}" for option, others in self.names.items())


def _parts(value: Any) -> int:
    return len(value) if isinstance(value, (tuple, list)) else 1
