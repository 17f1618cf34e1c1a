"""The laws over algorithms: a row, a twin and a form for each, and the names that torch has; over violations, too."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from gradtwin.regimes import EVERY_REGIME
from gradtwin.rows import Model, Op, Optimizer, Training
from parity_tests.house import ALGORITHMS, forms, modules, read
from parity_tests.rows import PAIRS

EXPLICIT = {
    "activations.multihead_attention": ("dropout_mask",),
    "activations.rrelu": ("slopes",),
    "activations.scaled_dot_product_attention": ("dropout_mask",),
    "init.kaiming_normal": ("draw",),
    "init.kaiming_uniform": ("draw",),
    "init.normal": ("draw",),
    "init.orthogonal": ("draw",),
    "init.sparse": ("draw", "rows"),
    "init.trunc_normal": ("draw",),
    "init.uniform": ("draw",),
    "init.xavier_normal": ("draw",),
    "init.xavier_uniform": ("draw",),
    "layers.alpha_dropout": ("mask",),
    "layers.dropout": ("mask",),
    "layers.dropout1d": ("mask",),
    "layers.dropout2d": ("mask",),
    "layers.dropout3d": ("mask",),
    "layers.feature_alpha_dropout": ("mask",),
}
"""Randomness, which scratch code takes as an argument."""
NAMED_OTHERWISE: dict[str, Callable[..., Any]] = {
    "activations.identity": torch.nn.Identity().forward,
    "activations.logsumexp": lambda input, dim, keepdim=False: None,
    "activations.multihead_attention": torch.nn.functional.multi_head_attention_forward,
    "activations.softmax_jacobian": lambda input: None,
    "activations.softmax2d": torch.nn.Softmax2d().forward,
    "activations.step": lambda input, values: None,
    "layers.add": lambda input, other, *, alpha=1: None,
    "layers.adaptive_max_pool1d": torch.nn.functional.adaptive_max_pool1d_with_indices,
    "layers.adaptive_max_pool2d": torch.nn.functional.adaptive_max_pool2d_with_indices,
    "layers.gru": lambda input, hx, w_ih, w_hh, b_ih=None, b_hh=None: None,
    "layers.gru_cell": lambda input, hx, w_ih, w_hh, b_ih=None, b_hh=None: None,
    "layers.lstm": lambda input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None: None,
    "layers.lstm_cell": lambda input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None: None,
    "layers.max_pool1d": torch.nn.functional.max_pool1d_with_indices,
    "layers.max_pool2d": torch.nn.functional.max_pool2d_with_indices,
    "layers.rnn": lambda input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh": None,
    "layers.rnn_cell": lambda input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh": None,
    "losses.adaptive_log_softmax_with_loss": lambda input, target, head_weight, head_bias, *tail, cutoffs: None,
    "losses.l2_penalty": lambda *weights, alpha=1.0: None,
    "losses.multiclass_logistic_loss": lambda input, target, reduction="mean", bits=False: None,
    "losses.sigmoid_squared_error": lambda input, target, reduction="mean": None,
    "losses.squared_error": lambda input, target, reduction="mean": None,
    "training.clip_grad_norm": lambda *grads, max_norm, norm_type=2.0, error_if_nonfinite=False: None,
    "training.clip_grad_value": lambda *grads, clip_value: None,
    "training.early_stopping": lambda metrics, params, patience, min_delta=0.0, mode="min": None,
    "training.ema": lambda averaged, param, num_averaged, decay=0.999: None,
    "training.swa": lambda averaged, param, num_averaged: None,
}
"""What torch has not, or has under another name or in another form, each with what it takes.

