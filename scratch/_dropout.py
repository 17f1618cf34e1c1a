"""What the kinds of dropout share: where they draw nothing, and the mask that torch draws and that is given here."""

import numpy as np


def constant_factor(x, p, training):
    """Return the factor of all elements where nothing is drawn, None where a mask is needed."""
    if not 0 <= p <= 1:
        raise ValueError(f"Expected p to be between 0 and 1; got {p!r}.")
    if not training or p == 0 or x.size == 0:
        return 1.0
    return 0.0 if p == 1 else None


def require_mask(mask, shape):
    """Raise unless the mask is boolean and of that shape."""
    if mask is None or mask.shape != shape:
        raise ValueError(f"Expected mask to be of shape {shape}; got {None if mask is None else mask.shape}.")
    if mask.dtype != bool:
        raise TypeError(f"Expected mask to be boolean; got {mask.dtype}.")


def element_mask(mask, x, p, training):
    """Return the mask of every element of `x`, (N, C, ...), for a mask of its channels, (N, C, 1, ...)."""
    if constant_factor(x, p, training) is not None:
        return None
    if x.ndim < 2:
        raise ValueError(f"Expected input to have at least two dimensions, (N, C, ...); got {x.shape}.")
    require_mask(mask, x.shape[:2] + (1,) * (x.ndim - 2))
    return np.broadcast_to(mask, x.shape)


def product(x, factor):
    """Return a product, which in torch too may overflow, and is NaN where an infinite element is dropped."""
    with np.errstate(over="ignore", invalid="ignore"):
        return x * factor
