"""Twin of `scratch.multiclass.tree_reduction`."""

import math
from typing import NamedTuple

import torch

from reference.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a node, and the branch of each class there."""

    weight: torch.Tensor
    bias: torch.Tensor
    code: torch.Tensor


def fit(X, y, *, tree=None, alpha=1.0):
    """Return the learners of the nodes of `tree`, on the samples below each."""
    classes = _binary.require_classes(X, y)
    nodes = _nodes(_halved(list(range(classes))) if tree is None else tree)
    if sorted([*nodes[0][0], *nodes[0][1]]) != list(range(classes)):
        raise ValueError("Expected tree to hold each class once.")
    learners, code = [], y.new_zeros(classes, len(nodes))
    for j, (first, second) in enumerate(nodes):
        code[first, j], code[second, j] = 1, -1
        below = code[y, j] != 0
        learners.append(_binary.least_squares(X[below], code[y[below], j] == 1, alpha))
    weight, bias = _binary.stacked(learners)
    return Fitted(weight, bias, code)


def predict(fitted, X):
    """Return the leaf at the end of the walk from the root, for each row of `X`."""
    return _walk(_binary.scores(fitted, X), fitted.code)[0].int().argmax(1)


def margin(fitted, X):
    """Return the scores of the nodes on the path, and infinity for the others."""
    scores = _binary.scores(fitted, X)
    return torch.where(_walk(scores, fitted.code)[1], scores, math.inf)


def _walk(scores, code):
    """Return which classes are left at the end, and which nodes are passed, node by node from the root."""
    left = scores.new_ones(len(scores), len(code), dtype=torch.bool)
    passed = torch.zeros_like(scores, dtype=torch.bool)
    for j, branch in enumerate(code.T):
        passed[:, j] = (left == (branch != 0)).all(1)
        taken = torch.where(scores[:, j, None] >= 0, branch == 1, branch == -1)
        left = torch.where(passed[:, j, None], taken, left)
    return left, passed


def _halved(classes):
    if len(classes) == 1:
        return classes[0]
    half = -(-len(classes) // 2)
    return _halved(classes[:half]), _halved(classes[half:])


def _nodes(tree):
    """Return the classes on the two branches of every node, from the root on."""
    if isinstance(tree, int):
        return []
    first, second = tree
    return [(_below(first), _below(second)), *_nodes(first), *_nodes(second)]


def _below(tree):
    return [tree] if isinstance(tree, int) else [*_below(tree[0]), *_below(tree[1])]
