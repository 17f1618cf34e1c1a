"""Rows of the fixed features."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _samples(draw):
    return (draw((*draw.batch(6), 4)),)


def _column(draw):
    return (draw((*draw.batch(6), 1)),)


_POINT = Refusal("a number", inputs=lambda draw: (draw(()),))

PAIRS = (
    Op(
        "features.bias_column",
        inputs=_samples,
        cases=[
            Case("samples", families=FAMILIES),
            Case("images", inputs=lambda draw: (draw((2, 3, 4)),)),
            Case("no features", inputs=lambda draw: (draw((3, 0)),)),
        ],
        refusals=[_POINT],
    ),
    Op(
        "features.polynomial",
        inputs=_column,
        cases=[
            Case("cubic", {"degree": 3}, families=FAMILIES),
            Case("constant", {"degree": 3, "constant": True}, families=("typical", "zeros", "empty")),
            Case("line", {"degree": 1}),
            Case("vector", {"degree": 2}, lambda draw: (draw((6,)),), ("typical", "tails", "tiny", "read-only")),
            Case("high", {"degree": 9}, lambda draw: (draw((6,), -1.0, 1.0),)),
        ],
        refusals=[
            Refusal("two variables", {"degree": 2}, lambda draw: (draw((6, 2)),)),
            Refusal("a number", {"degree": 2}, lambda draw: (draw(()),)),
            Refusal("no degree", {"degree": 0}),
        ],
    ),
    Op("features.squares", inputs=_samples, cases=[Case("samples", families=EVERY)]),
    Op(
        "features.quadratic",
        inputs=_samples,
        cases=[
            Case("samples", families=EVERY),
            Case("images", inputs=lambda draw: (draw((2, 3, 4)),)),
            Case("one feature", inputs=lambda draw: (draw((6, 1)),)),
        ],
        refusals=[_POINT],
    ),
)
