"""Right functions, each beside a copy with one known slip and what the oracle must say of it.

A slip is what somebody who derives a gradient by hand gets wrong: a sign, a lost term, a wrong count, a buffer that
was not theirs. The verdict is the one that a reader who knows the slip would give.
"""

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit

import gradtwin
from scratch.activations import gelu, log_softmax, relu, sigmoid, softmax
from scratch.layers import linear
from scratch.losses import binary_cross_entropy_with_logits as bce
from scratch.losses import cross_entropy, mse_loss

Array = NDArray[Any]


class Code(NamedTuple):
    """A forward and its backward; None where only the forward is judged."""

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None


@dataclass(frozen=True)
class Slip:
    """Right code, the same code with one slip, and what the oracle must say of the slip.

    Parameters
    ----------
    id : str
        What is wrong.
    right, wrong : Code
        Both versions.
    twin : callable
        The PyTorch function.
    inputs : callable
        Draws the inputs from a generator.
    verdict, quantity : str
        The verdict of the wrong version and the quantity that its gravest finding names.
    cause : str
        A word that the named cause must contain.
    options : mapping
        Options of both sides.
    dtypes : sequence of str
        Precisions to judge at.
    facts : mapping
        Further arguments of `gradtwin.check`.
    """

    id: str
    right: Code
    wrong: Code
    twin: Callable[..., Any]
    inputs: Callable[[np.random.Generator], Sequence[Any]]
    verdict: str
    quantity: str
    cause: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = ("float64",)
    facts: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, code: Code, seed: int = 0) -> gradtwin.Report:
        """Judge one of the two versions."""
        return gradtwin.check(
            *code,
            twin=self.twin,
            inputs=self.inputs,
            options=self.options,
            dtypes=self.dtypes,
            seed=seed,
            name=self.id,
            **self.facts,
        )


def _code(module: ModuleType) -> Code:
    return Code(module.forward, module.backward)


def _normal(*shapes: tuple[int, ...]) -> Any:
    return lambda rng: tuple(rng.standard_normal(shape) for shape in shapes)


def _spread_out(low: float, high: float, *shape: int) -> Any:
    return lambda rng: (rng.uniform(low, high, shape),)


def _ties(rng: np.random.Generator) -> Any:
    return (rng.choice([-0.5, -0.25, 0.0, 0.0, 0.25, 0.5], (5, 7)),)


def _classes(rng: np.random.Generator) -> Any:
    return rng.standard_normal((9, 5)), rng.integers(0, 5, 9)


def _some_ignored(rng: np.random.Generator) -> Any:
    return rng.standard_normal((9, 5)), np.arange(9) % 5


def _logits(low: float, high: float) -> Any:
    return lambda rng: (rng.uniform(low, high, (6, 5)), rng.uniform(0.1, 0.9, (6, 5)))


SIGMOID, RELU, SOFTMAX, GELU = map(_code, (sigmoid, relu, softmax, gelu))
LOG_SOFTMAX, LINEAR, MSE, BCE, CROSS_ENTROPY = map(_code, (log_softmax, linear, mse_loss, bce, cross_entropy))
BOTH = ("float64", "float32")
TANH = {"approximate": "tanh"}
LAST = {"dim": -1}
WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25, 3.0])


def _linear_twin(input: Any, weight: Any, bias: Any = None) -> Any:
    return F.linear(input, weight, bias)


# Signs, factors and lost terms of a gradient.


def _mse_half(grad: Array, input: Array, target: Array) -> Any:
    found = mse_loss.backward(grad, input, target)
    return found._replace(input=found.input / 2, target=found.target / 2)


def _mse_sum(grad: Array, input: Array, target: Array) -> Any:
    return mse_loss.backward(grad, input, target, reduction="sum")


def _mse_zeros(grad: Array, input: Array, target: Array) -> Any:
    return mse_loss.Gradients(np.zeros_like(input), np.zeros_like(target))


def _transposed_weight(grad: Array, input: Array, weight: Array, bias: Array) -> Any:
    found = linear.backward(grad, input, weight, bias)
    return found._replace(weight=found.weight.T.copy())


def _diagonal_softmax(grad: Array, input: Array, dim: int) -> Any:
    y = softmax.forward(input, dim)
    return grad * y * (1 - y)