Of an optimizer that is what its class would take after `params`, of a schedule after `optimizer`.
"""
ROOMS = {"init": (torch.nn.init, "_"), "training": (torch.nn.utils, "_")}
"""Where torch keeps the functions of a family, and what it puts behind their names."""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


CLASSES: dict[str, dict[str, Callable[..., Any]]] = {
    "optimizers": {n.lower(): c for n, c in vars(torch.optim).items() if isinstance(c, type) and n != "Optimizer"},
    "schedulers": {
        _snake(n): getattr(torch.optim.lr_scheduler, n) for n in torch.optim.lr_scheduler.__all__ if n != "LRScheduler"
    },
}
"""The classes of torch, by family and by the name that we give them."""
FUNCTION_OF = {
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "cross_entropy",
    "KLDivLoss": "kl_div",
    "LinearCrossEntropyLoss": "linear_cross_entropy",
    "MultiheadAttention": "multihead_attention",
    "NLLLoss2d": "nll_loss",
}
"""Modules of torch whose function has a name of its own."""
OF_TORCH = ("params", "foreach", "capturable", "differentiable", "fused")
"""What an optimizer of torch takes for its own sake, not for that of the method."""
OPS = [name for name in ALGORITHMS if name.split(".")[0] in ("activations", "init", "layers", "losses", "training")]
OPTIMIZERS = [name for name in ALGORITHMS if name.startswith("optimizers.")]
SCHEDULERS = [name for name in ALGORITHMS if name.startswith("schedulers.")]
FITTED = [row.suspect.removeprefix("scratch.") for row in PAIRS if isinstance(row, Model)]
FORWARDS = sorted({row.suspect.removeprefix("scratch.") for row in PAIRS if isinstance(row, Op)})


def _scratch(name: str) -> ModuleType:
    return importlib.import_module(f"scratch.{name}")


def _counterpart(name: str) -> Callable[..., Any]:
    """Return the function or the class of torch that an algorithm has to take the same as."""
    family, _, function = name.partition(".")
    room, suffix = ROOMS.get(family, (torch.nn.functional, ""))
    theirs = NAMED_OTHERWISE.get(name) or CLASSES.get(family, vars(room)).get(f"{function}{suffix}")
    if theirs is None:
        raise LookupError(f"Expected torch to have {name}, or NAMED_OTHERWISE to say what it takes; got neither.")
    return theirs


def test_every_algorithm_has_a_twin_at_the_same_path() -> None:
    ours, twins = modules("scratch"), modules("reference")
    assert (ours.keys() - twins.keys(), twins.keys() - ours.keys()) == (set(), set())


def test_every_algorithm_stands_in_a_row() -> None:
    judged = {row.suspect for row in PAIRS} | {row.optimizer for row in PAIRS if isinstance(row, Training)}
    algorithms = {f"scratch.{name}" for name in ALGORITHMS}
    assert (algorithms - judged, judged - algorithms) == (set(), set())


def test_every_row_puts_an_algorithm_beside_its_own_twin() -> None:
    sides = [(row.suspect, row.twin) for row in PAIRS]
    sides += [(row.optimizer, row.twin_optimizer) for row in PAIRS if isinstance(row, Training)]
    assert [side for side in sides if side[1] != side[0].replace("scratch.", "reference.", 1)] == []


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_has_the_form_of_its_family(name: str) -> None:
    family = name.split(".")[0]
    assert forms.disorder(read(f"scratch/{name.replace('.', '/')}.py"), family) == []


@pytest.mark.parametrize("name", OPS)
def test_an_op_takes_what_torch_takes(name: str) -> None:
    ours = forms.parameters(_scratch(name).forward, EXPLICIT.get(name, ()))
    assert ours == forms.torch_parameters(_counterpart(name))
    assert {p for p, _, _ in forms.parameters(_scratch(name).forward)} >= set(EXPLICIT.get(name, ()))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_what_torch_takes(name: str) -> None:
    theirs = forms.parameters(_counterpart(name), OF_TORCH)
    assert forms.parameters(_scratch(name).init, ("param", "params")) == theirs


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_takes_what_torch_takes(name: str) -> None:
    theirs = forms.parameters(_counterpart(name), ("optimizer", "last_epoch", "base_lr"))
    module = _scratch(name)
    ours = forms.parameters(getattr(module, "lr", None) or module.init, ("step", "base_lr"))
    assert [(n, default) for n, _, default in ours] == [(n, default) for n, _, default in theirs]


@pytest.mark.parametrize("family", ["activations", "losses", "optimizers", "schedulers"])
def test_every_algorithm_of_torch_has_a_row(family: str) -> None:
    listed = {"activations": torch.nn.modules.activation.__all__, "losses": torch.nn.modules.loss.__all__}
    theirs = {_functional(n) for n in listed[family]} if family in listed else set(CLASSES[family])
    assert {f"{family}.{name}" for name in theirs} - {row.name for row in PAIRS} == set()


def _functional(module: str) -> str:
    """Return the name of the function of a module of torch: `leaky_relu` for `LeakyReLU`, `ctc_loss` for `CTCLoss`."""
    known = {n.replace("_", ""): n for n in dir(torch.nn.functional) if not n.endswith("_")}
    name = FUNCTION_OF.get(module, module.lower())
    return known.get(name, name)


def _implementations(name: str) -> set[str]:
    """Return the implementations that torch has of an optimizer, as variants of a case."""
    taken = {option for option, _, _ in forms.parameters(_counterpart(name))}
    had = taken & {"foreach", "fused", "capturable", "differentiable"}
    return had | ({"for-loop"} if "foreach" in had else set()) | ({"complex"} if had else set())


@pytest.mark.parametrize("row", [r for r in PAIRS if isinstance(r, Optimizer)], ids=lambda r: r.name)
def test_an_optimizer_is_judged_against_every_implementation_that_torch_has(row: Optimizer) -> None:
    tried = {v for case in row.cases for v in case.variants}
    assert tried == _implementations(row.suspect.removeprefix("scratch.")) - set(row.omitted)


@pytest.mark.parametrize("row", [r for r in PAIRS if isinstance(r, Optimizer)], ids=lambda r: r.name)
def test_an_optimizer_is_tried_on_every_regime(row: Optimizer) -> None:
    tried = {regime for case in row.cases for regime in case.families}
    assert tried | set(row.omitted) >= set(EVERY_REGIME) or tried in ({"rows"}, set(row.problems))


@pytest.mark.parametrize("name", FORWARDS)
def test_an_algorithm_and_its_twin_take_the_same(name: str) -> None:
    twin = importlib.import_module(f"reference.{name}")
    assert forms.parameters(_scratch(name).forward) == forms.parameters(twin.forward)


@pytest.mark.parametrize("name", FITTED)
def test_a_model_and_its_twin_take_the_same(name: str) -> None:
    ours, twin = _scratch(name), importlib.import_module(f"reference.{name}")
    assert forms.parameters(ours.fit) == forms.parameters(twin.fit)
    assert forms.parameters(ours.predict) == forms.parameters(twin.predict)
    if hasattr(twin, "loss"):
        assert forms.parameters(ours.value_and_grad) == forms.parameters(twin.loss)


OP = "def forward(input, weight=None): ...\ndef backward(grad, input, weight=None): ...\n"
SCHEDULE = "def lr(step, *, base_lr, gamma=0.1): ...\ndef momentum(step, *, base_lr, gamma=0.1): ...\n"
OPTIMIZER = "class State: ...\ndef init(param, lr=0.1): ...\ndef step(param, grad, state, lr=0.1): ...\n"
MODEL = "class Fitted: ...\n" + OP + "def fit(X, y): ...\ndef predict(fitted, X): ...\n"


@pytest.mark.parametrize(
    ("family", "kept", "violation"),
    [
        ("losses", OP, OP.replace("grad, input", "input, grad")),
        ("losses", OP, OP.replace("grad, input, weight=None", "grad, input, weight")),
        ("losses", OP, OP.replace("forward", "function")),
        ("losses", OP, "\n".join(reversed(OP.splitlines()))),
        ("optimizers", OPTIMIZER, OPTIMIZER.replace("state, lr=0.1", "state, lr=0.01")),
        ("optimizers", OPTIMIZER, OPTIMIZER.replace("State", "Memory")),
        ("schedulers", SCHEDULE, SCHEDULE.replace("gamma=0.1", "gamma=0.2", 1)),
        ("schedulers", SCHEDULE, SCHEDULE.replace("step, *, base_lr", "step, base_lr")),
        ("models", MODEL, MODEL.replace("fitted, X", "X, fitted")),
        ("models", MODEL, MODEL.replace("def fit(X, y): ...\n", "")),
        ("models", MODEL.replace(OP, ""), MODEL.replace(OP, "").replace("class Fitted: ...\n", "")),
    ],
)
def test_a_law_over_forms_can_fail(family: str, kept: str, violation: str) -> None:
    assert forms.disorder(kept, family) == []
    assert forms.disorder(violation, family) != []


@pytest.mark.parametrize(
    "ours",
    [
        lambda input, weight, bias: None,
        lambda input, bias=None, weight=None: None,
        lambda input, weight, bias=0: None,
        lambda input, weight, *, bias=None: None,
    ],
    ids=["no default", "another order", "another default", "another kind"],
)
def test_another_signature_than_torch_is_seen(ours: Callable[..., Any]) -> None:
    assert forms.parameters(ours) != forms.torch_parameters(torch.nn.functional.linear)
    assert forms.parameters(lambda input, weight, bias=None: None) == forms.torch_parameters(torch.nn.functional.linear)


@pytest.mark.parametrize("name", ["activations.nobodys", "optimizers.nobodys", "schedulers.nobodys"])
def test_what_torch_has_not_says_itself_what_it_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match=f"Expected torch to have {name}, or NAMED_OTHERWISE to say what it takes"):
        _counterpart(name)
    monkeypatch.setitem(NAMED_OTHERWISE, name, lambda params, lr=1e-4: None)
    assert forms.parameters(_counterpart(name), OF_TORCH) == [("lr", "positional or keyword", 1e-4)]
    assert _implementations(name) == set()


def test_the_laws_find_algorithms() -> None:
    assert [kind for kind in (OPS, OPTIMIZERS, SCHEDULERS, FITTED, FORWARDS) if not kind] == []
