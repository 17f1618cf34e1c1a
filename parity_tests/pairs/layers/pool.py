"""Rows of the layers that pool."""

import math

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

ONE, TWO = (2, 3, 9), (2, 3, 7, 6)


def _input(shape):
    return lambda draw: (draw((*draw.batch(shape[0]), *shape[1:])),)


def _of(*shape):
    return lambda draw: (draw(shape),)


def _not_finite(shape):
    """Return an input in which windows hold several NaN, or -inf alone."""

    def inputs(draw):
        x = draw(shape)
        x[0, 0, ..., :4] = -math.inf
        x[0, 1, ..., 2:5] = math.nan
        return (x,)

    return inputs


def _sliding(shape, families, **more):
    n = len(shape) - 2
    return [
        Case("plain", {"kernel_size": 2}, families=families),
        Case("stride", {"kernel_size": 3, "stride": 2}),
        Case("stride of its own", {"kernel_size": (3, 2)[:n], "stride": (1, 3)[:n]}),
        Case("no stride", {"kernel_size": 3, "stride": ()}),
        Case("one element", {"kernel_size": 1}, _of(2, 3, *(1,) * n)),
        Case("padding", {"kernel_size": 3, "padding": 1}, families=("typical", "zeros")),
        Case("padding of its own", {"kernel_size": (3, 4)[:n], "padding": (1, 2)[:n]}),
        Case("ceil", {"kernel_size": 2, "stride": 3, "ceil_mode": True}),
        Case("ceil and padding", {"kernel_size": 4, "stride": 3, "padding": 2, "ceil_mode": True}),
        Case("ceil of one window", {"kernel_size": 11, "ceil_mode": True}),
        Case("ceil without the last", {"kernel_size": 2, "stride": 4, "padding": 1, "ceil_mode": True}),
        *(Case(name.replace("_", " "), options) for name, options in more.items()),
    ]


def _sliding_refusals(shape):
    return [
        Refusal("too few dimensions", {"kernel_size": 1}, _of(*shape[2:])),
        Refusal("too many dimensions", {"kernel_size": 1}, _of(1, *shape)),
        Refusal("no channels", {"kernel_size": 1}, _of(2, 0, *shape[2:])),
        Refusal("no extent", {"kernel_size": 2, "padding": 1}, _of(2, 3, *(0,) * (len(shape) - 2))),
        Refusal("an empty kernel", {"kernel_size": 0, "stride": 1}),
        Refusal("too many kernels", {"kernel_size": (1, 1, 1)}),
        Refusal("a stride of 0", {"kernel_size": 2, "stride": 0}),
        Refusal("a negative padding", {"kernel_size": 2, "padding": -1}),
        Refusal("a padding above half of the kernel", {"kernel_size": 3, "padding": 2}),
        Refusal("a kernel that is too large", {"kernel_size": 12}),
    ]


def _maximum(name, shape):
    n = len(shape) - 2
    return Op(
        f"layers.{name}",
        inputs=_input(shape),
        kinks=(0.0,),
        cases=[
            *_sliding(
                shape,
                (*EVERY, "kinks"),
                dilation={"kernel_size": 2, "dilation": 3},
                dilation_of_its_own={"kernel_size": 2, "dilation": (2, 3)[:n], "padding": 1, "stride": 2},
                dilation_and_ceil={"kernel_size": 2, "dilation": 3, "stride": 2, "ceil_mode": True},
            ),
            Case(
                "indices",
                {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 2, "return_indices": True},
                _not_finite(shape),
            ),
            Case("overlapping ties", {"kernel_size": 3, "stride": 1, "padding": 1}, families=("kinks",)),
        ],
        refusals=[*_sliding_refusals(shape), Refusal("no dilation", {"kernel_size": 2, "dilation": 0})],
    )


def _mean(name, shape):
    n = len(shape) - 2
    more = {
        "without_padding": {"kernel_size": 3, "padding": 1, "count_include_pad": False},
        "without_padding_ceil": {
            "kernel_size": 4,
            "stride": 3,
            "padding": (2, 1)[:n],
            "ceil_mode": True,
            "count_include_pad": False,
        },
    }
    refusals = _sliding_refusals(shape)
    if n == 2:
        more["divisor"] = {"kernel_size": 3, "padding": 1, "ceil_mode": True, "divisor_override": 5}
        more["negative_divisor"] = {"kernel_size": 3, "divisor_override": -3}
        refusals.append(Refusal("a divisor of 0", {"kernel_size": 2, "divisor_override": 0}))
    return Op(f"layers.{name}", inputs=_input(shape), cases=_sliding(shape, EVERY, **more), refusals=refusals)


def _adaptive(name, shape, families, **facts):
    n = len(shape) - 2
    two = [
        Case("rows and columns", {"output_size": (4, 3)}),
        Case("rows kept", {"output_size": (None, 4)}),
        Case("columns kept", {"output_size": (3, None)}),
    ]
    indices = [Case("indices", {"output_size": 4, "return_indices": True})] if "kinks" in families else []
    empty = [Refusal("no channels", {"output_size": 2}, _of(2, 0, *shape[2:]))] if indices else []
    return Op(
        f"layers.{name}",
        inputs=_input(shape),
        cases=[
            Case("overlapping", {"output_size": 4}, families=families),
            Case("equal", {"output_size": 3}),
            Case("one", {"output_size": (1, 1)[:n]}, families=("typical", "tails")),
            Case("more than there are", {"output_size": 11}),
            *(two if n == 2 else []),
            *indices,
        ],
        refusals=[
            Refusal("too few dimensions", {"output_size": 2}, _of(*shape[2:])),
            Refusal("too many dimensions", {"output_size": 2}, _of(1, *shape)),
            Refusal("no extent", {"output_size": 2}, _of(2, 3, *(0,) * n)),
            Refusal("a negative size", {"output_size": -1}),
            Refusal("too many sizes", {"output_size": (1, 1, 1)}),
            *empty,
        ],
        **facts,
    )


PAIRS = (
    _maximum("max_pool1d", ONE),
    _maximum("max_pool2d", TWO),
    _mean("avg_pool1d", ONE),
    _mean("avg_pool2d", TWO),
    _adaptive("adaptive_avg_pool1d", ONE, EVERY),
    _adaptive("adaptive_avg_pool2d", TWO, EVERY),
    _adaptive("adaptive_max_pool1d", ONE, (*EVERY, "kinks"), kinks=(0.0,)),
    _adaptive("adaptive_max_pool2d", TWO, (*EVERY, "kinks"), kinks=(0.0,)),
)
