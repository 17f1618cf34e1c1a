"""Rows of what stands around an optimizer's step."""

import math

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal


def _gradients(draw):
    return draw((4, 3)), draw((*draw.batch(5),)), draw((2, 1, 3))


def _sized(size):
    """Return gradients of about that size."""
    return lambda draw: tuple(size * g for g in _gradients(draw))


def _with(*values):
    """Return gradients of which one holds these values."""
    return lambda draw: (draw((3,)), np.array([1.0, *values, -2.0], draw.dtype))


def _two(draw):
    shape = (*draw.batch(4), 3)
    return draw(shape), draw(shape)


def _broken(draw):
    return np.array([1.0, math.inf, math.inf, -math.inf, 2.0]), np.array([math.inf, -math.inf, math.inf, 0.0, math.nan])


def _history(*metrics):
    """Return these metrics, and parameters of as many steps."""
    return lambda draw: (np.array(metrics, draw.dtype), draw((len(metrics), 2, 3)))


clip_grad_norm = Op(
    "training.clip_grad_norm",
    inputs=_gradients,
    cases=[
        Case("clipped", {"max_norm": 0.5}, families=EVERY),
        Case("not clipped", {"max_norm": 1e3}, families=("typical", "huge", "tiny")),
        Case("one gradient", {"max_norm": 0.5}, lambda draw: (draw((5,)),), ("typical", "zeros")),
        Case("sum", {"max_norm": 0.5, "norm_type": 1}, families=("typical", "tails", "zeros")),
        Case("largest", {"max_norm": 0.5, "norm_type": math.inf}, families=("typical", "tails", "zeros")),
        Case("largest, in words", {"max_norm": 0.5, "norm_type": "inf"}),
        Case("smallest", {"max_norm": 0.01, "norm_type": -math.inf}, families=("typical", "zeros")),
        Case("root", {"max_norm": 0.5, "norm_type": 0.5}, families=("typical", "tails", "zeros")),
        Case("cubes", {"max_norm": 0.5, "norm_type": 3.0}, families=("typical", "tails")),
        Case("negative", {"max_norm": 0.01, "norm_type": -1.0}, families=("typical", "zeros")),
        Case("count", {"max_norm": 0.5, "norm_type": 0}, families=("typical", "zeros")),
        Case("tiny max_norm", {"max_norm": 1e-6}, _sized(1e-6)),
        Case("no norm", {"max_norm": 0.0}),
        Case("a negative max_norm", {"max_norm": -1.0}),
        Case("no limit", {"max_norm": math.inf}),
        Case("all zero", {"max_norm": 0.5}, _sized(0.0)),
        Case("infinite", {"max_norm": 0.5}, _with(math.inf)),
        Case("infinite, no limit", {"max_norm": math.inf}, _with(-math.inf)),
        Case("infinite, largest", {"max_norm": 0.5, "norm_type": math.inf}, _with(math.inf)),
        Case("NaN", {"max_norm": 0.5}, _with(math.nan, math.inf)),
        Case("finite", {"max_norm": 0.5, "error_if_nonfinite": True}),
    ],
    refusals=[
        Refusal("an infinite norm", {"max_norm": 1.0, "error_if_nonfinite": True}, _with(math.inf)),
        Refusal("a norm of NaN", {"max_norm": 1.0, "error_if_nonfinite": True}, _with(math.nan)),
        Refusal("the largest of nothing", {"max_norm": 1.0, "norm_type": math.inf}, lambda draw: (draw((0,)),)),
        Refusal("a negative norm of nothing", {"max_norm": 1.0, "norm_type": -1.0}, lambda draw: (draw((0,)),)),
        Refusal("no max_norm"),
        Refusal("another word", {"max_norm": 1.0, "norm_type": "fro"}),
    ],
    gradient=False,
)

clip_grad_value = Op(
    "training.clip_grad_value",
    inputs=_gradients,
    cases=[
        Case("clipped", {"clip_value": 0.5}, families=EVERY),
        Case("an integer", {"clip_value": 1}, families=("typical", "zeros")),
        Case("one gradient", {"clip_value": 0.5}, lambda draw: (draw((5,)),)),
        Case("at the edge", {"clip_value": 1.0}, _with(-1.0, 1.0, 0.0, -0.0)),
        Case("no limit", {"clip_value": math.inf}),
        Case("no value", {"clip_value": 0.0}, families=("typical", "zeros")),
        Case("a negative value", {"clip_value": -0.5}),
        Case("not finite", {"clip_value": 0.5}, _with(math.nan, math.inf, -math.inf)),
    ],
    refusals=[
        Refusal("no gradients", {"clip_value": 1.0}, lambda draw: ()),
        Refusal("no clip_value"),
        Refusal("a word", {"clip_value": "large"}),
    ],
    gradient=False,
)

_OTHER = Refusal("another shape", {"num_averaged": 1}, lambda draw: (draw((4,)), draw((3,))))

