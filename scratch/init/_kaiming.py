"""What the two of Kaiming's starts share, with the gains of nonlinearities."""

import math

from scratch.init._fans import fans

_CONVOLUTIONS = [f"{name}{n}d" for name in ("conv", "conv_transpose") for n in (1, 2, 3)]
_ONE = dict.fromkeys(["linear", *_CONVOLUTIONS, "sigmoid"], 1.0)
_GAINS = {**_ONE, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4}


def deviation(tensor, a, mode, nonlinearity):
    """Return the standard deviation gain / sqrt(fan)."""
    if not isinstance(mode, str) or mode.lower() not in ("fan_in", "fan_out"):
        raise ValueError(f"Expected mode to be 'fan_in' or 'fan_out'; got {mode!r}.")
    fan_in, fan_out = fans(tensor)
    return _gain(nonlinearity, a) / math.sqrt(fan_in if mode.lower() == "fan_in" else fan_out)


def _gain(nonlinearity, a):
    """Return the gain of a nonlinearity, where `a` is the slope of a leaky one."""
    if nonlinearity in _GAINS:
        return _GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Expected nonlinearity to be leaky_relu, {', '.join(_GAINS)}; got {nonlinearity!r}.")
    if isinstance(a, bool) or not isinstance(a, (int, float, type(None))):
        raise ValueError(f"Expected a to be a number; got {a!r}.")
    slope = 0.01 if a is None else a
    return math.sqrt(2 / (1 + slope * slope))
