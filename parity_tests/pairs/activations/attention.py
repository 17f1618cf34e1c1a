"""Rows of attention."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

L, S, E, V = 3, 5, 4, 2
SOME = np.arange(L * S).reshape(L, S) % 3 != 1
NO_KEY = SOME & (np.arange(L) != 1)[:, np.newaxis]
EACH = np.arange(2 * 3 * L * S).reshape(2, 3, L, S) % 4 > 0


def _draw(draw, shape):
    """Draw an array that is far from zero in its first sample only.

    There all weights are 0 or 1, and the gradients of query and key are rounding alone, which proves nothing.
    """
    x = draw(shape)
    if draw.family in ("tails", "huge"):
        x[1:] = draw(x[1:].shape, -3.0, 3.0)
    return x


def _attention(draw):
    batch = draw.batch(2, 3)
    return _draw(draw, (*batch, L, E)), _draw(draw, (*batch, S, E)), _draw(draw, (*batch, S, V))


def _square(draw):
    """Return inputs of one shape, for which torch has a kernel of its own."""
    return tuple(_draw(draw, (2, 3, 4, E)) for _ in range(3))


def _stretched(draw):
    return draw((2, 1, L, E)), draw((3, S, E)), draw((4, 1, 1, S, V))


def _grouped(draw):
    return draw((2, 6, L, E)), draw((2, 2, S, E)), draw((1, 3, S, V))


def _masked(*shape):
    def inputs(draw):
        return (*_attention(draw), _draw(draw, shape))

    return inputs


def _partly_hidden(draw):
    return (*_attention(draw), np.where(SOME, draw((L, S)), -np.inf))


def _of(*shapes):
    def inputs(draw):
        return tuple(draw(shape) for shape in shapes)

    return inputs


scaled_dot_product_attention = Op(
    "activations.scaled_dot_product_attention",
    inputs=_attention,
    cases=[
        Case("default", families=EVERY),
        Case("own kernel", families=("typical", "tails"), inputs=_square),
        Case("scale", {"scale": 0.7}),
        Case("negative scale", {"scale": -1.5}),
        Case("causal", {"is_causal": True}),
        Case("causal fewer keys", {"is_causal": True}, inputs=_of((2, S, E), (2, L, E), (2, L, V))),
        Case("some hidden", {"attn_mask": SOME}),
        Case("all hidden to one", {"attn_mask": NO_KEY}),
        Case("all hidden to one own kernel", {"attn_mask": np.tri(4, 4, -1, dtype=bool)}, inputs=_square),
        Case("floating mask", inputs=_masked(L, S)),
        Case("floating mask by sample", inputs=_masked(2, 1, L, S), families=("typical", "tails")),
        Case("floating mask by key", inputs=_masked(2, 1, 1, S)),
        Case(
            "floating mask for all",
            inputs=_of((2, L, E), (2, S, E), (2, S, V), ()),
            differentiable=("query", "key", "value"),
        ),
        Case("floating mask that hides", inputs=_partly_hidden),
        Case("stretched", inputs=_stretched),
        Case("grouped", {"enable_gqa": True}, inputs=_grouped),
        Case("grouped causal", {"enable_gqa": True, "is_causal": True, "scale": 0.7}, inputs=_grouped),
        Case("grouped alone", {"enable_gqa": True}, inputs=_of((4, L, E), (2, S, E), (2, S, V))),
        Case("dropout", {"dropout_p": 0.25, "dropout_mask": EACH}),
        Case("dropout by key", {"dropout_p": 0.5, "dropout_mask": SOME[0], "attn_mask": SOME}),
        Case("dropout of all", {"dropout_p": 1.0, "dropout_mask": SOME}),
        Case("dropout not taken", {"dropout_mask": SOME}),
        Case("no keys", inputs=_of((L, E), (0, E), (0, V))),
        Case("one column", inputs=_of((L, 1), (S, 1), (S, V))),
        Case("no columns", inputs=_of((L, 0), (S, 0), (S, V))),
    ],
    refusals=[
        Refusal("a vector", inputs=_of((E,), (S, E), (S, V))),
        Refusal("queries of other columns", inputs=_of((L, E), (S, E + 1), (S, V))),
        Refusal("fewer values than keys", inputs=_of((L, E), (S, E), (S - 1, V))),
        Refusal("batches that do not broadcast", inputs=_of((2, L, E), (3, S, E), (3, S, V))),
        Refusal("a mask of another shape", {"attn_mask": SOME.T}),
        Refusal("a mask larger than the weights", inputs=_of((L, E), (S, E), (S, V), (2, L, S))),
        Refusal("a mask of integers", {"attn_mask": SOME.astype(int)}),
        Refusal("a mask beside causal", {"attn_mask": SOME, "is_causal": True}),
        Refusal("heads that do not divide", {"enable_gqa": True}, inputs=_of((6, L, E), (4, S, E), (4, S, V))),
        Refusal("groups without heads", {"enable_gqa": True}, inputs=_of((L, E), (S, E), (S, V))),
        Refusal("a dropout above 1", {"dropout_p": 1.5, "dropout_mask": SOME}),
        Refusal("a negative dropout", {"dropout_p": -0.5, "dropout_mask": SOME}, inputs=_square),
        Refusal("a dropout without its mask", {"dropout_p": 0.5}),
        Refusal("a dropout mask of another shape", {"dropout_p": 0.5, "dropout_mask": SOME.T}),
    ],
)


HEADS, N, SIX = 2, 2, 6
KEPT = np.arange(N * HEADS * L * S).reshape(N * HEADS, L, S) % 4 > 0
PADDING = np.array([[False, False, True, False, False], [False, False, False, True, True]])
FUTURE = ~np.tri(L, S, dtype=bool)
PLAIN = {"embed_dim_to_check": SIX, "num_heads": HEADS, "add_zero_attn": False, "dropout_p": 0.0}
ZERO = {**PLAIN, "add_zero_attn": True}
WITHOUT = {**PLAIN, "need_weights": False}
SEPARATE = {**PLAIN, "use_separate_proj_weight": True}
APPENDED = {
    "key_padding_mask": PADDING,
    "dropout_p": 0.5,
    "dropout_mask": np.arange(N * HEADS * L * (S + 2)).reshape(N * HEADS, L, S + 2) % 5 > 0,
}
ABSENT = {"bias_k": None, "bias_v": None}


def _projected(draw, batch=None, columns=(SIX, SIX, SIX)):
    """Return inputs by name; far from zero or not, all weights of the softmax are neither 0 nor 1.

    Products of three wide numbers would overflow on both sides.
    """

    def bounded(*shape):
        return draw(shape, -1.0, 1.0) if draw.family in ("tails", "huge") else draw(shape)

    batch = draw.batch(N) if batch is None else batch
    return {
        "query": bounded(L, *batch, SIX),
        "key": bounded(S, *batch, columns[1]),
        "value": draw((S, *batch, columns[2])),
        "in_proj_weight": bounded(3 * SIX, SIX),
        "in_proj_bias": bounded(3 * SIX),
        **ABSENT,
        "out_proj_weight": bounded(4, SIX),
        "out_proj_bias": bounded(4),
    }


def _with(*without, **shapes):
    """Return a function of `draw` that returns inputs by name, further ones of these shapes, and None for some."""

    def inputs(draw):
        further = {name: draw(shape) for name, shape in shapes.items()}
        return {**_projected(draw), **further, **dict.fromkeys(without)}

    return inputs


def _saturated(draw):
    """Return inputs for which nearly all weights of the softmax are 0 or 1."""
    found = _projected(draw)
    return {**found, "query": draw(found["query"].shape), "key": draw(found["key"].shape)}


def _single(draw):
    return _projected(draw, batch=())


def _same(draw):
    found = _projected(draw)
    return {**found, "query": found["key"], "value": found["key"].copy()}


def _separate(draw):
    return {
        **_projected(draw, columns=(SIX, 3, 5)),
        "in_proj_weight": None,
        "q_proj_weight": draw((SIX, SIX)),
        "k_proj_weight": draw((SIX, 3)),
        "v_proj_weight": draw((SIX, 5)),
    }


BIASES = {"bias_k": (1, 1, SIX), "bias_v": (1, 1, SIX)}
STATIC = {"static_k": (N * HEADS, S, SIX // HEADS), "static_v": (N * HEADS, S, SIX // HEADS)}
THREE = {name: (SIX, SIX) for name in ("q_proj_weight", "k_proj_weight", "v_proj_weight")}
MASK = {"attn_mask": (L, S)}
MASK_BY_HEAD = {"attn_mask": (N * HEADS, L, S)}
FLOATING_PADDING = {"key_padding_mask": (N, S)}

multihead_attention = Op(
    "activations.multihead_attention",
    inputs=_projected,
    cases=[
        Case("default", PLAIN, families=EVERY),
        Case("no weights", WITHOUT, families=("typical", "zero-dimensional", "empty")),
        Case(
            "saturated",
            PLAIN,
            inputs=_saturated,
            families=("tails", "huge"),
            differentiable=("value", "out_proj_weight", "out_proj_bias"),
        ),
        Case("weights by head", {**PLAIN, "average_attn_weights": False}),
        Case("weights by head of one sample", {**PLAIN, "average_attn_weights": False}, inputs=_single),
        Case("self-attention", PLAIN, inputs=_same),
        Case("no biases", PLAIN, inputs=_with("in_proj_bias", "out_proj_bias")),
        Case("separate", SEPARATE, inputs=_separate),
        Case("key and value bias", PLAIN, inputs=_with(**BIASES)),
        Case("zero attention", ZERO),
        Case("all appended", {**ZERO, **APPENDED}, inputs=_with(**BIASES, **MASK)),
        Case("all appended no weights", {**ZERO, "need_weights": False}, inputs=_with(**BIASES, **MASK_BY_HEAD)),
        Case("padding", {**PLAIN, "key_padding_mask": PADDING}),
        Case("padding no weights", {**WITHOUT, "key_padding_mask": PADDING, "attn_mask": FUTURE}),
        Case("padding of one sample", {**PLAIN, "key_padding_mask": PADDING[0]}, inputs=_single),
        Case("floating padding", PLAIN, inputs=_with(**FLOATING_PADDING, **MASK_BY_HEAD)),
        Case("floating padding no weights", WITHOUT, inputs=_with(**FLOATING_PADDING, **MASK)),
        Case("mask by head", {**PLAIN, "attn_mask": ~KEPT}),
        Case("all hidden to one", {**PLAIN, "attn_mask": ~NO_KEY}),
        Case("all hidden to one no weights", {**WITHOUT, "attn_mask": ~NO_KEY}),
        Case("causal hint not taken", {**PLAIN, "is_causal": True, "attn_mask": ~SOME}),
        Case("causal hint taken", {**ZERO, "need_weights": False, "is_causal": True}, inputs=_with(**BIASES, **MASK)),
        Case(
            "causal hint beside padding",
            {**WITHOUT, "is_causal": True, "key_padding_mask": PADDING},
            inputs=_with(**MASK),
        ),
        Case("static", PLAIN, inputs=_with(**STATIC)),
        Case(
            "static keys, zero, mask",
            {**ZERO, "need_weights": False},
            inputs=_with(static_k=STATIC["static_k"], **MASK),
        ),
        Case("longer static", PLAIN, inputs=_with(static_k=(4, 7, 3), static_v=(4, 7, 3))),
        Case("dropout", {**PLAIN, "dropout_p": 0.25, "dropout_mask": KEPT}),
        Case("dropout no weights", {**WITHOUT, "dropout_p": 0.25, "dropout_mask": KEPT, "attn_mask": FUTURE}),
        Case("dropout of all", {**WITHOUT, "dropout_p": 1.0, "dropout_mask": KEPT}),
        Case("no training", {**PLAIN, "dropout_p": 0.25, "training": False}),
    ],
    refusals=[
        Refusal("queries of four dimensions", PLAIN, inputs=_with(query=(1, L, N, SIX))),
        Refusal("a key without a batch", PLAIN, inputs=_with(key=(S, SIX))),
        Refusal("keys of another batch", PLAIN, inputs=_with(key=(S, 3, SIX), value=(S, 3, SIX))),
        Refusal("fewer values than keys", PLAIN, inputs=_with(value=(S - 1, N, SIX))),
        Refusal("fewer values than keys separate", SEPARATE, inputs=_with(value=(S - 1, N, SIX), **THREE)),
        Refusal("another embed_dim_to_check", {**PLAIN, "embed_dim_to_check": 5}),
        Refusal("heads that do not divide", {**PLAIN, "num_heads": 4}),
        Refusal("no in_proj_weight", PLAIN, inputs=_with("in_proj_weight")),
        Refusal("an in_proj_weight of another shape", PLAIN, inputs=_with(in_proj_weight=(2 * SIX, SIX))),
        Refusal("no separate weights", SEPARATE),
        Refusal("a separate weight of another shape", SEPARATE, inputs=_with(**{**THREE, "k_proj_weight": (SIX, 3)})),
        Refusal("an in_proj_bias of another shape", SEPARATE, inputs=_with(in_proj_bias=(SIX,), **THREE)),
        Refusal("an out_proj_weight of another shape", PLAIN, inputs=_with(out_proj_weight=(4, 5))),
        Refusal("an out_proj_bias of another shape", PLAIN, inputs=_with(out_proj_bias=(5,))),
        Refusal("bias_k alone", PLAIN, inputs=_with(bias_k=(1, 1, SIX))),
        Refusal("a bias_k of another shape", PLAIN, inputs=_with(bias_k=(1, 1, 5), bias_v=(1, 1, SIX))),
        Refusal("a bias beside static keys", PLAIN, inputs=_with(**BIASES, **STATIC)),
        Refusal("static keys of other heads", PLAIN, inputs=_with(static_k=(3, S, 3))),
        Refusal("static keys of other columns", PLAIN, inputs=_with(static_k=(4, S, 2))),
        Refusal("fewer static values", PLAIN, inputs=_with(static_v=(4, S - 1, 3))),
        Refusal(
            "a mask of other keys than the static", PLAIN, inputs=_with(static_k=(4, 7, 3), static_v=(4, 7, 3), **MASK)
        ),
        Refusal("a mask of another shape", PLAIN, inputs=_with(attn_mask=(S, L))),
        Refusal("a mask for other heads", PLAIN, inputs=_with(attn_mask=(HEADS, L, S))),
        Refusal("a mask of four dimensions", PLAIN, inputs=_with(attn_mask=(N, HEADS, L, S))),
        Refusal("a mask of integers", {**PLAIN, "attn_mask": SOME.astype(int)}),
        Refusal("a padding of another shape", PLAIN, inputs=_with(key_padding_mask=(N, S + 1))),
        Refusal("a padding of one dimension", PLAIN, inputs=_with(key_padding_mask=(S,))),
        Refusal("a padding of integers", {**PLAIN, "key_padding_mask": PADDING.astype(int)}),
        Refusal("the hint without a mask", {**PLAIN, "is_causal": True}),
        Refusal("a dropout above 1", {**WITHOUT, "dropout_p": 1.5, "dropout_mask": KEPT}),
        Refusal("a dropout without its mask", {**PLAIN, "dropout_p": 0.5}),
        Refusal("a dropout mask of another shape", {**PLAIN, "dropout_p": 0.5, "dropout_mask": KEPT[0, 1:]}),
    ],
)

PAIRS = (scaled_dot_product_attention, multihead_attention)
