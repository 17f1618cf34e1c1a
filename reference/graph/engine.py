"""Twin of `scratch.graph.engine`."""

from graphlib import TopologicalSorter

import torch

OPERATIONS: dict = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "matmul": torch.matmul,
    "neg": torch.neg,
    "complement": lambda x: 1 - x,
    "square": torch.square,
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sum": torch.sum,
    "mean": torch.mean,
    "transpose": lambda x: x.mT,
}


def forward(*inputs, graph):
    """Return the value of the last node."""
    return values(*inputs, graph=graph)[-1]


def values(*inputs, graph):
    """Return the inputs, then the values of the nodes."""
    held = dict(enumerate(inputs))
    nodes = dict(enumerate(graph, len(held)))
    for i in TopologicalSorter({i: parents for i, (_, parents) in nodes.items()}).static_order():
        if i in nodes:
            operation, parents = nodes[i]
            held[i] = OPERATIONS[operation](*(held[j] for j in parents))
    return tuple(held[i] for i in range(len(held)))
