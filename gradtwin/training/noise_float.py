"""Shadow runs of Python code on plain floats, such as PyTorch's learning-rate schedulers."""

from __future__ import annotations

import contextlib
import math
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from gradtwin.core.bound import K, precision
from gradtwin.core.decompose import RANGE

__all__ = ["AMPLITUDE", "NoisyFloat", "noisy", "noisy_math"]

AMPLITUDE = K * precision("float64").unit
"""The noise of plain numbers of Python: they are of float64 whatever the precision under test."""

FUNCTIONS = "acos asin atan atan2 cbrt cos cosh erf erfc exp exp2 expm1 log log10 log1p log2 pow sin sinh sqrt tan tanh"
"""The functions of `math` that round. Of whole numbers, too: a schedule that counts its steps computes from them."""
CONSTANTS = "e pi tau"
"""The numbers of `math` that are rounded themselves."""


class NoisyFloat(float):
    """A float of which every arithmetic result gets relative noise; negation and the absolute value stay exact.

    Parameters
    ----------
    value : float
        The number.
    amplitude : float
        Largest relative change of one result.
    rng : random.Random
        Source of the noise.
    """

    amplitude: float
    rng: random.Random

    def __new__(cls, value: float, amplitude: float, rng: random.Random) -> NoisyFloat:
        """Return the number, as it is; what is computed from it gets noise."""
        number = super().__new__(cls, value)
        number.amplitude, number.rng = amplitude, rng
        return number

    def __neg__(self) -> NoisyFloat:
        return NoisyFloat(-float(self), self.amplitude, self.rng)

    def __abs__(self) -> NoisyFloat:
        return NoisyFloat(abs(float(self)), self.amplitude, self.rng)


def _noisy(operation: Callable[[Any, Any], Any], *, swap: bool = False) -> Callable[[NoisyFloat, Any], Any]:
    def method(self: NoisyFloat, other: Any) -> Any:
        if not isinstance(other, (int, float)):
            return NotImplemented
        # As plain floats, or the operation would come back here.
        pair = (float(other), float(self)) if swap else (float(self), float(other))
        out = operation(*pair)
        return NoisyFloat(out * (1 + self.amplitude * self.rng.uniform(-1, 1)), self.amplitude, self.rng)

    return method


# On the class: Python does not look for operators on the number itself.
for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(NoisyFloat, f"__{_name}__", _noisy(getattr(operator, _name)))
    setattr(NoisyFloat, f"__r{_name}__", _noisy(getattr(operator, _name), swap=True))


@contextlib.contextmanager
def noisy_math(amplitude: float, rng: random.Random) -> Iterator[None]:
    """Let what `math` returns have noise: of a plain number its functions return a plain number, and lose the noise."""

    def noisy(name: str) -> Callable[..., NoisyFloat]:
        rounded, (low, high) = getattr(math, name), RANGE.get(name, (-math.inf, math.inf))

        def method(*numbers: Any) -> NoisyFloat:
            out = rounded(*numbers) * (1 + amplitude * rng.uniform(-1, 1))
            return NoisyFloat(min(max(out, low), high), amplitude, rng)

        return method

    names: dict[str, Any] = {name: NoisyFloat(getattr(math, name), amplitude, rng) for name in CONSTANTS.split()}
    names |= {name: noisy(name) for name in FUNCTIONS.split()}
    with mock.patch.multiple(math, **names):
        yield


def noisy(x: Any, rng: random.Random) -> Any:
    """Return a float, or a tuple or list of some, from which what is computed has noise; anything else as it is."""
    if isinstance(x, (tuple, list)):
        return type(x)(noisy(part, rng) for part in x)
    return NoisyFloat(x, AMPLITUDE, rng) if isinstance(x, float) else x
