"""Rows of maximum likelihood: each log-likelihood with its gradient, and what makes it largest."""

import numpy as np

from gradtwin.rows import Case, Model, Op, Refusal
from parity_tests.pairs.data import breast_cancer, diabetes, iris, reviews

EDGES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")
FAMILIES = ("typical", "zeros", "strided", "read-only")


def _rows(name, op, model):
    """Return the row of a log-likelihood, and that of its largest value."""
    row = f"likelihoods.{name}"
    return Op(row, **op), Model(f"{row}_fit", f".{row}", **model)


def _reduced(inputs, differentiable=None):
    """Return a case for each reduction."""
    return [
        Case(reduction, {"reduction": reduction}, inputs, families, differentiable)
        for reduction, families in (("sum", EDGES), ("mean", ("typical", "zeros")), ("none", ("typical", "zeros")))
    ]


def _one_gaussian(draw):
    return draw(draw.batch(12)), draw(()), draw((), 0.25, 4.0)


def _two_gaussians(draw):
    return draw((12, 2)), draw((2,)), draw((2,), 0.25, 4.0)


gaussian = _rows(
    "gaussian",
    {
        "inputs": _one_gaussian,
        "cases": [*_reduced(_one_gaussian), Case("columns", inputs=_two_gaussians)],
        "refusals": [
            Refusal("a variance of 0", inputs=lambda draw: (draw((3,)), draw(()), np.zeros(()))),
            Refusal("an unknown reduction", {"reduction": "average"}),
        ],
    },
    {
        "inputs": lambda draw: (draw((20,)), draw((5,))),
        "cases": [
            Case("numbers", families=FAMILIES),
            Case("columns", inputs=lambda draw: (draw((20, 3)), draw((5, 3)))),
            Case("off centre", inputs=lambda draw: (draw((20,)) + 100, draw((5,)) + 100)),
            Case("iris", inputs=lambda draw: (iris()[0][:50], draw((5, 4)))),
        ],
        "refusals": [
            Refusal("no samples", inputs=lambda draw: (draw((0,)), draw((5,)))),
            Refusal("equal samples", inputs=lambda draw: (np.ones(4), draw((5,)))),
        ],
    },
)


def _coins(draw):
    shape = draw.batch(12)
    return draw.choice([0, 1], shape), draw((), 0.125, 0.875)


def _many_coins(draw):
    return draw.choice([0, 1], (12, 3)), draw((3,), 0.125, 0.875)


def _rare(draw):
    return draw.choice([0, 1], (12,)), draw((), 1e-4, 1e-3)


def _tossed(draw):
    """Return columns that hold both sides of the coin."""
    return draw.rng.permuted(np.arange(15)[:, np.newaxis] % 5 < [1, 2, 4], axis=0).astype(float)


bernoulli = _rows(
    "bernoulli",
    {
        "inputs": _coins,
        "cases": [
            *_reduced(_coins),
            Case("columns", inputs=_many_coins),
            Case("rare", inputs=_rare, differentiable=("probs",)),
        ],
        "refusals": [
            Refusal("a label of a third kind", inputs=lambda draw: (np.array([0.0, 2.0]), np.array(0.5))),
            Refusal("a probability above 1", inputs=lambda draw: (np.array([0.0, 1.0]), np.array(1.5))),
            Refusal("an unknown reduction", {"reduction": "average"}),
        ],
    },
    {
        "inputs": lambda draw: (draw.rng.permutation(np.arange(15) % 4 // 3).astype(float), np.array([0.0, 1.0])),
        "cases": [
            Case("one coin", families=("typical", "read-only")),
            Case("columns", inputs=lambda draw: (_tossed(draw), np.eye(3))),
            Case("reviews", inputs=lambda draw: (reviews()[1].astype(float), np.array([1.0, 0.0]))),
            Case("tumours", inputs=lambda draw: (breast_cancer()[1][:100].astype(float), np.array([1.0, 0.0]))),
        ],
        "refusals": [Refusal("no samples", inputs=lambda draw: (draw((0,)), np.array([0.0, 1.0])))],
    },
)


def _line(draw):
    batch = draw.batch(12)
    return draw((*batch, 3)), draw(batch), draw((3,)), draw(()), draw((), 0.25, 4.0)


def _patients(draw):
    X, y = diabetes()
    return X[:80, :4], y[:80], draw((5, 4))


linear_gaussian = _rows(
    "linear_gaussian",
    {
        "inputs": _line,
        "cases": _reduced(_line),
        "refusals": [
            Refusal("features that do not fit", inputs=lambda draw: (draw((5, 2)), *_line(draw)[1:])),
            Refusal("a negative variance", inputs=lambda draw: (*_line(draw)[:4], np.array(-1.0))),
        ],
    },
    {
        "inputs": lambda draw: (draw((20, 3)), draw((20,)), draw((5, 3))),
        "cases": [Case("numbers", families=FAMILIES), Case("diabetes", inputs=_patients)],
    },
)

PAIRS = (*gaussian, *bernoulli, *linear_gaussian)
