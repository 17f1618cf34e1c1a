"""The `dim` argument, read as torch reads it."""

import numpy as np


def require_dim(dim, ndim):
    """Return `dim` as an axis of an array of that many dimensions, one at least, or raise a ValueError."""
    n = max(ndim, 1)
    if not isinstance(dim, (int, np.integer)) or not -n <= dim < n:
        raise ValueError(f"Expected dim to be an integer from {-n} to {n - 1}; got {dim!r}.")
    return int(dim)


def along(x):
    """Return `x` with a dimension to work along: a zero-dimensional array counts as one of one element."""
    return x if x.ndim else x.reshape(1)
