"""Orthogonal start, torch's `orthogonal_`.

Source: Saxe, McClelland and Ganguli, 2014, arXiv:1312.6120; the signs: Mezzadri, 2007, arXiv:math-ph/0609050.

Formula:

    W = gain Q diag(sign R_ii)        Z = Q R, the QR factorization of Z

Z is `draw`, of mean 0 and variance 1. Where it has fewer rows than columns, its transpose is factorized, and the result
transposed back.

Derivation: what is shorter in W, the rows or the columns, is orthonormal, so a product of such matrices neither grows
nor shrinks. Z = Q R = (Q D) (D R) for every diagonal D of signs, so QR of a full rank is unique up to the signs of R_ii
only; with these positive W is uniform among the orthogonal matrices.

Options:
    gain: what the orthonormal matrix is multiplied by.
    draw: Z; None is refused.

Shapes: `tensor` and the result are (out, in, ...), of which all but the first are taken as one; `draw` is a matrix of
out rows in the same way.

Errors: ValueError for fewer than two dimensions, and for a draw that is missing or of another shape. Of an empty
`tensor` nothing is asked.

torch: draws Z itself; the twin hands it the same Z. Where R_ii = 0, torch makes a column 0, since sign 0 = 0, and W is
not orthogonal; it is the same here. Where the rank of `draw` is not full, Q depends on the rounding.

Example:

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
    if tensor.size == 0:  # before the draw, which torch does not make then
        return np.zeros(tensor.shape, tensor.dtype)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    require_draw(draw, (rows, columns))
    q, r = np.linalg.qr(draw if rows >= columns else draw.T)
    q = gain * (q * np.sign(np.diag(r)))
    return (q if rows >= columns else q.T).reshape(tensor.shape).astype(tensor.dtype)
