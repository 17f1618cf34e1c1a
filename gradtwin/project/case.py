"""What a row is called with: cases that must match, calls that must be refused, formulas that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradtwin.core.inputs import Draw

__all__ = ["Case", "Inputs", "Misprint", "Refusal"]

Inputs = Callable[[Draw], Sequence[Any] | Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """One way of calling a pair.

    Parameters
    ----------
    name : str
        Part of the ids of the tests.
    options : mapping
        Keyword arguments of both sides.
    inputs : callable, optional
        ``inputs(draw)`` returns the inputs, by position or by name; the row's own if not given.
    families : sequence of str
        The input families that the case is tried on; of an optimizer, the gradient regimes.
    differentiable : sequence of str, optional
        Names of the inputs with a gradient; all floating inputs if not given.
    own_options : mapping
        Of an optimizer: by parameter, options in which it differs.
    variants : sequence of str
        Of an optimizer: the implementations of torch that the case is judged against as well.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs | None = None
    families: Sequence[str] = ("typical",)
    differentiable: Sequence[str] | None = None
    own_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variants: Sequence[str] = ()


@dataclass(frozen=True)
class Refusal:
    """A call that both sides must refuse, the suspect with a ValueError or a TypeError.

    Parameters
    ----------
    name : str
        What is wrong with the call.
    options : mapping
        Keyword arguments of both sides.
    inputs : callable, optional
        ``inputs(draw)`` returns the inputs, by position or by name; the row's own if not given.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs | None = None


@dataclass(frozen=True)
class Misprint:
    """A formula that stands wrong somewhere; the pair's check must refuse it, or the pair fails.

    Parameters
    ----------
    name : str
        What the error is called.
    where : str
        Where it is printed.
    printed, correct : str
        The formula as it is printed, and as it should be.
    quantity : str
        What must be refused: ``output``, ``gradient of weight``.
    forward, backward : str
        The functions of the suspect's module that compute what is printed.
    verdict : str
        How it must be refused, on the row's first case.
    """

    name: str
    where: str
    printed: str
    correct: str
    quantity: str
    forward: str = "forward"
    backward: str = "backward"
    verdict: str = "mismatch"
