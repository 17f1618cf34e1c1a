"""Judging calls that must be refused: by the twin, and by the suspect with a ValueError or a TypeError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from gradtwin.core.inputs import Draw
from gradtwin.core.report import Finding
from gradtwin.project.case import Model, Op, Optimizer, Refusal, Scheduler, load
from gradtwin.training.check import DEFAULT_SHAPES
from gradtwin.training.suspect import is_coupled

__all__ = ["refusal_findings"]

Thunk = Callable[[], Any]


def refusal_findings(row: Op | Model | Optimizer | Scheduler, refusal: Refusal, draw: Draw) -> tuple[Finding, ...]:
    """Return what is wrong with how the two sides take a call that they should refuse."""
    ours, theirs = _calls(row, refusal, draw)
    findings = []
    try:
        theirs()
    except Exception:  # torch refuses with many types
        pass
    else:
        findings.append(Finding("mismatch", "refusal", "the twin accepts what the row says it refuses"))
    try:
        ours()
    except (ValueError, TypeError):
        pass
    except Exception as error:  # anything else is no clear refusal
        message = f"refused with {type(error).__name__} where a ValueError or a TypeError is expected: {error}"
        findings.append(Finding("mismatch", "refusal", message))
    else:
        findings.append(Finding("mismatch", "refusal", "the suspect accepts what it should refuse"))
    return tuple(findings)


def _calls(row: Op | Model | Optimizer | Scheduler, refusal: Refusal, draw: Draw) -> tuple[Thunk, Thunk]:
    """Return the call of the suspect and that of the twin."""
    options = refusal.options
    if isinstance(row, Model):
        *data, X = (refusal.inputs or row.inputs)(draw)
        ours, theirs = (load(m, None, row.name, r) for m, r in ((row.suspect, "suspect"), (row.twin, "twin")))
        return (
            lambda: ours.predict(ours.fit(*data, **options), X),
            lambda: theirs.predict(theirs.fit(*map(_tensor, data), **options), _tensor(X)),
        )
    if isinstance(row, Op):
        arrays = (refusal.inputs or row.inputs)(draw)
        named = dict(arrays) if isinstance(arrays, Mapping) else {}
        positional = () if named else tuple(arrays)
        ours = load(row.suspect, "forward", row.name, "suspect")
        theirs = load(row.twin, "forward", row.name, "twin")
        tensors = {k: _tensor(v) for k, v in {**named, **options}.items()}
        return (lambda: ours(*positional, **named, **options)), (lambda: theirs(*map(_tensor, positional), **tensors))
    module = load(row.suspect, None, row.name, "suspect")
    if isinstance(row, Optimizer):
        return _first_steps(row, module, refusal, draw)
    return _first_rates(row, module, options)


def _first_rates(row: Scheduler, module: Any, options: Mapping[str, Any]) -> tuple[Thunk, Thunk]:
    """Return how either side begins, and takes one step."""
    scheduler = load(row.twin, "scheduler", row.name, "twin")

    def theirs() -> None:
        run = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
        schedule = scheduler(run, **options)
        run.step()
        schedule.step(*(() if row.metrics is None else row.metrics[:1]))

    rate = module.lr if hasattr(module, "lr") else _first_step(module)
    return lambda: rate(1, **{"base_lr": 0.1, **options}), theirs


def _first_steps(row: Optimizer, module: Any, refusal: Refusal, draw: Draw) -> tuple[Thunk, Thunk]:
    """Return how either side begins, and takes one step along a gradient of ones."""
    shape = next(iter((row.shapes or DEFAULT_SHAPES).values()))
    (param,) = refusal.inputs(draw) if refusal.inputs is not None else (np.ones(shape, draw.dtype),)
    options, optimizer = refusal.options, load(row.twin, "optimizer", row.name, "twin")
    rows = np.arange(len(param)) if "rows" in row.cases[0].families else None
    coupled = is_coupled(module.step)

    def ours() -> None:
        grad = param if rows is None else (rows, param)
        if coupled:
            module.step([param], lambda params: (1.0, [grad]), module.init([param], **options), **options)
        else:
            module.step(param, grad, module.init(param, **options), **options)

    def theirs() -> None:
        tensor = _tensor(param)
        run = optimizer([tensor], **options)
        tensor.grad = torch.ones_like(tensor) if rows is None else torch.ones_like(tensor).to_sparse(1)
        run.step(*([lambda: torch.ones(())] if coupled else []))

    return ours, theirs


def _first_step(module: Any) -> Callable[..., Any]:
    return lambda metric, **options: module.step(module.init(**options), metric, **options)


def _tensor(x: Any) -> Any:
    return torch.from_numpy(np.array(x)) if isinstance(x, np.ndarray) else x
