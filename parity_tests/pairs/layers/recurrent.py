"""Rows of the recurrent layers, and of the residual addition."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

FAR = ("tails", "huge")
ROUNDING = {"huge": "torch has 1 - y^2 of a saturated y, which is rounding, times a huge number"}
NEAR = tuple(f for f in EVERY if f not in FAR)
CELL = {"states": ("hx", "cx")}


def _of(gates, *steps, states=("hx",), biases=("b_ih", "b_hh"), **other):
    """Return inputs of three features and two hidden units, for so many gates; `other` are shapes to put in place."""

    def inputs(draw):
        samples = draw.batch(4)
        shapes = {"input": (*steps, *samples, 3)} | {name: (*samples, 2) for name in states}
        shapes |= {"w_ih": (2 * gates, 3), "w_hh": (2 * gates, 2)} | {name: (2 * gates,) for name in biases} | other
        return {name: draw(shape) for name, shape in shapes.items()}

    return inputs


def _far(gates, *steps, states=("hx",), far="input"):
    """Return one input that may be far from 0, and all else near: of one feature, or every sample would saturate."""

    def inputs(draw):
        samples = draw.batch(8)
        shapes = {"input": (*steps, *samples, 1)} | {name: (*samples, 2) for name in states}
        shapes |= {"w_ih": (2 * gates, 1), "w_hh": (2 * gates, 2), "b_ih": (2 * gates,), "b_hh": (2 * gates,)}
        return {name: draw(shape) if name == far else draw(shape, -1.0, 1.0) for name, shape in shapes.items()}

    return inputs


def _cell(gates, **states):
    """Return the cases of a cell whose functions saturate."""
    return [
        Case("biases", families=NEAR),
        Case("saturated", inputs=_far(gates, **states), families=("tails",)),
        Case("no bias", inputs=_of(gates, biases=(), **states)),
        Case("input bias", inputs=_of(gates, biases=("b_ih",), **states)),
        Case("hidden bias", inputs=_of(gates, biases=("b_hh",), **states)),
    ]


def _sequence(gates, **states):
    """Return the cases of a sequence whose functions saturate."""
    return [
        Case("biases", families=NEAR),
        Case("saturated", inputs=_far(gates, 3, **states), families=("tails",)),
        Case("no bias", inputs=_of(gates, 3, biases=(), **states)),
        Case("one step", inputs=_of(gates, 1, **states)),
        Case("many steps", inputs=_of(gates, 8, **states)),
    ]


def _sequence_refusals(gates, **states):
    """Return the calls that a sequence refuses."""
    return [
        *_refusals(gates, 3, **states),
        Refusal("no steps", inputs=_of(gates, 0, **states)),
        Refusal("an input bias alone", inputs=_of(gates, 3, biases=("b_ih",), **states)),
        Refusal("a hidden bias alone", inputs=_of(gates, 3, biases=("b_hh",), **states)),
    ]


def _refusals(gates, *steps, **states):
    """Return the calls that every recurrent layer refuses."""
    wrong = {
        "other features": {"input": (*steps, 4, 5)},
        "a dimension too many": {"input": (2, *steps, 4, 3)},
        "a number": {"input": ()},
        "other samples": {"hx": (1, 2)},
        "another hidden size": {"hx": (4, 3)},
        "a state without a batch": {"hx": (2,)},
        "an input weight of other rows": {"w_ih": (2 * gates + 1, 3)},
        "an input weight of one dimension": {"w_ih": (3,)},
        "a hidden weight that is not square": {"w_hh": (2 * gates, 3)},
        "a hidden weight of other rows": {"w_hh": (2 * gates + 1, 2)},
        "an input bias of another shape": {"b_ih": (2 * gates + 1,)},
        "a hidden bias of another shape": {"b_hh": (2 * gates + 1,)},
    }
    return [Refusal(name, inputs=_of(gates, *steps, **states, **shapes)) for name, shapes in wrong.items()]


rnn_cell = Op(
    "layers.rnn_cell",
    inputs=_of(1),
    cases=[
        *_cell(1),
        Case("relu", {"nonlinearity": "relu"}, families=(*EVERY, "kinks")),
    ],
    kinks=(0.0,),
    refusals=[*_refusals(1), Refusal("an unknown nonlinearity", {"nonlinearity": "sigmoid"})],
)

lstm_cell = Op(
    "layers.lstm_cell",
    inputs=_of(4, **CELL),
    cases=[*_cell(4, **CELL), Case("huge cell", inputs=_far(4, far="cx", **CELL), families=FAR)],
    refusals=[
        *_refusals(4, **CELL),
        Refusal("a cell of other samples", inputs=_of(4, cx=(1, 2), **CELL)),
        Refusal("a cell of another size", inputs=_of(4, cx=(4, 1), **CELL)),
        Refusal("a cell without a batch", inputs=_of(4, cx=(2,), **CELL)),
    ],
)

gru_cell = Op(
    "layers.gru_cell",
    inputs=_of(3),
    cases=_cell(3),
    refusals=_refusals(3),
    omitted=ROUNDING,
)

rnn = Op(
    "layers.rnn",
    inputs=_of(1, 3),
    cases=[
        *_sequence(1),
        Case("relu", {"nonlinearity": "relu"}, families=NEAR),
        Case("relu far", {"nonlinearity": "relu"}, _far(1, 3), FAR),
    ],
    refusals=[*_sequence_refusals(1), Refusal("an unknown nonlinearity", {"nonlinearity": "sigmoid"})],
)

lstm = Op(
    "layers.lstm",
    inputs=_of(4, 3, **CELL),
    cases=[*_sequence(4, **CELL), Case("huge cell", inputs=_far(4, 1, far="cx", **CELL), families=FAR)],
    refusals=[
        *_sequence_refusals(4, **CELL),
        Refusal("a cell of another size", inputs=_of(4, 3, cx=(4, 3), **CELL)),
        Refusal("a cell of other samples", inputs=_of(4, 3, cx=(3, 2), **CELL)),
    ],
)

gru = Op(
    "layers.gru",
    inputs=_of(3, 3),
    cases=_sequence(3),
    refusals=_sequence_refusals(3),
    omitted=ROUNDING,
)


def _pair(*shapes):
    return lambda draw: tuple(draw(shape) for shape in shapes)


add = Op(
    "layers.add",
    inputs=lambda draw: (draw((*draw.batch(4), 3)), draw((*draw.batch(4), 3))),
    cases=[
        Case("plain", families=EVERY),
        Case("twice", {"alpha": 2}),
        Case("scaled", {"alpha": -0.7}, families=("typical", "tails", "zeros", "huge", "tiny")),
        Case("none of it", {"alpha": 0}),
        Case("stretched other", {"alpha": 3}, _pair((4, 3), (3,))),
        Case("stretched input", {}, _pair((1,), (4, 3))),
        Case("both stretched", {"alpha": 0.7}, _pair((4, 1), (1, 3))),
        Case("a number", {"alpha": 0.7}, _pair((4, 3), ())),
    ],
    refusals=[
        Refusal("shapes that do not broadcast", inputs=_pair((4, 3), (4,))),
        Refusal("a bool for alpha", {"alpha": True}),
        Refusal("a real alpha for integers", {"alpha": 0.5}, lambda draw: (draw.index((3,), 5), draw.index((3,), 5))),
    ],
)

PAIRS = (rnn_cell, lstm_cell, gru_cell, rnn, lstm, gru, add)
