"""Right optimizers and training steps, each beside a copy with one known slip and what the oracle must say of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

import gradtwin
from reference.models import mlp as torch_mlp
from scratch.activations import relu
from scratch.layers import linear
from scratch.losses import cross_entropy
from scratch.models import mlp
from scratch.optimizers import adam, sgd

Array = NDArray[Any]


class Rule(NamedTuple):
    """An optimizer as a pair of pure functions."""

    init: Callable[..., Any]
    step: Callable[..., Any]


@dataclass(frozen=True)
class StepSlip:
    """A right optimizer, the same with one slip, and what the oracle must say of the slip.

    Parameters
    ----------
    id : str
        What is wrong.
    right, wrong : Rule
        Both versions.
    twin : callable
        The class of `torch.optim`.
    options : mapping
        Options of both sides.
    verdict, quantity : str
        The verdict of the wrong version and the quantity that differs first.
    step : int or None
        The first step that differs; None where the finding is about a call, not about a number.
    cause : str
        A word that the named cause must contain.
    dtypes : sequence of str
        Precisions to judge at.
    """

    id: str
    right: Any
    wrong: Any
    twin: Callable[..., Any]
    options: Mapping[str, Any]
    verdict: str
    quantity: str
    step: int | None = 0
    cause: str = ""
    dtypes: Sequence[str] = ("float64",)

    def judge(self, rule: Any, seed: int = 0) -> gradtwin.Report:
        """Judge one of the two versions."""
        return gradtwin.check_optimizer(
            rule, twin=self.twin, options=self.options, steps=4, dtypes=self.dtypes, seed=seed, name=self.id
        )


@dataclass(frozen=True)
class TrainingSlip:
    """A wrong gradient of the network; the verdict, the quantity that differs first, and a word of the cause.

    The first step is always wrong already, and the verdict is always ``mismatch``.
    """

    id: str
    wrong: Callable[..., Any]
    quantity: str
    cause: str = ""

    def judge(self, value_and_grad: Callable[..., Any], seed: int = 0) -> gradtwin.Report:
        """Judge a version of the gradient on a few mini-batches of handwritten digits."""
        return gradtwin.check_training(
            value_and_grad,
            sgd,
            twin=torch_mlp.loss,
            twin_optimizer=torch.optim.SGD,
            options={"lr": 0.1, "momentum": 0.9},
            dtypes=("float64",),
            seed=seed,
            name=self.id,
            **_digits(seed),
        )


BATCH = 32
SIZES = (64, 12, 12, 10)
BOTH = ("float64", "float32")


def _digits(seed: int, steps: int = 4) -> Any:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    names = [f"{kind}{layer}" for layer in range(1, len(SIZES)) for kind in "Wb"]
    rows = [rng.choice(len(X), BATCH, replace=False) for _ in range(steps)]
    return {
        "params": dict(zip(names, mlp.init(SIZES, rng), strict=True)),
        "batches": [(X[r] / 16, y[r]) for r in rows],
    }


# Adam.

Betas = tuple[float, float]
BETAS = (0.9, 0.999)
ADAM = Rule(adam.init, adam.step)


def _with(**changed: Any) -> Any:
    """Return Adam with other options than those it is called with."""

    def init(param: Array, **options: Any) -> Any:
        return adam.init(param, **(options | changed))

    def step(param: Array, grad: Array, state: Any, **options: Any) -> Any:
        return adam.step(param, grad, state, **(options | changed))

    return Rule(init, step)


def _at(shift: Callable[[int], int]) -> Any:
    """Return Adam with another count in its bias correction."""

    def step(param: Array, grad: Array, state: Any, **options: Any) -> Any:
        param, after = adam.step(param, grad, state._replace(step=shift(state.step)), **options)
        return param, after._replace(step=state.step + 1)

    return Rule(adam.init, step)


def _eps_inside(
    param: Array,
    grad: Array,
    state: Any,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> Any:
    _, after = adam.step(param, grad, state, lr, betas)
    m = after.exp_avg / (1 - betas[0] ** after.step)
    v = after.exp_avg_sq / (1 - betas[1] ** after.step)
    return param - lr * m / np.sqrt(v + eps), after


def _forgetful_amsgrad(param: Array, grad: Array, state: Any, **options: Any) -> Any:
    """Keep the maximum in the state and divide by the average all the same."""
    _, after = adam.step(param, grad, state, **options)
    param, _ = adam.step(param, grad, state, **(options | {"amsgrad": False}))
    return param, after


def _stale_average(
    param: Array,
    grad: Array,
    state: Any,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> Any:
    """Divide by the average of the steps before this one."""
    _, after = adam.step(param, grad, state, lr, betas, eps)
    v = state.exp_avg_sq / (1 - betas[1] ** after.step)
    return param - lr * after.exp_avg / (1 - betas[0] ** after.step) / (np.sqrt(v) + eps), after


def _mutating(param: Array, grad: Array, state: Any, **options: Any) -> Any:
    param -= param - adam.step(param, grad, state, **options)[0]
    return param.copy(), adam.step(param, grad, state, **options)[1]


class RightObject:
    """Adam as an object that keeps its own state and changes the parameters in place."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.states: list[Any] = []

    def step(self, params: list[Array], grads: list[Array]) -> None:
        """Take one step."""
        if not self.states:
            self.states = [adam.init(p, **self.options) for p in params]
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            p[...], self.states[i] = adam.step(p, g, self.states[i], **self.options)


