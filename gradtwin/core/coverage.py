"""What a report covers: the quantities at which a wrong result would have been seen, and those at which none would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = [
    "ANSWERS",
    "CURVES",
    "GRADIENTS",
    "LEARNED",
    "PARAMETERS",
    "PRODUCTS",
    "SECOND",
    "STATE",
    "VALUES",
    "Coverage",
    "Part",
]

VALUES, GRADIENTS, SECOND, PRODUCTS = "values", "gradients", "second derivatives", "products"
LEARNED, ANSWERS = "learned", "answers"
PARAMETERS, STATE, CURVES = "parameters", "state", "curves"
QUANTITIES = {GRADIENTS: "gradient of {}", SECOND: "second derivative by {}"}
"""How one quantity of a kind is called; of other kinds it has a name of its own."""
# Values go without names: what has no gradient is said by naming what has one.
PLURALS = {
    VALUES: "values",
    GRADIENTS: "gradients of {}",
    SECOND: "second derivatives by {}",
    PRODUCTS: "{}",
    LEARNED: "learned {}",
    ANSWERS: "{}",
    PARAMETERS: "parameters {}",
    STATE: "state {}",
}
"""How several are called."""


class Part(NamedTuple):
    """One quantity at one precision: its kind, such as ``gradients``, and its name."""

    kind: str
    name: str
    dtype: str = ""

    def __str__(self) -> str:
        quantity = QUANTITIES.get(self.kind, "{}").format(self.name)
        return f"{quantity} [{self.dtype}]" if self.dtype else quantity


@dataclass(frozen=True)
class Coverage:
    """Of which quantities a wrong result would have been refused.

    Parameters
    ----------
    proven : tuple of Part
        Those quantities.
    unproven : mapping of Part to str
        Quantities at which the numbers at hand would have let another function pass too, each with the reason.
    zeros : tuple of Part
        Those of the proven that are zero by definition: a wrong size of them would have been refused, and no more.
    """

    proven: tuple[Part, ...] = ()
    unproven: Mapping[Part, str] = field(default_factory=dict)
    zeros: tuple[Part, ...] = ()

    @classmethod
    def joined(cls, parts: Iterable[Coverage]) -> Coverage:
        """Return what several cover together."""
        every = tuple(parts)
        proven = tuple(dict.fromkeys(part for coverage in every for part in coverage.proven))
        known = frozenset(proven)
        zeros = tuple(dict.fromkeys(part for coverage in every for part in coverage.zeros))
        return cls(proven, {part: why for c in every for part, why in c.unproven.items() if part not in known}, zeros)

    def within(self, dtype: str) -> Coverage:
        """Return the coverage as that at one precision."""
        unproven = {part._replace(dtype=dtype): why for part, why in self.unproven.items()}
        proven, zeros = (tuple(part._replace(dtype=dtype) for part in parts) for parts in (self.proven, self.zeros))
        return Coverage(proven, unproven, zeros)

    def __str__(self) -> str:
        names: dict[str, dict[str, None]] = {}
        for part in self.proven:
            names.setdefault(part.kind, {})[part.name] = None
        parts = [PLURALS.get(kind, f"{kind} of {{}}").format(", ".join(names[kind])) for kind in names]
        if list(names) == [VALUES]:
            return f"{VALUES} only, no {GRADIENTS}"
        return f"{parts[0]} only, nothing that was learned" if list(names) == [ANSWERS] else " and ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Return what is proven and what is not as plain data."""
        proven = [part._asdict() for part in self.proven]
        return {"proven": proven, "unproven": [{**part._asdict(), "why": why} for part, why in self.unproven.items()]}
