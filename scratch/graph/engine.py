"""Reverse-mode differentiation of a computational graph, what torch's autograd does.

Source: Linnainmaa, 1976, doi:10.1007/BF01931367; the sorting: Kahn, 1962, doi:10.1145/368996.369025.

Formula: values are numbered, the inputs first, then the nodes in the order in which they stand. That order is free:
they are sorted topologically, so that each comes after its parents.

    v_i = f_i(v_j of its parents j),    output: the last node

Gradient: with the adjoint dL/dv_i, a value acts on L through its children alone, so dL/dv_i = sum over children j of
dL/dv_j dv_j/dv_i. In reverse topological order each adjoint is complete before it is handed on to the parents; the
shares of all children are added up. An operand that was broadcast gets the sum over what it was stretched to. What the
output does not depend on has the adjoint 0. At its kink 0, relu has the derivative 0. The derivatives of sigmoid and
tanh are taken from the value of the node, as y (1 - y) and 1 - y^2. Where a later node divides by the same difference,
as that of ln(1 - u) in a cross-entropy does, its rounding error cancels. One computed from x (`scratch.activations`)
has more digits by itself, and fewer behind such a node.

Options:
    graph: a tuple of nodes, each the name of an operation of `OPERATIONS` and the numbers of its parents; `sum` and
        `mean` reduce to one number, `transpose` swaps the last two axes, `complement` is 1 - x.

Shapes: any that the operations of NumPy take.

Errors: ValueError for an empty graph, an unknown operation, a wrong number of parents, a parent that is missing, a
cycle, and shapes that do not fit.

torch: records the graph while it computes, where here it is given; the twin calls torch's operations and lets autograd
differentiate. torch takes the same derivative at the kink of relu, and those of sigmoid and tanh from the value, too.

Example:

>>> graph = (Node("mul", (0, 1)), Node("add", (2, 0)))  # x w + x: x has two children
>>> x, w = np.array(3.0), np.array(2.0)
>>> float(forward(x, w, graph=graph)), [float(g) for g in backward(np.array(1.0), x, w, graph=graph).inputs]
(9.0, [3.0, 3.0])
>>> [float(a) for a in adjoints(np.array(1.0), x, w, graph=graph)]
[3.0, 3.0, 1.0, 1.0]
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch.activations import relu, sigmoid


class Node(NamedTuple):
    """An operation, and the numbers of the values that it is applied to; a plain tuple of both will do."""

    operation: str
    parents: tuple[int, ...]


class Gradients(NamedTuple):
    """Gradients of the inputs, in their order."""

    inputs: tuple[np.ndarray, ...]


class Operation(NamedTuple):
    """A function of its parents, and ``shares(g, y, *parents)``: g dy/dv for each, y being the function's value."""

    arity: int
    function: Callable
    shares: Callable


def forward(*inputs, graph):
    """Return the value of the last node."""
    return values(*inputs, graph=graph)[-1]


def backward(grad, *inputs, graph):
    """Return the gradients of the inputs."""
    return Gradients(adjoints(grad, *inputs, graph=graph)[: len(inputs)])


def values(*inputs, graph):
    """Return all values: copies of the inputs, then those of the nodes."""
    return _evaluated(inputs, graph)[0]


def adjoints(grad, *inputs, graph):
    """Return the adjoints of all values, where `grad` is that of the last node."""
    held, order, nodes = _evaluated(inputs, graph)
    found: list = [None] * len(held)
    found[-1] = grad.copy()
    # every child stands behind its parents, so that an adjoint is complete when its turn comes
    for i in reversed(order):
        if found[i] is None or i not in nodes:
            continue
        operation, parents = nodes[i]
        operands = [held[j] for j in parents]
        shares = OPERATIONS[operation].shares(found[i], held[i], *operands)
        for j, operand, share in zip(parents, operands, shares, strict=True):
            found[j] = _added(found[j], unbroadcast(share, operand.shape))
    return tuple(np.zeros_like(v) if a is None else a for v, a in zip(held, found, strict=True))


def _added(adjoint, share):
    """Return an adjoint after one more child."""
    return share if adjoint is None else adjoint + share


