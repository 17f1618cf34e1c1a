"""Rows: what is equal to what. A row holds facts about a pair, never a tolerance and never a skip.

Rows name modules as text (``"scratch.activations.relu"``), so that listing them imports neither side.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from gradtwin.errors import UsageError
from gradtwin.families import Draw

__all__ = ["Case", "Op", "Optimizer", "Refusal", "Row", "Scheduler", "Training", "load"]

Inputs = Callable[[Draw], Sequence[Any] | Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """One way of calling a pair.

    Parameters
    ----------
    name : str
        Part of the ids of the tests.
    options : mapping
        Keyword arguments of both sides.
    inputs : callable, optional
        ``inputs(draw)`` returns the inputs, by position or by name; the row's own if not given.
    families : sequence of str
        The input families that the case is tried on; of an optimizer, the gradient regimes.
    differentiable : sequence of str, optional
        Names of the inputs with a gradient; all floating inputs if not given.
    own_options : mapping
        Of an optimizer: by parameter, options in which it differs.
    variants : sequence of str
        Of an optimizer: the implementations of torch that the case is judged against as well.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs | None = None
    families: Sequence[str] = ("typical",)
    differentiable: Sequence[str] | None = None
    own_options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variants: Sequence[str] = ()


@dataclass(frozen=True)
class Refusal:
    """A call that both sides must refuse, the suspect with a ValueError or a TypeError.

    Parameters
    ----------
    name : str
        What is wrong with the call.
    options : mapping
        Keyword arguments of both sides.
    inputs : callable, optional
        ``inputs(draw)`` returns the inputs, by position or by name; the row's own if not given.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: Inputs | None = None


@dataclass(frozen=True)
class Op:
    """A forward and its backward: an activation, a loss, a layer; or a function without a gradient.

    Parameters
    ----------
    name : str
        ``family.op``, as the commands know it.
    suspect : str
        Module with ``forward`` and, unless `gradient` is False, ``backward``.
    twin : str
        Module with the PyTorch ``forward``.
    inputs : callable
        ``inputs(draw)`` returns the inputs of the cases that bring none of their own.
    cases : sequence of Case
        At least one.
    kinks : sequence of float
        Points without a derivative, as dyadic rationals; the family ``kinks`` draws from them.
    refusals : sequence of Refusal
        Calls that both sides refuse.
    omitted : mapping
        Input families that no case is tried on, each with the reason: what the twin cannot do there.
    gradient : bool
        False for a function that nobody differentiates, such as the start of a weight.
    """

    name: str
    suspect: str
    twin: str
    inputs: Inputs
    cases: Sequence[Case]
    kinks: Sequence[float] = ()
    refusals: Sequence[Refusal] = ()
    omitted: Mapping[str, str] = field(default_factory=dict)
    gradient: bool = True


@dataclass(frozen=True)
class Optimizer:
    """An optimizer with ``init`` and ``step``, beside one of `torch.optim`.

    Parameters
    ----------
    name : str
        ``family.optimizer``, as the commands know it.
    suspect : str
        Module with ``init`` and ``step``.
    twin : str
        Module with ``optimizer``, which takes a list of tensors and the options.
    cases : sequence of Case
        Options to run with; inputs do not apply.
    steps : int
        Number of steps.
    refusals : sequence of Refusal
        Options that both sides refuse.
    shapes : mapping, optional
        Shapes of the parameters, by name, where it does not take those that `gradtwin.check_optimizer` begins with.
    problems : mapping
        For an optimizer that asks for the loss: by family, ``module:function`` that returns the keyword arguments
        ``value_and_grad``, ``twin``, ``params`` and ``batches`` of `gradtwin.check_training`; takes the seed.
    omitted : mapping
        Gradient regimes and variants of torch that no case is tried on, each with the reason.
    """

    name: str
    suspect: str
    twin: str
    cases: Sequence[Case]
    steps: int = 8
    refusals: Sequence[Refusal] = ()
    shapes: Mapping[str, tuple[int, ...]] | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scheduler:
    """A learning-rate schedule, beside one of `torch.optim.lr_scheduler`.

    Parameters
    ----------
    name : str
        ``family.scheduler``, as the commands know it.
    suspect : str
        Module with ``lr``, or with ``init`` and ``step``; with ``momentum`` where that is scheduled, too.
    twin : str
        Module with ``scheduler``, which takes an optimizer of torch and the options.
    cases : sequence of Case
        Options to run with; inputs and families do not apply.
    steps : int
        Length of the curve.
    metrics : sequence of float, optional
        What the scheduler is told at each step, for one that watches a metric.
    refusals : sequence of Refusal
        Options that both sides refuse.
    """

    name: str
    suspect: str
    twin: str
    cases: Sequence[Case]
    steps: int = 50
    metrics: Sequence[float] | None = None
    refusals: Sequence[Refusal] = ()


@dataclass(frozen=True)
class Training:
    """A training run on real data.

    Parameters
    ----------
    name : str
        ``family.run``, as the commands know it.
    suspect : str
        Module with ``value_and_grad(params, *batch)``.
    twin : str
        Module with ``loss(params, *batch)``.
    optimizer, twin_optimizer : str
        Modules of the two optimizers.
    setup : str
        ``module:function`` that returns the keyword arguments ``params``, ``batches`` and ``metric`` of
        `gradtwin.check_training`; takes the seed.
    cases : sequence of Case
        Options of the optimizers.
    scheduler, twin_scheduler : str, optional
        Modules of the two schedulers.
    scheduler_options : mapping
        Options of the schedulers.
    """

    name: str
    suspect: str
    twin: str
    optimizer: str
    twin_optimizer: str
    setup: str
    cases: Sequence[Case]
    scheduler: str | None = None
    twin_scheduler: str | None = None
    scheduler_options: Mapping[str, Any] = field(default_factory=dict)


Row = Op | Optimizer | Scheduler | Training


def load(reference: str, attribute: str | None, row: str, role: str) -> Any:
    """Import a module that a row names and return one of its attributes (the module itself for None).

    Raises
    ------
    UsageError
        If the module cannot be imported or lacks the attribute.
    """
    try:
        module: ModuleType = importlib.import_module(reference)
    except ImportError as error:
        raise UsageError(
            f"Expected the {role} of row {row!r} to be a module that imports; got {reference!r}: {error}"
        ) from error
    if attribute is None:
        return module
    if not hasattr(module, attribute):
        held = ", ".join(n for n in vars(module) if not n.startswith("_")) or "nothing public"
        raise UsageError(
            f"Expected the {role} of row {row!r}, module {reference!r}, to have {attribute!r}; it has {held}."
        )
    return getattr(module, attribute)
