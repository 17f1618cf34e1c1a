"""Rows of the linear classifiers that maximize a likelihood."""

import numpy as np

from gradtwin.rows import Case, Model, Refusal
from parity_tests.pairs.data import breast_cancer, iris, reviews

FAMILIES = ("typical", "read-only")
OF_COSTS = ("typical", "zeros", "strided")
QUERIES = 20


def _labels(draw, classes, n=30):
    """Return labels of which each occurs equally often."""
    return draw.rng.permutation(np.arange(n) % classes)


def _data(classes, batches=None):
    """Return numbers without structure, with row numbers for batches of such a shape."""

    def inputs(draw):
        order = () if batches is None else (draw.index(batches, 30),)
        return draw((30, 3)), _labels(draw, classes), *order, draw((QUERIES, 3))

    return inputs


def _with_gap(draw):
    """Return samples of the classes 0 and 2, of which there is no 1."""
    return draw((30, 3)), 2 * _labels(draw, 2)


def _as_floats(draw):
    return draw((30, 3)), _labels(draw, 2).astype(float)


def _minus_plus(inputs):
    """Return the same with labels -1 and 1; they follow X."""

    def changed(draw):
        given = list(inputs(draw))
        at = 2 if isinstance(given[0], list) else 1
        given[at] = 2 * given[at] - 1
        return given

    return changed


def _two_flowers(draw):
    X, y = iris()
    return X[50:], y[50:] - 1, draw((QUERIES, 4))


def _two_apart(draw):
    """Return the two species of flowers that a hyperplane separates."""
    X, y = iris()
    return X[:100], y[:100], draw((QUERIES, 4))


def _flowers(draw):
    return *iris(), draw((QUERIES, 4))


def _flowers_in_order(draw):
    """Return the flowers and some of their numbers, one at a time."""
    return *iris(), draw.rng.permutation(150)[:20, np.newaxis], draw((QUERIES, 4))


def _tumours(draw):
    X, y = breast_cancer()
    return X[:100, :4], y[:100], draw((QUERIES, 4))


def _overshooting(draw):
    """Return samples on which a whole step of Newton's method, after some, makes the cost larger."""
    X = np.array([[25.8, 0.3], [-0.2, 0.0], [-0.1, 0.0], [1.9, -1.2], [0.2, -20.5]])
    return X, np.array([0, 0, 1, 0, 0]), X


def _dependent(draw):
    """Return samples whose third column the others make, but for rounding."""
    X, y, queries = _data(2)(draw)
    return np.column_stack([X[:, :2], X[:, :2] @ [0.3, 0.7]]), y, queries


def _papers(draw):
    X, y = reviews()
    return X, y, X + 0.25


def _two_classes(draw):
    return [draw((3,)), draw(())], draw((30, 3)), _labels(draw, 2)


def _three_classes(draw):
    return [draw((3, 3)), draw((3,))], draw((30, 3)), _labels(draw, 3)


def _outputs(draw):
    return draw.rng.permuted(np.arange(90).reshape(30, 3) % 2, axis=0)


def _multilabel(draw):
    return draw((30, 4)), _outputs(draw), draw((QUERIES, 4))


def _multilabel_batches(draw):
    X, y, queries = _multilabel(draw)
    return X, y, draw.index((3, 8), 30), queries


def _flower_labels(draw):
    """Return the flowers with three labels of their own: not the first species, the third, and a wide sepal."""
    X, y = iris()
    return X[:, [0, 2, 3]], np.stack([y > 0, y == 2, X[:, 1] > 0], axis=1).astype(int), draw((QUERIES, 3))


def _labels_apart(draw):
    """Return two species with two labels: which it is, and a wide sepal, which the rest does not tell."""
    X, y, queries = _two_apart(draw)
    return X[:, [0, 2, 3]], np.stack([y, X[:, 1] > 0], axis=1).astype(int), queries[:, :3]


def _cost_of_outputs(draw):
    return [draw((3, 4)), draw((3,))], draw((30, 4)), _outputs(draw)


def _far(inputs):
    """Return a cost's inputs with parameters so large that probabilities come near 0 and 1."""

    def scaled(draw):
        parameters, *data = inputs(draw)
        return [4 * p for p in parameters], *data

    return scaled


def _costs(inputs, options=()):
    """Return the cases of a cost: each reduction, with and without the penalty, and far from 0."""
    base = dict(options)
    return [
        Case("mean", base, inputs, OF_COSTS),
        Case("sum", {**base, "reduction": "sum"}, inputs),
        Case("decay", {**base, "weight_decay": 0.3}, inputs),
        Case("far", {**base, "reduction": "sum", "weight_decay": 0.3}, _far(inputs)),
    ]


def _named(prefix, cases):
    return [Case(f"{prefix} {c.name}", c.options, c.inputs, c.families) for c in cases]


