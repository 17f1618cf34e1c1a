"""Rows of the models: each as a function; `training` holds their training on real data."""

from itertools import pairwise

from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _network(draw, sizes):
    pairs = [(draw((n, m)), draw((n,))) for m, n in pairwise(sizes)]
    return draw((*draw.batch(6), sizes[0])), *(array for pair in pairs for array in pair)


def _inputs(draw):
    return _network(draw, (4, 5, 3))


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
            Case("no biases", inputs=lambda draw: (*_network(draw, (4, 5, 3))[:2], draw((3, 5)))),
        ],
        refusals=[
            Refusal("features that do not fit", inputs=lambda draw: (draw((6, 3)), draw((5, 4)), draw((5,)))),
            Refusal("an unknown activation", {"activation": "swish"}),
        ],
    ),
)
