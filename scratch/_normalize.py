"""What the normalizing layers share: z = (x - m) r with r = 1 / sqrt(v + eps), and parameters by channel."""

import numpy as np


def mean(x, axes):
    """Return the mean along the axes, which are kept; 0 for no numbers."""
    count = max(np.prod([x.shape[a] for a in axes], dtype=int), 1)
    return np.sum(x, axis=axes, keepdims=True) / int(count)  # an integer of NumPy would make float64 of float32


def moments(x, axes):
    """Return mean and variance along the axes, which are kept."""
    m = mean(x, axes)
    return m, mean((x - m) ** 2, axes)  # mean(x^2) - m^2 has no digits left where m is far larger than the deviation


def standardize(x, m, v, eps):
    """Return z and r."""
    with np.errstate(divide="ignore", invalid="ignore"):  # equal numbers with an eps of 0 are NaN, as in torch
        r = 1 / np.sqrt(v + eps)
        return (x - m) * r, r


def affine(z, weight, bias):
    """Return `z` times the weight plus the bias, each if given."""
    z = z if weight is None else z * weight
    return z if bias is None else z + bias


def trailing_axes(input, shape):
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


def by_channel_backward(grad, parameter):
    """Return the gradient of a parameter of shape (C,): the sum over all dimensions but the second."""
    return None if parameter is None else np.sum(grad, axis=(0, *range(2, grad.ndim)))


def updated_statistics(running_mean, running_var, m, v, momentum, n):
    """Return the running statistics after a batch with these of `n` numbers each; as before for none."""
    if n == 0:
        return running_mean.copy(), running_var.copy()
    unbiased = v * (n / (n - 1))  # what is kept estimates the variance of all data; z is made with v
    return tuple(
        (1 - momentum) * running + momentum * batch.reshape(running.shape)
        for running, batch in ((running_mean, m), (running_var, unbiased))
    )
