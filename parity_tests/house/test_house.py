"""The laws over the source of the project, and over a planted violation of each."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from gradtwin.regimes import EVERY_REGIME
from gradtwin.rows import Model, Op, Optimizer, Training
from parity_tests.house import laws
from parity_tests.pairs import PAIRS

ROOT = Path(__file__).resolve().parents[2]
OURS = ("docs", "gradtwin", "parity_tests", "reference", "scratch", "scripts")
MAY_KNOW = {"gradtwin": {"gradtwin", "torch"}, "scratch": {"scratch"}, "reference": {"reference", "torch"}}
LONG_FILES: dict[str, str] = {
    "scratch/activations/multihead_attention.py": "its two functions take 26 and 27 arguments, and one returns 16",
}
"""Files of more than 200 lines in `scratch/` and `reference/`, each with its reason."""
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
"""What has another name in torch, or another form, or takes its weights from a module."""
ROOMS = {"init": (torch.nn.init, "_"), "training": (torch.nn.utils, "_")}
"""Where torch keeps the functions of a family, and what it puts behind their names."""
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


def _text_files() -> list[str]:
    held = [p for name in (*OURS, ".ci") for p in (ROOT / name).rglob("*") if "__pycache__" not in p.parts]
    suffixes = (".py", ".md", ".toml", ".txt", ".yaml", ".cff", ".json", "")
    found = [p for p in (*held, *ROOT.glob("*")) if p.is_file() and p.suffix in suffixes]
    return sorted(p.relative_to(ROOT).as_posix() for p in found)


def _modules(package: str) -> dict[str, str]:
    """Return the algorithms of a package: dotted name without the package, by path without the package."""
    found = [p.relative_to(ROOT / package) for p in (ROOT / package).rglob("*.py")]
    return {p.as_posix(): ".".join(p.with_suffix("").parts) for p in found if not p.name.startswith("_")}


TEXTS = _text_files()
SOURCES = [p for p in TEXTS if p.endswith(".py")]
ALGORITHMS = sorted(_modules("scratch").values())
OPS = [name for name in ALGORITHMS if name.split(".")[0] in ("activations", "init", "layers", "losses", "training")]
OPTIMIZERS = [name for name in ALGORITHMS if name.startswith("optimizers.")]
SCHEDULERS = [name for name in ALGORITHMS if name.startswith("schedulers.")]
FITTED = [row.suspect.removeprefix("scratch.") for row in PAIRS if isinstance(row, Model)]
FORWARDS = sorted({row.suspect.removeprefix("scratch.") for row in PAIRS if isinstance(row, Op)})


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _scratch(name: str) -> ModuleType:
    return importlib.import_module(f"scratch.{name}")


def _broken(law: Callable[[str], list[str]], paths: Iterable[str]) -> list[str]:
    """Return what breaks the law, each with its path."""
    return [f"{path}, {what}" for path in paths for what in law(_read(path))]


@pytest.mark.parametrize("package", MAY_KNOW)
def test_arrows_run_one_way(package: str) -> None:
    """The oracle, the library and the twins know nothing of each other, and the library nothing of torch."""
    forbidden = {*OURS, "torch"} - MAY_KNOW[package]
    held = [path for path in SOURCES if path.startswith(f"{package}/")]
    assert _broken(lambda source: laws.outsiders(source, forbidden), held) == []


def test_no_tolerance_stands_outside_the_bound() -> None:
    assert _broken(laws.tolerances, [path for path in SOURCES if path != "gradtwin/core/bound.py"]) == []


def test_nothing_is_skipped_but_for_a_missing_device() -> None:
    assert _broken(laws.skips, SOURCES) == []


def test_no_line_is_too_long() -> None:
    """Markdown holds tables and the output of commands, which cannot be wrapped."""
    assert _broken(laws.long_lines, [path for path in TEXTS if not path.endswith(".md")]) == []


def test_scripts_are_shell() -> None:
    """Python belongs into a package, where it is linted and typed."""
    begun = {path: _read(path).partition("\n")[0] for path in TEXTS if re.fullmatch("scripts/[^/]+", path)}
    other = {path for path, first in begun.items() if first != "#!/usr/bin/env bash"}
    assert other == {"scripts/__init__.py", "scripts/_setup"}


def test_long_files_are_those_that_have_a_reason() -> None:
    long = {p for p in SOURCES if p.startswith(("scratch/", "reference/")) and _read(p).count("\n") > 200}
    assert long == set(LONG_FILES)


def test_every_algorithm_has_a_twin_at_the_same_path() -> None:
    assert _modules("scratch") == _modules("reference")


def test_every_algorithm_stands_in_a_row() -> None:
    named = {row.suspect for row in PAIRS} | {row.optimizer for row in PAIRS if isinstance(row, Training)}
    assert named == {f"scratch.{name}" for name in ALGORITHMS}


def test_every_row_puts_an_algorithm_beside_its_own_twin() -> None:
    sides = [(row.suspect, row.twin) for row in PAIRS]
    sides += [(row.optimizer, row.twin_optimizer) for row in PAIRS if isinstance(row, Training)]
    assert [twin for _, twin in sides] == [s.replace("scratch.", "reference.", 1) for s, _ in sides]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_has_the_form_of_its_family(name: str) -> None:
    family = name.split(".")[0]
    assert laws.disorder(_read(f"scratch/{name.replace('.', '/')}.py"), family) == []


@pytest.mark.parametrize("name", OPS)
def test_an_op_takes_what_torch_takes(name: str) -> None:
    family, _, function = name.partition(".")
    room, suffix = ROOMS.get(family, (torch.nn.functional, ""))
    theirs = NAMED_OTHERWISE.get(name) or getattr(room, f"{function}{suffix}")
    ours = laws.parameters(_scratch(name).forward, EXPLICIT.get(name, ()))
    assert ours == laws.torch_parameters(theirs)
    assert {p for p, _, _ in laws.parameters(_scratch(name).forward)} >= set(EXPLICIT.get(name, ()))


def test_every_activation_and_loss_of_torch_has_a_row() -> None:
    rows = {row.name for row in PAIRS}
    for family, module in (("activations", torch.nn.modules.activation), ("losses", torch.nn.modules.loss)):
        missing = {f"{family}.{_functional(n)}" for n in module.__all__} - rows
        assert missing == set()


def _functional(module: str) -> str:
    """Return the name of the function of a module of torch: `leaky_relu` for `LeakyReLU`, `ctc_loss` for `CTCLoss`."""
    known = {n.replace("_", ""): n for n in dir(torch.nn.functional) if not n.endswith("_")}
    name = FUNCTION_OF.get(module, module.lower())
    return known.get(name, name)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_what_torch_takes(name: str) -> None:
    classes = {n.lower(): c for n, c in vars(torch.optim).items() if isinstance(c, type)}
    expected = laws.parameters(classes[name.split(".")[1]], OF_TORCH)
    assert laws.parameters(_scratch(name).init, ("param", "params")) == expected


def test_every_optimizer_of_torch_has_a_row() -> None:
    classes = {n for n, c in vars(torch.optim).items() if isinstance(c, type)} - {"Optimizer"}
    assert {n.lower() for n in classes} == {name.split(".")[1] for name in OPTIMIZERS}


@pytest.mark.parametrize("row", [r for r in PAIRS if isinstance(r, Optimizer)], ids=lambda r: r.name)
def test_an_optimizer_is_judged_against_every_implementation_that_torch_has(row: Optimizer) -> None:
    classes = {n.lower(): c for n, c in vars(torch.optim).items() if isinstance(c, type)}
    taken = {name for name, _, _ in laws.parameters(classes[row.name.split(".")[1]])}
    had = {v for v in ("foreach", "fused", "capturable", "differentiable") if v in taken}
    expected = had | ({"for-loop"} if "foreach" in had else set()) | ({"complex"} if had else set())
    assert {v for case in row.cases for v in case.variants} == expected - set(row.omitted)


@pytest.mark.parametrize("row", [r for r in PAIRS if isinstance(r, Optimizer)], ids=lambda r: r.name)
def test_an_optimizer_is_tried_on_every_regime(row: Optimizer) -> None:
    tried = {regime for case in row.cases for regime in case.families}
    assert tried | set(row.omitted) >= set(EVERY_REGIME) or tried in ({"rows"}, set(row.problems))


def test_every_scheduler_of_torch_has_a_row() -> None:
    classes = set(torch.optim.lr_scheduler.__all__) - {"LRScheduler"}
    assert {_snake(c) for c in classes} == {name.split(".")[1] for name in SCHEDULERS}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_takes_what_torch_takes(name: str) -> None:
    classes = {_snake(n): getattr(torch.optim.lr_scheduler, n) for n in torch.optim.lr_scheduler.__all__}
    theirs = laws.parameters(classes[name.split(".")[1]].__init__, ("self", "optimizer", "last_epoch", "base_lr"))
    module = _scratch(name)
    ours = laws.parameters(getattr(module, "lr", None) or module.init, ("step", "base_lr"))
    assert [(n, default) for n, _, default in ours] == [(n, default) for n, _, default in theirs]


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@pytest.mark.parametrize("name", FORWARDS)
def test_an_algorithm_and_its_twin_take_the_same(name: str) -> None:
    twin = importlib.import_module(f"reference.{name}")
    assert laws.parameters(_scratch(name).forward) == laws.parameters(twin.forward)


@pytest.mark.parametrize("name", FITTED)
def test_a_model_and_its_twin_take_the_same(name: str) -> None:
    ours, twin = _scratch(name), importlib.import_module(f"reference.{name}")
    assert laws.parameters(ours.fit) == laws.parameters(twin.fit)
    assert laws.parameters(ours.predict) == laws.parameters(twin.predict)
    if hasattr(twin, "loss"):
        assert laws.parameters(ours.value_and_grad) == laws.parameters(twin.loss)


OP = "def forward(input, weight=None): ...\ndef backward(grad, input, weight=None): ...\n"
SCHEDULE = "def lr(step, *, base_lr, gamma=0.1): ...\ndef momentum(step, *, base_lr, gamma=0.1): ...\n"
OPTIMIZER = "class State: ...\ndef init(param, lr=0.1): ...\ndef step(param, grad, state, lr=0.1): ...\n"
MODEL = "class Fitted: ...\n" + OP + "def fit(X, y): ...\ndef predict(fitted, X): ...\n"
MISSING_DEVICE = "pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')"


def _outsiders(source: str) -> list[str]:
    return laws.outsiders(source, {"scratch", "torch"})


def _op(source: str) -> list[str]:
    return laws.disorder(source, "losses")


def _optimizer(source: str) -> list[str]:
    return laws.disorder(source, "optimizers")


def _scheduler(source: str) -> list[str]:
    return laws.disorder(source, "schedulers")


def _model(source: str) -> list[str]:
    return laws.disorder(source, "models")


@pytest.mark.parametrize(
    ("law", "kept", "broken"),
    [
        (_outsiders, "import numpy", "import torch"),
        (_outsiders, "from scratchpad import x", "from scratch.losses import mse_loss"),
        (_outsiders, "import torchvision", "def f():\n    import torch.nn.functional as F"),
        (_outsiders, "import_module(name)", "importlib.import_module('scratch.losses')"),
        (laws.tolerances, "f(a, b)", "f(a, b, rtol=1e-3)"),
        (laws.tolerances, "def f(a, eps): ...", "def f(a, atol): ..."),
        (laws.tolerances, "assert a == b", "assert a == pytest.approx(b)"),
        (laws.tolerances, "np.testing.assert_array_equal(a, b)", "np.testing.assert_allclose(a, b)"),
        (laws.tolerances, "import math", "from math import isclose"),
        (laws.tolerances, "assert abs(a - b) <= bound", "assert abs(a - b) < 1e-6"),
        (laws.tolerances, "assert radius < 1e-200", "assert 1e-6 >= np.max(a - b)"),
        (laws.tolerances, "assert stop - start < 0.3", "assert np.linalg.norm(a - b, 2) < 1e-3"),
        (laws.skips, MISSING_DEVICE, "pytest.mark.skipif(sys.platform == 'win32', reason='no')"),
        (laws.skips, "pytest.fail('no')", "pytest.skip('no')"),
        (laws.skips, "from pytest import raises", "from pytest import importorskip"),
        (laws.skips, "@pytest.mark.long\ndef f(): ...", "@pytest.mark.xfail\ndef f(): ..."),
        (laws.skips, '"""\n>>> f()\n"""', '"""\n>>> f()  # doctest: +SKIP\n"""'),
        (laws.long_lines, "x" * 120, "x" * 121),
        (_op, OP, OP.replace("grad, input", "input, grad")),
        (_op, OP, OP.replace("grad, input, weight=None", "grad, input, weight")),
        (_op, OP, OP.replace("forward", "function")),
        (_op, OP, "\n".join(reversed(OP.splitlines()))),
        (_optimizer, OPTIMIZER, OPTIMIZER.replace("state, lr=0.1", "state, lr=0.01")),
        (_scheduler, SCHEDULE, SCHEDULE.replace("gamma=0.1", "gamma=0.2", 1)),
        (_scheduler, SCHEDULE, SCHEDULE.replace("step, *, base_lr", "step, base_lr")),
        (_optimizer, OPTIMIZER, OPTIMIZER.replace("State", "Memory")),
        (_model, MODEL, MODEL.replace("fitted, X", "X, fitted")),
        (_model, MODEL, MODEL.replace("def fit(X, y): ...\n", "")),
        (_model, MODEL.replace(OP, ""), MODEL.replace(OP, "").replace("class Fitted: ...\n", "")),
    ],
)
def test_a_law_can_fail(law: Callable[[str], list[str]], kept: str, broken: str) -> None:
    assert law(kept) == []
    assert law(broken) != []


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
    assert laws.parameters(ours) != laws.torch_parameters(torch.nn.functional.linear)
    assert laws.parameters(lambda input, weight, bias=None: None) == laws.torch_parameters(torch.nn.functional.linear)


def test_the_laws_read_every_folder() -> None:
    assert {p.split("/")[0] for p in SOURCES} == set(OURS)
    assert {"pyproject.toml", "scripts/test", ".ci/run", "LICENSE"} <= set(TEXTS)
    assert OPS
    assert OPTIMIZERS
