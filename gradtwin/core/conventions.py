"""What a user can accept by name where suspect and twin differ and both have a right to."""

from __future__ import annotations

from collections.abc import Sequence

from gradtwin.core.errors import one_of

__all__ = ["CONVENTIONS", "accepted"]

CONVENTIONS = {
    "twin": "where the twin's gradient is no derivative of its forward, what the twin returns",
    "mathematics": "where the twin's gradient is no derivative of its forward, the derivative",
    "another subgradient": "at a kink or a tie, whatever lies between the twin's slopes on both sides",
}
"""Every name that `accept` takes, and what it accepts."""


def accepted(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names as a tuple, or raise a UsageError at one that is none of `CONVENTIONS`."""
    return tuple(one_of("accept", name, CONVENTIONS) for name in ((names,) if isinstance(names, str) else names))
