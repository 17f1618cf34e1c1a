"""Rows of the layers."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal


def _affine(draw):
    return draw((*draw.batch(6), 4)), draw((5, 4)), draw((5,))


PAIRS = (
    Op(
        "layers.linear",
        inputs=_affine,
        cases=[
            Case("bias", families=EVERY),
            Case("no bias", inputs=lambda draw: _affine(draw)[:2], families=EVERY),
            Case("images", inputs=lambda draw: (draw((2, 3, 4)), draw((5, 4)), draw((5,)))),
            Case("one output", inputs=lambda draw: (draw((6, 4)), draw((4,)))),
            Case("broadcast bias", inputs=lambda draw: (draw((6, 4)), draw((5, 4)), draw((1,)))),
            Case("long sums", inputs=lambda draw: (draw((100, 300)), draw((20, 300)), draw((20,)))),
        ],
        refusals=[
            Refusal("a bias of more dimensions", inputs=lambda draw: (draw((6, 4)), draw((5, 4)), draw((2, 6, 5)))),
            Refusal("features that do not fit", inputs=lambda draw: (draw((6, 3)), draw((5, 4)))),
            Refusal("a bias that does not fit", inputs=lambda draw: (draw((6, 4)), draw((5, 4)), draw((4,)))),
            Refusal("a weight of three dimensions", inputs=lambda draw: (draw((6, 4)), draw((2, 5, 4)))),
        ],
    ),
)
