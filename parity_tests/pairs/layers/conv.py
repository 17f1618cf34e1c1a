"""Rows of the convolutions."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

ONE = ((2, 4, 7), (6, 4, 3))
TWO = ((2, 4, 6, 5), (6, 4, 3, 2))


def _inputs(shape, weight, bias=True):
    """Return inputs; the first of `shape` is the batch."""

    def inputs(draw):
        given = draw((*draw.batch(*shape[:1]), *shape[1:])), draw(weight)
        return (*given, draw(weight[:1])) if bias else given

    return inputs


def _with(shape, weight, bias):
    """Return inputs of any shapes."""
    return lambda draw: (draw(shape), draw(weight), draw(bias))


def _cases(shape, weight):
    plain, space = _inputs(shape, weight), len(weight) - 2
    grouped = _inputs(shape, (weight[0], shape[1] // 2, *weight[2:]))
    return [
        Case("bias", inputs=plain, families=EVERY),
        Case("no bias", inputs=_inputs(shape, weight, bias=False), families=("typical", "tails", "empty")),
        Case("stride", {"stride": 2}, plain),
        Case("stride of its own", {"stride": (3, 2)[:space]}, plain),
        Case("padding", {"padding": 2}, plain, ("typical", "tails")),
        Case("padding of its own", {"padding": (2, 1)[:space]}, plain),
        Case("same", {"padding": "same"}, plain),
        Case("same for an even kernel", {"padding": "same", "dilation": 3}, _inputs(shape, (6, 4, *(2,) * space))),
        Case("valid", {"padding": "valid", "stride": 2}, plain),
        Case("dilation", {"dilation": 2}, plain),
        Case("dilation of its own", {"dilation": (2, 3)[:space]}, plain),
        Case("groups", {"groups": 2}, grouped, ("typical", "strided")),
        Case("depthwise", {"groups": 4}, _inputs(shape, (8, 1, *weight[2:]))),
        Case("all", {"stride": 2, "padding": 2, "dilation": 2, "groups": 2}, grouped, ("typical", "tails")),
        Case("long sums", inputs=_inputs((2, 40, *shape[2:]), (3, 40, *weight[2:]))),
    ]


def _refusals(shape, weight):
    bias, space = weight[:1], len(weight) - 2
    return [
        Refusal("no channels", inputs=_with(shape[2:], weight, bias)),
        Refusal("too many dimensions", inputs=_with((1, *shape), weight, bias)),
        Refusal("a weight of two dimensions", inputs=_with(shape, weight[:2], bias)),
        Refusal("other channels", inputs=_with(shape, (6, 3, *weight[2:]), bias)),
        Refusal("a bias of another shape", inputs=_with(shape, weight, (4,))),
        Refusal("a kernel that is too large", inputs=_with(shape, (6, 4, *(9,) * space), bias)),
        Refusal("an empty kernel", inputs=_with(shape, (6, 4, *(0,) * space), bias)),
        Refusal("an input of no extent", {"padding": 3}, inputs=_with((*shape[:2], *(0,) * space), weight, bias)),
        Refusal("groups that do not divide", {"groups": 4}, inputs=_with(shape, (6, 1, *weight[2:]), bias)),
        Refusal("no groups", {"groups": 0}),
        Refusal("no stride", {"stride": 0}),
        Refusal("too many strides", {"stride": (1, 1, 1)}),
        Refusal("no dilation", {"dilation": 0}),
        Refusal("a negative padding", {"padding": -1}),
        Refusal("an unknown padding", {"padding": "full"}),
        Refusal("same with a stride", {"padding": "same", "stride": 2}),
    ]


PAIRS = (
    Op("layers.conv1d", inputs=_inputs(*ONE), cases=_cases(*ONE), refusals=_refusals(*ONE)),
    Op("layers.conv2d", inputs=_inputs(*TWO), cases=_cases(*TWO), refusals=_refusals(*TWO)),
)
