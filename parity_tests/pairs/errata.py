"""Rows of the formulas that the lectures print wrong: what is printed must be refused, what is correct match."""

import numpy as np

from gradtwin.rows import Case, Misprint, Op

BATCHES = ("typical", "strided", "read-only", "empty")


MATRIX = {"zero-dimensional": "the samples are the rows of a matrix"}


def _row(name, inputs, differentiable, misprints, families=BATCHES, omitted=MATRIX):
    return Op(
        f"errata.{name}",
        inputs=inputs,
        cases=[Case("correct", families=families, differentiable=differentiable)],
        misprints=misprints,
        omitted=omitted,
    )


def _probabilities(draw):
    shape = draw.batch(5)
    return draw(shape, 0.1, 0.9), draw(shape, 0.1, 0.9)


def _one_layer(draw):
    shape = draw.batch(5, 3)
    return draw(shape), draw(shape, 0.0, 1.0)


def _labelled(draw):
    (n,) = draw.batch(6)
    return draw((3,)), draw((n, 3)), draw((n,), 0.0, 1.0)


def _positive_1d(draw):
    """Return what is added up without cancelling, so that the expansion loses no digits."""
    shape = draw.batch(6)
    return draw((), -2.0, -1.0), draw(shape, 1.0, 2.0), draw(shape, 1.0, 2.0)


def _three_of_a_length(draw):
    shape = draw.batch(6)
    return draw((2,)), draw(shape), draw(shape), draw(shape)


def _one_hot(draw):
    (n,) = draw.batch(6)
    return draw((3, 4)), draw((n, 3)), np.eye(4, dtype=draw.dtype)[draw.index((n,), 4)]


def _regression(draw):
    return draw((3,)), draw((6, 3)), draw((6,))


def _columns(draw):
    (n,) = draw.batch(6)
    return draw((3, 1)), draw((n, 3)), draw((n, 1))


PAIRS = (
    _row(
        "cross_entropy",
        _probabilities,
        ["input"],
        [
            Misprint(
                "P01",
                "lecture A, cross-entropy",
                "sum_i -y_i log(1 - yhat_i)",
                "sum_i -y_i log(yhat_i)",
                "output",
                forward="forward_as_printed",
            ),
        ],
        (*BATCHES, "zero-dimensional"),
        {},
    ),
    _row(
        "binary_cross_entropy",
        _labelled,
        ["weight"],
        [
            Misprint(
                "P02",
                "lecture E, derivative of the binary cross-entropy",
                "-sum( y/yhat + (1-y)/(1-yhat) ) dyhat/dw",
                "-sum( y/yhat - (1-y)/(1-yhat) ) dyhat/dw",
                "gradient of weight",
                backward="backward_as_printed",
            ),
        ],
    ),
    _row(
        "last_layer",
        _one_layer,
        ["input"],
        [
            Misprint(
                "P03",
                "lecture D, back-propagation in matrix notation",
                "2 (h_L(a_L) + y_n) * h'_L(a_L)",
                "2 (h_L(a_L) - y_n) * h'_L(a_L)",
                "gradient of input",
                backward="backward_as_printed",
            ),
        ],
        (*BATCHES, "zero-dimensional"),
        {},
    ),
    _row(
        "least_squares_1d",
        _positive_1d,
        ["weight"],
        [
            Misprint(
                "P04",
                "lecture E, expansion of the 1-D loss",
                "... + (sum x y) w + ...",
                "... - (sum x y) w + ...",
                "output",
                forward="forward_as_printed",
            ),
            Misprint(
                "P05",
                "lecture E, derivative of the 1-D loss",
                "L'(w) = sum (y - w x) x",
                "L'(w) = -sum (y - w x) x",
                "gradient of weight",
                backward="backward_as_printed",
            ),
        ],
    ),
    _row(
        "least_squares_2d",
        _three_of_a_length,
        ["weight"],
        [
            Misprint(
                "P06",
                "lecture E, equation of w_1 in two dimensions",
                "w_1 sum x^2 + w_2 sum z y = sum x z",
                "w_1 sum x^2 + w_2 sum x y = sum x z",
                "gradient of weight",
                backward="backward_as_printed",
            ),
        ],
    ),
    _row(
        "multiclass",
        _one_hot,
        ["weight"],
        [
            Misprint(
                "P07",
                "lecture E, model of many classes",
                "yhat = sigmoid(W'x)",
                "yhat = softmax(W'x)",
                "output",
                forward="forward_as_printed",
            ),
        ],
    ),
    _row(
        "mean_squared_error",
        _regression,
        ["weight"],
        [
            Misprint(
                "P08",
                "lecture B, least squares in matrix form",
                "J = (X theta - y)'(X theta - y)",
                "J = (X theta - y)'(X theta - y) / n",
                "output",
                forward="forward_as_printed",
                backward="backward_as_printed",
            ),
        ],
        ("typical", "strided", "read-only"),
        {**MATRIX, "empty": "the mean of nothing is no number"},
    ),
    _row(
        "matrix_gradient",
        _columns,
        ["weight"],
        [
            Misprint(
                "P09",
                "lecture E, gradient of the matrix form",
                "-Y'X + X'X w",
                "-X'Y + X'X w",
                "gradient of weight",
                backward="backward_as_printed",
                verdict="structure",
            ),
        ],
    ),
)