SIGNS = {"labels": (-1, 1)}
UNREDUCED = Refusal("a cost that is not reduced", {"reduction": "none"})
FEWER_LABELS = Refusal(
    "fewer labels than samples", inputs=lambda draw: (draw((30, 3)), _labels(draw, 2, 20), draw((QUERIES, 3)))
)
logistic_regression = Model(
    "linear_models.logistic_regression",
    inputs=_data(2),
    cases=[
        Case("full batch", {"steps": 5}, families=FAMILIES),
        Case("signs", {**SIGNS, "steps": 5}, _minus_plus(_data(2))),
        Case("sum and decay", {"steps": 5, "reduction": "sum", "weight_decay": 0.2}),
        Case("mini-batches", {"lr": 0.3}, _data(2, (5, 6))),
        Case("mini-batches, sum", {**SIGNS, "lr": 0.05, "reduction": "sum"}, _minus_plus(_data(2, (5, 6)))),
        Case("one sample", {"lr": 0.1}, _data(2, (8, 1))),
        Case("one sample once", {"lr": 0.1}, _data(2, (1, 1))),
        Case("iris", {"steps": 15}, _two_flowers),
        Case("iris, separable", {"steps": 3}, _two_apart),
        Case("tumours", {**SIGNS, "steps": 5, "weight_decay": 0.01}, _minus_plus(_tumours)),
        Case("reviews", {"steps": 5}, _papers),
    ],
    costs=[
        *_costs(_two_classes),
        *_named("signs", _costs(_minus_plus(_two_classes), SIGNS)),
    ],
    refusals=[UNREDUCED, FEWER_LABELS, Refusal("labels of another pair", {"labels": (0, 2)})],
    margin=True,
)

newton_logistic_regression = Model(
    "linear_models.newton_logistic_regression",
    inputs=_data(2),
    cases=[
        Case("one step", {"steps": 1}, families=FAMILIES),
        Case("iris, signs", {**SIGNS, "steps": 2, "reduction": "sum", "weight_decay": 0.2}, _minus_plus(_two_flowers)),
        Case("iris", {"steps": 3}, _two_flowers),
        Case("overshooting", {"steps": 7}, _overshooting),
        Case("tumours", {"steps": 2, "weight_decay": 0.01}, _tumours),
        Case("reviews", {"steps": 2}, _papers),
    ],
    refusals=[
        FEWER_LABELS,
        Refusal("dependent columns", inputs=_dependent),
        Refusal("columns of zeros", inputs=lambda draw: (np.zeros((30, 3)), _labels(draw, 2), draw((QUERIES, 3)))),
    ],
    margin=True,
)

softmax_regression = Model(
    "linear_models.softmax_regression",
    inputs=_data(3),
    cases=[
        Case("full batch", {"steps": 5}, families=FAMILIES),
        Case("sum and decay", {"steps": 5, "reduction": "sum", "weight_decay": 0.2}),
        Case("mini-batches", {"lr": 0.3}, _data(3, (5, 6))),
        Case("one sample", {"lr": 0.1}, _data(3, (8, 1))),
        Case("two classes", {"steps": 5}, _data(2)),
        Case("iris, separable", {"steps": 3}, _two_apart),
        Case("iris", {"steps": 10, "weight_decay": 0.01}, _flowers),
        Case("iris, one sample", {"lr": 0.1}, _flowers_in_order),
    ],
    costs=_costs(_three_classes),
    refusals=[
        UNREDUCED,
        FEWER_LABELS,
        Refusal("a class without samples", inputs=lambda draw: (*_with_gap(draw), draw((QUERIES, 3)))),
        Refusal("labels that are no integers", inputs=lambda draw: (*_as_floats(draw), draw((QUERIES, 3)))),
    ],
    margin=True,
)

multilabel_logistic_regression = Model(
    "linear_models.multilabel_logistic_regression",
    inputs=_multilabel,
    cases=[
        Case("summed", {"steps": 5}, families=FAMILIES),
        Case("averaged", {"steps": 5, "outputs": "mean", "weight_decay": 0.2}),
        Case("averaged, sum, decay", {"steps": 5, "outputs": "mean", "reduction": "sum", "weight_decay": 0.2}),
        Case("mini-batches", {"lr": 0.1, "reduction": "sum"}, _multilabel_batches),
        Case("no steps", {"steps": 0}),
        Case("iris", {"steps": 10}, _flower_labels),
        Case("iris, one separable", {"steps": 5, "lr": 10.0}, _labels_apart),
    ],
    costs=[
        *_costs(_cost_of_outputs),
        *_named("averaged", _costs(_cost_of_outputs, {"outputs": "mean"})),
    ],
    refusals=[
        UNREDUCED,
        Refusal("outputs that are not reduced", {"outputs": "none"}),
        Refusal("one label a sample", inputs=_data(2)),
    ],
    margin=True,
)

PAIRS = (logistic_regression, newton_logistic_regression, softmax_regression, multilabel_logistic_regression)
