"""What a framework does with a suspect besides calling it and its gradient: what is wrong there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Examination"]


@dataclass(frozen=True)
class Examination:
    """What was seen of a suspect besides its values and gradients.

    Parameters
    ----------
    faults : tuple of str
        What it promises and does not keep.
    limits : tuple of str
        What nobody claimed, and what does not work.
    """

    faults: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @classmethod
    def joined(cls, parts: Sequence[Examination]) -> Examination:
        """Return what several have seen."""
        faults = tuple(words for part in parts for words in part.faults)
        return cls(faults, tuple(words for part in parts for words in part.limits))
