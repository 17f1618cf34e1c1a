"""Error-correcting output codes: a code word a class, a binary learner a bit.

Source: Dietterich and Bakiri, 1995, arXiv:cs/9501101.

Formula:

    t_ib = code[y_i, b],   said_b = 1 if s_b >= 0 else -1,   label = argmin_k |{b : said_b != code[k, b]}|

The nearest code word by Hamming distance decides, and of several nearest ones that of the smallest class.

Derivation: Let words be at least D apart. After e wrong bits what is said is e from the right word and at least D - e
from every other, so it is nearest to the right one while e <= (D - 1) / 2, rounded down. The learners are least squares
with alpha (|w|^2 + b^2) added to the sum of squares (`scratch.multiclass._binary`).

Options:
    code: the words, a row a class. None takes the exhaustive code: every way to divide the classes in two, 2^(C-1) - 1
        of them. Class 0 is 1 throughout, and the other classes count in binary numbers, the last class fastest,
        without the column of ones. Random words are drawn by `scratch.multiclass.random_code`.
    alpha: the weight of the penalty of every learner.

Shapes: `X` (N, d); `y` (N,), integers that hold every class from 0 to C - 1; `code` (C, B) of -1 and 1; `weight` (B, d)
and `bias` (B,).

Errors: ValueError for a code of another shape or with other entries, more words than B bits allow, equal words and bits
that are the same for all classes; for other labels, a single class, data that are not finite, shapes that do not fit
and alpha not above 0.

torch: has none; the twin is written with `torch.linalg.solve`, and counts the wrong bits of each word.

Example:

>>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
>>> fitted = fit(X, np.array([0, 1, 2]), alpha=0.5)
>>> fitted.code.tolist(), predict(fitted, X).tolist()
([[1, 1, 1], [-1, -1, 1], [-1, 1, -1]], [0, 1, 2])
"""

from typing import NamedTuple

import numpy as np

from scratch.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a bit, and the code words."""

    weight: np.ndarray
    bias: np.ndarray
    code: np.ndarray


def fit(X, y, code=None, *, alpha=1.0):
    """Return the learners of the bits of `code`."""
    classes = _binary.require_classes(X, y)
    words = _exhaustive(classes) if code is None else np.array(code)
    _require_code(words, classes)
    weight, bias = _binary.fit(X, y, words, alpha)
    return Fitted(weight, bias, words)


def predict(fitted, X):
    """Return the class whose code word is nearest to what the learners say of each row of `X`."""
    return np.argmin(_binary.disagreements(fitted, X), axis=1)


def _exhaustive(classes):
    places = np.arange(classes - 1)[::-1, np.newaxis]
    bits = np.arange(2 ** (classes - 1) - 1) >> places & 1
    return 2 * np.vstack([np.ones_like(bits[:1]), bits]) - 1


def _require_code(code, classes):
    if code.ndim != 2 or len(code) != classes or not np.all(np.abs(code) == 1):
        raise ValueError(f"Expected code ({classes}, B) of -1 and 1, a word a class; got shape {code.shape}.")
    if classes > 2 ** code.shape[1]:
        raise ValueError(f"Expected code to have bits for {classes} words; got {code.shape[1]}.")
    if len(np.unique(code, axis=0)) < classes:
        raise ValueError("Expected the words of code to differ; got equal ones.")
    if np.any(np.all(code == code[0], axis=0)):
        raise ValueError("Expected every bit of code to divide the classes; got one that is the same for all.")
