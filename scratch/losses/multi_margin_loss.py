"""Multi-class margin loss, torch's `multi_margin_loss`.

Source: Weston and Watkins, 1999, "Support Vector Machines for Multi-Class Pattern Recognition".

Formula:

    l = w_t / C sum_{j != t} max(z_j, 0)^p,   z_j = margin - x_t + x_j,   p = 1 or 2

x is `input`, t the class in `target`, C the number of classes and w `weight`, or 1.

Gradient: z_j rises with x_j and falls with x_t, so dl/dx_j = w_t / C p z_j^(p - 1) where z_j > 0, 0 elsewhere, and
dl/dx_t is minus the sum of these. Each is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for
mean. For p = 1 any part in [0, 1] is a subgradient at the kink z_j = 0; 0 is taken. `weight` has no gradient.

Options:
    p: the power of what is missing to the margin, 1 or 2.
    margin: by how much x_t has to be ahead of the others to cost nothing.
    weight: the weight w of each class; None is 1.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number, whatever the weights.

Shapes: `input` is (N, C) and `target` (N,), or (C,) and () or (1,); `weight` is (C,).

Errors: ValueError for shapes that do not fit, an index outside [0, C), another p and an unknown reduction; TypeError
for targets that are no integers.

torch: takes the same subgradient at the kink, and a z_j that is NaN counts for nothing. Over no samples it returns
whatever its memory held for sum and mean; here the sum is 0 and the mean NaN. Through `torch.compile`, all of the
gradient is taken at a kink, and the unreduced loss of one sample without a batch has shape (1,).

Example:

>>> x = np.array([[0.5, 1.0, 0.0, -2.0]])
>>> float(forward(x, np.array([0])))
0.5
>>> backward(np.array(1.0), x, np.array([0])).tolist()
[[-0.5, 0.25, 0.25, 0.0]]
"""

import numpy as np

from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Return the multi-class margin loss, reduced."""
    z, _, w = _terms(input, target, p, margin, weight, reduction)
    return reduce(np.sum(w * z**p, axis=-1).reshape(target.shape), reduction)


def backward(grad, input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Return the gradient of `input`."""
    z, own, w = _terms(input, target, p, margin, weight, reduction)
    g = per_sample(grad, z[:, 0].reshape(target.shape), reduction).reshape(-1, 1)
    z_grad = g * w * ((z > 0) if p == 1 else 2 * z)
    return np.where(own, -np.sum(z_grad, axis=-1, keepdims=True), z_grad).reshape(input.shape)


def _terms(input, target, p, margin, weight, reduction):
    """Return max(z, 0) with 0 at the target class, where that is, and w / C; by samples and classes."""
    require_reduction(reduction)
    if input.ndim > 2 or input.shape[-1:] == (0,):
        raise ValueError(f"Expected input to be (N, C) or (C,) with at least one class; got shape {input.shape}.")
    x = np.atleast_2d(input)
    samples, classes = x.shape
    if target.ndim > 1 or target.size != samples:
        raise ValueError(f"Expected target to have shape ({samples},), an index per sample; got {target.shape}.")
    if target.dtype.kind not in "iu":
        raise TypeError(f"Expected target to hold integers; got dtype {target.dtype}.")
    if np.any((target < 0) | (target >= classes)):
        raise ValueError(f"Expected target to hold class indices from 0 to {classes - 1}; got {target.tolist()}.")
    if p not in (1, 2):
        raise ValueError(f"Expected p to be 1 or 2; got {p!r}.")
    if weight is not None and weight.shape != (classes,):
        raise ValueError(f"Expected weight to have shape ({classes},), one per class; got {weight.shape}.")
    t = target.reshape(-1, 1)
    with np.errstate(invalid="ignore"):  # inf - inf is NaN and counts for nothing
        z = margin - np.take_along_axis(x, t, axis=-1) + x
    own = np.arange(classes) == t
    return np.where((z > 0) & ~own, z, 0), own, (1 if weight is None else weight[t]) / classes
