"""Multi-label margin loss, torch's `multilabel_margin_loss`.

Source: Elisseeff and Weston, 2001, "A Kernel Method for Multi-Labelled Classification".

Formula:

    l = 1 / C sum_k sum_{j not in t} max(z_kj, 0),   z_kj = 1 - x_{t_k} + x_j

x is `input` and C the number of classes. The target classes t_1, t_2, ... of a sample stand in `target` before its
first -1; what comes after that counts for nothing, and a class that is named twice counts twice.

Gradient: z_kj rises with x_j and falls with x_{t_k}, so each z_kj > 0 adds 1 / C to dl/dx_j and takes it from
dl/dx_{t_k}. The sum is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for mean. At the kink
z_kj = 0 any part in [0, 1] of that is a subgradient; 0 is taken.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` and `target` are both (N, C) or both (C,).

Errors: ValueError for shapes that do not fit, an index outside [-1, C), also after the first -1, and an unknown
reduction; TypeError for targets that are no integers.

torch: takes the same subgradient at the kink, and a z_kj that is NaN counts for nothing. Over no samples it returns
whatever its memory held for sum and mean; here the sum is 0 and the mean NaN. A model that went through `torch.compile`
has another loss: there every label after the first -1 counts as class 0, and at a kink all of the gradient is taken.

Example:

>>> x, y = np.array([0.5, 0.0, 0.0, 2.0]), np.array([3, 0, -1, 1])
>>> float(forward(x, y))
0.25
>>> backward(np.array(1.0), x, y).tolist()
[-0.5, 0.25, 0.25, 0.0]
"""

import numpy as np

from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, reduction="mean"):
    """Return the multi-label margin loss, reduced."""
    z, _ = _terms(input, target, reduction)
    return reduce((np.sum(z, axis=(-2, -1)) / z.shape[-1]).reshape(input.shape[:-1]), reduction)


def backward(grad, input, target, reduction="mean"):
    """Return the gradient of `input`."""
    z, labels = _terms(input, target, reduction)
    g = per_sample(grad, z[:, 0, 0].reshape(input.shape[:-1]), reduction).reshape(-1, 1)
    risen = np.sum(z > 0, axis=-2)
    fallen = np.sum(labels * np.sum(z > 0, axis=-1, keepdims=True), axis=-2)
    return (g / z.shape[-1] * (risen - fallen).astype(input.dtype)).reshape(input.shape)


def _terms(input, target, reduction):
    """Return max(z, 0) by samples, labels k and classes j, with 0 where it does not count, and where j is t_k."""
    require_reduction(reduction)
    if input.ndim > 2 or input.shape[-1:] == (0,):
        raise ValueError(f"Expected input to be (N, C) or (C,) with at least one class; got shape {input.shape}.")
    x = np.atleast_2d(input)
    classes = x.shape[-1]
    if target.shape != input.shape and not (input.ndim < 2 and target.ndim < 2 and target.size == classes):
        raise ValueError(f"Expected target to have the shape of input, {input.shape}; got {target.shape}.")
    if target.dtype.kind not in "iu":
        raise TypeError(f"Expected target to hold integers; got dtype {target.dtype}.")
    if np.any((target < -1) | (target >= classes)):
        raise ValueError(f"Expected target to hold class indices from -1 to {classes - 1}; got {target.tolist()}.")
    t = target.reshape(x.shape)
    counts = np.logical_and.accumulate(t >= 0, axis=-1)
    labels = counts[..., np.newaxis] & (t[..., np.newaxis] == np.arange(classes))
    with np.errstate(invalid="ignore"):  # inf - inf is NaN and counts for nothing
        z = 1 - np.take_along_axis(x, np.where(counts, t, 0), axis=-1)[..., np.newaxis] + x[:, np.newaxis, :]
    others = counts[..., np.newaxis] & ~np.any(labels, axis=-2, keepdims=True)
    return np.where(others & (z > 0), z, 0), labels
