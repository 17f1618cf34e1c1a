"""In which order variations are tried: first of every kind those that find most mistakes for their cost."""

from __future__ import annotations

from collections.abc import Iterator

from gradtwin.hunt.cotangents import cotangents
from gradtwin.hunt.ground import Ground, Variation
from gradtwin.hunt.layouts import layouts
from gradtwin.hunt.options import options
from gradtwin.hunt.sizes import sizes
from gradtwin.hunt.values import values

__all__ = ["plan"]

SHARES = {"options": 2, "values": 2, "sizes": 2, "layouts": 1, "cotangents": 1}
"""How many of each kind are tried in a turn, in the order of kinds."""
CHECKED = ("options", "sizes")
"""What a twin has to look at before it uses it."""


def plan(ground: Ground) -> Iterator[Variation]:
    """Yield all variations, some of each kind in turn."""
    of_kind = {"options": options, "values": values, "sizes": sizes, "layouts": layouts, "cotangents": cotangents}
    waiting = {kind: make(ground) for kind, make in of_kind.items() if ground.is_checked or kind not in CHECKED}
    while waiting:
        for kind in list(waiting):
            for _ in range(SHARES[kind]):
                variation = next(waiting[kind], None)
                if variation is None:
                    del waiting[kind]
                    break
                yield variation
