"""The identity of a convolution, torch's `dirac_`.

Source: Zagoruyko and Komodakis, 2017, arXiv:1706.00388.

Formula:

    W_(g n + d, d, middle) = 1 for every group g and d < min(n, in), n = out / groups;   0 elsewhere

The middle of a dimension of k elements is k // 2, past the half of an even k.

Derivation: output g n + d sums products of W with input d of its group around every place, and the one factor that is
not 0 meets the place itself. So a convolution that starts so passes its inputs on, in every group as many as it has
outputs for.

Options:
    groups: in how many groups the outputs are, each of which gets an identity of its own.

Shapes: `tensor` and the result are (out, in, ...) with one to three dimensions of space.

Errors: ValueError for other shapes, for `groups` that do not divide out, and where there is no middle.

torch: computes the same. Negative groups give zeros.

Example:

>>> forward(np.zeros((2, 1, 3)), groups=2).tolist()
[[[0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0]]]
"""

import numpy as np


def forward(tensor, groups=1):
    """Return ones in the middle, by group from channel to the same channel, and zeros elsewhere."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Expected tensor to have three, four or five dimensions; got {tensor.shape}.")
    outputs, inputs, *space = tensor.shape
    if groups == 0 or outputs % groups:
        raise ValueError(f"Expected groups to divide {outputs}; got {groups!r}.")
    n = outputs // groups
    d = np.arange(min(n, inputs))
    if d.size and 0 in space:
        raise ValueError(f"Expected tensor to have a middle; got shape {tensor.shape}.")
    weight = np.zeros(tensor.shape, tensor.dtype)
    for first in range(0, outputs, n) if d.size else ():
        weight[(first + d, d, *(k // 2 for k in space))] = 1.0
    return weight
