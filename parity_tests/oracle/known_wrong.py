"""Right functions, each beside a copy with one known slip and what the oracle must say of it.

A slip is what somebody who derives a gradient by hand gets wrong: a sign, a lost term, a wrong count, a buffer that
was not theirs. The verdict is the one that a reader who knows the slip would give.
"""

import functools
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit

import gradtwin
from scratch.activations import gelu, log_softmax, relu, sigmoid, softmax
from scratch.layers import linear
from scratch.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss

Array = NDArray[Any]
Inputs = Callable[[np.random.Generator], Sequence[Any]]


class Code(NamedTuple):
    """A forward and its backward; None where only the forward is judged."""

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None = None


class Pair(NamedTuple):
    """Right code, the PyTorch function, what draws the inputs of both, and their options."""

    code: Code
    twin: Callable[..., Any]
    inputs: Inputs
    options: Mapping[str, Any] = MappingProxyType({})

    def on(self, inputs: Inputs, **options: Any) -> "Pair":
        """Return the pair on other inputs, with these options besides its own."""
        return self._replace(inputs=inputs, options={**self.options, **options})


@dataclass(frozen=True)
class Slip:
    """A pair, its code with one slip, and what the oracle must say of the slip.

    Parameters
    ----------
    id : str
        What is wrong.
    pair : Pair
        The right code beside its twin.
    forward, backward : callable, optional
        What is wrong of the code.
    verdict : str
        The verdict of the wrong version.
    quantity : str, optional
        The quantity that its gravest finding names: if not given, of a wrong forward the output, and of a wrong
        backward the gradient of the input.
    cause : str
        A word that the named cause must contain.
    dtypes : sequence of str
        Precisions to judge at.
    facts : mapping
        Further arguments of `gradtwin.check`.
    """

    id: str
    pair: Pair
    forward: Callable[..., Any] | None = None
    backward: Callable[..., Any] | None = None
    verdict: str = "mismatch"
    quantity: str | None = None
    cause: str = ""
    dtypes: Sequence[str] = ("float64",)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def right(self) -> Code:
        """The code as it is."""
        return self.pair.code

    @property
    def wrong(self) -> Code:
        """The code with the slip."""
        wrong = {"forward": self.forward, "backward": self.backward}
        return self.right._replace(**{name: function for name, function in wrong.items() if function is not None})

    @property
    def blamed(self) -> str:
        """The quantity that the gravest finding names."""
        if self.quantity is not None:
            return self.quantity
        return "output" if self.backward is None else "gradient of input"

    def judge(self, code: Code, seed: int = 0) -> gradtwin.Report:
        """Judge one of the two versions."""
        return gradtwin.check(
            *code,
            twin=self.pair.twin,
            inputs=self.pair.inputs,
            options=self.pair.options,
            dtypes=self.dtypes,
            seed=seed,
            name=self.id,
            **self.facts,
        )


def _normal(*shapes: tuple[int, ...]) -> Any:
    return lambda rng: tuple(rng.standard_normal(shape) for shape in shapes)


def _between(low: float, high: float) -> Any:
    return lambda rng: (rng.uniform(low, high, (5, 7)),)


def _logits(low: float, high: float) -> Any:
    return lambda rng: (rng.uniform(low, high, (6, 5)), rng.uniform(0.1, 0.9, (6, 5)))


def _ties(rng: np.random.Generator) -> Any:
    return (rng.choice([-0.5, -0.25, 0.0, 0.0, 0.25, 0.5], (5, 7)),)


def _classes(rng: np.random.Generator) -> Any:
    return rng.standard_normal((9, 5)), rng.integers(0, 5, 9)


def _some_ignored(rng: np.random.Generator) -> Any:
    return rng.standard_normal((9, 5)), np.arange(9) % 5


def _pair(module: ModuleType, twin: Callable[..., Any], *shapes: tuple[int, ...], **options: Any) -> Pair:
    return Pair(Code(module.forward, module.backward), twin, _normal(*(shapes or [(5, 7)])), options)


def _linear_twin(input: Any, weight: Any, bias: Any = None) -> Any:
    return F.linear(input, weight, bias)


