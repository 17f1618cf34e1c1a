"""What a suspect is, however its author has it: functions of arrays, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradtwin.core.call import Code

__all__ = ["Form"]


@dataclass(frozen=True)
class Form:
    """A suspect as functions of arrays.

    Parameters
    ----------
    words : str
        How it was read, for the first lines of a report.
    forward : callable
        Takes and returns arrays, and options by keyword.
    backward : callable, optional
        What the user handed over, as a function of arrays.
    parameters_of : callable
        The function whose parameters name the inputs.
    gradient : callable, optional
        Makes the backward that the framework has of the suspect, of the inputs that are wanted.
    own : callable, optional
        The suspect's forward as a function of tensors that autograd differentiates.
    """

    words: str
    forward: Code
    backward: Code | None
    parameters_of: Any
    gradient: Callable[[Sequence[bool]], Any] | None
    own: Any
