"""What is varied, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALL", "KINDS", "NOTHING", "NUMBERS", "Cotangents", "Ground", "Variation", "unchanged"]

Array = NDArray[Any]

KINDS = ("values", "sizes", "layouts", "cotangents", "options")
"""What is varied; a variation is of one of these kinds."""

ALL, NUMBERS, NOTHING = "all", "numbers", "nothing"
"""What is claimed of code at an input: that it answers, and rightly; that it is right if it answers; neither."""


Cotangents = Callable[[list[Array]], list[Array]]
"""What becomes of the cotangents of all outputs."""


def unchanged(cotangents: list[Array]) -> list[Array]:
    """Return the cotangents."""
    return cotangents


@dataclass(frozen=True)
class Variation:
    """Inputs, options and cotangents that differ in one thing from those at hand.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    words : str
        What differs, as a report says it.
    arrays : tuple
        The inputs.
    options : mapping
        The options.
    cotangents : callable
        What becomes of the cotangents that are drawn, one an output.
    claim : str
        What right code may be expected to do here: a difference beyond that is a limit, and no fault.
    is_exact : bool
        Whether the numbers are so few and round that they have to be met exactly, as where functions have edges.
    """

    kind: str
    words: str
    arrays: tuple[Any, ...]
    options: Mapping[str, Any]
    cotangents: Cotangents = unchanged
    claim: str = ALL
    is_exact: bool = False


@dataclass(frozen=True)
class Ground:
    """The inputs at hand.

    Parameters
    ----------
    arrays, names, wanted : tuples
        The inputs, their names, and whether each has a gradient.
    options : mapping
        The options.
    defaults : mapping
        What else both sides take by name, with the default of the twin.
    seed : int
        Seed of what is drawn.
    is_open : bool
        Whether nobody has said what the inputs are, so that all are meant that the twin takes.
    is_checked : bool
        Whether the twin looks at sizes, labels and options before it uses them, so that others may be tried.
    """

    arrays: tuple[Any, ...]
    names: tuple[str, ...]
    wanted: tuple[bool, ...]
    options: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    is_open: bool = False
    is_checked: bool = True

    @property
    def beyond(self) -> str:
        """What is claimed of inputs of another number of axes, and of none at all."""
        return NUMBERS if self.is_open else NOTHING

    @property
    def rng(self) -> np.random.Generator:
        """A generator that draws the same again."""
        return np.random.default_rng(self.seed)

    @property
    def real(self) -> list[int]:
        """The places of the arrays with a gradient that hold numbers."""
        return [i for i, (x, w) in enumerate(zip(self.arrays, self.wanted, strict=True)) if w and x.size]

    @property
    def placed(self) -> list[int]:
        """The places of all arrays."""
        return [i for i, x in enumerate(self.arrays) if isinstance(x, np.ndarray)]

    def varied(self, kind: str, words: str, arrays: Mapping[int, Array], *, claim: str = ALL) -> Variation:
        """Return the inputs with other arrays at these places."""
        inputs = tuple(arrays.get(i, x) for i, x in enumerate(self.arrays))
        return Variation(kind, words, inputs, self.options, claim=claim)

    def with_options(self, words: str, options: Mapping[str, Any]) -> Variation:
        """Return the inputs with further options, or others."""
        return Variation("options", words, self.arrays, {**self.options, **options})

    def with_cotangents(self, words: str, change: Cotangents, *, claim: str = ALL) -> Variation:
        """Return the inputs with other cotangents."""
        return Variation("cotangents", words, self.arrays, self.options, change, claim)
