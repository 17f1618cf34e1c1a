"""Undoing a broadcast: the gradient of an input that was stretched is the sum over what it was stretched to."""


def unbroadcast(grad, shape):
    """Sum `grad` over the axes along which an array of that shape was broadcast.

    >>> import numpy as np
    >>> unbroadcast(np.ones((2, 3)), (3,)).tolist()
    [2.0, 2.0, 2.0]
    """
    lead = grad.ndim - len(shape)
    stretched = tuple(i + lead for i, n in enumerate(shape) if n == 1 and grad.shape[i + lead] != 1)
    return grad.sum(axis=(*range(lead), *stretched)).reshape(shape)
