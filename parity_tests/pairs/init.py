"""Rows of the starts of weights: what torch would draw is given to both sides."""

import math
from statistics import NormalDist

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

BOTH = ("typical", "tails")
NO_POINT = tuple(f for f in EVERY if f != "zero-dimensional")
ORDER = ("typical", "zeros", "strided", "read-only", "empty")
LIKELY, UNLIKELY = {"a": -1.0, "b": 1.5}, {"a": 1.0, "b": 4.0}
BARELY = {"a": NormalDist().inv_cdf(0.2), "b": 0.0}


def _only(*shape):
    """Return a tensor, whose values say nothing."""
    return lambda draw: (draw(draw.batch(*shape)),)


def _uniform(*shape, of=None):
    """Return a tensor and numbers from [0, 1), in its shape or in another."""

    def inputs(draw):
        given = draw.batch(*shape)
        return {"tensor": draw(given), "draw": draw(given if of is None else of, 0.0, 1.0)}

    return inputs


def _normal(*shape, of=None):
    """Return a tensor and normal numbers, in its shape or in another."""

    def inputs(draw):
        given = draw.batch(*shape)
        return {"tensor": draw(given), "draw": draw(given if of is None else of)}

    return inputs


def _flat(*shape):
    """Return a tensor and normal numbers in its shape as a matrix."""

    def inputs(draw):
        rows, *rest = draw.batch(*shape)
        return {"tensor": draw((rows, *rest)), "draw": draw((rows, math.prod(rest)))}

    return inputs


def _rounds(draw_one, *between):
    """Return a tensor and 60 rounds of numbers for it."""

    def inputs(draw):
        shape = draw.batch(5, 7)
        return {"tensor": draw(shape), "draw": draw_one(draw, (60, *between, *shape))}

    return inputs


def _orders(*shape):
    """Return a tensor, normal numbers in its shape, and a permutation for each of its columns."""

    def inputs(draw):
        rows, columns = draw.batch(*shape)
        orders = draw.rng.permuted(np.tile(np.arange(rows)[:, np.newaxis], columns), axis=0)
        return {"tensor": draw((rows, columns)), "draw": draw((rows, columns)), "rows": orders}

    return inputs


def _without(inputs, name):
    return lambda draw: {k: v for k, v in inputs(draw).items() if k != name}


def _with(inputs, name, value):
    return lambda draw: {**inputs(draw), name: value}


_likely = _rounds(lambda draw, shape: draw(shape))
_unlikely = _rounds(lambda draw, shape: draw(shape, 0.0, 1.0), 2)


def _undrawn(inputs, of):
    """Return refusals of the draw."""
    return [
        Refusal("no draw", {}, _without(inputs, "draw")),
        Refusal("a draw of another shape", {}, _with(inputs, "draw", np.full(of, 0.5))),
    ]


uniform = Op(
    "init.uniform",
    inputs=_uniform(5, 7),
    cases=[
        Case("default", families=("typical", "zeros")),
        Case("bounds", {"a": -0.3, "b": 2.7}, families=EVERY),
        Case("one number", {"a": 1.5, "b": 1.5}),
        Case("far apart", {"a": -1.7e38, "b": 1.7e38}),
    ],
    refusals=[
        Refusal("bounds in the wrong order", {"a": 1.0, "b": 0.0}),
        Refusal("a lower bound that is not a number", {"a": math.nan}),
        Refusal("an upper bound that is not a number", {"b": math.nan}),
        Refusal("an infinite lower bound", {"a": -math.inf}),
        Refusal("an infinite upper bound", {"b": math.inf}),
        Refusal("too far apart", {"a": -1e308, "b": 1e308}),
        *_undrawn(_uniform(5, 7), (7, 5)),
    ],
    gradient=False,
)

normal = Op(
    "init.normal",
    inputs=_normal(5, 7),
    cases=[
        Case("default", families=("typical", "zeros")),
        Case("mean and std", {"mean": -0.7, "std": 2.3}, families=EVERY),
        Case("one number", {"mean": 1.5, "std": 0.0}),
    ],
    refusals=[
        Refusal("a negative std", {"std": -1.0}),
        Refusal("a std that is not a number", {"std": math.nan}),
        *_undrawn(_normal(5, 7), (7, 5)),
    ],
    gradient=False,
)

