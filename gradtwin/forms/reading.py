"""How a suspect is read: what is called of it, and how that becomes a function of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gradtwin.core.bound import Precision
from gradtwin.core.call import Code

__all__ = ["ARRAYS", "Framework", "Reading"]


@dataclass(frozen=True)
class Framework:
    """In what code computes, and how its functions become functions of arrays.

    Parameters
    ----------
    adapt : callable
        Makes a function of arrays of one of the framework's, at a precision and on a device.
    pullback : callable, optional
        Makes the backward that the framework itself derives, of such a function of arrays and of which inputs get a
        gradient; None where it derives none.
    """

    adapt: Callable[[Any, Precision, str], Any]
    pullback: Callable[[Any, Sequence[bool]], Any] | None = None

    @property
    def takes_arrays(self) -> bool:
        """Whether its code is called with NumPy's own arrays."""
        return self.pullback is None


ARRAYS = Framework(lambda function, precision, device: function)
"""Code of NumPy's arrays, with a backward by hand or none."""


@dataclass(frozen=True)
class Reading:
    """How a suspect was read.

    Parameters
    ----------
    words : str
        What it was taken for, as the report says it; empty where there is nothing to choose.
    entry : callable
        What is called with the inputs and the options.
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
    """

    words: str
    entry: Code
    parameters_of: Any
    framework: Framework = ARRAYS
    promises: bool = False
    own_forward: Code | None = None
    title: str = ""
