"""Rows of the models: each as a function; `training` holds their training on real data."""

from itertools import pairwise

from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _network(draw, sizes):
    pairs = [(draw((n, m)), draw((n,))) for m, n in pairwise(sizes)]
    return draw((*draw.batch(6), sizes[0])), *(array for pair in pairs for array in pair)


def _inputs(draw):
    return _network(draw, (4, 5, 3))


def _no_biases(draw):
    return draw((6, 4)), draw((5, 4)), draw((3, 5))


PAIRS = (
    Op(
        "models.mlp",
        inputs=_inputs,
        cases=[
            Case("relu", families=FAMILIES),
            Case("gelu", {"activation": "gelu"}, families=FAMILIES),
            Case("sigmoid", {"activation": "sigmoid"}, families=FAMILIES),
            Case("one layer", inputs=lambda draw: _network(draw, (4, 3))),
            Case("deep", inputs=lambda draw: _network(draw, (4, 6, 5, 6, 5, 3))),
            Case("no biases", inputs=_no_biases),
            Case("sigmoid, no biases", {"activation": "sigmoid"}, _no_biases),
            Case("identity", {"activation": "identity"}),
            Case(
                "another activation a layer",
                {"activation": ("tanh", "leaky_relu", "softplus")},
                lambda draw: _network(draw, (4, 6, 5, 6, 3)),
                ("typical", "zeros"),
            ),
        ],
        refusals=[
            Refusal("features that do not fit", inputs=lambda draw: (draw((6, 3)), draw((5, 4)), draw((5,)))),
            Refusal("a bias too many", inputs=lambda draw: (*_network(draw, (4, 5)), draw((5,)))),
            Refusal("an unknown activation", {"activation": "swish"}),
            Refusal("an unknown activation of a layer", {"activation": ("swish",)}),
            Refusal("an activation too many", {"activation": ("relu", "relu")}),
            Refusal("an activation too few", {"activation": ("relu",)}, lambda draw: _network(draw, (4, 6, 5, 3))),
        ],
    ),
)
