"""Rows: what is equal to what. A row holds facts about a pair, never a tolerance and never a skip.

Rows name modules as text (``"scratch.activations.relu"``), so that listing them imports neither side.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from gradtwin.core.errors import UsageError
from gradtwin.core.inputs import Draw

__all__ = ["KINDS", "Case", "Misprint", "Model", "Op", "Optimizer", "Refusal", "Row", "Scheduler", "Training", "load"]

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
class Misprint:
    """A formula that stands wrong somewhere; the pair's check must refuse it, or the pair fails.

    Parameters
    ----------
    name : str
        What the error is called.
    where : str
        Where it is printed.
    printed, correct : str
        The formula as it is printed, and as it should be.
    quantity : str
        What must be refused: ``output``, ``gradient of weight``.
    forward, backward : str
        The functions of the suspect's module that compute what is printed.
    verdict : str
        How it must be refused, on the row's first case.
    """

    name: str
    where: str
    printed: str
    correct: str
    quantity: str
    forward: str = "forward"
    backward: str = "backward"
    verdict: str = "mismatch"


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
    margin : bool
        True for a function that decides; the twin's module has ``margin``, as `gradtwin.check` takes it.
    misprints : sequence of Misprint
        Wrong formulas of the same function, which must be refused.
    tags : sequence of str
        Further names of the row.
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
    margin: bool = False
    misprints: Sequence[Misprint] = ()
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Model:
    """A model that is fitted to data and then predicts.

    Parameters
    ----------
    name : str
        ``family.model``, as the commands know it.
    suspect : str
        Module with ``fit(*data, **options)``, which returns a NamedTuple, and ``predict(fitted, X)``; for `costs`,
        with ``value_and_grad(parameters, *data, **options)``.
    twin : str
        Module with the same ``fit`` and ``predict`` in PyTorch; for `costs`, with
        ``loss(parameters, *data, **options)``.
    inputs : callable
        ``inputs(draw)`` returns the data of `fit` and, last, the X of `predict`.
    cases : sequence of Case
        Options of `fit`; at least one.
    costs : sequence of Case
        What the cost and its gradient are tried on: each with inputs, of which the first is the list of parameters.
    refusals : sequence of Refusal
        Data and options that both sides refuse.
    margin : bool
        True for a model that predicts labels; the twin's module has ``margin(fitted, X)``, as `gradtwin.check_model`
        takes it.
    tags : sequence of str
        Further names of the row.
    """

    name: str
    suspect: str
    twin: str
    inputs: Inputs
    cases: Sequence[Case]
    costs: Sequence[Case] = ()
    refusals: Sequence[Refusal] = ()
    margin: bool = False
    tags: Sequence[str] = ()


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
    tags : sequence of str
        Further names of the row.
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
    tags: Sequence[str] = ()


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
    tags : sequence of str
        Further names of the row.
    """

    name: str
    suspect: str
    twin: str
    cases: Sequence[Case]
    steps: int = 50
    metrics: Sequence[float] | None = None
    refusals: Sequence[Refusal] = ()
    tags: Sequence[str] = ()


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
    tags : sequence of str
        Further names of the row.
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
    tags: Sequence[str] = ()


Row = Op | Model | Optimizer | Scheduler | Training

KINDS = (Op, Model, Optimizer, Scheduler, Training)
"""Every kind of row."""


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