trunc_normal = Op(
    "init.trunc_normal",
    inputs=_likely,
    cases=[
        Case("likely", LIKELY, families=("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")),
        Case("default"),
        Case("barely likely", {"mean": 1.5, "std": 1.7, "a": 0.5, "b": 1.836}),
        Case("above", {"a": 0.0, "b": math.inf}, families=("zeros",)),
        Case("below", {"mean": 1.0, "std": 0.5, "a": -math.inf, "b": 1.0}, families=("zeros",)),
        Case("unlikely", UNLIKELY, _unlikely, ("typical", "strided", "read-only", "zero-dimensional", "empty")),
        Case("barely unlikely", BARELY, _unlikely),
        Case("unlikely around", {"mean": 0.3, "std": 4.0, "a": -1.0, "b": 2.0}, _unlikely),
        Case("unlikely elsewhere", {"mean": 3.0, "std": 0.8, "a": 0.5, "b": 2.0}, _unlikely),
        Case("one number", {"a": 0.5, "b": 0.5}, _unlikely),
        Case("negative std", {"std": -1.0}, _unlikely),
    ],
    refusals=[
        Refusal("a std of 0", {"std": 0.0}),
        Refusal("bounds in the wrong order", {"a": 2.0, "b": -2.0}, _unlikely),
        Refusal("an infinite bound in a tail", {"a": 5.0, "b": math.inf}, _unlikely),
        Refusal("a bound that is not a number", {"a": math.nan}, _unlikely),
        Refusal("too few rounds", {}, _with(_likely, "draw", np.full((3, 5, 7), 2.5))),
        Refusal("too few rounds in a tail", UNLIKELY, _with(_unlikely, "draw", np.full((3, 2, 5, 7), 0.9))),
        *_undrawn(_likely, (60, 7, 5)),
    ],
    gradient=False,
)

_ANY = ("typical", "strided", "read-only", "zero-dimensional", "empty")
constant = Op(
    "init.constant",
    inputs=_only(5, 7),
    cases=[
        Case("third", {"val": 1 / 3}, families=_ANY),
        Case("integer", {"val": -2}),
    ],
    refusals=[
        Refusal("text", {"val": "1"}),
        Refusal("complex", {"val": 1j}),
        Refusal("too large", {"val": 10**400}),
        Refusal("too large for single precision", {"val": 1e39}, lambda draw: (np.ones(3, np.float32),)),
    ],
    gradient=False,
)

eye = Op(
    "init.eye",
    inputs=_only(4, 6),
    cases=[
        Case("wide", families=("typical", "strided", "read-only", "empty")),
        Case("tall", inputs=_only(6, 4)),
        Case("square", inputs=_only(3, 3)),
    ],
    refusals=[Refusal("one dimension", {}, _only(5)), Refusal("three dimensions", {}, _only(2, 3, 4))],
    gradient=False,
)

dirac = Op(
    "init.dirac",
    inputs=_only(4, 3, 5),
    cases=[
        Case("signals", families=("typical", "strided", "read-only", "empty")),
        Case("images", inputs=_only(3, 4, 2, 3)),
        Case("volumes", inputs=_only(3, 3, 3, 1, 4)),
        Case("groups", {"groups": 2}, _only(4, 3, 3, 2)),
        Case("more outputs than inputs", {"groups": 3}, _only(9, 2, 3)),
        Case("negative groups", {"groups": -1}),
        Case("no inputs", {}, _only(4, 0, 0), ("empty",)),
    ],
    refusals=[
        Refusal("two dimensions", {}, _only(4, 3)),
        Refusal("six dimensions", {}, _only(4, 3, 1, 1, 1, 1)),
        Refusal("groups that do not divide", {"groups": 3}),
        Refusal("no groups", {"groups": 0}),
        Refusal("no middle", {}, _only(4, 3, 0)),
    ],
    gradient=False,
)


def _xavier(name, inputs):
    """Return a row of Xavier's start; `inputs` makes the inputs of a shape."""
    return Op(
        f"init.{name}",
        inputs=inputs(6, 4),
        cases=[
            Case("default", families=NO_POINT),
            Case("gain", {"gain": 1.7}, families=BOTH),
            Case("no gain", {"gain": 0.0}),
            Case("signals", {}, inputs(3, 4, 5)),
            Case("images", {}, inputs(3, 2, 2, 3)),
        ],
        refusals=[
            Refusal("one dimension", {}, inputs(5)),
            Refusal("no dimension", {}, inputs()),
            Refusal("no fan", {}, inputs(0, 0)),
            Refusal("no extent", {}, inputs(2, 3, 0)),
            Refusal("a negative gain", {"gain": -1.0}),
            Refusal("a gain that is not a number", {"gain": math.nan}),
            *_undrawn(inputs(6, 4), (4, 6)),
        ],
        gradient=False,
    )


_CONVOLUTIONS = [f"{name}{n}d" for name in ("conv", "conv_transpose") for n in (1, 2, 3)]
_NONLINEARITIES = ("linear", *_CONVOLUTIONS, "sigmoid", "tanh", "relu", "selu")


