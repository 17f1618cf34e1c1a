"""Rows of the activations that treat every element alone."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Refusal
from parity_tests.pairs.activations._row import row

PAIRS = (
    row("relu", [Case("default", families=(*EVERY, "kinks"))], kinks=(0.0,)),
    row("sigmoid", [Case("default", families=EVERY)]),
    row(
        "gelu",
        [
            Case("erf", {"approximate": "none"}, families=EVERY),
            Case("tanh", {"approximate": "tanh"}, families=EVERY),
        ],
        refusals=[Refusal("an unknown approximation", {"approximate": "sigmoid"})],
    ),
)