def _logsumexp(input: Array) -> Any:
    top = np.max(input, axis=-1, keepdims=True)
    return (np.log(np.sum(np.exp(input - top), axis=-1, keepdims=True)) + top)[..., 0]


def _softplus(input: Array) -> Any:
    return np.maximum(input, 0) + np.log1p(np.exp(-np.abs(input)))


BOTH = ("float64", "float32")
WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25, 3.0])
SIGMOID = _pair(sigmoid, F.sigmoid)
RELU = _pair(relu, F.relu)
GELU = _pair(gelu, F.gelu, approximate="tanh")
SOFTMAX = _pair(softmax, F.softmax, dim=-1)
LOG_SOFTMAX = _pair(log_softmax, F.log_softmax, dim=-1)
LINEAR = _pair(linear, _linear_twin, (6, 4), (5, 4), (5,))
SQUARE = _pair(linear, _linear_twin, (4, 4), (4, 4), (4,))
MSE = _pair(mse_loss, F.mse_loss, (5, 7), (5, 7))
BCE = _pair(binary_cross_entropy_with_logits, F.binary_cross_entropy_with_logits, (6, 5), (6, 5))
CROSS_ENTROPY = _pair(cross_entropy, F.cross_entropy).on(_classes)
IGNORING = CROSS_ENTROPY.on(_some_ignored, ignore_index=2)
LOGSUMEXP = Pair(Code(_logsumexp), lambda input: torch.logsumexp(input, -1), _normal((5, 7)))
SOFTPLUS = Pair(Code(_softplus), F.softplus, _normal((5, 7)))


# Signs, factors and lost terms of a gradient.


def _transposed_weight(*arrays: Array) -> Any:
    gradients = linear.backward(*arrays)
    return gradients._replace(weight=gradients.weight.T.copy())