def _kaiming(name, inputs):
    """Return a row of Kaiming's start; `inputs` makes the inputs of a shape."""
    return Op(
        f"init.{name}",
        inputs=inputs(6, 4),
        cases=[
            Case("default", families=NO_POINT),
            Case("fan out", {"mode": "fan_out"}, families=BOTH),
            Case("capitals", {"mode": "FAN_IN"}),
            Case("slope", {"a": 0.3}, families=BOTH),
            Case("integer slope", {"a": 2}),
            Case("default slope", {"a": None}),
            Case("infinite slope", {"a": math.inf}),
            Case("signals", {}, inputs(3, 4, 5)),
            Case("images, fan out", {"mode": "fan_out"}, inputs(3, 2, 2, 3)),
            *(Case(n, {"nonlinearity": n, "a": True}) for n in _NONLINEARITIES),
            Case("one dimension, empty", {"mode": "no mode"}, inputs(5), ("empty",)),
        ],
        refusals=[
            Refusal("one dimension", {}, inputs(5)),
            Refusal("no dimension", {}, inputs()),
            Refusal("an unknown mode", {"mode": "fan"}),
            Refusal("no mode", {"mode": None}),
            Refusal("an unknown nonlinearity", {"nonlinearity": "gelu"}),
            Refusal("a slope of True", {"a": True}),
            Refusal("a slope of text", {"a": "0.1"}),
            Refusal("a slope that is not a number", {"a": math.nan}),
            *_undrawn(inputs(6, 4), (4, 6)),
        ],
        gradient=False,
    )


orthogonal = Op(
    "init.orthogonal",
    inputs=_flat(5, 5),
    cases=[
        Case("square", families=("typical", "strided", "read-only", "empty")),
        Case("wide", {}, _flat(3, 6)),
        Case("tall", {}, _flat(6, 3)),
        Case("gain", {"gain": 1.7}),
        Case("negative gain", {"gain": -0.3}),
        Case("signals", {}, _flat(3, 2, 4)),
        Case("images", {"gain": 2}, _flat(9, 2, 2, 2)),
        Case("one number", {}, _flat(1, 1), ("typical", "zeros")),
        Case("no extent", {}, _flat(3, 0), ("empty",)),
    ],
    refusals=[
        Refusal("one dimension", {}, _normal(5, of=(5, 1))),
        Refusal("no dimension", {}, _normal(of=(1, 1))),
        *_undrawn(_flat(5, 3), (3, 5)),
        Refusal("a draw in the shape of a kernel", {}, _normal(3, 2, 4)),
    ],
    gradient=False,
)

sparse = Op(
    "init.sparse",
    inputs=_orders(6, 4),
    cases=[
        Case("half", {"sparsity": 0.5}, families=NO_POINT),
        Case("rounded up", {"sparsity": 0.2}),
        Case("rounded twice", {"sparsity": 0.07}, _orders(100, 2)),
        Case("std", {"sparsity": 0.4, "std": 1.7}, families=BOTH),
        Case("none", {"sparsity": 0.0}),
        Case("all", {"sparsity": 1.0}),
        Case("more than all", {"sparsity": 1.5}),
        Case("all but one", {"sparsity": -0.2}),
        Case("no columns", {"sparsity": 0.5}, _orders(3, 0), ("empty",)),
    ],
    refusals=[
        Refusal("three dimensions", {"sparsity": 0.5}, lambda draw: (draw((2, 3, 4)),)),
        Refusal("a sparsity that is not a number", {"sparsity": math.nan}),
        Refusal("an infinite sparsity", {"sparsity": math.inf}),
        Refusal("a negative std", {"sparsity": 0.5, "std": -1.0}),
        Refusal("no draw", {"sparsity": 0.5}, _without(_orders(6, 4), "draw")),
        Refusal("a draw of another shape", {"sparsity": 0.5}, _with(_orders(6, 4), "draw", np.ones((4, 6)))),
        Refusal("no rows", {"sparsity": 0.5}, _without(_orders(6, 4), "rows")),
        Refusal("rows of another shape", {"sparsity": 0.5}, _with(_orders(6, 4), "rows", np.arange(24).reshape(4, 6))),
        Refusal("rows twice", {"sparsity": 0.5}, _with(_orders(6, 4), "rows", np.zeros((6, 4), np.int64))),
    ],
    gradient=False,
)

PAIRS = (
    uniform,
    normal,
    trunc_normal,
    constant,
    Op("init.ones", inputs=_only(5, 7), cases=[Case("default", families=_ANY)], gradient=False),
    Op("init.zeros", inputs=_only(5, 7), cases=[Case("default", families=_ANY)], gradient=False),
    eye,
    dirac,
    _xavier("xavier_uniform", _uniform),
    _xavier("xavier_normal", _normal),
    _kaiming("kaiming_uniform", _uniform),
    _kaiming("kaiming_normal", _normal),
    orthogonal,
    sparse,
)
