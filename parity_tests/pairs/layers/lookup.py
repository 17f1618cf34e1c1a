"""Rows of the layers of two inputs, and of a table."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal


def _pair(draw):
    samples = draw.batch(6)
    return draw((*samples, 4)), draw((*samples, 3)), draw((5, 4, 3)), draw((5,))


def _of(*shapes):
    return lambda draw: tuple(draw(shape) for shape in shapes)


def _indices(*shape, high=5):
    return lambda draw: (draw.index(draw.batch(*shape), high), draw((5, 3)))


bilinear = Op(
    "layers.bilinear",
    inputs=_pair,
    cases=[
        Case("bias", families=[f for f in EVERY if f not in ("tails", "huge")]),
        Case("no bias", inputs=lambda draw: _pair(draw)[:3]),
        Case("images", inputs=_of((2, 3, 4), (2, 3, 3), (5, 4, 3), (5,))),
    ],
    refusals=[
        Refusal("a weight of two dimensions", inputs=_of((6, 4), (6, 3), (4, 3))),
        Refusal("another first input", inputs=_of((6, 3), (6, 3), (5, 4, 3))),
        Refusal("another second input", inputs=_of((6, 4), (6, 4), (5, 4, 3))),
        Refusal("other samples", inputs=_of((1, 4), (6, 3), (5, 4, 3))),
        Refusal("a number", inputs=_of((), (), (5, 4, 3))),
        Refusal("a bias of another shape", inputs=_of((6, 4), (6, 3), (5, 4, 3), (4,))),
    ],
)

embedding = Op(
    "layers.embedding",
    inputs=_indices(4, 3),
    cases=[
        Case("plain", families=EVERY),
        Case("padding", {"padding_idx": 1}, _indices(20)),
        Case("padding from the end", {"padding_idx": -2}, _indices(20)),
        Case("another norm, of no effect without max_norm", {"norm_type": 1.0}),
        Case("by frequency", {"scale_grad_by_freq": True}, _indices(20), ("typical", "tails")),
        Case("by frequency and padding", {"scale_grad_by_freq": True, "padding_idx": 0, "sparse": True}, _indices(20)),
    ],
    refusals=[
        Refusal("an index out of range", inputs=lambda draw: (draw.index((3,), 1) + 5, draw((5, 3)))),
        Refusal("a negative index", inputs=lambda draw: (draw.index((3,), 1) - 1, draw((5, 3)))),
        Refusal("indices that are no integers", inputs=_of((3,), (5, 3))),
        Refusal("a weight of one dimension", inputs=lambda draw: (draw.index((3,), 5), draw((5,)))),
        Refusal("a padding out of range", {"padding_idx": 5}),
        Refusal("a padding below the range", {"padding_idx": -6}),
        Refusal("a largest norm", {"max_norm": 1.0}),
    ],
)

PAIRS = (bilinear, embedding)
