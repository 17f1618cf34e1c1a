"""What `gradtwin show` prints, formula, sources and numbers side by side, and what `gradtwin env` prints."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin import __version__
from gradtwin.core.bound import K, precision
from gradtwin.core.call import arrays_in, enter
from gradtwin.core.conditions import seed_from
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation, ratios
from gradtwin.ops.judge import gradients_by_name
from gradtwin.project.case import Case, Model, Op, Optimizer, Row, Training, load
from gradtwin.project.trials import Trial
from gradtwin.training.method import Method
from gradtwin.training.regimes import gradients_of
from gradtwin.training.snapshot import gradient_of, is_counter
from gradtwin.training.step import spreads
from gradtwin.training.subject import Sides

__all__ = ["environment", "show"]

Array = NDArray[Any]
PRECISION = precision("float64")
ELEMENTS = 6
STEPS = 3
STEP_SHAPE = (3,)
WITHOUT_NUMBERS = ("crash", "structure", "impure")

REQUIRED = ("numpy", "scipy", "torch")
EXTRAS = {"python-flint": "witness"}
"""Optional packages, each with the extra that brings it."""


def environment() -> dict[str, str]:
    """Return versions, devices, CPU threads and K; for what is not installed, the command that installs it."""
    commands = {package: f"pip install {package}" for package in REQUIRED}
    commands |= {package: f"pip install 'gradtwin[{extra}]'" for package, extra in EXTRAS.items()}
    cuda = [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    return {
        "python": platform.python_version(),
        "gradtwin": __version__,
        **{package: _version(package, command) for package, command in commands.items()},
        "devices": ", ".join(["cpu", *cuda]),
        "CPU threads": str(torch.get_num_threads()),
        "K": f"{K:g}",
    }


def _version(package: str, command: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return f"missing: {command}"


def show(row: Row) -> Iterator[str]:
    """Yield, as text, what a row is made of and, unless it is a training run, its first case in numbers."""
    roles = {"suspect": row.suspect, "twin": row.twin}
    if isinstance(row, Training):
        roles |= {"optimizer": row.optimizer, "twin optimizer": row.twin_optimizer}
    modules = {role: load(reference, None, row.name, role) for role, reference in roles.items()}
    yield _title(f"{row.name}: formula")
    yield inspect.getdoc(modules["suspect"]) or "The suspect's module has no docstring."
    for role, module in modules.items():
        yield _title(f"{role}: {roles[role]}")
        yield _source(module)
    case = row.cases[0]
    options = ", ".join(f"{k}={v!r}" for k, v in case.options.items()) or "defaults"
    yield _title(f"case {case.name!r}: {options}")
    if isinstance(row, Training):
        yield f"Trained on what {row.setup} returns; `gradtwin verify {row.name}` runs it."
        return
    family = case.families[0] if isinstance(row, (Model, Op, Optimizer)) else ""
    trial = Trial(row, case, family, PRECISION.name)
    report = trial.run()
    if report.verdict not in WITHOUT_NUMBERS and isinstance(row, Op):
        yield from _op(row, case, trial)
    if report.verdict not in WITHOUT_NUMBERS and isinstance(row, Optimizer):
        yield from _optimizer(row, case, trial)
    yield _title("verdict")
    yield str(report)


def _title(text: str) -> str:
    return f"\n{text}\n{'-' * len(text)}"


def _source(module: Any) -> str:
    """Return the source of a module without its docstring, which is the formula."""
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    tree = ast.parse(text)
    start = 0 if ast.get_docstring(tree) is None else tree.body[0].end_lineno
    return "\n".join(text.splitlines()[start:]).strip()


def _op(row: Op, case: Case, trial: Trial) -> Iterator[str]:
    subject = trial.subject(row, case)
    inputs = subject.inputs
    for name, x in zip(inputs.names, inputs.arrays, strict=True):
        yield f"{name}: {_described(x)}"
    outputs = arrays_in(enter(subject.forward, *inputs.arrays, **inputs.options))
    choices = subject.cotangents([x.shape for x in outputs])
    truth, cotangents = subject.truth(choices), choices[0]
    for x in cotangents if subject.backward is not None else ():
        yield f"grad: {_described(x)}"
    for i, got in enumerate(outputs):
        e = truth.output(i).closest()
        assert e is not None
        yield _beside("output", got, e)
    if subject.backward is None:
        return
    grad = cotangents[0] if len(cotangents) == 1 else tuple(cotangents)
    gradients = gradients_by_name(subject, enter(subject.backward, grad, *inputs.arrays, **inputs.options))
    for j, name in enumerate(inputs.names):
        gradient = None if isinstance(gradients, Finding) else gradients.get(name)
        e = truth.gradient(0, j).closest() if gradient is not None else None
        if gradient is not None and e is not None:
            yield _beside(f"gradient of {name}", gradient, e)


def _optimizer(row: Optimizer, case: Case, trial: Trial) -> Iterator[str]:
    rng = np.random.default_rng(seed_from(trial.id, trial.seed))
    name, shape = next(iter((row.shapes or {"param": STEP_SHAPE}).items()))
    if trial.family in row.problems:
        problem = trial.problem(row)
    else:
        param, draw = rng.standard_normal(shape), gradients_of(trial.family, PRECISION.name)
        batches = [(draw(rng, t, shape),) for t in range(STEPS)]
        problem = {"value_and_grad": None, "twin": None, "params": {name: param}, "batches": batches}
    sides = Sides(
        problem["value_and_grad"],
        load(row.suspect, None, row.name, "suspect"),
        problem["twin"],
        load(row.twin, "optimizer", row.name, "twin"),
        problem["params"],
        problem["batches"],
        Method(case.options),
        {},
        PRECISION,
        "cpu",
        seed_from(trial.id, trial.seed),
    )
    for n, p in problem["params"].items():
        yield f"{n}: {_described(p)}"
    suspect, twin, shadows = sides.suspect(), sides.twin(), sides.second_look()
    for t, batch in enumerate(problem["batches"][:STEPS]):
        yield "\n" + ", ".join([f"step {t}", *(f"grad: {_described(x)}" for x in batch if sides.loss is None)])
        own, after = suspect.step(batch), twin.step(batch)
        spread = spreads(after, [side.step(batch) for side in shadows])
        for quantity, value in after.items():
            if quantity in own and quantity not in map(gradient_of, problem["params"]):
                exact = is_counter(quantity)
                e = Expectation(value.astype(np.float64), spread[quantity], value, PRECISION, exact)
                yield _beside(quantity, own[quantity], e)


def _described(x: Any) -> str:
    if not isinstance(x, np.ndarray):
        return repr(x)
    values = np.array2string(x, precision=6, threshold=4 * ELEMENTS, edgeitems=2, separator=", ")
    return f"{x.dtype} {x.shape}\n{values}"


def _beside(quantity: str, got: Array, e: Expectation) -> str:
    """Return a table of the first elements of both sides, and how close the worst of all comes to the bound."""
    r = ratios(got, e)
    width = max(20, len(quantity))
    lines = [f"\n{quantity:{width}}  {'suspect':>24}  {'twin':>24}  {'difference':>10}  {'allowed':>10}"]
    for at in list(np.ndindex(e.truth.shape))[:ELEMENTS]:
        ours, theirs, bound = float(got[at]), float(e.truth[at]), float(e.bound[at])
        place = f"[{', '.join(map(str, at))}]"
        lines.append(f"{place:{width}}  {ours:24.17g}  {theirs:24.17g}  {abs(ours - theirs):10.2g}  {bound:10.2g}")
    if r.size > ELEMENTS:
        lines.append(f"and {r.size - ELEMENTS} more")
    worst = float(r.max(initial=0.0))
    verdict = "inside" if worst <= K else "outside"
    lines.append(f"worst ratio {worst:.2f} of {K:g}: {verdict} the bound")
    return "\n".join(lines)
