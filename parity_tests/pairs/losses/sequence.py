"""Rows of the losses on sequences."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import UNKNOWN_REDUCTION, reductions

TARGETS = np.array([[1, 2, 2], [3, 3, 0], [1, 0, 0]])
TARGET_LENGTHS = np.array([3, 2, 1])
INPUT_LENGTHS = np.array([7, 6, 5])


def _sequences(draw):
    """Return three samples of classes 0 to 3, or one without a batch; torch refuses a batch of none, so `empty` is
    three samples without labels."""
    batch = draw.batch(3)
    if batch == ():
        return draw((7, 4), -6.0, 0.0), TARGETS[0], np.array(7), np.array(3)
    lengths = TARGET_LENGTHS if batch == (3,) else 0 * TARGET_LENGTHS
    return draw((7, 3, 4), -6.0, 0.0), TARGETS, INPUT_LENGTHS, lengths


def _unbounded(draw):
    return -np.abs(draw((7, 3, 4))), TARGETS, INPUT_LENGTHS, TARGET_LENGTHS


def _other(**changed):
    """Return inputs of three samples of which some are other ones."""

    def inputs(draw):
        named = dict(zip(("log_probs", "targets", "input_lengths", "target_lengths"), _sequences(draw), strict=True))
        return {**named, **changed}

    return inputs


IN_TUPLES = {"input_lengths": (7, 6, 5), "target_lengths": (3, 2, 1)}
NO_PATH = {"input_lengths": np.array([3, 6, 5])}
JOINED = np.array([1, 2, 2, 3, 3, 1])

ctc_loss = Op(
    "losses.ctc_loss",
    inputs=_sequences,
    cases=[
        *reductions("", families=EVERY),
        Case(
            "unbounded",
            {"reduction": "none"},
            inputs=_unbounded,
            families=("typical", "tails", "zeros", "tiny"),
        ),
        *reductions("joined in tuples", inputs=lambda draw: {**_other(targets=JOINED)(draw), **IN_TUPLES}),
        Case("blank at the end", {"blank": 3}, inputs=_other(targets=np.array([[1, 2, 2], [0, 0, 1], [1, 0, 0]]))),
        Case("a blank as label", inputs=_other(targets=np.array([[1, 0, 2], [0, 3, 0], [1, 0, 0]]))),
        *reductions("no path", inputs=_other(**NO_PATH)),
        *reductions("no path zeroed", {"zero_infinity": True}, inputs=_other(**NO_PATH)),
        Case("no labels", inputs=_other(target_lengths=np.array([0, 2, 0]))),
        Case("no time", {"reduction": "none"}, inputs=_other(input_lengths=np.array([0, 6, 0]))),
        Case("one time", inputs=_other(input_lengths=np.array([1, 6, 1]), target_lengths=np.array([0, 2, 1]))),
        Case("nothing at all", inputs=_other(input_lengths=np.array([0, 6, 5]), target_lengths=np.array([0, 2, 1]))),
        Case("wide padding", inputs=_other(targets=np.pad(TARGETS, ((0, 0), (0, 2)), constant_values=2))),
        Case("one sample in tuples", inputs=lambda draw: (draw((7, 4), -6.0, 0.0), TARGETS[0], (7,), (3,))),
        Case("long", inputs=lambda draw: (draw((80, 2, 4), -6.0, 0.0), draw.index((2, 20), 3) + 1, (80, 70), (20, 15))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a blank out of range", {"blank": 4}),
        Refusal("more time than there is", inputs=_other(input_lengths=np.array([8, 6, 5]))),
        Refusal("a negative input length", inputs=_other(input_lengths=np.array([-1, 6, 5]))),
        Refusal("a negative target length", inputs=_other(target_lengths=np.array([-1, 2, 1]))),
        Refusal("lengths of fewer samples", inputs=_other(input_lengths=np.array([7, 6]))),
        Refusal("lengths that are no integers", inputs=_other(input_lengths=np.array([7.0, 6.0, 5.0]))),
        Refusal("targets that are too narrow", inputs=_other(targets=TARGETS[:, :2])),
        Refusal("targets of fewer samples", inputs=_other(targets=TARGETS[:2])),
        Refusal("joined targets that are too long", inputs=_other(targets=np.array([1, 2, 2, 3, 3, 1, 1]))),
        Refusal("joined targets that are too short", inputs=_other(targets=np.array([1, 2, 2, 3, 3]))),
        Refusal("targets of three dimensions", inputs=_other(targets=TARGETS[np.newaxis])),
        Refusal("an empty batch", inputs=lambda draw: (draw((7, 0, 4)), TARGETS[:0], (), ())),
        Refusal("four dimensions", inputs=lambda draw: (draw((1, 7, 3, 4)), TARGETS, (7, 6, 5), (3, 2, 1))),
    ],
)

PAIRS = (ctc_loss,)