def _one_off(values: Array) -> Any:
    values = values.copy()
    values.flat[values.size // 3] *= 1 + 1e-10
    return values


def _lost_outer_factor(grad: Array, input: Array, approximate: str) -> Any:
    """The GELU's tanh form without the derivative of the inner cube."""
    share = gelu._share(input, approximate)
    slope = gelu.ROOT_2_OVER_PI * (1 + gelu.CUBIC * input * input)
    return grad * (share + 2 * input * share * (1 - share) * slope)


def _relu_backward(value: float, grad: Array, input: Array) -> Any:
    return np.where(input == 0, grad.dtype.type(value) * grad, relu.backward(grad, input))


def _plain_sigmoid(x: float) -> Any:
    return 1 / (1 + math.exp(-x))


def _never_ignoring(grad: Array, input: Array, target: Array, ignore_index: int) -> Any:
    return cross_entropy.backward(grad, input, target)


def _half(grad: Array, input: Array) -> Any:
    return sigmoid.backward(grad, input).astype(np.float16).astype(input.dtype)


def _bias_along_rows(grad: Array, input: Array, weight: Array, bias: Array) -> Any:
    return linear.backward(grad, input, weight, bias)._replace(bias=grad.sum(axis=1))


GRADIENTS = (
    Slip(
        "a sign",
        SIGMOID,
        SIGMOID._replace(backward=lambda grad, input: -sigmoid.backward(grad, input)),
        F.sigmoid,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        "sign",
        dtypes=BOTH,
    ),
    Slip(
        "a lost factor of 2",
        MSE,
        MSE._replace(backward=_mse_half),
        F.mse_loss,
        _normal((5, 7), (5, 7)),
        "mismatch",
        "gradient of input",
        "1/2",
        dtypes=BOTH,
    ),
    Slip(
        "a factor of 1.001",
        SIGMOID,
        SIGMOID._replace(backward=lambda grad, input: sigmoid.backward(grad, input) * grad.dtype.type(1.001)),
        F.sigmoid,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        "1.001",
        dtypes=BOTH,
    ),
    Slip(
        "a missing 1/N",
        MSE,
        MSE._replace(backward=_mse_sum),
        F.mse_loss,
        _normal((5, 7), (5, 7)),
        "mismatch",
        "gradient of input",
        "a sum where the mean is meant",
        dtypes=BOTH,
    ),
    Slip(
        "zeros for a mean over 30,000",
        MSE,
        MSE._replace(backward=_mse_zeros),
        F.mse_loss,
        _normal((300, 100), (300, 100)),
        "mismatch",
        "gradient of input",
        "zero everywhere",
        dtypes=BOTH,
    ),
    Slip(
        "a transposed weight gradient",
        LINEAR,
        LINEAR._replace(backward=_transposed_weight),
        _linear_twin,
        _normal((6, 4), (4, 4), (4,)),
        "mismatch",
        "gradient of weight",
        "transposed",
        dtypes=BOTH,
    ),
    Slip(
        "a bias gradient summed over the features",
        LINEAR,
        LINEAR._replace(backward=_bias_along_rows),
        _linear_twin,
        _normal((4, 4), (4, 4), (4,)),
        "mismatch",
        "gradient of bias",
    ),
    Slip(
        "a lost off-diagonal",
        SOFTMAX,
        SOFTMAX._replace(backward=_diagonal_softmax),
        F.softmax,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        "off-diagonal",
        LAST,
        BOTH,
    ),
    Slip(
        "a log-softmax that forgets to sum the cotangent",
        LOG_SOFTMAX,
        LOG_SOFTMAX._replace(backward=lambda grad, input, dim: grad - softmax.forward(input, dim) * grad),
        F.log_softmax,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        "off-diagonal",
        LAST,
    ),
    Slip(
        "one gradient of 1,000 wrong by 1e-10",
        SIGMOID,
        SIGMOID._replace(backward=lambda grad, input: _one_off(sigmoid.backward(grad, input))),
        F.sigmoid,
        _normal((10, 100)),
        "mismatch",
        "gradient of input",
    ),
    Slip(
        "a lost factor of 3 in an inner derivative",
        GELU,
        GELU._replace(backward=_lost_outer_factor),
        F.gelu,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        "",
        TANH,
        BOTH,
    ),
    *(
        Slip(
            f"a subgradient of {value} at the kink{', compared exactly' if exact else ''}",
            RELU,
            RELU._replace(backward=functools.partial(_relu_backward, value)),
            F.relu,
            _ties,
            "mismatch",
            "gradient of input",
            "only at kinks",
            dtypes=BOTH,
            facts={"exact": exact, "kinks": (0.0,)},
        )
        for value in (0.5, 7.0)
        for exact in (True, False)
    ),
    *(
        Slip(
            f"zeros for a forward that {how}",
            Code(forward, sigmoid.backward),
            Code(forward, lambda grad, input: np.zeros_like(grad)),
            F.sigmoid,
            _normal((5, 7)),
            "mismatch",
            "gradient of input",
            "zero everywhere",
        )
        for how, forward in (
            ("converts to float64", lambda input: expit(input.astype(np.float64))),
            ("loops in plain Python", lambda input: np.array([[_plain_sigmoid(x) for x in row] for row in input])),
        )
    ),
)


# Values.


def _gelu_short_constant(input: Array, approximate: str) -> Any:
    u = gelu.ROOT_2_OVER_PI * (input + 0.04471 * input**3)
    return input * expit(2 * u)


def _bias_of_first_row_only(input: Array, weight: Array, bias: Array) -> Any:
    out = input @ weight.T
    out[0] += bias
    return out


def _bias_down_the_columns(input: Array, weight: Array, bias: Array) -> Any:
    return input @ weight.T + bias[:, np.newaxis]


def _logsumexp(input: Array) -> Any:
    top = np.max(input, axis=-1, keepdims=True)
    return (np.log(np.sum(np.exp(input - top), axis=-1, keepdims=True)) + top)[..., 0]


def _logsumexp_wrong_shift(input: Array) -> Any:
    top = np.max(input, axis=-1, keepdims=True)
    return (np.log(np.sum(np.exp(input - top), axis=-1, keepdims=True)) - top)[..., 0]


def _mean_over_samples(input: Array, target: Array, weight: Array) -> Any:
    return cross_entropy.forward(input, target, weight, reduction="sum") / np.asarray(target.size, input.dtype)


def _smoothed(input: Array, target: Array, label_smoothing: float) -> Any:
    """Cross-entropy that spreads the smoothing over the other classes only."""
    z, rows = log_softmax.forward(input, dim=-1), np.arange(target.size)
    others = np.full(z.shape, label_smoothing / (z.shape[-1] - 1), z.dtype)
    others[rows, target] = 1 - label_smoothing
    return -np.mean(np.sum(others * z, axis=-1))


VALUES = (
    Slip(
        "one value of 1,000 wrong by 1e-10",
        SIGMOID,
        SIGMOID._replace(forward=lambda input: _one_off(sigmoid.forward(input))),
        F.sigmoid,
        _normal((10, 100)),
        "mismatch",
        "output",
    ),
    Slip(
        "a GELU with 0.04471 for 0.044715",
        GELU,
        GELU._replace(forward=_gelu_short_constant),
        F.gelu,
        _normal((5, 7)),
        "mismatch",
        "output",
        "",
        TANH,
        BOTH,
    ),
    Slip(
        "a bias on the first row only",
        LINEAR,
        LINEAR._replace(forward=_bias_of_first_row_only),
        _linear_twin,
        _normal((6, 4), (5, 4), (5,)),
        "mismatch",
        "output",
        dtypes=BOTH,
    ),
    Slip(
        "a bias down the columns",
        LINEAR,
        LINEAR._replace(forward=_bias_down_the_columns),
        _linear_twin,
        _normal((4, 4), (4, 4), (4,)),
        "mismatch",
        "output",
    ),
    Slip(
        "a max-shift of the wrong sign",
        Code(_logsumexp),
        Code(_logsumexp_wrong_shift),
        lambda input: torch.logsumexp(input, -1),
        _normal((5, 7)),
        "mismatch",
        "output",
        dtypes=BOTH,
    ),
    Slip(
        "an ignored ignore_index",
        CROSS_ENTROPY,
        CROSS_ENTROPY._replace(forward=lambda input, target, ignore_index: cross_entropy.forward(input, target)),
        F.cross_entropy,
        _some_ignored,
        "mismatch",
        "output",
        "",
        {"ignore_index": 2},
        BOTH,
    ),
    Slip(
        "an ignored ignore_index in the gradient",
        CROSS_ENTROPY,
        CROSS_ENTROPY._replace(backward=_never_ignoring),
        F.cross_entropy,
        _some_ignored,
        "mismatch",
        "gradient of input",
        "",
        {"ignore_index": 2},
        BOTH,
    ),
    Slip(
        "a weighted mean over the number of samples",
        CROSS_ENTROPY,
        CROSS_ENTROPY._replace(forward=_mean_over_samples),
        F.cross_entropy,
        _classes,
        "mismatch",
        "output",
        "",
        {"weight": WEIGHTS},
        BOTH,
    ),
    Slip(
        "label smoothing by e/(C-1)",
        CROSS_ENTROPY,
        CROSS_ENTROPY._replace(forward=_smoothed),
        F.cross_entropy,
        _classes,
        "mismatch",
        "output",
        "",
        {"label_smoothing": 0.1},
        BOTH,
    ),
    Slip(
        "a sum for the mean",
        MSE,
        MSE._replace(forward=lambda input, target: mse_loss.forward(input, target, reduction="sum")),
        F.mse_loss,
        _normal((5, 7), (5, 7)),
        "mismatch",
        "output",
        "a sum where the mean is meant",
        dtypes=BOTH,
    ),
    Slip(
        "NaN for a negative base",
        Code(np.cbrt),
        Code(lambda input: input ** (1 / 3)),
        lambda input: torch.sign(input) * torch.abs(input) ** (1 / 3),
        _normal((5, 7)),
        "mismatch",
        "output",
    ),
)


# Right formulas, computed in a way that loses digits.


def _softplus(input: Array) -> Any:
    return np.maximum(input, 0) + np.log1p(np.exp(-np.abs(input)))


def _naive_softplus(input: Array) -> Any:
    return np.log(1 + np.exp(input))


def _naive_bce(input: Array, target: Array) -> Any:
    s = expit(input)
    return -np.mean(target * np.log(s) + (1 - target) * np.log(1 - s))


def _naive_softmax(input: Array, dim: int) -> Any:
    e = np.exp(input)
    return e / np.sum(e, axis=dim, keepdims=True)


def _naive_log_softmax(input: Array, dim: int) -> Any:
    return input - np.log(np.sum(np.exp(input), axis=dim, keepdims=True))


def _softmax_shifted_up(input: Array, dim: int) -> Any:
    e = np.exp(input + np.max(input, axis=dim, keepdims=True))
    return e / np.sum(e, axis=dim, keepdims=True)


def _one_pass_variance(input: Array) -> Any:
    return np.mean(input * input, axis=-1) - np.mean(input, axis=-1) ** 2


def _one_minus_sigmoid(grad: Array, input: Array) -> Any:
    y = expit(input)
    return grad * y * (1 - y)


WAYS = (
    Slip(
        "a naive softplus in the left tail",
        Code(_softplus),
        Code(_naive_softplus),
        F.softplus,
        _spread_out(-40, 15, 5, 7),
        "unstable",
        "output",
        dtypes=BOTH,
    ),
    Slip(
        "a naive softplus beyond overflow",
        Code(_softplus),
        Code(_naive_softplus),
        F.softplus,
        _spread_out(750, 900, 5, 7),
        "unstable",
        "output",
    ),
    Slip(
        "a softplus of the wrong sign, which overflows",
        Code(_softplus),
        Code(lambda input: np.log(1 + np.exp(-input))),
        F.softplus,
        _spread_out(-900, -750, 5, 7),
        "mismatch",
        "output",
    ),
    Slip(
        "a naive BCE on logits",
        BCE,
        BCE._replace(forward=_naive_bce),
        F.binary_cross_entropy_with_logits,
        _logits(25, 35),
        "unstable",
        "output",
    ),
    Slip(
        "a naive BCE on logits, where the logarithm of 0 is taken",
        BCE,
        BCE._replace(forward=_naive_bce),
        F.binary_cross_entropy_with_logits,
        _logits(40, 60),
        "unstable",
        "output",
    ),
    Slip(
        "a log-softmax without a shift",
        LOG_SOFTMAX,
        LOG_SOFTMAX._replace(forward=_naive_log_softmax),
        F.log_softmax,
        _spread_out(-1000, 1000, 5, 7),
        "unstable",
        "output",
        "",
        LAST,
        BOTH,
    ),
    Slip(
        "the logarithm of a softmax, where the logarithm of 0 is taken",
        LOG_SOFTMAX,
        LOG_SOFTMAX._replace(forward=lambda input, dim: np.log(softmax.forward(input, dim))),
        F.log_softmax,
        _spread_out(-1000, 1000, 5, 7),
        "unstable",
        "output",
        "",
        LAST,
    ),
    Slip(
        "a softmax without a shift",
        SOFTMAX,
        SOFTMAX._replace(forward=_naive_softmax),
        F.softmax,
        _spread_out(700, 800, 5, 7),
        "unstable",
        "output",
        "",
        LAST,
    ),
    Slip(
        "a softmax shifted up",
        SOFTMAX,
        SOFTMAX._replace(forward=_softmax_shifted_up),
        F.softmax,
        _spread_out(300, 500, 5, 7),
        "unstable",
        "output",
        "",
        LAST,
    ),
    Slip(
        "a sigmoid's gradient by 1 - y",
        SIGMOID,
        SIGMOID._replace(backward=_one_minus_sigmoid),
        lambda input: torch.exp(-F.softplus(-input)),
        _spread_out(5, 18, 5, 7),
        "unstable",
        "gradient of input",
        dtypes=BOTH,
    ),
    Slip(
        "a variance in one pass",
        Code(lambda input: np.var(input, axis=-1)),
        Code(_one_pass_variance),
        lambda input: torch.var(input, -1, correction=0),
        lambda rng: (1e6 + rng.standard_normal((5, 100)),),
        "unstable",
        "output",
    ),
    Slip(
        "float32 inside float64",
        SIGMOID,
        SIGMOID._replace(forward=lambda input: expit(input.astype(np.float32)).astype(np.float64)),
        F.sigmoid,
        _normal((5, 7)),
        "imprecise",
        "output",
    ),
    Slip(
        "a gradient of float32 inside float64",
        LINEAR,
        LINEAR._replace(
            backward=lambda *arrays: linear.Gradients(
                *(g.astype(np.float64) for g in linear.backward(*(x.astype(np.float32) for x in arrays)))
            )
        ),
        _linear_twin,
        _normal((6, 4), (5, 4), (5,)),
        "imprecise",
        "gradient of input",
    ),
    Slip(
        "float16 inside float32",
        SIGMOID,
        SIGMOID._replace(backward=_half),
        F.sigmoid,
        _normal((5, 7)),
        "imprecise",
        "gradient of input",
        dtypes=("float32",),
    ),
)


# Form: shapes, types, buffers, crashes.

_CALLS = itertools.count()


def _double(grad: Array, input: Array) -> Any:
    return 2 * grad


def _as_if_contiguous(grad: Array, input: Array) -> Any:
    root = grad
    while isinstance(root.base, np.ndarray):
        root = root.base
    return 2 * np.resize(root.ravel(), grad.shape)


def _into_the_cotangent(grad: Array, input: Array) -> Any:
    grad *= expit(input) * expit(-input)
    return grad.copy()


def _into_the_input(input: Array) -> Any:
    return np.maximum(input, 0, out=input).copy()


def _changing(input: Array) -> Any:
    return expit(input) * (1 + 2.0**-52 * (next(_CALLS) % 2))


def _crash(*arrays: Array) -> Any:
    raise IndexError("index 7 is out of bounds")


DOUBLE = Code(lambda input: 2 * input, _double)
FLATTEN = Code(lambda input: input.flatten(), lambda grad, input: grad.reshape(input.shape).copy())

FORMS = (
    Slip(
        "a missing gradient",
        LINEAR,
        LINEAR._replace(backward=lambda *arrays: linear.backward(*arrays)._replace(bias=None)),
        _linear_twin,
        _normal((6, 4), (5, 4), (5,)),
        "structure",
        "gradient of bias",
    ),
    Slip(
        "a missing broadcast sum",
        LINEAR,
        LINEAR._replace(backward=lambda *arrays: linear.backward(*arrays)._replace(bias=arrays[0].copy())),
        _linear_twin,
        _normal((6, 4), (5, 4), (5,)),
        "structure",
        "gradient of bias",
        "broadcast sum",
    ),
    Slip(
        "a weight gradient of transposed shape",
        LINEAR,
        LINEAR._replace(
            backward=lambda *arrays: linear.backward(*arrays)._replace(weight=linear.backward(*arrays).weight.T.copy())
        ),
        _linear_twin,
        _normal((6, 4), (5, 4), (5,)),
        "structure",
        "gradient of weight",
        "transposed",
    ),
    Slip(
        "the wrong shape",
        Code(_logsumexp),
        Code(lambda input: _logsumexp(input)[..., np.newaxis]),
        lambda input: torch.logsumexp(input, -1),
        _normal((5, 7)),
        "structure",
        "output",
    ),
    Slip(
        "float64 for float32",
        SIGMOID,
        SIGMOID._replace(forward=lambda input: expit(input.astype(np.float64))),
        F.sigmoid,
        _normal((5, 7)),
        "structure",
        "output",
        dtypes=("float32",),
    ),
    Slip(
        "a float64 gradient for float32",
        SIGMOID,
        SIGMOID._replace(backward=lambda grad, input: sigmoid.backward(grad, input).astype(np.float64)),
        F.sigmoid,
        _normal((5, 7)),
        "structure",
        "gradient of input",
        dtypes=("float32",),
    ),
    Slip(
        "a second output",
        SIGMOID,
        Code(lambda input: (sigmoid.forward(input), sigmoid.forward(-input))),
        F.sigmoid,
        _normal((5, 7)),
        "structure",
        "output",
    ),
    Slip(
        "a cotangent read as if it were contiguous",
        DOUBLE,
        DOUBLE._replace(backward=_as_if_contiguous),
        lambda input: 2 * input,
        _normal((5, 7)),
        "mismatch",
        "gradient of input",
        dtypes=BOTH,
    ),
    Slip(
        "a backward that writes into the cotangent",
        SIGMOID,
        SIGMOID._replace(backward=_into_the_cotangent),
        F.sigmoid,
        _normal((5, 7)),
        "impure",
        "backward",
        dtypes=BOTH,
    ),
    Slip(
        "a backward that returns the cotangent itself",
        FLATTEN,
        FLATTEN._replace(backward=lambda grad, input: grad.reshape(input.shape)),
        torch.flatten,
        _normal((5, 7)),
        "impure",
        "backward",
    ),
    Slip(
        "a forward that writes into its input",
        RELU,
        RELU._replace(forward=_into_the_input),
        F.relu,
        _normal((5, 7)),
        "impure",
        "forward",
        dtypes=BOTH,
    ),
    Slip(
        "a forward that returns a view of its input",
        FLATTEN,
        FLATTEN._replace(forward=lambda input: input.reshape(-1)),
        torch.flatten,
        _normal((5, 7)),
        "impure",
        "forward",
    ),
    Slip(
        "a forward that is not repeatable in its last bit",
        SIGMOID,
        SIGMOID._replace(forward=_changing),
        F.sigmoid,
        _normal((5, 7)),
        "impure",
        "forward",
    ),
    Slip("a forward that crashes", RELU, RELU._replace(forward=_crash), F.relu, _normal((5, 7)), "crash", "forward"),
    Slip("a backward that crashes", RELU, RELU._replace(backward=_crash), F.relu, _normal((5, 7)), "crash", "backward"),
)

SLIPS = (*GRADIENTS, *VALUES, *WAYS, *FORMS)


# Right code on inputs where no difference could be seen.


class Hopeless(NamedTuple):
    """Right code whose check proves nothing on the inputs that it is given."""

    id: str
    code: Callable[..., Any]
    twin: Callable[..., Any]
    inputs: Callable[[np.random.Generator], Sequence[Any]]

    def judge(self, seed: int = 0) -> gradtwin.Report:
        """Judge the code beside itself."""
        return gradtwin.check(
            self.code, twin=self.twin, inputs=self.inputs, dtypes=("float64",), seed=seed, name=self.id
        )


def _drowned(input: Array) -> Any:
    return (input + 1e20) - 1e20


def _scaled(scale: float, *shape: int) -> Any:
    return lambda rng: (scale * rng.standard_normal(shape),)


def _numpy_expm1(input: Array) -> Any:
    return np.exp(input) - 1


def _torch_expm1(input: Any) -> Any:
    return torch.exp(input) - 1


HOPELESS = (
    Hopeless("a result below its own rounding noise", _drowned, _drowned, _scaled(1e4, 5, 7)),
    Hopeless("a result that rounding has wiped out", _drowned, _drowned, _scaled(1.0, 5, 7)),
    Hopeless("a difference of neighbours", _numpy_expm1, _torch_expm1, _scaled(1e-16, 5, 7)),
    Hopeless("a difference of equals", _numpy_expm1, _torch_expm1, _scaled(1e-17, 5, 7)),
)
