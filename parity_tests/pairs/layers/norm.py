"""Rows of the layers that normalize."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

BOTH = ("typical", "tails")
FULL = tuple(f for f in EVERY if f != "empty")
PARAMETERS = ("input", "weight", "bias")


def _over(*shape, parameters=2):
    """Return inputs of (6, *shape), and parameters of that shape as options."""

    def inputs(draw):
        names = ("weight", "bias")[:parameters]
        return {"input": draw((*draw.batch(6), *shape)), **{name: draw(shape) for name in names}}

    return inputs


def _channels(*shape, weight=True, bias=True, running=False):
    """Return inputs of that shape: samples, channels, and the rest; a bias is never 0, since torch adds it earlier."""

    def inputs(draw):
        samples = (draw.batch(shape[0]) or (1,)) if 0 not in shape else shape[:1]
        given = {"input": draw((*samples, *shape[1:]))}
        if running:
            given |= {"running_mean": draw(shape[1:2]), "running_var": draw(shape[1:2], 0.25, 4.0)}
        given |= {"weight": draw(shape[1:2])} if weight else {}
        return given | ({"bias": draw(shape[1:2], -2.0, 2.0)} if bias else {})

    return inputs


def _batch(*shape, **parameters):
    """Return inputs of batch normalization, which must be given running statistics, at least None."""
    inputs = _channels(*shape, **parameters)
    return lambda draw: {"running_mean": None, "running_var": None, **inputs(draw)}


def _replaced(inputs, **shapes):
    """Return inputs with other ones in place of some; None for a shape is no input."""
    return lambda draw: {**inputs(draw), **{k: None if s is None else draw(s) for k, s in shapes.items()}}


layer_norm = Op(
    "layers.layer_norm",
    inputs=_over(5),
    cases=[
        Case("weight and bias", {"normalized_shape": (5,)}, families=EVERY),
        Case("plain", {"normalized_shape": (5,)}, _over(5, parameters=0), EVERY),
        Case("weight", {"normalized_shape": [5]}, _over(5, parameters=1)),
        Case("two dimensions", {"normalized_shape": (3, 4)}, _over(3, 4), BOTH),
        Case("larger eps", {"normalized_shape": (5,), "eps": 0.7}, families=BOTH),
        Case("one element", {"normalized_shape": (1,)}, _over(1), ("zeros",)),
        Case("no element", {"normalized_shape": (0,)}, _over(0), ("empty",)),
    ],
    refusals=[
        Refusal("another shape", {"normalized_shape": (4,)}),
        Refusal("no dimensions", {"normalized_shape": ()}),
        Refusal("an integer", {"normalized_shape": 5}),
        Refusal("a weight of another shape", {"normalized_shape": (5,)}, _replaced(_over(5), weight=(6,))),
        Refusal("a bias of another shape", {"normalized_shape": (5,)}, _replaced(_over(5), bias=(1,))),
    ],
)

NOT_HUGE = tuple(family for family in EVERY if family != "huge")

rms_norm = Op(
    "layers.rms_norm",
    inputs=_over(5, parameters=1),
    cases=[
        Case("weight", {"normalized_shape": (5,), "eps": 1e-5}, families=NOT_HUGE),
        Case("plain", {"normalized_shape": (5,), "eps": 1e-5}, _over(5, parameters=0), NOT_HUGE),
        Case("default eps", {"normalized_shape": [5]}, families=("typical", "strided", "read-only")),
        Case("two dimensions", {"normalized_shape": (3, 4), "eps": 1e-6}, _over(3, 4, parameters=1), BOTH),
        Case("larger eps", {"normalized_shape": (5,), "eps": 0.7}, families=BOTH),
        Case("no element", {"normalized_shape": (0,)}, _over(0, parameters=1), ("empty",)),
    ],
    refusals=[
        Refusal("another shape", {"normalized_shape": (4,)}),
        Refusal("no dimensions", {"normalized_shape": ()}),
        Refusal("an integer", {"normalized_shape": 5}),
        Refusal(
            "a weight of another shape", {"normalized_shape": (5,)}, _replaced(_over(5, parameters=1), weight=(6,))
        ),
    ],
    omitted={"huge": "torch takes the third power of the reciprocal root, which underflows: its gradient is off"},
)

group_norm = Op(
    "layers.group_norm",
    inputs=_channels(3, 6, 4),
    cases=[
        Case("weight and bias", {"num_groups": 2}, families=EVERY),
        Case("plain", {"num_groups": 3}, _channels(3, 6, 4, weight=False, bias=False), EVERY),
        Case("weight", {"num_groups": 3}, _channels(3, 6, 4, bias=False)),
        Case("bias", {"num_groups": 3}, _channels(3, 6, 4, weight=False), differentiable=("input",)),
        Case("images", {"num_groups": 2}, _channels(2, 4, 3, 2), BOTH),
        Case("vectors", {"num_groups": 2}, _channels(3, 6), BOTH),
        Case("one group", {"num_groups": 1}, _channels(3, 6, 4), BOTH),
        Case("every channel alone", {"num_groups": 6}),
        Case("one number each", {"num_groups": 6}, _channels(3, 6), ("zeros",)),
        Case("larger eps", {"num_groups": 2, "eps": 0.7}, families=BOTH),
        Case("no extent", {"num_groups": 2}, _channels(3, 6, 0, weight=False, bias=False), ("empty",)),
    ],
    refusals=[
        Refusal("groups that do not divide", {"num_groups": 4}),
        Refusal("a negative number of groups", {"num_groups": -1}),
        Refusal("no groups", {"num_groups": 0}),
        Refusal("one dimension", {"num_groups": 2}, lambda draw: (draw((6,)),)),
        Refusal("one number", {"num_groups": 6}, _channels(1, 6)),
        Refusal("a weight of another shape", {"num_groups": 2}, _replaced(_channels(3, 6, 4), weight=(3,))),
        Refusal("a bias of another shape", {"num_groups": 2}, _replaced(_channels(3, 6, 4), bias=(3,))),
    ],
)

_RUNNING = _batch(6, 4, running=True)
batch_norm = Op(
    "layers.batch_norm",
    inputs=_batch(6, 4),
    cases=[
        Case("running", {"training": True}, _batch(6, 4, 3, running=True), EVERY, PARAMETERS),
        Case("training", {"training": True}, _batch(6, 4, 3)),
        Case("evaluation", inputs=_RUNNING, families=(*BOTH, "zeros", "empty"), differentiable=PARAMETERS),
        Case("plain", {"training": True}, _batch(6, 4, weight=False, bias=False)),
        Case("weight", {"training": True}, _batch(6, 4, bias=False)),
        Case("bias", {"training": True}, _batch(6, 4, weight=False)),
        Case("plain evaluation", {}, _batch(6, 4, weight=False, bias=False, running=True), differentiable=("input",)),
        Case("images", {"training": True, "momentum": 0.7}, _batch(2, 3, 2, 4, running=True), BOTH, PARAMETERS),
        Case("volumes", {"training": True}, _batch(2, 1, 2, 1, 4, running=True), differentiable=PARAMETERS),
        Case("images evaluation", {"eps": 0.7}, _batch(2, 3, 2, 4, running=True), differentiable=PARAMETERS),
        Case("no momentum", {"training": True, "momentum": 0.0}, _RUNNING, differentiable=PARAMETERS),
        Case("all momentum", {"training": True, "momentum": 1.0}, _RUNNING, differentiable=PARAMETERS),
        Case("larger eps", {"training": True, "eps": 0.7}, families=BOTH),
        Case("no channels", {"training": True}, _batch(3, 0, 2, weight=False, bias=False), ("empty",)),
        Case("no extent", {"training": True}, _batch(3, 2, 0, running=True), ("empty",), PARAMETERS),
    ],
    refusals=[
        Refusal("one dimension", {"training": True}, _replaced(_batch(6, 4), input=(4,))),
        Refusal("evaluation without statistics"),
        Refusal("one number", {"training": True}, _batch(1, 4)),
        Refusal("a mean alone", {"training": True}, _replaced(_RUNNING, running_var=None)),
        Refusal("a variance alone", {"training": True}, _replaced(_RUNNING, running_mean=None)),
        Refusal("a mean alone in evaluation", {}, _replaced(_RUNNING, running_var=None)),
        Refusal("a mean of another shape", {"training": True}, _replaced(_RUNNING, running_mean=(3,))),
        Refusal("a variance of another shape", {}, _replaced(_RUNNING, running_var=(3,))),
        Refusal("a weight of another shape", {"training": True}, _replaced(_RUNNING, weight=(3,))),
        Refusal("a bias of another shape", {"training": True}, _replaced(_RUNNING, bias=(3,))),
        Refusal("an eps of 0", {"training": True, "eps": 0.0}),
        Refusal("a negative eps", {"training": True, "eps": -1.0}),
    ],
)

_KEPT = _channels(3, 4, 5, running=True)
instance_norm = Op(
    "layers.instance_norm",
    inputs=_channels(3, 4, 5),
    cases=[
        Case("weight and bias", families=FULL),
        Case("plain", inputs=_channels(3, 4, 5, weight=False, bias=False), families=(*BOTH, "empty")),
        Case("weight", inputs=_channels(3, 4, 5, bias=False)),
        Case("bias", inputs=_channels(3, 4, 5, weight=False)),
        Case("running", inputs=_KEPT, families=(*BOTH, "zeros"), differentiable=PARAMETERS),
        Case(
            "no samples",
            inputs=_channels(3, 4, 5, weight=False, bias=False, running=True),
            families=("empty",),
            differentiable=("input",),
        ),
        Case("evaluation", {"use_input_stats": False}, _KEPT, (*BOTH, "zeros"), PARAMETERS),
        Case(
            "vectors evaluation",
            {"use_input_stats": False},
            _channels(3, 4, running=True),
            differentiable=PARAMETERS,
        ),
        Case("images", {}, _channels(2, 3, 2, 4, running=True), differentiable=PARAMETERS),
        Case("volumes", {}, _channels(2, 3, 2, 1, 4)),
        Case("momentum", {"momentum": 0.7}, _KEPT, differentiable=PARAMETERS),
        Case("larger eps", {"eps": 0.7}, families=BOTH),
        Case("no extent", {}, _channels(3, 2, 0, running=True), ("empty",), PARAMETERS),
    ],
    refusals=[
        Refusal("one dimension", {}, _replaced(_channels(3, 4, 5), input=(4,))),
        Refusal("no dimension of space", {}, _channels(3, 4)),
        Refusal("one number", {}, _channels(3, 4, 1)),
        Refusal("no statistics", {"use_input_stats": False}),
        Refusal("a mean alone", {}, _replaced(_KEPT, running_var=None)),
        Refusal("a variance alone", {"use_input_stats": False}, _replaced(_KEPT, running_mean=None)),
        Refusal("a mean of another shape", {}, _replaced(_KEPT, running_mean=(3,))),
        Refusal("a weight of another shape", {}, _replaced(_KEPT, weight=(3,))),
        Refusal("a bias of another shape", {}, _replaced(_KEPT, bias=(3,))),
    ],
)

PAIRS = (layer_norm, rms_norm, group_norm, batch_norm, instance_norm)
