"""Options that were left at their defaults: each that both sides take, alone and in pairs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from gradtwin.catalogue.options import numbers_of
from gradtwin.hunt.ground import Ground, Variation

__all__ = ["options"]


def options(ground: Ground) -> Iterator[Variation]:
    """Yield the inputs with other values of the options, one by one, and then of two at once."""
    known = {**ground.defaults, **{n: x for n, x in ground.options.items() if type(x) in (bool, int, float, str)}}
    tried = {name: values for name, default in known.items() if (values := numbers_of(name, default))}
    for place in range(max(map(len, tried.values()), default=0)):
        for name, values in tried.items():
            if place < len(values):
                yield _with(ground, {name: values[place]})
    for first, second in itertools.combinations(tried, 2):
        # Two options work together mostly where both are off their defaults.
        for one, other in zip(tried[first][:2], (tried[second] * 2)[:2], strict=False):
            yield _with(ground, {first: one, second: other})


def _with(ground: Ground, options: dict[str, Any]) -> Variation:
    words = ", ".join(f"{name}={value!r}" for name, value in options.items())
    return ground.with_options(f"with {words}", options)