def _evaluated(inputs, graph):
    """Return all values, their topological order, and the nodes by number."""
    nodes = dict(enumerate(graph, len(inputs)))
    total = len(inputs) + len(graph)
    _require_nodes(nodes, total)
    order = _sorted({i: parents for i, (_, parents) in nodes.items()}, total)
    held: list = [x.copy() for x in inputs] + [None] * len(graph)
    for i in order:
        if i in nodes:
            operation, parents = nodes[i]
            held[i] = OPERATIONS[operation].function(*(held[j] for j in parents))
    return tuple(held), order, nodes


def _require_nodes(nodes, total):
    if not nodes:
        raise ValueError("Expected graph to hold at least one node; got none.")
    for i, (operation, parents) in nodes.items():
        if operation not in OPERATIONS:
            raise ValueError(
                f"Expected the operation of node {i} to be one of {', '.join(OPERATIONS)}; got {operation!r}."
            )
        if len(parents) != OPERATIONS[operation].arity:
            arity = OPERATIONS[operation].arity
            raise ValueError(f"Expected node {i}, {operation}, to have {arity} parents; got {len(parents)}.")
        for j in parents:
            if j not in range(total):
                raise ValueError(f"Expected the parents of node {i} to be numbers from 0 to {total - 1}; got {j}.")


def _sorted(parents, total):
    """Return the numbers of all values, each after its parents."""
    waits_for = {i: set(parents.get(i, ())) for i in range(total)}
    children: dict = {i: [] for i in range(total)}
    for i, needed in waits_for.items():
        for j in needed:
            children[j].append(i)
    order = [i for i in range(total) if not waits_for[i]]
    for i in order:  # grows while it is read
        for j in children[i]:
            waits_for[j].remove(i)
            if not waits_for[j]:
                order.append(j)
    if len(order) < total:
        raise ValueError(f"Expected graph to have no cycle; got one among {sorted(set(range(total)) - set(order))}.")
    return order


def _of_product(g, y, a, b):
    """Return g b' and a' g of a matrix product; a vector is a row on the left and a column on the right."""
    rows, columns = (a[np.newaxis] if a.ndim == 1 else a), (b[:, np.newaxis] if b.ndim == 1 else b)
    g = g[..., np.newaxis] if b.ndim == 1 else g
    g = g[..., np.newaxis, :] if a.ndim == 1 else g
    of_b = rows.mT @ g
    return g @ columns.mT, of_b[..., 0] if b.ndim == 1 else of_b


OPERATIONS = {
    "add": Operation(2, np.add, lambda g, y, a, b: (g, g)),
    "sub": Operation(2, np.subtract, lambda g, y, a, b: (g, -g)),
    "mul": Operation(2, np.multiply, lambda g, y, a, b: (g * b, g * a)),
    # y / b, which is a / b^2, without a square that may overflow
    "div": Operation(2, np.divide, lambda g, y, a, b: (g / b, -g * y / b)),
    "matmul": Operation(2, np.matmul, _of_product),
    "neg": Operation(1, np.negative, lambda g, y, x: (-g,)),
    "complement": Operation(1, lambda x: 1 - x, lambda g, y, x: (-g,)),
    "square": Operation(1, np.square, lambda g, y, x: (2 * g * x,)),
    "exp": Operation(1, np.exp, lambda g, y, x: (g * y,)),
    "log": Operation(1, np.log, lambda g, y, x: (g / x,)),
    "log1p": Operation(1, np.log1p, lambda g, y, x: (g / (1 + x),)),
    # from the value y, whose rounding error a division by 1 - y behind it cancels; and so for tanh
    "sigmoid": Operation(1, sigmoid.forward, lambda g, y, x: (g * (y * (1 - y)),)),
    "tanh": Operation(1, np.tanh, lambda g, y, x: (g * (1 - y * y),)),
    "relu": Operation(1, relu.forward, lambda g, y, x: (relu.backward(g, x),)),
    "sum": Operation(1, np.sum, lambda g, y, x: (np.broadcast_to(g, x.shape),)),
    "mean": Operation(1, np.mean, lambda g, y, x: (np.broadcast_to(g / x.size, x.shape),)),
    "transpose": Operation(1, lambda x: x.mT, lambda g, y, x: (g.mT,)),
}
