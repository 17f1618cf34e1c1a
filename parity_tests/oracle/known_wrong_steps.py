"""Right optimizers and training steps, each beside a copy with one known slip, and what the oracle must say of it.

The wrong copy is the library's own source with some text replaced, so that it is right but for the slip. Of `LINES`,
`scripts/sensitivity optimizers` measures at which sizes of the gradients they are seen.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.rows import Optimizer
from parity_tests.rows import PAIRS
from reference.models import mlp as torch_mlp
from scratch.models import mlp
from scratch.optimizers import adam, sgd

Array = NDArray[Any]
Changes = Mapping[str, str]
ROWS = {row.name.removeprefix("optimizers."): row for row in PAIRS if isinstance(row, Optimizer)}


def changed(module: str, changes: Changes) -> ModuleType:
    """Return a module of the library with some text of its source replaced, wherever it stands."""
    source = inspect.getsource(import_module(module))
    for before, after in changes.items():
        if before not in source:
            raise ValueError(f"Expected the source of {module} to hold {before!r}; got one that does not.")
        source = source.replace(before, after)
    copy = ModuleType(f"{module}, changed")
    exec(compile(source, copy.__name__, "exec"), copy.__dict__)
    return copy


def in_place(module: ModuleType) -> Callable[..., Any]:
    """Return an optimizer as a class of objects that keep their own state and change the parameters in place."""

    class InPlace:
        def __init__(self, **options: Any) -> None:
            self.options = options
            self.states: list[Any] = []

        def step(self, params: list[Array], grads: list[Array]) -> None:
            if not self.states:
                self.states = [module.init(p, **self.options) for p in params]
            for i, (p, g) in enumerate(zip(params, grads, strict=True)):
                p[...], self.states[i] = module.step(p, g, self.states[i], **self.options)

    return InPlace


@dataclass(frozen=True)
class StepSlip:
    """An optimizer with one slip, and what the oracle must say of it.

    Parameters
    ----------
    optimizer : str
        Its name in the library.
    name : str
        What is wrong.
    changes : mapping
        Text of its source, and what stands there instead.
    case : str
        The case of the optimizer's row whose options both sides take.
    verdict, quantity : str
        The verdict of the wrong version and the quantity that differs first.
    step : int or None
        The first step that differs; None where the finding is about a call, not about a number.
    cause : str
        A word that the named cause must contain.
    dtypes : sequence of str
        Precisions to judge at.
    form : callable, optional
        Makes of the module what is judged, where it is not the module itself.
    """

    optimizer: str
    name: str
    changes: Changes
    case: str = "default"
    verdict: str = "mismatch"
    quantity: str = "weight"
    step: int | None = 0
    cause: str = ""
    dtypes: Sequence[str] = ("float64",)
    form: Callable[[ModuleType], Any] | None = None

    @property
    def id(self) -> str:
        """The optimizer and what is wrong."""
        return f"{self.optimizer}-{self.name}"

    @property
    def right(self) -> Any:
        """The optimizer as it is."""
        return self._with({})

    @property
    def wrong(self) -> Any:
        """The optimizer with the slip."""
        return self._with(self.changes)

    def _with(self, changes: Changes) -> Any:
        module, of_its_own = ("adam", AS_ADAMW) if self.optimizer == "adamw" else (self.optimizer, {})
        copy = changed(f"scratch.optimizers.{module}", {**of_its_own, **changes})
        return copy if self.form is None else self.form(copy)

    def judge(self, suspect: Any, seed: int = 0) -> gradtwin.Report:
        """Judge one of the two versions."""
        row = ROWS[self.optimizer]
        return gradtwin.check_optimizer(
            suspect,
            twin=import_module(row.twin).optimizer,
            options=next(case.options for case in row.cases if case.name == self.case),
            shapes=row.shapes,
            gradients=row.cases[0].families[0],
            steps=4,
            dtypes=self.dtypes,
            seed=seed,
            name=self.id,
        )


@dataclass(frozen=True)
class TrainingSlip:
    """A network with one slip in its gradient; the quantity that differs first, and a word of the cause.

    The first step is always wrong already, and the verdict is always ``mismatch``.
    """

    id: str
    changes: Changes
    quantity: str = "gradient of W1"
    cause: str = ""

    @property
    def wrong(self) -> Any:
        """The loss and the gradient of the network with the slip."""
        return changed("scratch.models.mlp", self.changes).value_and_grad

    def judge(self, value_and_grad: Callable[..., Any], seed: int = 0) -> gradtwin.Report:
        """Judge a version of the gradient on a few mini-batches of handwritten digits."""
        from sklearn.datasets import load_digits

        rng = np.random.default_rng(seed)
        X, y = load_digits(return_X_y=True)
        params = mlp.init((64, 12, 12, 10), rng)
        batches = [rng.choice(len(X), 32, replace=False) for _ in range(4)]
        return gradtwin.check_training(
            value_and_grad,
            sgd,
            twin=torch_mlp.loss,
            twin_optimizer=torch.optim.SGD,
            params=dict(zip(("W1", "b1", "W2", "b2", "W3", "b3"), params, strict=True)),
            batches=[(X[rows] / 16, y[rows]) for rows in batches],
            options={"lr": 0.1, "momentum": 0.9},
            dtypes=("float64",),
            seed=seed,
            name=self.id,
        )


BOTH = ("float64", "float32")
AVERAGE, SQUARES, BUFFER = "exp_avg of weight", "exp_avg_sq of weight", "momentum_buffer of weight"
WAY = "acc_delta of weight"

# Text of a source, and what stands there instead.

AS_ADAMW = {"decoupled_weight_decay=False": "decoupled_weight_decay=True", "weight_decay=0": "weight_decay=1e-2"}
"""What makes AdamW of Adam's source; its own source only calls Adam's."""
UNCORRECTED = {"** t)": "** 10**9)"}  # so large a power is 0
BEHIND = {"** t)": "** max(t - 1, 1))"}
EPS_INSIDE = {"(root + eps)": "np.sqrt(root**2 + eps)"}
AVERAGE_SQUARED = {"(g * g)": "(m * m)"}
OTHER_DECAY = {"if decoupled_weight_decay": "if not decoupled_weight_decay"}
DECAY_AFTER = {
    "param = param * (1 - lr * weight_decay)": "pass",
    "return param - lr": "return (1 - lr * weight_decay) * (param - lr",
    "eps), State": "eps)), State",
}
NADAM_BEHIND = {
    "product = state.mu_product * mu": "product, behind = state.mu_product * mu, state.mu_product if t > 1 else mu",
    "(1 - product": "(1 - behind",
    **BEHIND,
}
NO_DECAY = {"g = g + weight_decay * param": "pass"}
UPDATE = "param - lr * g"


def _lines_of_adam(optimizer: str) -> tuple[StepSlip, ...]:
    """Return what can go wrong in Adam and in AdamW alike."""
    old_averages = {"np.sqrt(v if": "np.sqrt(state.exp_avg_sq if", "* m / (root": "* state.exp_avg / (root"}
    return (
        StepSlip(optimizer, "bias correction missing", UNCORRECTED, cause="bias correction", dtypes=BOTH),
        StepSlip(optimizer, "bias correction with t - 1", BEHIND, step=1, cause="behind", dtypes=BOTH),
        StepSlip(optimizer, "eps inside the root", EPS_INSIDE, cause="eps", dtypes=BOTH),
        StepSlip(optimizer, "second average of the new first one", AVERAGE_SQUARED, quantity=SQUARES),
        StepSlip(optimizer, "parameter before the averages", old_averages),
    )


LINES = (
    StepSlip(
        "sgd",
        "parameter before the velocity",
        {"nesterov else v": "nesterov else 0 * g if previous is None else previous"},
        case="momentum",
    ),
    StepSlip(
        "sgd",
        "decay after the step",
        {**NO_DECAY, UPDATE: f"(1 - lr * weight_decay) * ({UPDATE})"},
        case="weight decay",
    ),
    StepSlip(
        "sgd",
        "momentum before decay",
        {**NO_DECAY, UPDATE: f"{UPDATE} - lr * weight_decay * param"},
        case="everything",
        quantity=BUFFER,
        dtypes=BOTH,
    ),
    StepSlip(
        "sgd",
        "dampening at the first step",
        {"g.copy() if": "(1 - dampening) * g if"},
        case="dampening",
        quantity=BUFFER,
        cause="1/2",
        dtypes=BOTH,
    ),
    StepSlip(
        "sgd",
        "nesterov with the old velocity",
        {"momentum * v if": "momentum * (0 if previous is None else previous) if"},
        case="nesterov",
        dtypes=BOTH,
    ),
    *_lines_of_adam("adam"),
    StepSlip("adam", "bias correction with t + 1", {"** t)": "** (t + 1))"}, cause="ahead", dtypes=BOTH),
    StepSlip("adam", "bias correction of the first step", {"** t)": "** 1)"}, step=1, dtypes=BOTH),
    StepSlip("adam", "second average of the step before", {"np.sqrt(v if": "np.sqrt(state.exp_avg_sq if"}, dtypes=BOTH),
    StepSlip(
        "adam",
        "decoupled where it is coupled",
        OTHER_DECAY,
        case="coupled decay",
        quantity=AVERAGE,
        cause="decoupled where",
        dtypes=BOTH,
    ),
    StepSlip("adam", "amsgrad kept and not used", {"v if n is None else n": "v"}, case="amsgrad", step=1, dtypes=BOTH),
    StepSlip(
        "adam",
        "maximize ignored",
        {"-grad if maximize else grad": "grad"},
        case="maximize",
        quantity=AVERAGE,
        cause="sign",
        dtypes=BOTH,
    ),
    *_lines_of_adam("adamw"),
    StepSlip(
        "adamw",
        "coupled where it is decoupled",
        OTHER_DECAY,
        case="decay",
        quantity=AVERAGE,
        cause="coupled where the twin decouples",
        dtypes=BOTH,
    ),
    StepSlip("adamw", "decay after the step", DECAY_AFTER, case="decay"),
    StepSlip("adamax", "bias correction missing", UNCORRECTED),
    StepSlip("adamax", "bias correction with t - 1", BEHIND, step=1),
    StepSlip("nadam", "bias correction missing", {"(1 - product": "(1 - 0", **UNCORRECTED}),
    StepSlip("nadam", "bias correction with t - 1", NADAM_BEHIND, step=1),
    StepSlip("nadam", "eps inside the root", EPS_INSIDE),
    StepSlip("nadam", "second average of the new first one", AVERAGE_SQUARED, quantity=SQUARES),
    StepSlip(
        "nadam",
        "parameter before the averages",
        {"np.sqrt(v": "np.sqrt(state.exp_avg_sq", "mu_next) * m": "mu_next) * state.exp_avg"},
    ),
    StepSlip("nadam", "decoupled where it is coupled", OTHER_DECAY, case="coupled decay", quantity=AVERAGE),
    StepSlip("nadam", "coupled where it is decoupled", OTHER_DECAY, case="decoupled decay", quantity=AVERAGE),
    StepSlip("nadam", "decay after the step", DECAY_AFTER, case="decoupled decay"),
    StepSlip("radam", "bias correction missing", {"], t)": "], 10**9)", **UNCORRECTED}),
    StepSlip("radam", "bias correction with t - 1", {"], t)": "], max(t - 1, 1))", **BEHIND}, step=1),
    StepSlip("rmsprop", "eps inside the root", EPS_INSIDE),
    StepSlip("rmsprop", "parameter before the averages", {"np.sqrt(v if": "np.sqrt(state.square_avg if"}),
    StepSlip(
        "rmsprop",
        "decoupled where it is coupled",
        {**NO_DECAY, "return param -": "return param * (1 - lr * weight_decay) -"},
        case="weight decay",
        quantity="square_avg of weight",
    ),
    StepSlip("rmsprop", "parameter before the velocity", {"(b if": "(state.momentum_buffer if"}, case="momentum"),
    StepSlip("rmsprop", "variance about the old mean", {"v - a * a": "v - state.grad_avg**2"}, case="centred"),
    StepSlip("adagrad", "eps inside the root", {"np.sqrt(s) + eps": "np.sqrt(s + eps)"}),
    StepSlip("adagrad", "parameter before the averages", {"np.sqrt(s)": "np.sqrt(state.sum)"}),
    StepSlip(
        "adadelta",
        "eps outside the roots",
        {"delta + eps) / np.sqrt(v + eps)": "delta) + eps) / (np.sqrt(v) + eps)", "d = np.sqrt": "d = (np.sqrt"},
        quantity=WAY,
    ),
    StepSlip(
        "adadelta",
        "parameter before the averages",
        {"np.sqrt(v + eps)": "np.sqrt(state.square_avg + eps)"},
        quantity=WAY,
    ),
    StepSlip(
        "adadelta", "parameter after the last average", {"lr * d": "lr * np.sqrt(a + eps) / np.sqrt(v + eps) * g"}
    ),
    StepSlip("sparseadam", "bias correction missing", UNCORRECTED, quantity="table"),
    StepSlip("sparseadam", "bias correction with t - 1", BEHIND, quantity="table", step=1),
)
"""Lines that are wrong, missing or in the wrong place."""

STEP_SLIPS = (
    *LINES,
    StepSlip(
        "adam",
        "amsgrad ignored",
        {"if amsgrad": "if False"},
        case="amsgrad",
        verdict="structure",
        quantity="max_exp_avg_sq of weight",
    ),
    StepSlip("adam", "eps off by 1e-6", {"root + eps": "root + eps * (1 + 1e-6)"}),
    StepSlip("adam", "betas swapped", {"(0.9, 0.999)": "(0.999, 0.9)"}, quantity=AVERAGE, dtypes=BOTH),
    StepSlip("adam", "beta2 off by 1e-9", {"(0.9, 0.999)": "(0.9, 0.999 + 1e-9)"}, quantity=SQUARES),
    StepSlip("adam", "an object with an eps of its own", {"root + eps": "root + eps * 1.01"}, form=in_place),
    StepSlip(
        "adam",
        "a step that mutates its parameter",
        {"return param -": "param -=", "eps), State": "eps)\n    return param.copy(), State"},
        verdict="impure",
        quantity="optimizer step",
        step=None,
        dtypes=BOTH,
    ),
    StepSlip(
        "sgd",
        "momentum off by 1e-9",
        {"momentum * previous": "(momentum + 1e-9) * previous"},
        case="momentum",
        quantity=BUFFER,
        step=1,
    ),
    StepSlip("sgd", "an lr off by 1e-12", {"- lr * g": "- lr * (1 + 1e-12) * g"}, case="lr"),
    StepSlip(
        "sgd",
        "float64 for float32",
        {UPDATE: f"np.float64({UPDATE})"},
        case="lr",
        verdict="structure",
        dtypes=("float32",),
    ),
    StepSlip(
        "sgd",
        "a step that crashes",
        {"g = -grad if maximize else grad": "raise ZeroDivisionError('division by zero')"},
        verdict="crash",
        quantity="optimizer step",
        step=None,
    ),
)


class HopelessStep(NamedTuple):
    """A right optimizer whose updates are too small for its parameters to show."""

    id: str
    optimizer: ModuleType
    twin: Callable[..., Any]
    lr: float

    def judge(self) -> gradtwin.Report:
        """Judge it in float32."""
        return gradtwin.check_optimizer(
            self.optimizer, twin=self.twin, options={"lr": self.lr}, steps=4, dtypes=("float32",), name=self.id
        )


HOPELESS_STEPS = (
    HopelessStep("an update of a few ulps", sgd, torch.optim.SGD, 1e-9),
    HopelessStep("an SGD update that vanishes", sgd, torch.optim.SGD, 1e-30),
    HopelessStep("an Adam update that vanishes", adam, torch.optim.Adam, 1e-30),
)

GRADIENT = "backward(grad, X, *parameters, activation=activation).parameters"

TRAINING_SLIPS = (
    TrainingSlip(
        "weights overwritten before the layer below used them",
        {"backward(grads.input,": "backward(d @ (layers[i][0] - 0.1 * grads.weight),"},
    ),
    TrainingSlip("the mask of the wrong layer", {"grads.input, a[i - 1])": "grads.input, a[min(i, len(a) - 2)])"}),
    TrainingSlip(
        "the sum for the mean loss", {"output, y)": "output, y, reduction='sum')"}, "loss", "constant factor of 32"
    ),
    TrainingSlip(
        "the gradient of the sum for the mean loss",
        {"output, y).input": "output, y, reduction='sum').input"},
        cause="constant factor of 32",
    ),
    TrainingSlip(
        "a bias gradient as a mean",
        {"(grads.bias,)": "(grads.bias / len(input),)"},
        "gradient of b1",
        "constant factor of 0.03125",
    ),
    TrainingSlip(
        "a softmax before the cross-entropy",
        {"forward(output, y)": "forward(np.exp(output) / np.exp(output).sum(axis=1, keepdims=True), y)"},
        "loss",
    ),
    TrainingSlip(
        "a forgotten bias",
        {f"list({GRADIENT})": f"[*{GRADIENT}[:-1], 0 * parameters[-1]]"},
        "gradient of b3",
        "zero everywhere",
    ),
)
