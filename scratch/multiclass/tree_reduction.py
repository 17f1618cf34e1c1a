"""Tree reduction: a binary tree over the classes, a binary learner a node (nested dichotomies).

Source: Frank and Kramer, 2004, doi:10.1145/1015330.1015363.

Formula:

    at a node, on the samples of the classes below it:   t = 1 on the first branch, -1 on the second
    from the root, to the first branch where s >= 0, to the second where s < 0;   label = the leaf

Derivation: The path to a class is its code word, 1 and -1 for the branches taken, with 0 where it does not pass. What
all the nodes say leads from the root to one leaf, which agrees with all nodes on its path; every other leaf disagrees
where its path parts from that one. So no disagreement decides, and no ties are left. A prediction depends on the nodes
of its path alone, about log2 C of them. The learners are least squares with alpha (|w|^2 + b^2) added to the sum of
squares (`scratch.multiclass._binary`).

Options:
    tree: a class or a pair of trees: ``((0, 1), 2)``. None halves the classes in their order, the first half not the
        smaller.
    alpha: the weight of the penalty of every learner.

Shapes: `X` (N, d); `y` (N,), integers that hold every class from 0 to C - 1. `code` (C, C - 1) says to which branch of
each node each class belongs, 0 for those that are not below it; nodes stand before those below them, first branches
before second ones.

Errors: ValueError for a tree that is not one, misses a class or holds one twice; for other labels, a single class, data
that are not finite, shapes that do not fit and alpha not above 0.

torch: has none; the twin is written with `torch.linalg.solve`, and walks from the root.

Example:

>>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
>>> fitted = fit(X, np.array([0, 1, 2]), tree=(0, (1, 2)), alpha=0.25)
>>> fitted.code.tolist(), predict(fitted, X).tolist()
([[1, 0], [-1, 1], [-1, -1]], [0, 1, 2])
"""

from typing import NamedTuple

import numpy as np

from scratch.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a node, and the branch of each class there."""

    weight: np.ndarray
    bias: np.ndarray
    code: np.ndarray


def fit(X, y, *, tree=None, alpha=1.0):
    """Return the learners of the nodes of `tree`."""
    classes = _binary.require_classes(X, y)
    code = _code(_halved(range(classes)) if tree is None else tree, classes)
    weight, bias = _binary.fit(X, y, code, alpha)
    return Fitted(weight, bias, code)


def predict(fitted, X):
    """Return the class whose path agrees with the nodes on it, for each row of `X`."""
    return np.argmin(_binary.disagreements(fitted, X), axis=1)


def _halved(classes):
    middle = (len(classes) + 1) // 2
    return classes[0] if len(classes) == 1 else (_halved(classes[:middle]), _halved(classes[middle:]))


def _code(tree, classes):
    leaves = _leaves(tree)
    if sorted(leaves) != list(range(classes)):
        raise ValueError(f"Expected tree to hold each class from 0 to {classes - 1} once; got {leaves}.")
    code = np.zeros((classes, classes - 1), int)
    for node, (first, second) in enumerate(_branches(tree)):
        code[_leaves(first), node] = 1
        code[_leaves(second), node] = -1
    return code


def _branches(tree):
    """Return the two branches of every node, each node before those below it."""
    return [tree, *_branches(tree[0]), *_branches(tree[1])] if isinstance(tree, tuple) else []


def _leaves(tree):
    if isinstance(tree, int):
        return [tree]
    if not isinstance(tree, tuple) or len(tree) != 2:
        raise ValueError(f"Expected tree to be a class or a pair of trees; got {tree!r}.")
    return [leaf for branch in tree for leaf in _leaves(branch)]
