"""Rows of the activations that treat every element alone."""

import math

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.activations._inputs import real

KINKED = (*EVERY, "kinks")
BOTH = ("typical", "tails")
NEXT = 1 + 2.0**-11


def _one_of(*values):
    """Return inputs that are drawn from these values: at kinks, those that both sides treat without rounding."""
    return lambda draw: (draw.choice(values, (5, 7)),)


def _slopes(low, high):
    """Return real numbers, and a slope for each."""

    def inputs(draw):
        shape = draw.batch(5, 7)
        return {"input": draw(shape), "slopes": draw(shape, low, high)}

    return inputs


def _dyadic_slopes(draw):
    return {"input": draw((5, 7)), "slopes": draw.choice((-0.5, 0.25, 0.5), (5, 7))}


def _weighted(*shape, weight=()):
    """Return inputs of prelu."""
    return lambda draw: (draw(draw.batch(*shape)), draw(weight))


def _dyadic_weights(draw):
    return draw((5, 7)), draw.choice((-0.5, 0.25, 2.0), (7,))


def _tiny_and_ordinary(draw):
    """Return numbers some of which are large enough for x - tanh(x) to have digits in torch."""
    return (np.concatenate([draw((4, 7)), draw((1, 7), -2.0, 2.0)]),)


def _stepped(draw):
    shape = draw.batch(5, 7)
    return draw(shape), draw(shape)


threshold = Op(
    "activations.threshold",
    inputs=real,
    cases=[
        Case("above 1", {"threshold": 1.0, "value": -2.0}, families=KINKED),
        Case("like relu", {"threshold": 0.0, "value": 0.0}, families=("typical", "zeros")),
        Case("below 0", {"threshold": -0.3, "value": 20.0}, families=BOTH),
    ],
    kinks=(1.0,),
)

leaky_relu = Op(
    "activations.leaky_relu",
    inputs=real,
    cases=[
        Case("default", families=EVERY),
        Case("dyadic", {"negative_slope": 0.25}, families=("kinks",)),
        Case("negative", {"negative_slope": -0.3}, families=("typical", "tails", "zeros")),
        Case("like relu", {"negative_slope": 0.0}),
    ],
    kinks=(0.0,),
)

rrelu = Op(
    "activations.rrelu",
    inputs=real,
    cases=[
        Case("mean slope", families=EVERY),
        Case("mean of dyadic bounds", {"lower": 0.25, "upper": 0.75}, families=("kinks",)),
        Case("negative bounds", {"lower": -0.3, "upper": -0.1}),
        Case("drawn slopes", {"training": True}, _slopes(0.15, 0.3), EVERY, ("input",)),
        Case("slopes unused", {"lower": 0.2, "upper": 0.2, "slopes": np.array(0.3)}),
        Case(
            "drawn dyadic slopes",
            {"lower": -0.5, "upper": 0.5, "training": True},
            _dyadic_slopes,
            ("kinks",),
            ("input",),
        ),
    ],
    kinks=(0.0,),
    refusals=[
        Refusal("bounds in the wrong order", {"lower": 0.5, "upper": 0.25}),
        Refusal("an infinite upper bound", {"upper": math.inf}),
        Refusal("an infinite lower bound", {"lower": -math.inf}),
        Refusal("a bound that is not a number", {"lower": math.nan}),
        Refusal("training without slopes", {"training": True}),
        Refusal("slopes of another shape", {"training": True, "slopes": np.full((7, 5), 0.25)}),
        Refusal("slopes out of bounds", {"training": True, "slopes": np.full((5, 7), 0.5)}),
    ],
)

prelu = Op(
    "activations.prelu",
    cases=[
        Case("one weight", families=EVERY),
        Case("one per channel", inputs=_weighted(5, 7, weight=(7,)), families=("typical", "tails", "tiny", "empty")),
        Case("images", inputs=_weighted(2, 3, 4, 2, weight=(3,)), families=("typical", "strided", "empty")),
        Case("one for images", inputs=_weighted(2, 3, 4, weight=(1,))),
        Case("one channel", inputs=_weighted(6, weight=(1,)), families=("typical", "zero-dimensional")),
        Case("dyadic", inputs=_dyadic_weights, families=("kinks",)),
    ],
    inputs=_weighted(5, 7),
    kinks=(0.0,),
    refusals=[
        Refusal("a weight of another length", inputs=_weighted(5, 7, weight=(5,))),
        Refusal("two weights for a vector", inputs=_weighted(2, weight=(2,))),
        Refusal("two weights for a number", inputs=lambda draw: (draw(()), draw((2,)))),
        Refusal("a weight of two dimensions", inputs=_weighted(5, 7, weight=(1, 7))),
    ],
)

hardtanh = Op(
    "activations.hardtanh",
    inputs=real,
    cases=[
        Case("default", families=KINKED),
        Case("other bounds", {"min_val": -0.3, "max_val": 0.7}, families=BOTH),
        Case("one bound", {"min_val": 0.25, "max_val": 0.25}),
    ],
    kinks=(-1.0, 1.0),
    refusals=[Refusal("bounds in the wrong order", {"min_val": 1.0, "max_val": -1.0})],
)

elu = Op(
    "activations.elu",
    inputs=real,
    cases=[
        Case("default", families=EVERY),
        Case("alpha 2", {"alpha": 2.0}, families=("typical", "tails", "zeros", "tiny")),
        Case("alpha -0.7", {"alpha": -0.7}),
        Case("alpha 0", {"alpha": 0.0}),
        Case("exact", {"alpha": 2.0}, _one_of(-0.0, 0.0, 0.25, 2.0), ("kinks",)),
    ],
    kinks=(0.0,),
)

