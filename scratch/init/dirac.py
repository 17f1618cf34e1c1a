"""The identity of a convolution (Zagoruyko and Komodakis, 2017, arXiv:1706.00388).

    W_(g n + d, d, middle) = 1 for every group g and d < min(n, in), n = out / groups;   0 elsewhere

A convolution that starts so passes its inputs on, in every group as many as it has outputs for. The middle of k is
k // 2, past the half of an even k.

Shapes: `tensor` and the result (out, in, ...) with one to three dimensions of space. ValueError for others, for
`groups` that do not divide out, and where there is no middle. Negative groups give zeros, as in torch.

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
    each = outputs // groups
    kept = np.arange(min(each, inputs))
    if kept.size and 0 in space:
        raise ValueError(f"Expected tensor to have a middle; got shape {tensor.shape}.")
    weight = np.zeros(tensor.shape, tensor.dtype)
    for first in range(0, outputs, each) if kept.size else ():
        weight[(first + kept, kept, *(k // 2 for k in space))] = 1.0
    return weight
