"""Rows of the losses on probabilities and densities."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import CLASS_WEIGHTS, REDUCTIONS, UNKNOWN_REDUCTION, pair, reductions

OF_DIVERGENCES = (*REDUCTIONS, "batchmean")
NOT_HUGE = tuple(family for family in EVERY if family != "huge")


def _probabilities(draw):
    shape = draw.batch(6, 5)
    return draw(shape, 0.0, 1.0), draw(shape, 0.0, 1.0)


def _improbable(draw):
    """Return probabilities so near 0 or 1 that both clamps are reached."""
    near = draw((6, 5), 0.0, 1.0) ** 40
    return np.where(draw.choice((0.0, 1.0), (6, 5)) == 1, near, 1 - near), draw((6, 5), 0.0, 1.0)


def _five(draw):
    return draw((5, 5), 0.0, 1.0), draw((5, 5), 0.0, 1.0)


def _log_probabilities(draw):
    shape = draw.batch(6, 5)
    return draw(shape), -np.abs(draw(shape))


def _moments(draw):
    shape = draw.batch(8, 4)
    return {"input": draw(shape), "target": draw(shape), "var": draw(shape, 0.25, 4.0)}


def _variances(*shape, low=0.25, high=4.0):
    """Return inputs of shape (2, 3, 4) with variances of that shape."""
    return lambda draw: {"input": draw((2, 3, 4)), "target": draw((2, 3, 4)), "var": draw(shape, low, high)}


def _at_eps(draw):
    input, target = pair(draw)
    return {"input": input, "target": target, "var": draw.choice((0.0, 0.5, 1.0), input.shape)}


def _labels(draw):
    shape = draw.batch(6, 5)
    return {"input": draw(shape), "target": draw.choice((-1.0, 1.0), shape)}


def _far(draw):
    return {"input": draw((6, 5), -700.0, 700.0), "target": draw.choice((-1.0, 1.0), (6, 5))}


def _logits(draw):
    shape = draw.batch(6, 5)
    return draw(shape), draw(shape, 0.0, 1.0)


binary_cross_entropy_with_logits = Op(
    "losses.binary_cross_entropy_with_logits",
    inputs=_logits,
    cases=[
        *reductions("", families=EVERY),
        *reductions("pos_weight", {"pos_weight": CLASS_WEIGHTS}),
        *reductions("weight", {"weight": CLASS_WEIGHTS}),
        Case(
            "both weights", {"weight": CLASS_WEIGHTS, "pos_weight": CLASS_WEIGHTS[::-1]}, families=("typical", "tails")
        ),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a target of another shape", inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Refusal("a pos_weight that does not fit", {"pos_weight": np.ones(4)}),
        Refusal("a weight of more dimensions", {"weight": np.ones((2, 6, 5))}),
    ],
)

binary_cross_entropy = Op(
    "losses.binary_cross_entropy",
    inputs=_probabilities,
    cases=[
        *reductions("", families=("typical", "zeros")),
        Case("default", families=EVERY),
        *reductions("weight", {"weight": CLASS_WEIGHTS}),
        Case("weight zeros", {"weight": CLASS_WEIGHTS}, families=("zeros",)),
        Case("weight of a sample", {"weight": CLASS_WEIGHTS[:, np.newaxis]}, inputs=_five),
        *reductions("improbable", inputs=_improbable),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a target of another shape", inputs=lambda draw: (draw((6, 5), 0.0, 1.0), draw((5,), 0.0, 1.0))),
        Refusal("a weight that does not fit", {"weight": np.ones(4)}),
        Refusal("a weight of more dimensions", {"weight": np.ones((2, 6, 5))}),
        Refusal("a probability above 1", inputs=lambda draw: (np.array([0.5, 1.5]), np.array([0.0, 1.0]))),
        Refusal("a negative probability", inputs=lambda draw: (np.array([0.5, -0.5]), np.array([0.0, 1.0]))),
        Refusal("a probability that is NaN", inputs=lambda draw: (np.array([0.5, np.nan]), np.array([0.0, 1.0]))),
        Refusal("a target above 1", inputs=lambda draw: (np.array([0.5, 0.5]), np.array([0.0, 2.0]))),
    ],
)

kl_div = Op(
    "losses.kl_div",
    inputs=_logits,
    cases=[
        *reductions("", among=OF_DIVERGENCES),
        Case("default", families=EVERY),
        *reductions("log", {"log_target": True}, among=OF_DIVERGENCES, inputs=_log_probabilities),
        Case("log target", {"log_target": True}, inputs=_log_probabilities, families=EVERY),
        Case("one distribution", {"reduction": "batchmean"}, inputs=lambda draw: (draw(()), draw((), 0.0, 1.0))),
        Case("broadcast target", {"reduction": "batchmean"}, inputs=lambda draw: (draw((6, 5)), draw((5,), 0.0, 1.0))),
        Case("broadcast input", {"reduction": "batchmean"}, inputs=lambda draw: (draw((5,)), draw((6, 5), 0.0, 1.0))),
        Case(
            "broadcast both",
            {"reduction": "batchmean", "log_target": True},
            inputs=lambda draw: (draw((1, 5)), draw((6, 1))),
        ),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,), 0.0, 1.0))),
    ],
)

gaussian_nll_loss = Op(
    "losses.gaussian_nll_loss",
    inputs=_moments,
    cases=[
        *reductions(""),
        Case("default", families=EVERY),
        *reductions("full", {"full": True}),
        Case("one", {"reduction": "none"}, families=("zero-dimensional",)),
        Case("clamped", {"eps": 1.0, "full": True}, families=("typical", "tails")),
        Case("below eps", inputs=_variances(2, 3, 4, low=0.0, high=3e-6), families=("typical", "zeros")),
        *reductions("at eps", {"eps": 1.0}, families=("kinks",), inputs=_at_eps),
        Case("a float", {"var": 2.5}, inputs=pair, families=("typical", "tails", "zero-dimensional", "empty")),
        Case("a float of 0", {"var": 0.0, "reduction": "none"}, inputs=pair),
        Case("one dimension short", inputs=_variances(2, 3)),
        Case("one variance", inputs=lambda draw: (draw((5,)), draw((5,)), draw((), 0.25, 4.0))),
        Case("last dimension of 1", {"reduction": "none"}, inputs=_variances(2, 3, 1)),
        Case("first dimension of 1", inputs=_variances(1, 3, 4)),
        Case("broadcast target", inputs=lambda draw: (draw((6, 5)), draw((5,)), draw((6, 1), 0.25, 4.0))),
        Case("broadcast input", inputs=lambda draw: (draw((5,)), draw((6, 5)), draw((5,), 0.25, 4.0))),
    ],
    kinks=(0.0, 1.0),
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a negative variance", inputs=_variances(2, 3, 4, low=-2.0, high=-1.0)),
        Refusal("a negative float", {"var": -1.0}, inputs=pair),
        Refusal("an integer", {"var": 1}, inputs=pair),
        Refusal("two dimensions of 1", inputs=_variances(2, 1, 1)),
        Refusal("two dimensions short", inputs=_variances(2)),
        Refusal("a dimension of another size", inputs=_variances(2, 3, 5)),
        Refusal("a variance for several samples", inputs=_variances(5, 2, 3, 4)),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,)), np.ones((6, 5)))),
    ],
)

soft_margin_loss = Op(
    "losses.soft_margin_loss",
    inputs=_labels,
    cases=[
        *reductions("", families=NOT_HUGE, differentiable=("input",)),
        Case(
            "broadcast labels",
            inputs=lambda draw: (draw((6, 5)), draw.choice((-1.0, 1.0), (5,))),
            differentiable=("input",),
        ),
        Case("beyond the overflow of float32", inputs=_far, differentiable=("input",)),
        Case("labels of integers", inputs=lambda draw: (draw((6, 5)), 2 * draw.index((6, 5), 2) - 1)),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a target that broadcasts the input", inputs=lambda draw: (draw((5,)), np.ones((6, 5)))),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), np.ones(4))),
    ],
    omitted={"huge": "torch does not shift: its loss is infinite and its gradient NaN"},
)

PAIRS = (binary_cross_entropy_with_logits, binary_cross_entropy, kl_div, gaussian_nll_loss, soft_margin_loss)
