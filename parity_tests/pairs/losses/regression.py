"""Rows of the losses that compare numbers."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import DO_NOT_BROADCAST, UNKNOWN_REDUCTION, pair, reductions

WEIGHT_OF_ANOTHER_SHAPE = Refusal("a weight of another shape", {"weight": np.ones(5)})


def _weighted(draw):
    input, target = pair(draw)
    return {"input": input, "target": target, "weight": draw(input.shape, 0.5, 2.0)}


def _weighted_at_kinks(draw):
    """The weights of the 32 elements add up to 32, so that their mean is exact."""
    input, target = pair(draw)
    return {"input": input, "target": target, "weight": np.tile([0.5, 1.5], 16).reshape(input.shape)}


def _broadcast(draw):
    return draw((6, 5)), draw((5,))


def _broadcast_input(draw):
    return draw((5,)), draw((6, 5))


def _broadcast_weighted(draw):
    return {"input": draw((6, 5)), "target": draw((6, 1)), "weight": draw((6, 5), 0.5, 2.0)}


def _counts(draw):
    """Return logarithms of rates, and counts."""
    shape = draw.batch(6, 5)
    return draw(shape), draw(shape, 0.0, 6.0)


def _rates(draw):
    input, target = _counts(draw)
    return np.abs(input), target


def _whole_counts(draw):
    return draw((6, 5)), draw.choice((1.0, 2.0, 7.0), (6, 5))


mse_loss = Op(
    "losses.mse_loss",
    inputs=pair,
    cases=[
        *reductions("", families=EVERY),
        *reductions("weighted", inputs=_weighted),
        Case("broadcast target", inputs=_broadcast),
        Case("broadcast input", {"reduction": "none"}, inputs=_broadcast_input),
        Case("broadcast both", inputs=lambda draw: (draw((6, 1)), draw((2, 1, 5)))),
        Case("broadcast a pair", inputs=lambda draw: (draw((1, 5)), draw((2, 5)))),
    ],
    refusals=[UNKNOWN_REDUCTION, DO_NOT_BROADCAST, WEIGHT_OF_ANOTHER_SHAPE],
)

l1_loss = Op(
    "losses.l1_loss",
    inputs=pair,
    cases=[
        *reductions("", families=("typical", "kinks")),
        Case("default", families=EVERY),
        *reductions("weighted", inputs=_weighted),
        *reductions("weighted at kinks", families=("kinks",), inputs=_weighted_at_kinks),
        Case("broadcast target", inputs=_broadcast),
        Case("broadcast input", {"reduction": "none"}, inputs=_broadcast_input),
        Case("broadcast weighted", inputs=_broadcast_weighted),
    ],
    kinks=(0.0, 1.0),
    refusals=[UNKNOWN_REDUCTION, DO_NOT_BROADCAST, WEIGHT_OF_ANOTHER_SHAPE],
)

smooth_l1_loss = Op(
    "losses.smooth_l1_loss",
    inputs=pair,
    cases=[
        *reductions("", families=("typical", "kinks")),
        Case("default", families=EVERY),
        *reductions("beta 0", {"beta": 0.0}, families=("typical", "kinks")),
        Case("small beta", {"beta": 0.5}, families=("typical", "tails", "kinks")),
        Case("large beta", {"beta": 3.3}, families=("typical", "tails", "zeros")),
        Case("broadcast target", inputs=_broadcast),
        Case("broadcast input", {"reduction": "none"}, inputs=_broadcast_input),
        Case("beta 0 broadcast", {"beta": 0.0}, inputs=_broadcast),
    ],
    kinks=(0.0, 0.5, 1.0),
    refusals=[
        UNKNOWN_REDUCTION,
        DO_NOT_BROADCAST,
        Refusal("a negative beta", {"beta": -0.5}),
        Refusal("an unknown reduction for beta 0", {"beta": 0.0, "reduction": "average"}),
    ],
)

huber_loss = Op(
    "losses.huber_loss",
    inputs=pair,
    cases=[
        *reductions("", families=("typical", "kinks")),
        Case("default", families=EVERY),
        Case("small delta", {"delta": 0.5}, families=("typical", "tails", "kinks")),
        Case("large delta", {"delta": 3.3}, families=("typical", "tails", "zeros")),
        *reductions("weighted", {"delta": 0.7}, inputs=_weighted),
        *reductions("weighted at kinks", families=("kinks",), inputs=_weighted_at_kinks),
        Case("broadcast target", inputs=_broadcast),
        Case("broadcast input", {"reduction": "none"}, inputs=_broadcast_input),
        Case("broadcast weighted", inputs=_broadcast_weighted),
    ],
    kinks=(0.0, 0.5, 1.0),
    refusals=[
        UNKNOWN_REDUCTION,
        DO_NOT_BROADCAST,
        WEIGHT_OF_ANOTHER_SHAPE,
        Refusal("a delta of 0", {"delta": 0.0}),
        Refusal("a negative delta", {"delta": -1.0}),
        Refusal("an unknown reduction, weighted", {"reduction": "average"}, inputs=_weighted),
    ],
)

# For `full`, torch's gradient of a target of 0 is NaN, so no case asks for it.
poisson_nll_loss = Op(
    "losses.poisson_nll_loss",
    inputs=_counts,
    cases=[
        *reductions(""),
        Case("default", families=EVERY),
        Case("rates", {"log_input": False}, inputs=_rates, families=EVERY),
        Case("rates eps", {"log_input": False, "eps": 0.5, "reduction": "none"}, inputs=_rates),
        *reductions("full", {"full": True}),
        Case("full rates", {"full": True, "log_input": False}, inputs=_rates, families=("typical", "tails")),
        Case("full of 0", {"full": True}, families=("zeros",), differentiable=("input",)),
        Case("full of whole counts", {"full": True, "reduction": "none"}, inputs=_whole_counts),
        Case("integers", inputs=lambda draw: (draw((6, 5)), draw.index((6, 5), 7))),
        Case("broadcast target", {"full": True}, inputs=lambda draw: (draw((6, 5)), draw((5,), 0.0, 6.0))),
        Case("broadcast input", {"log_input": False}, inputs=lambda draw: (draw((5,), 1.0, 6.0), _counts(draw)[1])),
    ],
    refusals=[UNKNOWN_REDUCTION, DO_NOT_BROADCAST],
)

PAIRS = (mse_loss, l1_loss, smooth_l1_loss, huber_loss, poisson_nll_loss)
