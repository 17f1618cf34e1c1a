"""What the ways of gradient checking share: a step along each element, and what a function must be."""

import numpy as np


def require(input, step):
    """Raise a ValueError unless the input holds real numbers, and its type a step of that size with all digits."""
    if input.dtype.kind != "f":
        raise ValueError(f"Expected input to be floating; got {input.dtype}.")
    least, largest = float(np.finfo(input.dtype).tiny), float(np.finfo(input.dtype).max)
    if not least <= step <= largest:
        raise ValueError(f"Expected step to be between {least} and {largest}, in {input.dtype}; got {step}.")


def number(function, input):
    """Return the function's value; ValueError unless it is one number."""
    value = function(input)
    if np.ndim(value) != 0:
        raise ValueError(f"Expected function to return one number; got shape {np.shape(value)}.")
    return value


def steps(input, step):
    """Yield, element by element, an array that holds the step there and zeros elsewhere.

    >>> [s.tolist() for s in steps(np.zeros(2), 0.5)]
    [[0.5, 0.0], [0.0, 0.5]]
    """
    for at in np.ndindex(input.shape):
        e = np.zeros_like(input)
        e[at] = step
        yield e