class WrongObject(RightObject):
    """The same with an eps of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, eps=1.01e-8)


DECAY = {"lr": 0.1, "weight_decay": 0.1}
AMSGRAD = {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True}
UPDATE = ("mismatch", "weight")
AVERAGE = ("mismatch", "exp_avg of weight")
SQUARES = ("mismatch", "exp_avg_sq of weight")

ADAMS = (
    StepSlip("eps inside the root", ADAM, Rule(adam.init, _eps_inside), torch.optim.Adam, {}, *UPDATE, 0, "eps", BOTH),
    StepSlip("eps off by 1e-6", ADAM, _with(eps=1e-8 * (1 + 1e-6)), torch.optim.Adam, {}, *UPDATE),
    StepSlip("t one step ahead", ADAM, _at(lambda t: t + 1), torch.optim.Adam, {}, *UPDATE, 0, "ahead", BOTH),
    StepSlip("t stays at 1", ADAM, _at(lambda t: 0), torch.optim.Adam, {}, *UPDATE, 1, "", BOTH),
    StepSlip("t one step behind", ADAM, _at(lambda t: max(t - 1, 0)), torch.optim.Adam, {}, *UPDATE, 1, "behind", BOTH),
    StepSlip(
        "no bias correction", ADAM, _at(lambda t: 10**9), torch.optim.Adam, {}, *UPDATE, 0, "bias correction", BOTH
    ),
    StepSlip(
        "coupled for decoupled decay",
        _with(decoupled_weight_decay=True),
        ADAM,
        torch.optim.AdamW,
        DECAY,
        *AVERAGE,
        0,
        "coupled where the twin decouples",
        BOTH,
    ),
    StepSlip(
        "decoupled for coupled decay",
        ADAM,
        _with(decoupled_weight_decay=True),
        torch.optim.Adam,
        DECAY,
        *AVERAGE,
        0,
        "decoupled where the twin couples",
        BOTH,
    ),
    StepSlip("betas swapped", ADAM, _with(betas=(0.999, 0.9)), torch.optim.Adam, {}, *AVERAGE, 0, "", BOTH),
    StepSlip(
        "beta2 off by 1e-9",
        ADAM,
        _with(betas=(0.9, 0.999 + 1e-9)),
        torch.optim.Adam,
        {},
        "mismatch",
        "exp_avg_sq of weight",
    ),
    StepSlip(
        "amsgrad ignored",
        ADAM,
        _with(amsgrad=False),
        torch.optim.Adam,
        AMSGRAD,
        "structure",
        "max_exp_avg_sq of weight",
    ),
    StepSlip(
        "amsgrad kept and not used",
        ADAM,
        Rule(adam.init, _forgetful_amsgrad),
        torch.optim.Adam,
        AMSGRAD,
        *UPDATE,
        1,
        "",
        BOTH,
    ),
    StepSlip(
        "maximize ignored", ADAM, _with(maximize=False), torch.optim.Adam, {"maximize": True}, *AVERAGE, 0, "sign", BOTH
    ),
    StepSlip("a stale average", ADAM, Rule(adam.init, _stale_average), torch.optim.Adam, {}, *UPDATE, 0, "", BOTH),
    StepSlip(
        "a step that mutates its parameter",
        ADAM,
        Rule(adam.init, _mutating),
        torch.optim.Adam,
        {},
        "impure",
        "optimizer step",
        None,
        "",
        BOTH,
    ),
    StepSlip("an object with an eps of its own", RightObject, WrongObject, torch.optim.Adam, {}, *UPDATE),
)

# SGD.

SGD = Rule(sgd.init, sgd.step)


def _options_of_sgd(**changed: Any) -> Any:
    return Rule(sgd.init, lambda param, grad, state, **options: sgd.step(param, grad, state, **(options | changed)))


def _zero_buffer(param: Array, **options: Any) -> Any:
    return sgd.State(np.zeros_like(param))


def _heavy_ball(
    param: Array, grad: Array, state: Any, lr: float = 1e-3, momentum: float = 0, nesterov: bool = False
) -> Any:
    """Look ahead with the velocity of the step before."""
    _, after = sgd.step(param, grad, state, lr, momentum)
    previous = np.zeros_like(param) if state.momentum_buffer is None else state.momentum_buffer
    return param - lr * (grad + momentum * previous), after


def _decay_after(param: Array, grad: Array, state: Any, weight_decay: float = 0, **options: Any) -> Any:
    after, state = sgd.step(param, grad, state, **options)
    return after - options["lr"] * weight_decay * param, state


def _float64_step(param: Array, grad: Array, state: Any, **options: Any) -> Any:
    new, after = sgd.step(param.astype(np.float64), grad.astype(np.float64), state, **options)
    return new, after


def _crash(param: Array, grad: Array, state: Any, **options: Any) -> Any:
    raise ZeroDivisionError("division by zero")


MOMENTUM = {"lr": 0.01, "momentum": 0.9}
BUFFER = ("mismatch", "momentum_buffer of weight")

SGDS = (
    StepSlip("momentum off by 1e-9", SGD, _options_of_sgd(momentum=0.9 + 1e-9), torch.optim.SGD, MOMENTUM, *BUFFER, 1),
    StepSlip(
        "dampening at the first step",
        SGD,
        Rule(_zero_buffer, sgd.step),
        torch.optim.SGD,
        MOMENTUM | {"dampening": 0.5},
        *BUFFER,
        0,
        "1/2",
        BOTH,
    ),
    StepSlip(
        "nesterov with the old velocity",
        SGD,
        Rule(sgd.init, _heavy_ball),
        torch.optim.SGD,
        MOMENTUM | {"nesterov": True},
        *UPDATE,
        0,
        "",
        BOTH,
    ),
    StepSlip(
        "decay after momentum",
        SGD,
        Rule(sgd.init, _decay_after),
        torch.optim.SGD,
        MOMENTUM | {"weight_decay": 0.1},
        *BUFFER,
        0,
        "",
        BOTH,
    ),
    StepSlip("an lr off by 1e-12", SGD, _options_of_sgd(lr=0.1 * (1 + 1e-12)), torch.optim.SGD, {"lr": 0.1}, *UPDATE),
    StepSlip(
        "float64 for float32",
        SGD,
        Rule(sgd.init, _float64_step),
        torch.optim.SGD,
        {"lr": 0.1},
        "structure",
        "weight",
        0,
        "",
        ("float32",),
    ),
    StepSlip("a step that crashes", SGD, Rule(sgd.init, _crash), torch.optim.SGD, {}, "crash", "optimizer step", None),
)

STEP_SLIPS = (*ADAMS, *SGDS)


class HopelessStep(NamedTuple):
    """A right optimizer whose updates are too small for its parameters to show."""

    id: str
    rule: Rule
    twin: Callable[..., Any]
    lr: float

    def judge(self) -> gradtwin.Report:
        """Judge it in float32."""
        return gradtwin.check_optimizer(
            self.rule, twin=self.twin, options={"lr": self.lr}, steps=4, dtypes=("float32",), name=self.id
        )


HOPELESS_STEPS = (
    HopelessStep("an update of a few ulps", SGD, torch.optim.SGD, 1e-9),
    HopelessStep("an SGD update that vanishes", SGD, torch.optim.SGD, 1e-30),
    HopelessStep("an Adam update that vanishes", ADAM, torch.optim.Adam, 1e-30),
)


# Back-propagation.


def _overwritten(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    """Take the step of every layer before the layer below has read its weight."""
    pre = mlp._outputs(X, parameters, "relu")
    parameters = [p.copy() for p in parameters]
    found: list[Array] = []
    grad = cross_entropy.backward(np.ones(()), pre[-1], y).input
    for i in reversed(range(len(pre))):
        below = X if i == 0 else relu.forward(pre[i - 1])
        step = linear.backward(grad, below, *parameters[2 * i : 2 * i + 2])
        found = [step.weight, step.bias, *found]
        parameters[2 * i] -= 0.1 * step.weight
        if i:
            grad = relu.backward(grad @ parameters[2 * i], pre[i - 1])
    return cross_entropy.forward(pre[-1], y), found


def _wrong_mask(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    """Mask what goes down by the layer above."""
    pre = mlp._outputs(X, parameters, "relu")
    found: list[Array] = []
    grad = cross_entropy.backward(np.ones(()), pre[-1], y).input
    for i in reversed(range(len(pre))):
        below = X if i == 0 else relu.forward(pre[i - 1])
        step = linear.backward(grad, below, *parameters[2 * i : 2 * i + 2])
        found = [step.weight, step.bias, *found]
        grad = step.input if i == 0 else relu.backward(step.input, pre[min(i, len(pre) - 2)])
    return cross_entropy.forward(pre[-1], y), found


def _summed_loss(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    loss, found = mlp.value_and_grad(parameters, X, y)
    return loss * y.size, [g * y.size for g in found]


def _summed_gradients(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    loss, found = mlp.value_and_grad(parameters, X, y)
    return loss, [g * y.size for g in found]


def _averaged_bias(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    loss, found = mlp.value_and_grad(parameters, X, y)
    return loss, [g if g.ndim == 2 else g / y.size for g in found]


def _softmax_twice(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    """Take the loss of probabilities as if they were logits."""
    logits = mlp.forward(X, *parameters)
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return cross_entropy.forward(p, y), mlp.value_and_grad(parameters, X, y)[1]


def _last_bias_forgotten(parameters: Sequence[Array], X: Array, y: Array) -> Any:
    loss, found = mlp.value_and_grad(parameters, X, y)
    return loss, [*found[:-1], np.zeros_like(found[-1])]


TRAINING_SLIPS = (
    TrainingSlip("weights overwritten before the layer below used them", _overwritten, "gradient of W1"),
    TrainingSlip("the mask of the wrong layer", _wrong_mask, "gradient of W1"),
    TrainingSlip("the sum for the mean loss", _summed_loss, "loss", "constant factor of 32"),
    TrainingSlip(
        "the gradient of the sum for the mean loss", _summed_gradients, "gradient of W1", "constant factor of 32"
    ),
    TrainingSlip("a bias gradient as a mean", _averaged_bias, "gradient of b1", "constant factor of 0.03125"),
    TrainingSlip("a softmax before the cross-entropy", _softmax_twice, "loss"),
    TrainingSlip("a forgotten bias", _last_bias_forgotten, "gradient of b3", "zero everywhere"),
)
