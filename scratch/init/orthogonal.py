"""Orthogonal start (Saxe, McClelland and Ganguli, 2014, arXiv:1312.6120).

    W = gain Q diag(sign R_ii)        Z = Q R, the QR factorization of `draw` = Z

or of its transpose, then transposed back, where Z has fewer rows than columns; Z is of mean 0 and variance 1. What is
shorter, the rows or the columns, is orthonormal, so a product of such matrices neither grows nor shrinks. QR is unique
up to the signs of R_ii; with these positive W is uniform among the orthogonal matrices (Mezzadri, 2007,
arXiv:math-ph/0609050).

Shapes: `tensor` and the result (out, in, ...), of which all but the first are taken as one, `draw` (out, in ...).
ValueError for fewer than two dimensions, and for a draw that is missing or of another shape. Of an empty `tensor`
nothing is asked.

Where R_ii = 0, torch makes a column 0, since sign 0 = 0, and W is not orthogonal; where the rank of `draw` is not full,
Q depends on the rounding.

>>> forward(np.zeros((2, 1)), 2.0, draw=np.array([[3.0], [-4.0]])).round(4).tolist()
[[1.2], [-1.6]]
"""

import math

import numpy as np

from scratch.init._draw import require_draw


def forward(tensor, gain=1, draw=None):
    """Return orthonormal rows or columns, times `gain`."""
    if tensor.ndim < 2:
        raise ValueError(f"Expected tensor to have at least two dimensions; got {tensor.shape}.")
    if tensor.size == 0:
        return np.zeros(tensor.shape, tensor.dtype)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    require_draw(draw, (rows, columns))
    q, r = np.linalg.qr(draw if rows >= columns else draw.T)
    q = gain * (q * np.sign(np.diag(r)))
    return (q if rows >= columns else q.T).reshape(tensor.shape).astype(tensor.dtype)
