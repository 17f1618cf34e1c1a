"""Normalization: numbers of mean 0 and variance 1, and the gradient through both statistics.

    z = (x - m) r,   r = 1 / sqrt(v + e),   m the mean and v the mean square of x - m over the n numbers of a group

With g = dL/dz: dL/dm = -r sum g, and dL/dv = -r^2 sum(g z) / 2 reaches x by dv/dx = 2 (x - m) / n. Together
dL/dx = r (g - mean g - z mean(g z)).
"""

import numpy as np


def mean(x, axes):
    """Return the mean along the axes, which are kept; 0 for no numbers."""
    count = max(np.prod([x.shape[a] for a in axes], dtype=int), 1)
    return np.sum(x, axis=axes, keepdims=True) / int(count)


def moments(x, axes):
    """Return mean and variance along the axes, which are kept."""
    centre = mean(x, axes)
    return centre, mean((x - centre) ** 2, axes)


def standardize(x, centre, variance, eps):
    """Return z and r."""
    with np.errstate(divide="ignore", invalid="ignore"):
        r = 1 / np.sqrt(variance + eps)
        return (x - centre) * r, r


def pull(slope, z, r, axes):
    """Return the gradient of x, where `slope` is that of z."""
    return r * (slope - mean(slope, axes) - z * mean(slope * z, axes))


def affine(z, weight, bias):
    """Return `z` times the weight plus the bias, each if given."""
    z = z if weight is None else z * weight
    return z if bias is None else z + bias


def trailing(input, shape):
    """Return the axes of the last dimensions, which must be `shape`, or raise a ValueError."""
    if len(shape) == 0 or tuple(shape) != input.shape[-len(shape) :]:
        raise ValueError(f"Expected normalized_shape to be the last dimensions of {input.shape}; got {shape!r}.")
    return tuple(range(input.ndim - len(shape), input.ndim))


def require_shape(shape, **parameters):
    """Raise a ValueError unless every parameter that is given has this shape."""
    for name, p in parameters.items():
        if p is not None and p.shape != tuple(shape):
            raise ValueError(f"Expected {name} to have shape {tuple(shape)}; got {p.shape}.")


def by_channel(parameter, ndim):
    """Return a parameter of shape (C,) so that it broadcasts along the second of that many dimensions."""
    return None if parameter is None else parameter.reshape(-1, *(1,) * (ndim - 2))


def over_channels(grad, parameter):
    """Return the gradient of a parameter of shape (C,): the sum over all dimensions but the second."""
    return None if parameter is None else np.sum(grad, axis=(0, *range(2, grad.ndim)))


def updated(running_mean, running_var, centre, variance, momentum, count):
    """Return the running statistics after a batch with these statistics of `count` numbers each; as before for none."""
    if count == 0:
        return running_mean.copy(), running_var.copy()
    unbiased = variance * (count / (count - 1))
    return tuple(
        (1 - momentum) * kept + momentum * new.reshape(kept.shape)
        for kept, new in ((running_mean, centre), (running_var, unbiased))
    )
