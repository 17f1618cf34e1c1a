"""Row of back-propagation one sample at a time, on the iris data."""

import numpy as np

from gradtwin.rows import Case, Model, Refusal
from parity_tests.pairs import data

STEPS = 10
FAMILIES = ("typical", "strided", "read-only")
DEEP = {"activations": ("tanh", "sigmoid", "identity")}


def _iris(*sizes, targets=3):
    """Return the flowers with a column of ones, their classes as unit vectors, an order, a start, and queries."""

    def inputs(draw):
        X, y = data.iris()
        X = np.hstack([X, np.ones((len(X), 1))])
        order = draw.rng.permutation(len(X))[:STEPS]
        start = (draw((n, m)) / 2 for m, n in zip((5, *sizes[:-1]), sizes, strict=True))
        return X, np.eye(3)[y][:, :targets], order, *start, X[::15]

    return inputs


def _sample(*sizes):
    """Return weights, one sample and its target."""
    shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
    return lambda draw: ([draw(s) for s in shapes], draw(sizes[:1]), draw(sizes[-1:]))


def _with(position, value):
    """Return the inputs of the row but for one."""

    def inputs(draw):
        given = list(_iris(4, 3)(draw))
        given[position] = value(given[position])
        return given

    return inputs


PAIRS = (
    Model(
        "models.backpropagation",
        inputs=_iris(4, 3),
        cases=[
            Case("iris", families=FAMILIES),
            Case("iris, three layers", {**DEEP, "lr": 0.05}, _iris(4, 5, 3)),
            Case("iris, relu", {"activations": ("relu", "tanh"), "lr": 0.05}),
            Case("iris, one layer", {"activations": ("sigmoid",)}, _iris(3)),
            Case("iris, one output", {"activations": ("tanh", "sigmoid")}, _iris(4, 1, targets=1)),
            Case("iris, no rate", {"lr": 0.0}),
        ],
        costs=[
            Case("default", {}, _sample(4, 5, 3), ("typical", "zeros", "strided", "read-only")),
            Case("three layers", DEEP, _sample(4, 6, 5, 3)),
            Case("four layers", {"activations": ("relu", "tanh", "sigmoid", "tanh")}, _sample(3, 4, 6, 5, 2)),
            Case("one layer", {"activations": ("sigmoid",)}, _sample(4, 3)),
            Case("one unit a layer", inputs=_sample(1, 1, 1)),
        ],
        refusals=[
            Refusal("an unknown activation", {"activations": ("swish", "identity")}),
            Refusal("an activation too few", {"activations": ("identity",)}),
            Refusal("an activation too many", DEEP),
            Refusal("a negative rate", {"lr": -0.1}),
            Refusal("no weights", {"activations": ()}, lambda draw: (*_iris(4, 3)(draw)[:3], draw((2, 5)))),
            Refusal("a sample that is not there", inputs=_with(2, lambda order: order + 150)),
            Refusal("half a sample", inputs=_with(2, lambda order: order + 0.5)),
            Refusal("a weight of another width", inputs=_with(4, lambda weight: weight[:, 1:])),
            Refusal("targets of another width", inputs=_with(1, lambda y: y[:, :2])),
            Refusal("fewer targets than samples", inputs=_with(1, lambda y: y[:0])),
        ],
    ),
)