ema = Op(
    "training.ema",
    inputs=_two,
    cases=[
        Case("default", {"num_averaged": 1}, families=EVERY),
        Case("first", {"num_averaged": 0}, families=("typical", "strided", "read-only", "zero-dimensional", "empty")),
        Case("first, not finite", {"num_averaged": 0}, _broken),
        Case("later", {"num_averaged": 7}),
        Case("small decay", {"num_averaged": 1, "decay": 0.3}, families=("typical", "zeros")),
        Case("half", {"num_averaged": 1, "decay": 0.5}),
        Case("no decay", {"num_averaged": 2, "decay": 0.0}, families=("typical", "zeros")),
        Case("all decay", {"num_averaged": 2, "decay": 1.0}, families=("typical", "zeros")),
        Case("not finite", {"num_averaged": 1}, _broken),
        Case("not finite, no decay", {"num_averaged": 1, "decay": 0.0}, _broken),
        Case("not finite, all decay", {"num_averaged": 1, "decay": 1.0}, _broken),
    ],
    refusals=[
        _OTHER,
        Refusal("a negative decay", {"num_averaged": 1, "decay": -0.1}),
        Refusal("a decay above 1", {"num_averaged": 1, "decay": 1.1}),
        Refusal("a bad decay at the first update", {"num_averaged": 0, "decay": 2.0}),
    ],
    gradient=False,
)

swa = Op(
    "training.swa",
    inputs=_two,
    cases=[
        Case("second", {"num_averaged": 1}, families=EVERY),
        Case("first", {"num_averaged": 0}, families=("typical", "strided", "read-only", "zero-dimensional", "empty")),
        Case("first, not finite", {"num_averaged": 0}, _broken),
        Case("third", {"num_averaged": 2}, families=("typical", "zeros", "tails")),
        Case("late", {"num_averaged": 999}),
        Case("not finite", {"num_averaged": 3}, _broken),
    ],
    refusals=[_OTHER],
    gradient=False,
)

_FALLING = _history(9, 7, 8, 6, 6, 7, 3, 9)
early_stopping = Op(
    "training.early_stopping",
    inputs=_FALLING,
    cases=[
        Case("patience", {"patience": 2}),
        Case("more patience", {"patience": 3}),
        Case("never stops", {"patience": 5}),
        Case("no patience", {"patience": 0}),
        Case("little patience", {"patience": 1}),
        Case("min_delta", {"patience": 3, "min_delta": 2.0}, _history(9, 8, 7, 6, 5, 4, 3, 2)),
        Case("min_delta at the edge", {"patience": 2, "min_delta": 1.0}, _history(9, 8, 8, 5, 4, 4, 1)),
        Case("slowly better", {"patience": 2}, _history(1, 0.9995, 0.999, 0.9985, 0.998)),
        Case("max", {"patience": 2, "mode": "max"}, _history(1, 3, 2, 4, 4, 3, 7)),
        Case("max and min_delta", {"patience": 2, "min_delta": 1.0, "mode": "max"}, _history(1, 2, 2, 4, 5, 5)),
        Case("max below 0", {"patience": 1, "mode": "max"}, _history(-8, -6, -7, -1)),
        Case("better at the last step", {"patience": 3}, _history(5, 6, 6, 4)),
        Case("stops at the last step", {"patience": 2}, _history(5, 6, 6)),
        Case("NaN", {"patience": 3}, _history(5, math.nan, 4, math.nan, math.nan, math.nan, 1)),
        Case("NaN first", {"patience": 1}, _history(math.nan, 4, 5, 1)),
        Case("NaN first and second", {"patience": 2}, _history(math.nan, math.nan, 4, 1)),
        Case("NaN first, more patience", {"patience": 3}, _history(math.nan, math.nan, 4, 5, 1)),
        Case("only NaN", {"patience": 3, "mode": "max"}, _history(math.nan, math.nan)),
        Case("infinite", {"patience": 2}, _history(math.inf, 3, -math.inf, -math.inf, 2, 1)),
        Case("one step", {"patience": 0}, _history(2)),
        Case("measured", {"patience": 2}, lambda draw: (draw((9,)), draw((9, 4))), ("typical", "strided", "read-only")),
        Case("numbers", {"patience": 2}, lambda draw: (np.array([3.0, 1.0, 2.0, 4.0]), draw((4,)))),
    ],
    refusals=[
        Refusal("another mode", {"patience": 1, "mode": "auto"}),
        Refusal("no patience given"),
        Refusal("no steps", {"patience": 1}, lambda draw: (draw((0,)), draw((0, 3)))),
        Refusal("steps without parameters", {"patience": 9}, lambda draw: (draw((3,)), draw((2, 3)))),
        Refusal("one metric", {"patience": 1}, lambda draw: (draw(()), draw((2, 3)))),
    ],
    gradient=False,
)

PAIRS = (clip_grad_norm, clip_grad_value, ema, swa, early_stopping)
