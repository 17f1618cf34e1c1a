"""How a suspect is read: what is called of it, and how that becomes a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gradtwin.core.bound import Precision
from gradtwin.core.call import Code
from gradtwin.forms.examination import Examination

__all__ = ["Examine", "Form", "Framework", "Graph"]


Examine = Callable[[Any, Sequence[Any], Sequence[bool]], Examination]


class Graph(NamedTuple):
    """What a framework knows of how a result was computed.

    Parameters
    ----------
    exists : bool
        Whether it can make a gradient at all.
    by_hand : bool
        Whether a backward that somebody has written is a part of it.
    """

    exists: bool
    by_hand: bool


@dataclass(frozen=True)
class Framework:
    """In what code computes, and how its functions become functions of arrays.

    Parameters
    ----------
    adapt : callable
        Makes a function of arrays of one of the framework's, at a precision and on a device.
    pullback : callable, optional
        Makes the backward that the framework itself derives, of such a function of arrays, of which inputs get a
        gradient and of which output alone a cotangent comes, or None for all; its method ``graph`` returns a `Graph`.
        None where it derives none.
    examine : callable, optional
        ``examine(function, tensors, wanted)`` looks at what goes wrong with a backward by hand besides its gradients.
    """

    adapt: Callable[[Any, Precision, str], Any]
    pullback: Callable[[Any, Sequence[bool], int | None], Any] | None = None
    examine: Examine | None = None

    @property
    def takes_arrays(self) -> bool:
        """Whether its code is called with NumPy's own arrays."""
        return self.pullback is None


@dataclass(frozen=True)
class Form:
    """How a suspect was read.

    Parameters
    ----------
    words : str
        What it was taken for, as the report says it; empty where there is nothing to choose.
    entry : callable
        What is called with the inputs and the options.
    backward : callable, optional
        ``backward(grad, *inputs, **options)`` by hand, where one came with it.
    parameters_of : callable
        The function whose parameters name the inputs.
    framework : Framework
        In what it computes.
    promises : bool
        Whether a result without a gradient is a fault, as it is none of a plain function's.
    own_forward : callable, optional
        Its forward as a function of tensors that autograd can differentiate: the twin, where no other is passed.
    title : str
        How the report calls it, where its name and its module do not tell.
    examine : callable, optional
        ``examine(function, tensors, wanted)`` looks at what goes wrong with this form besides values and gradients;
        `function` is called with the inputs alone.
    remarks : tuple of str
        What the user may want to know.
    names : tuple of str
        The names of the inputs, where the parameters of a function do not tell them all.
    """

    words: str
    entry: Code
    parameters_of: Any
    framework: Framework
    promises: bool = False
    backward: Code | None = None
    own_forward: Code | None = None
    title: str = ""
    examine: Examine | None = None
    remarks: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
