"""How an optimizer is read: what is called of it, and how that becomes a training run under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from gradtwin.core.call import Code
from gradtwin.training.arguments import options_of
from gradtwin.training.suspect import Suspect, SuspectSetup

__all__ = ["Form", "OptimizerSource", "options_for"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Form:
    """How an optimizer was read.

    Parameters
    ----------
    words : str
        What it was taken for, as the report says it.
    begin : callable
        ``begin(setup, params)`` returns the run of a setup from these parameters, before its first step.
    coupled : bool
        Whether it takes all parameters at once, and a closure.
    in_reach : bool
        Whether its state can be read and put back.
    follows_schedule : bool
        Whether its options can change from step to step.
    remarks : tuple of str
        What is to be said of the way in which it was read.
    """

    words: str
    begin: Callable[[SuspectSetup, dict[str, Array]], Suspect]
    coupled: bool = False
    in_reach: bool = True
    follows_schedule: bool = True
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class OptimizerSource:
    """Where the optimizer of a run comes from: each run gets one of its own.

    Parameters
    ----------
    of : callable
        ``of(options, *leading)`` returns an optimizer.
    words : str
        What the report calls it.
    takes_options : bool
        Whether the options go into the making; else they go into every step.
    """

    of: Callable[..., Any]
    words: str
    takes_options: bool = True

    def making(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that go into the making."""
        return dict(options) if self.takes_options else {}

    def options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options that are left for the steps."""
        return {} if self.takes_options else dict(options)


def options_for(function: Code, leading: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of some options that a function takes after its leading arguments."""
    names = options_of(function, leading)
    return {option: x for option, x in options.items() if names is None or option in names}
