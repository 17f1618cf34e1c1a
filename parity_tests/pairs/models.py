"""Rows of the models: the network as a function, and its training on real data."""

from itertools import pairwise

import numpy as np

from gradtwin.rows import Case, Op, Refusal, Training

STEPS = 300
BATCH = 64
HIDDEN = 32
HELD_OUT = 360
FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _network(draw, sizes):
    pairs = [(draw((n, m)), draw((n,))) for m, n in pairwise(sizes)]
    return draw((*draw.batch(6), sizes[0])), *(array for pair in pairs for array in pair)


def _inputs(draw):
    return _network(draw, (4, 5, 3))


def digits(seed):
    """Return parameters, mini-batches and the test accuracy for the 1,797 handwritten digits of scikit-learn."""
    from sklearn.datasets import load_digits

    from scratch.models import mlp

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    X, y = X[order] / 16, y[order]
    train = len(X) - HELD_OUT
    arrays = mlp.init((X.shape[1], HIDDEN, 10), rng)

    def test_accuracy(parameters):
        fitted = mlp.Fitted(tuple(parameters), "relu", ())
        return float(np.mean(mlp.predict(fitted, X[train:]) == y[train:]))

    chosen = [rng.choice(train, BATCH, replace=False) for _ in range(STEPS)]
    return {
        "params": dict(zip(("W1", "b1", "W2", "b2"), arrays, strict=True)),
        "batches": [(X[rows], y[rows]) for rows in chosen],
        "metric": test_accuracy,
    }


def _training(optimizer, **options):
    return Training(
        f"training.digits_{optimizer}",
        "scratch.models.mlp",
        "reference.models.mlp",
        f"scratch.optimizers.{optimizer}",
        f"reference.optimizers.{optimizer}",
        setup="parity_tests.pairs.models:digits",
        cases=[Case("mlp", options)],
    )


PAIRS = (
    Op(
        "models.mlp",
        "scratch.models.mlp",
        "reference.models.mlp",
        inputs=_inputs,
        cases=[
            Case("relu", families=FAMILIES),
            Case("gelu", {"activation": "gelu"}, families=FAMILIES),
            Case("sigmoid", {"activation": "sigmoid"}, families=FAMILIES),
            Case("one layer", inputs=lambda draw: _network(draw, (4, 3))),
            Case("deep", inputs=lambda draw: _network(draw, (4, 6, 5, 6, 5, 3))),
        ],
        refusals=[
            Refusal("features that do not fit", inputs=lambda draw: (draw((6, 3)), draw((5, 4)), draw((5,)))),
            Refusal("an unknown activation", {"activation": "swish"}),
        ],
    ),
    _training("sgd", lr=0.1, momentum=0.9),
    _training("adam", lr=0.01),
)