celu = Op(
    "activations.celu",
    inputs=real,
    cases=[
        Case("default", families=EVERY),
        Case("alpha 2.5", {"alpha": 2.5}, families=("typical", "tails", "zeros")),
        Case("alpha 0.3125", {"alpha": 0.3125}, families=BOTH),
        Case("alpha -0.75", {"alpha": -0.75}),
    ],
    refusals=[Refusal("an alpha of 0", {"alpha": 0.0})],
)

softplus = Op(
    "activations.softplus",
    inputs=real,
    cases=[
        Case("default", families=EVERY),
        Case("beta", {"beta": 2.5}, families=BOTH),
        Case("negative beta", {"beta": -0.7}, families=BOTH),
        Case("threshold", {"threshold": 0.5}, families=BOTH),
        Case("both", {"beta": 3, "threshold": 2}, families=BOTH),
        Case("at the threshold", {"threshold": 0}, families=("zeros",)),
        Case("about the threshold", inputs=_one_of(19.5, 20.0, 20.5)),
    ],
)

hardshrink = Op(
    "activations.hardshrink",
    inputs=real,
    cases=[
        Case("default", families=KINKED),
        Case("other", {"lambd": 0.3}, families=BOTH),
        Case("none", {"lambd": 0.0}, families=("typical", "zeros")),
        Case("negative", {"lambd": -1.0}),
        Case("next to the edge", inputs=_one_of(-NEXT / 2, -0.5, 0.5, NEXT / 2), families=("kinks",)),
    ],
    kinks=(-0.5, 0.5),
)

softshrink = Op(
    "activations.softshrink",
    inputs=real,
    cases=[
        Case(
            "default",
            inputs=lambda draw: (draw(draw.batch(2, 32)),),  # whole vectors, beyond which torch's zeros have signs
            families=[f for f in KINKED if f != "zero-dimensional"],
        ),
        Case("a number", inputs=lambda draw: (draw((), 0.75, 2.0),), families=("zero-dimensional",)),
        Case("other", {"lambd": 0.3}, inputs=lambda draw: (draw((8, 4)),), families=BOTH),
        Case("none", {"lambd": 0.0}),
        Case("next to the edge", inputs=_one_of(-NEXT / 2, -1.0, 1.0, NEXT / 2), families=("kinks",)),
    ],
    kinks=(-0.5, 0.5),
    refusals=[
        Refusal("a negative lambd", {"lambd": -0.5}),
        Refusal("an infinite lambd", {"lambd": math.inf}),
        Refusal("a lambd that is not a number", {"lambd": math.nan}),
    ],
)

PAIRS = (
    Op("activations.relu", inputs=real, cases=[Case("default", families=KINKED)], kinks=(0.0,)),
    Op("activations.sigmoid", inputs=real, cases=[Case("default", families=EVERY)]),
    Op(
        "activations.gelu",
        inputs=real,
        cases=[
            Case("erf", {"approximate": "none"}, families=EVERY),
            Case("tanh", {"approximate": "tanh"}, families=EVERY),
        ],
        refusals=[Refusal("an unknown approximation", {"approximate": "sigmoid"})],
    ),
    threshold,
    leaky_relu,
    rrelu,
    prelu,
    hardtanh,
    Op("activations.relu6", inputs=real, cases=[Case("default", families=KINKED)], kinks=(0.0, 6.0)),
    Op(
        "activations.hardsigmoid",
        inputs=real,
        cases=[
            Case("default", families=EVERY),
            Case("exact", inputs=_one_of(-4.0, -3.0, 3.0, 4.0), families=("kinks",)),
        ],
        kinks=(-3.0, 3.0),
    ),
    Op(
        "activations.hardswish",
        inputs=real,
        cases=[
            Case("default", families=EVERY),
            Case("exact", inputs=_one_of(-4.0, -3.0, 0.0, 3.0, 4.0), families=("kinks",)),
        ],
        kinks=(-3.0, 3.0),
    ),
    Op("activations.tanh", inputs=real, cases=[Case("default", families=EVERY)]),
    Op("activations.silu", inputs=real, cases=[Case("default", families=EVERY)]),
    Op("activations.mish", inputs=real, cases=[Case("default", families=EVERY)]),
    elu,
    celu,
    Op("activations.selu", inputs=real, cases=[Case("default", families=EVERY)]),
    hardshrink,
    softshrink,
    Op(
        "activations.tanhshrink",
        inputs=real,
        cases=[
            Case("default", families=[f for f in EVERY if f != "tiny"]),
            Case("tiny and ordinary", inputs=_tiny_and_ordinary, families=("tiny",)),
        ],
    ),
    Op("activations.logsigmoid", inputs=real, cases=[Case("default", families=EVERY)]),
    softplus,
    Op("activations.softsign", inputs=real, cases=[Case("default", families=EVERY)]),
    Op("activations.identity", inputs=real, cases=[Case("default", families=EVERY)]),
    Op(
        "activations.step",
        cases=[
            Case("values", families=KINKED, differentiable=("input",)),
            Case(
                "one value", inputs=lambda draw: (draw((5, 7)), draw(())), families=("zeros",), differentiable=["input"]
            ),
            Case(
                "broadcast",
                inputs=lambda draw: (draw((7,)), draw((5, 7))),
                families=("zeros",),
                differentiable=["input"],
            ),
        ],
        inputs=_stepped,
        kinks=(0.0,),
        refusals=[Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((5, 7)), draw((5,))))],
    ),
)