def _one_off(values: Array) -> Any:
    values = values.copy()
    values.flat[values.size // 3] *= 1 + 1e-10
    return values


def _mse_half(*arrays: Array) -> Any:
    gradients = mse_loss.backward(*arrays)
    return gradients._replace(input=gradients.input / 2, target=gradients.target / 2)


def _y_1_minus_y(grad: Array, y: Array) -> Any:
    return grad * y * (1 - y)


def _lost_inner_factor(grad: Array, input: Array, approximate: str) -> Any:
    """The GELU's tanh form, where the derivative of the inner cube has lost its 3."""
    root = math.sqrt(2 / math.pi)
    y = expit(2 * root * (input + 0.044715 * input**3))
    return grad * (y + 2 * input * y * (1 - y) * root * (1 + 0.044715 * input * input))


def _relu_backward(value: float, grad: Array, input: Array) -> Any:
    return np.where(input == 0, grad.dtype.type(value) * grad, relu.backward(grad, input))


GRADIENTS = (
    Slip("a sign", SIGMOID, backward=lambda grad, input: -sigmoid.backward(grad, input), cause="sign", dtypes=BOTH),
    Slip("a lost factor of 2", MSE, backward=_mse_half, cause="1/2", dtypes=BOTH),
    Slip(
        "a factor of 1.001",
        SIGMOID,
        backward=lambda grad, input: sigmoid.backward(grad, input) * grad.dtype.type(1.001),
        cause="1.001",
        dtypes=BOTH,
    ),
    Slip(
        "a missing 1/N",
        MSE,
        backward=functools.partial(mse_loss.backward, reduction="sum"),
        cause="a sum where the mean is meant",
        dtypes=BOTH,
    ),
    Slip(
        "zeros for a mean over 30,000",
        MSE.on(_normal((300, 100), (300, 100))),
        backward=lambda grad, input, target: mse_loss.Gradients(np.zeros_like(input), np.zeros_like(target)),
        cause="zero everywhere",
        dtypes=BOTH,
    ),
    Slip(
        "a transposed weight gradient",
        LINEAR.on(_normal((6, 4), (4, 4), (4,))),
        backward=_transposed_weight,
        quantity="gradient of weight",
        cause="transposed",
        dtypes=BOTH,
    ),
    Slip(
        "a bias gradient summed over the features",
        SQUARE,
        backward=lambda grad, *inputs: linear.backward(grad, *inputs)._replace(bias=grad.sum(axis=1)),
        quantity="gradient of bias",
    ),
    Slip(
        "a lost off-diagonal",
        SOFTMAX,
        backward=lambda grad, input, dim: _y_1_minus_y(grad, softmax.forward(input, dim)),
        cause="off-diagonal",
        dtypes=BOTH,
    ),
    Slip(
        "a log-softmax that forgets to sum the cotangent",
        LOG_SOFTMAX,
        backward=lambda grad, input, dim: grad - softmax.forward(input, dim) * grad,
        cause="off-diagonal",
    ),
    Slip(
        "one gradient of 1,000 wrong by 1e-10",
        SIGMOID.on(_normal((10, 100))),
        backward=lambda grad, input: _one_off(sigmoid.backward(grad, input)),
    ),
    Slip("a lost factor of 3 in an inner derivative", GELU, backward=_lost_inner_factor, dtypes=BOTH),
    *(
        Slip(
            f"a subgradient of {value} at the kink{', compared exactly' if exact else ''}",
            RELU.on(_ties),
            backward=functools.partial(_relu_backward, value),
            cause="only at kinks",
            dtypes=BOTH,
            facts={"exact": exact, "kinks": (0.0,)},
        )
        for value in (0.5, 7.0)
        for exact in (True, False)
    ),
    *(
        Slip(
            f"zeros for a forward that {how}",
            SIGMOID._replace(code=Code(forward, sigmoid.backward)),
            backward=lambda grad, input: np.zeros_like(grad),
            cause="zero everywhere",
        )
        for how, forward in (
            ("converts to float64", lambda input: expit(input.astype(np.float64))),
            ("loops in plain Python", lambda input: np.array([[1 / (1 + math.exp(-x)) for x in row] for row in input])),
        )
    ),
)


# Values.


def _bias_of_first_row_only(input: Array, weight: Array, bias: Array) -> Any:
    out = input @ weight.T
    out[0] += bias
    return out


def _smoothed(input: Array, target: Array, label_smoothing: float) -> Any:
    """Cross-entropy that spreads the smoothing over the other classes only."""
    z, rows = log_softmax.forward(input, dim=-1), np.arange(target.size)
    others = np.full(z.shape, label_smoothing / (z.shape[-1] - 1), z.dtype)
    others[rows, target] = 1 - label_smoothing
    return -np.mean(np.sum(others * z, axis=-1))


def _mean_over_samples(input: Array, target: Array, weight: Array) -> Any:
    return cross_entropy.forward(input, target, weight, reduction="sum") / np.asarray(target.size, input.dtype)


VALUES = (
    Slip(
        "one value of 1,000 wrong by 1e-10",
        SIGMOID.on(_normal((10, 100))),
        forward=lambda input: _one_off(sigmoid.forward(input)),
    ),
    Slip(
        "a GELU with 0.04471 for 0.044715",
        GELU,
        forward=lambda input, approximate: input * expit(math.sqrt(8 / math.pi) * (input + 0.04471 * input**3)),
        dtypes=BOTH,
    ),
    Slip("a bias on the first row only", LINEAR, forward=_bias_of_first_row_only, dtypes=BOTH),
    Slip("a bias down the columns", SQUARE, forward=lambda input, weight, bias: input @ weight.T + bias[:, np.newaxis]),
    Slip(
        "a max-shift of the wrong sign",
        LOGSUMEXP,
        forward=lambda input: _logsumexp(input) - 2 * np.max(input, axis=-1),
        dtypes=BOTH,
    ),
    Slip(
        "an ignored ignore_index",
        IGNORING,
        forward=lambda input, target, ignore_index: cross_entropy.forward(input, target),
        dtypes=BOTH,
    ),
    Slip(
        "an ignored ignore_index in the gradient",
        IGNORING,
        backward=lambda grad, input, target, ignore_index: cross_entropy.backward(grad, input, target),
        dtypes=BOTH,
    ),
    Slip(
        "a weighted mean over the number of samples",
        CROSS_ENTROPY.on(_classes, weight=WEIGHTS),
        forward=_mean_over_samples,
        dtypes=BOTH,
    ),
    Slip("label smoothing by e/(C-1)", CROSS_ENTROPY.on(_classes, label_smoothing=0.1), forward=_smoothed, dtypes=BOTH),
    Slip(
        "a sum for the mean",
        MSE,
        forward=functools.partial(mse_loss.forward, reduction="sum"),
        cause="a sum where the mean is meant",
        dtypes=BOTH,
    ),
    Slip(
        "NaN for a negative base",
        Pair(Code(np.cbrt), lambda input: torch.sign(input) * torch.abs(input) ** (1 / 3), _normal((5, 7))),
        forward=lambda input: input ** (1 / 3),
    ),
)


# Right formulas, computed in a way that loses digits.


def _naive_softplus(input: Array) -> Any:
    return np.log(1 + np.exp(input))


def _naive_bce(input: Array, target: Array) -> Any:
    s = expit(input)
    return -np.mean(target * np.log(s) + (1 - target) * np.log(1 - s))


def _naive_softmax(input: Array, dim: int) -> Any:
    e = np.exp(input)
    return e / np.sum(e, axis=dim, keepdims=True)


def _linear_in_float32(*arrays: Array) -> Any:
    single = linear.backward(*(x.astype(np.float32) for x in arrays))
    return linear.Gradients(*(g.astype(np.float64) for g in single))


_unstable = functools.partial(Slip, verdict="unstable")
_imprecise = functools.partial(Slip, verdict="imprecise")
TAIL, OVERFLOW = SOFTPLUS.on(_between(-40, 15)), SOFTPLUS.on(_between(750, 900))
LARGE_SCORES = LOG_SOFTMAX.on(_between(-1000, 1000))
VARIANCE = Pair(
    Code(lambda input: np.var(input, axis=-1)),
    lambda input: torch.var(input, -1, correction=0),
    lambda rng: (1e6 + rng.standard_normal((5, 100)),),
)

WAYS = (
    _unstable("a naive softplus in the left tail", TAIL, forward=_naive_softplus, dtypes=BOTH),
    _unstable("a naive softplus beyond overflow", OVERFLOW, forward=_naive_softplus),
    Slip(
        "a softplus of the wrong sign, which overflows",
        SOFTPLUS.on(_between(-900, -690)),
        forward=lambda input: _naive_softplus(-input),
    ),
    _unstable("a naive BCE on logits", BCE.on(_logits(25, 35)), forward=_naive_bce),
    _unstable("a naive BCE on logits, where the logarithm of 0 is taken", BCE.on(_logits(40, 60)), forward=_naive_bce),
    _unstable(
        "a log-softmax without a shift",
        LARGE_SCORES,
        forward=lambda input, dim: input - np.log(np.sum(np.exp(input), axis=dim, keepdims=True)),
        dtypes=BOTH,
    ),
    _unstable(
        "the logarithm of a softmax, where the logarithm of 0 is taken",
        LARGE_SCORES,
        forward=lambda input, dim: np.log(softmax.forward(input, dim)),
    ),
    _unstable("a softmax without a shift", SOFTMAX.on(_between(700, 800)), forward=_naive_softmax),
    _unstable(
        "a softmax shifted up",
        SOFTMAX.on(_between(300, 500)),
        forward=lambda input, dim: _naive_softmax(input + np.max(input, axis=dim, keepdims=True), dim),
    ),
    _unstable(
        "a sigmoid's gradient by 1 - y",
        Pair(SIGMOID.code, lambda input: torch.exp(-F.softplus(-input)), _between(5, 18)),
        backward=lambda grad, input: _y_1_minus_y(grad, expit(input)),
        dtypes=BOTH,
    ),
    _unstable(
        "a variance in one pass",
        VARIANCE,
        forward=lambda input: np.mean(input * input, axis=-1) - np.mean(input, axis=-1) ** 2,
    ),
    _imprecise(
        "float32 inside float64", SIGMOID, forward=lambda input: expit(input.astype(np.float32)).astype(np.float64)
    ),
    _imprecise("a gradient of float32 inside float64", LINEAR, backward=_linear_in_float32),
    _imprecise(
        "float16 inside float32",
        SIGMOID,
        backward=lambda grad, input: sigmoid.backward(grad, input).astype(np.float16).astype(input.dtype),
        dtypes=("float32",),
    ),
)


# Form: shapes, types, buffers, crashes.

_CALLS = itertools.count()


def _as_if_contiguous(grad: Array, input: Array) -> Any:
    """Read the memory that the cotangent lies in, from its beginning."""
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
    return expit(input) * (1 + 2.0**-40 * (next(_CALLS) % 2))


def _crash(*arrays: Array) -> Any:
    raise IndexError("index 7 is out of bounds")


DOUBLE = Pair(Code(lambda input: 2 * input, lambda grad, input: 2 * grad), lambda input: 2 * input, _normal((5, 7)))

_malformed = functools.partial(Slip, verdict="structure")
_impure_forward = functools.partial(Slip, verdict="impure", quantity="forward")
_impure_backward = functools.partial(Slip, verdict="impure", quantity="backward")

FORMS = (
    _malformed(
        "a missing gradient",
        LINEAR,
        backward=lambda *arrays: linear.backward(*arrays)._replace(bias=None),
        quantity="gradient of bias",
    ),
    _malformed(
        "a missing broadcast sum",
        LINEAR,
        backward=lambda *arrays: linear.backward(*arrays)._replace(bias=arrays[0].copy()),
        quantity="gradient of bias",
        cause="broadcast sum",
    ),
    _malformed(
        "a weight gradient of transposed shape",
        LINEAR,
        backward=_transposed_weight,
        quantity="gradient of weight",
        cause="transposed",
    ),
    _malformed("the wrong shape", LOGSUMEXP, forward=lambda input: _logsumexp(input)[..., np.newaxis]),
    _malformed(
        "float64 for float32", SIGMOID, forward=lambda input: expit(input.astype(np.float64)), dtypes=("float32",)
    ),
    _malformed(
        "a float64 gradient for float32",
        SIGMOID,
        backward=lambda grad, input: sigmoid.backward(grad, input).astype(np.float64),
        dtypes=("float32",),
    ),
    _malformed("a second output", SIGMOID, forward=lambda input: (sigmoid.forward(input), sigmoid.forward(-input))),
    Slip("a cotangent read as if it were contiguous", DOUBLE, backward=_as_if_contiguous, dtypes=BOTH),
    _impure_backward("a backward that writes into the cotangent", SIGMOID, backward=_into_the_cotangent, dtypes=BOTH),
    _impure_forward("a forward that writes into its input", RELU, forward=_into_the_input, dtypes=BOTH),
    _impure_forward("a forward that is not repeatable", SIGMOID, forward=_changing),
    Slip("a forward that crashes", RELU, forward=_crash, verdict="crash", quantity="forward"),
    Slip("a backward that crashes", RELU, backward=_crash, verdict="crash", quantity="backward"),
)

SLIPS = (*GRADIENTS, *VALUES, *WAYS, *FORMS)


# Right code on inputs where no difference could be seen.


class Hopeless(NamedTuple):
    """Right code whose check proves nothing on the inputs that it is given."""

    id: str
    code: Callable[..., Any]
    twin: Callable[..., Any]
    inputs: Inputs

    def judge(self, seed: int = 0) -> gradtwin.Report:
        """Judge the code beside itself."""
        return gradtwin.check(
            self.code, twin=self.twin, inputs=self.inputs, dtypes=("float64",), seed=seed, name=self.id
        )


def _drowned(input: Array) -> Any:
    return (input + 1e20) - 1e20


def _scaled(scale: float) -> Inputs:
    return lambda rng: (scale * rng.standard_normal((5, 7)),)


def _numpy_expm1(input: Array) -> Any:
    return np.exp(input) - 1


def _torch_expm1(input: Any) -> Any:
    return torch.exp(input) - 1


HOPELESS = (
    Hopeless("a result below its own rounding noise", _drowned, _drowned, _scaled(1e4)),
    Hopeless("a result that rounding has wiped out", _drowned, _drowned, _scaled(1.0)),
    Hopeless("a difference of neighbours", _numpy_expm1, _torch_expm1, _scaled(1e-16)),
    Hopeless("a difference of equals", _numpy_expm1, _torch_expm1, _scaled(1e-17)),
)
