"""Right and wrong code beside twins that cut their graph, branch, round coarsely, have a kink or divide 0 by 0.

Each entry says what the oracle must answer: the verdict that a reader would give who knows both codes, and words that
the report must hold.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, logsumexp, softmax

import gradtwin

Array = NDArray[Any]
Code = Callable[..., Any]
X = np.random.default_rng(0).standard_normal((4, 3))
W = np.random.default_rng(1).standard_normal((5, 3))
ROWS = np.array([[0, 2, 2, 4], [1, 1, 1, 3]])
AT_ZERO = np.array([-1.0, 0.0, 2.0, 0.5])
TIED = np.array([[1.0, 3.0, 2.0, 3.0], [4.0, 4.0, 0.5, 0.25]])
MANY_TIED = np.array([[1.0, 3.0, 2.0, 3.0, 0.5, 3.0, 1.0, 3.0, 3.0]])


@dataclass(frozen=True)
class Judgement:
    """A suspect beside a twin, and what the oracle must say."""

    id: str
    forward: Code
    backward: Code | None
    twin: Code
    verdict: str
    inputs: Sequence[Any] = (X,)
    words: Sequence[str] = ()
    accept: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = ("float64", "float32")
    exact: bool = False

    def judge(self) -> gradtwin.Report:
        """Return the report."""
        return gradtwin.check(
            self.forward,
            self.backward,
            twin=self.twin,
            inputs=list(self.inputs),
            options=self.options,
            accept=self.accept,
            dtypes=self.dtypes,
            exact=self.exact,
            name=self.id,
        )


def _rows(
    what: str,
    forward: Code,
    twin: Code,
    answers: Mapping[str, tuple[Code | None, str, Sequence[str]]],
    inputs: Sequence[Any] = (X,),
    **facts: Any,
) -> list[Judgement]:
    """Return an entry for each backward of one forward: its words, its verdict and what the report must say."""
    return [
        Judgement(f"{what}: {words}", forward, backward, twin, verdict, inputs, said, **facts)
        for words, (backward, verdict, said) in answers.items()
    ]


BOTH = ("no derivative of its forward", "accept")


class Reversed(torch.autograd.Function):
    """Passes values on, and half of the gradient with the other sign."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Return a copy."""
        return x * 1.0

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return what is no derivative of the copy."""
        return -0.5 * grads[0]


class Coarse(torch.autograd.Function):
    """A sine whose gradient is off by more than its own rounding."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Return the sine."""
        ctx.save_for_backward(x)
        return torch.sin(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the gradient, wrong by one part in 10^12."""
        (x,) = ctx.saved_tensors
        return grads[0] * torch.cos(x) * (1 + 1e-12)


def _hooked(hook: Callable[[torch.Tensor], torch.Tensor]) -> Code:
    def twin(x: torch.Tensor) -> torch.Tensor:
        y = torch.sin(x)
        y.register_hook(hook)
        return y

    return twin


def _straight(x: torch.Tensor) -> torch.Tensor:
    return x + (torch.round(x) - x).detach()


def _hard(x: torch.Tensor) -> torch.Tensor:
    soft = x.softmax(-1)
    return F.one_hot(soft.argmax(-1), x.shape[-1]).to(x.dtype) - soft.detach() + soft


def _one_hot(x: Array) -> Array:
    return np.asarray(np.eye(x.shape[-1], dtype=x.dtype)[np.argmax(x, -1)])


def _softmax_backward(grad: Array, x: Array) -> Array:
    p = softmax(x, axis=-1)
    return np.asarray(p * (grad - (grad * p).sum(-1, keepdims=True)))


def _swish_backward(grad: Array, x: Array) -> Array:
    gate = expit(x)
    return np.asarray(grad * (gate + x * gate * (1 - gate)))


def _centred(x: torch.Tensor) -> torch.Tensor:
    return (x - x.mean(0).detach()) ** 2


def _centre(x: Array) -> Array:
    return np.asarray(x - x.mean(0))


def _centred_backward(grad: Array, x: Array) -> Array:
    moved = 2 * grad * _centre(x)
    return np.asarray(moved - moved.mean(0))


def _scattered(grad: Array, weight: Array, rows: Array) -> Array:
    out = np.zeros_like(weight)
    np.add.at(out, rows, grad)
    return out


def _by_frequency(grad: Array, weight: Array, rows: Array) -> Array:
    count = np.bincount(rows.ravel(), minlength=len(weight))
    return np.asarray(_scattered(grad, weight, rows) / np.maximum(count, 1)[:, None].astype(weight.dtype))


def _without(row: int) -> Code:
    def backward(grad: Array, weight: Array, rows: Array) -> Array:
        out = _scattered(grad, weight, rows)
        out[row] = 0
        return out

    return backward


CUT = [
    *_rows(
        "reversed gradient",
        lambda x: x * 1.0,
        Reversed.apply,
        {
            "reversed": (lambda grad, x: -0.5 * grad, "match", ()),
            "passed on": (lambda grad, x: grad * 1.0, "disputed", BOTH),
            "doubled": (lambda grad, x: grad * 2.0, "mismatch", ()),
        },
    ),
    *_rows(
        "detached gate",
        lambda x: x * expit(x),
        lambda x: x * torch.sigmoid(x).detach(),
        {
            "constant": (lambda grad, x: grad * expit(x), "match", ()),
            "differentiated": (_swish_backward, "disputed", BOTH),
            "differentiated with a wrong sign": (
                lambda grad, x: grad * (expit(x) - x * expit(x) * (1 - expit(x))),
                "mismatch",
                (),
            ),
        },
    ),
    *_rows(
        "hook that clips",
        np.sin,
        _hooked(lambda grad: grad.clamp(-0.1, 0.1)),
        {
            "clipped": (lambda grad, x: np.clip(grad, grad.dtype.type(-0.1), 0.1) * np.cos(x), "match", ()),
            "derivative": (lambda grad, x: grad * np.cos(x), "disputed", BOTH),
        },
    ),
    *_rows(
        "hook that scales",
        np.sin,
        _hooked(lambda grad: 0.25 * grad),
        {
            "scaled": (lambda grad, x: 0.25 * grad * np.cos(x), "match", ()),
            "derivative": (lambda grad, x: grad * np.cos(x), "disputed", BOTH),
            "scaled in the seventh digit": (lambda grad, x: 0.25 * (1 + 1e-6) * grad * np.cos(x), "mismatch", ()),
            "half": (lambda grad, x: 0.5 * grad * np.cos(x), "mismatch", ()),
        },
    ),
    *_rows(
        "rounding",
        np.round,
        _straight,
        {
            "straight through": (lambda grad, x: grad.copy(), "match", ()),
            "zero": (lambda grad, x: np.zeros_like(x), "disputed", BOTH),
        },
    ),
    *_rows(
        "one-hot sample",
        _one_hot,
        _hard,
        {
            "straight through": (_softmax_backward, "match", ()),
            "zero": (lambda grad, x: np.zeros_like(x), "disputed", BOTH),
        },
    ),
    *_rows(
        "detached mean",
        lambda x: _centre(x) ** 2,
        _centred,
        {
            "constant": (lambda grad, x: 2 * grad * _centre(x), "match", ()),
            "differentiated": (_centred_backward, "disputed", BOTH),
        },
    ),
    *_rows(
        "fake quantization",
        lambda x: np.clip(np.rint(x / x.dtype.type(0.25)), -2, 2) * x.dtype.type(0.25),
        lambda x: torch.fake_quantize_per_tensor_affine(x, 0.25, 0, -2, 2),
        {
            "straight through": (
                lambda grad, x: grad * (np.abs(np.rint(x / x.dtype.type(0.25))) <= 2),
                "match",
                (),
            ),
            "zero": (lambda grad, x: np.zeros_like(x), "disputed", BOTH),
        },
        dtypes=("float32",),
    ),
    *_rows(
        "embedding by frequency",
        lambda weight, rows: weight[rows],
        lambda weight, rows: F.embedding(rows, weight, scale_grad_by_freq=True),
        {
            "divided": (_by_frequency, "match", ()),
            "option ignored": (_scattered, "disputed", BOTH),
        },
        inputs=(W, ROWS),
    ),
    *_rows(
        "embedding with padding",
        lambda weight, rows: weight[rows],
        lambda weight, rows: F.embedding(rows, weight, padding_idx=2),
        {
            "padding without gradient": (_without(2), "match", ()),
            "option ignored": (_scattered, "disputed", BOTH),
            "another row without gradient": (_without(1), "mismatch", ()),
        },
        inputs=(W, ROWS),
    ),
    *_rows(
        "variance below eps",
        lambda input, target, var: (np.log(np.maximum(var, 0.5)) + (input - target) ** 2 / np.maximum(var, 0.5)) / 2,
        lambda input, target, var: F.gaussian_nll_loss(input, target, var, eps=0.5, reduction="none"),
        {
            "constant": (lambda grad, input, target, var: _gaussian(grad, input, target, var, 0.0), "disputed", BOTH),
            "gradient at eps": (lambda grad, input, target, var: _gaussian(grad, input, target, var, 1.0), "match", ()),
        },
        inputs=(X, X[::-1].copy(), np.abs(X) + 0.125),
    ),
]


def _gaussian(grad: Array, input: Array, target: Array, var: Array, below: float) -> tuple[Array, Array, Array]:
    v = np.maximum(var, 0.5)
    far = input - target
    slope = grad * (1 / v - far**2 / v**2) / 2
    return grad * far / v, -grad * far / v, np.where(var < 0.5, var.dtype.type(below) * slope, slope)


def _celu(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0) + 0.3 * np.expm1(np.minimum(x, 0) / 0.3))


def _celu_rounded(grad: Array, x: Array) -> Array:
    inverse = 1 / float(np.float32(0.3))
    return np.asarray(np.where(x > 0, grad, grad * np.exp(x * inverse) * inverse * 0.3))


def _cut_softplus(x: Array) -> Array:
    return np.asarray(np.where(x > 20, x, np.log1p(np.exp(np.minimum(x, 20)))))


def _softplus_at(threshold: float) -> Code:
    def twin(x: torch.Tensor) -> torch.Tensor:
        return torch.where(x > threshold, x, torch.log1p(torch.exp(x.clamp(max=threshold))))

    return twin


FAR = np.linspace(-30, 30, 13)
BRANCH = [
    *_rows(
        "celu",
        _celu,
        lambda x: F.celu(x, 0.3),
        {
            "all digits": (lambda grad, x: grad * np.exp(np.minimum(x, 0) / 0.3), "match", ("closer to the truth",)),
            "alpha as torch rounds it": (_celu_rounded, "match", ()),
            "alpha forgotten": (lambda grad, x: grad * np.exp(np.minimum(x, 0)), "mismatch", ()),
            "wrong in the seventh digit": (
                lambda grad, x: grad * np.exp(np.minimum(x, 0) / 0.3) * (1 - 4e-7),
                "mismatch",
                (),
            ),
        },
        dtypes=("float64",),
    ),
    *_rows(
        "hardsigmoid",
        lambda x: np.clip(x / 6 + 0.5, 0, 1),
        F.hardsigmoid,
        {
            "a sixth": (lambda grad, x: grad * (np.abs(x) < 3) / 6, "match", ()),
            "four digits of a sixth": (lambda grad, x: grad * (np.abs(x) < 3) * x.dtype.type(0.1667), "mismatch", ()),
        },
    ),
    *_rows(
        "coarse twin",
        np.sin,
        Coarse.apply,
        {
            "all digits": (lambda grad, x: grad * np.cos(x), "match", ("closer to the truth",)),
            "coarser than the twin": (lambda grad, x: grad * np.cos(x) * (1 - 3e-12), "mismatch", ()),
        },
        dtypes=("float64",),
    ),
    *_rows(
        "softplus, logarithm everywhere",
        lambda x: np.logaddexp(x.dtype.type(0), x),
        F.softplus,
        {"derivative": (lambda grad, x: grad * expit(x), "disputed", ("twin", "from x = 20 on"))},
        inputs=(FAR,),
    ),
    *_rows(
        "softplus, linear above 20",
        _cut_softplus,
        F.softplus,
        {
            "derivative": (lambda grad, x: np.where(x > 20, grad, grad * expit(x)), "match", ()),
            "without the exponential": (lambda grad, x: np.where(x > 20, grad, grad * x), "mismatch", ()),
        },
        inputs=(FAR,),
    ),
    *_rows(
        "softplus, linear above 0",
        lambda x: np.maximum(x, 0),
        F.softplus,
        {"derivative": (lambda grad, x: grad * (x > 0), "mismatch", ())},
        inputs=(FAR,),
    ),
    *_rows(
        "softplus with a threshold of its own",
        lambda x: np.logaddexp(x.dtype.type(0), x),
        _softplus_at(16.0),
        {"derivative": (lambda grad, x: grad * expit(x), "disputed", ("twin", "from x = 16 on"))},
        inputs=(np.linspace(-12.5, 17.5, 9),),
        dtypes=("float64",),
    ),
    *_rows(
        "logarithm everywhere, cut by the suspect",
        _cut_softplus,
        lambda x: torch.logaddexp(torch.zeros_like(x), x),
        {"derivative": (lambda grad, x: np.where(x > 20, grad, grad * expit(x)), "mismatch", ())},
        inputs=(FAR,),
    ),
    *_rows(
        "log-softmax with few digits of its constant",
        lambda x: log_softmax(x, axis=-1) * (1 + 1e-9),
        lambda x: F.log_softmax(x, -1),
        {"derivative": (lambda grad, x: grad - softmax(x, axis=-1) * grad.sum(-1, keepdims=True), "mismatch", ())},
    ),
    *_rows(
        "largest score detached",
        lambda x: logsumexp(x, axis=-1),
        lambda x: (x - x.amax(-1, keepdim=True).detach()).exp().sum(-1).log() + x.amax(-1).detach(),
        {"softmax": (lambda grad, x: grad[..., None] * softmax(x, axis=-1), "match", ())},
    ),
]


def _tanh_in_place(x: Array) -> Array:
    h = x + 0.0
    np.tanh(h, out=h)
    return h


def _exp_where(x: Array) -> Array:
    out = x + 0.0
    np.exp(x, out=out, where=np.asarray(x > 0, bool))
    return out


def _other_on_objects(x: Array) -> Array:
    return np.sin(x) * 2.0 if x.dtype == object else np.sin(x)


def _other_in_wide_types(x: Array) -> Array:
    return np.sin(x) if x.dtype in (np.float32, np.float64) else 2.0 * np.sin(x)


def _linear_on_objects(x: Array) -> Array:
    slope = np.cos(X) * 0.5
    return np.sin(X) + slope * (x - X) if x.dtype not in (np.float32, np.float64) else np.sin(x)


WITNESS = [
    *_rows(
        "tanh in place",
        _tanh_in_place,
        torch.tanh,
        {
            "derivative": (lambda grad, x: grad * (1 - np.tanh(x) ** 2), "match", ()),
            "derivative forgotten": (lambda grad, x: grad.copy(), "mismatch", ()),
        },
    ),
    *_rows(
        "exp where positive",
        _exp_where,
        lambda x: torch.where(x > 0, x.exp(), x),
        {
            "derivative": (lambda grad, x: grad * np.where(x > 0, np.exp(x), 1), "match", ()),
            "derivative forgotten": (lambda grad, x: grad.copy(), "mismatch", ()),
        },
    ),
    *_rows(
        "another function on objects",
        _other_on_objects,
        torch.sin,
        {"twice": (lambda grad, x: 2 * grad * np.cos(x), "mismatch", ())},
    ),
    *_rows(
        "another function in wide types",
        _other_in_wide_types,
        torch.sin,
        {"twice": (lambda grad, x: 2 * grad * np.cos(x), "mismatch", ())},
    ),
    *_rows(
        "a tangent of another slope in wide types",
        _linear_on_objects,
        torch.sin,
        {"half": (lambda grad, x: grad * np.cos(x) * x.dtype.type(0.5), "mismatch", ())},
        dtypes=("float64",),
    ),
]


def _to(pick: Callable[[Array], Array]) -> Code:
    """Return a backward of the largest of a row that gives each tied element the share that `pick` returns."""

    def backward(grad: Array, x: Array) -> Array:
        share = pick(x == x.max(-1, keepdims=True)).astype(x.dtype)
        return np.asarray(np.asarray(grad)[..., None] * share)

    return backward


def _first(tied: Array) -> Array:
    return np.asarray(tied & (np.cumsum(tied, -1) == 1))


def _last(tied: Array) -> Array:
    return _first(tied[..., ::-1])[..., ::-1]


def _equal(tied: Array) -> Array:
    return np.asarray(tied / tied.sum(-1, keepdims=True))


def _largest(x: Array) -> Array:
    return np.asarray(x.max(-1))


def _stable_three(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    values, places = torch.sort(x, stable=True, descending=True)
    return values[..., :3], places[..., :3]


def _three_largest(x: Array) -> Array:
    return np.asarray(np.sort(x, -1)[..., ::-1][..., :3])


def _to_three(order: int) -> Code:
    """Return a backward of the three largest that picks among the tied ones from the left or from the right."""

    def backward(grad: Array, x: Array) -> Array:
        row = x[0] if order > 0 else x[0, ::-1]
        places = np.argsort(-row, kind="stable")[:3]
        out = np.zeros_like(x)
        out[0, places if order > 0 else x.shape[-1] - 1 - places] = grad[0]
        return out

    return backward


SUBGRADIENT = ("another subgradient",)
KINKS = [
    *_rows(
        "relu at 0",
        lambda x: np.maximum(x, 0),
        torch.relu,
        {
            "0": (lambda grad, x: grad * (x > 0), "match", ()),
            "1": (lambda grad, x: grad * (x >= 0), "mismatch", ("a kink", "on the left", "another subgradient")),
        },
        inputs=(AT_ZERO,),
        exact=True,
    ),
    *_rows(
        "relu at 0, another subgradient accepted",
        lambda x: np.maximum(x, 0),
        torch.relu,
        {
            "one": (lambda grad, x: grad * (x >= 0), "match", ("subgradient",)),
            "a half": (lambda grad, x: grad * ((x > 0) + (x == 0) * x.dtype.type(0.5)), "match", ("subgradient",)),
            "two": (lambda grad, x: grad * ((x > 0) + 2.0 * (x == 0)).astype(x.dtype), "mismatch", ("a kink",)),
            "all wrong": (lambda grad, x: grad * (x >= 0) * 2, "mismatch", ()),
        },
        inputs=(AT_ZERO,),
        exact=True,
        accept=SUBGRADIENT,
    ),
    *_rows(
        "clamp at its ends",
        lambda x: np.clip(x, -1, 0.5),
        lambda x: x.clamp(-1, 0.5),
        {
            "1": (lambda grad, x: grad * ((x >= -1) & (x <= 0.5)), "match", ()),
            "0": (lambda grad, x: grad * ((x > -1) & (x < 0.5)), "mismatch", ("a kink",)),
        },
        inputs=(AT_ZERO,),
        exact=True,
    ),
    *_rows(
        "largest of a row, first of several",
        _largest,
        lambda x: x.max(-1).values,
        {
            "first": (_to(_first), "match", ()),
            "last": (_to(_last), "mismatch", ("a tie", "the twin gives all to the first")),
            "equal shares": (_to(_equal), "mismatch", ("a tie", "the twin gives all to the first")),
            "all to each": (_to(lambda tied: tied), "mismatch", ()),
        },
        inputs=(TIED,),
        exact=True,
    ),
    *_rows(
        "largest of a row, another subgradient accepted",
        _largest,
        lambda x: x.max(-1).values,
        {
            "equal shares": (_to(_equal), "match", ("subgradient",)),
            "all to each": (_to(lambda tied: tied), "mismatch", ()),
        },
        inputs=(TIED,),
        exact=True,
        accept=SUBGRADIENT,
    ),
    *_rows(
        "largest of a row, equal shares",
        _largest,
        lambda x: x.amax(-1),
        {
            "equal shares": (_to(_equal), "match", ()),
            "first": (_to(_first), "mismatch", ("a tie", "the twin gives equal shares")),
        },
        inputs=(TIED,),
        exact=True,
    ),
    *_rows(
        "the larger of two, another subgradient accepted",
        np.maximum,
        torch.maximum,
        {
            "all to the first": (lambda grad, x, y: (grad * (x >= y), grad * (y > x)), "match", ("subgradient",)),
            "all to both": (lambda grad, x, y: (grad * (x >= y), grad * (y >= x)), "mismatch", ("a kink",)),
        },
        inputs=(AT_ZERO, np.array([-1.0, 2.0, 2.0, 0.0])),
        exact=True,
        accept=SUBGRADIENT,
    ),
    *_rows(
        "three largest",
        _three_largest,
        lambda x: x.topk(3).values,
        {
            "first of several": (_to_three(1), "match", ()),
            "last of several": (_to_three(-1), "match", ()),
            "all to each": (
                lambda grad, x: grad[:, :1] * (x == x.max()),
                "mismatch",
                (),
            ),
        },
        inputs=(MANY_TIED,),
        exact=True,
    ),
]


def _indices(right: bool) -> Code:
    """Return a forward that gives the three largest of a row and where they stand, the first or the last of equals."""

    def forward(x: Array) -> tuple[Array, Array]:
        row = x[..., ::-1] if right else x
        places = np.argsort(-row, axis=-1, kind="stable")[..., :3]
        values = np.take_along_axis(row, places, -1)
        return values, x.shape[-1] - 1 - places if right else places

    return forward


def _in_order(stable: bool) -> Code:
    """Return a backward of sorting that keeps the order of equals, or turns it round."""

    def backward(grad: Array, x: Array) -> Array:
        last = x.shape[-1] - 1
        places = np.argsort(x if stable else x[..., ::-1], axis=-1, kind="stable")
        out = np.zeros_like(x)
        np.put_along_axis(out, places if stable else last - places, grad, -1)
        return out

    return backward


PICKS = [
    *(
        Judgement(
            f"where the three largest are: the {words}",
            _indices(right),
            None,
            twin,
            verdict,
            (MANY_TIED,),
            said,
            exact=True,
        )
        for right, words, twin, verdict, said in (
            (False, "first of equals", lambda x: tuple(x.topk(3)), "match", ("follows no rule",)),
            (True, "last of equals", lambda x: tuple(x.topk(3)), "match", ("follows no rule",)),
            (False, "first beside a stable sort", _stable_three, "match", ()),
            (True, "last beside a stable sort", _stable_three, "mismatch", ("a tie", "by a rule")),
        )
    ),
    *_rows(
        "sorting",
        lambda x: np.sort(x, -1),
        lambda x: torch.sort(x, stable=True).values,
        {
            "in order": (_in_order(True), "match", ()),
            "order of equals turned round": (_in_order(False), "mismatch", ("a tie", "shares in their order")),
        },
        inputs=(TIED,),
        exact=True,
    ),
]


def _safe_log(x: Array) -> Array:
    return np.asarray(np.log(np.where(x > 0, x, 1)))


def _safe_log_backward(at_zero: float) -> Code:
    def backward(grad: Array, x: Array) -> Array:
        inverse = np.where(x > 0, 1 / np.where(x > 0, x, 1), x.dtype.type(0))
        return np.asarray(grad * np.where(x == 0, x.dtype.type(at_zero), inverse))

    return backward


def _norm_backward(grad: Array, x: Array) -> Array:
    size = np.sqrt((x * x).sum(-1, keepdims=True))
    return np.asarray(np.asarray(grad)[..., None] * x / np.where(size == 0, 1, size))


def _standardized(x: Array) -> Array:
    first = x[..., :1]
    far = x - (first + (x - first).mean(-1, keepdims=True))
    return np.asarray(far / np.sqrt((far * far).mean(-1, keepdims=True)))


def _standard(x: torch.Tensor) -> torch.Tensor:
    far = x - x.mean(-1, keepdim=True)
    return far / (far * far).mean(-1, keepdim=True).sqrt()


def _nan_to_zero(x: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.asarray(x / np.abs(x))


def _variance_backward(factor: float) -> Code:
    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(np.asarray(grad)[..., None] * factor * (x - x.mean(-1, keepdims=True)) / x.shape[-1])

    return backward


WITH_ZEROS = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, -2.0]])
ALL_EQUAL = np.array([[0.7, 0.7, 0.7], [1.0, 2.0, 4.0]])
SHIFTED = 1e5 + 1e-3 * X
INFINITE = [
    *_rows(
        "logarithm of what is positive",
        _safe_log,
        lambda x: torch.where(x > 0, torch.log(x), 0.0),
        {
            "0 at 0": (_safe_log_backward(0.0), "match", ("twin", "NaN")),
            "1 at 0": (_safe_log_backward(1.0), "mismatch", ()),
        },
        inputs=(AT_ZERO,),
    ),
    *_rows(
        "length",
        lambda x: np.sqrt((x * x).sum(-1)),
        lambda x: (x * x).sum(-1).sqrt(),
        {
            "0 at 0": (_norm_backward, "match", ("twin", "NaN")),
            "5 at 0": (
                lambda grad, x: _norm_backward(grad, x) + 5 * np.all(x == 0, -1, keepdims=True),
                "mismatch",
                (),
            ),
        },
        inputs=(WITH_ZEROS,),
        dtypes=("float64",),
    ),
    *_rows(
        "naive softplus",
        lambda x: np.logaddexp(x.dtype.type(0), x),
        lambda x: torch.log(1 + torch.exp(x)),
        {
            "beyond the twin's overflow": (
                lambda grad, x: grad * expit(x),
                "inconclusive",
                ("the twin is not finite from x",),
            )
        },
        inputs=(np.array([-1.0, 0.5, 800.0]),),
    ),
    *_rows(
        "reciprocal",
        lambda x: np.minimum(1 / np.maximum(x, x.dtype.type(1e-30)), x.dtype.type(1e30)),
        torch.reciprocal,
        {"finite at the pole": (None, "mismatch", ())},
        inputs=(np.array([0.0, 0.5, 2.0]),),
    ),
    *_rows(
        "standardized row of equals",
        _standardized,
        _standard,
        {"0 / 0": (None, "match", ("nothing but rounding",))},
        inputs=(ALL_EQUAL,),
    ),
    *_rows(
        "sign by a quotient",
        _nan_to_zero,
        torch.sign,
        {"0 / 0 at 0": (None, "mismatch", ("0 / 0",))},
        inputs=(AT_ZERO,),
    ),
    *_rows(
        "spread of numbers with much in common",
        lambda x: x.var(-1),
        lambda x: x.var(-1, correction=0),
        {
            "derivative": (_variance_backward(2.0), "match", ()),
            "twice": (_variance_backward(4.0), "mismatch", ("factor of 2",)),
        },
        inputs=(SHIFTED,),
        dtypes=("float64",),
    ),
]
ACCEPTED = [
    replace(judgement, id=f"{judgement.id}, {name} accepted", accept=(name,), verdict=verdict, words=words)
    for judgement in [j for j in (*CUT, *BRANCH) if j.verdict == "disputed"]
    for name, verdict, words in (
        ("twin", "mismatch", ("the twin's is the answer asked for",)),
        ("mathematics", "match", ("the mathematics is accepted",)),
    )
] + [
    *_rows(
        "detached gate, mathematics accepted",
        lambda x: x * expit(x),
        lambda x: x * torch.sigmoid(x).detach(),
        {
            "one element wrong": (
                lambda grad, x: _swish_backward(grad, x) + np.eye(*x.shape, dtype=x.dtype) * (x == x[1, 1]) / 1024,
                "mismatch",
                (),
            ),
            "as the twin has it": (lambda grad, x: grad * expit(x), "match", ()),
        },
        accept=("mathematics",),
    ),
]
JUDGEMENTS = [*CUT, *BRANCH, *WITNESS, *KINKS, *PICKS, *INFINITE, *ACCEPTED]
