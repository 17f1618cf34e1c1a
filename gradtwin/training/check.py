"""Judging optimizers and training runs: in lockstep, where the check never loses its edge, and running free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.arguments import public_check
from gradtwin.core.bound import precision
from gradtwin.core.call import Code
from gradtwin.core.conditions import Conditions, check_device, seed_from
from gradtwin.core.conventions import accepted, by_convention
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.report import Report
from gradtwin.training.arguments import (
    options_of,
    precisions,
    require_arrays,
    require_batches,
    require_callable,
    require_count,
    require_mapping,
    require_options,
    require_shapes,
)
from gradtwin.training.conventions import other_optimizers
from gradtwin.training.defaults import defaults_of, differing_defaults
from gradtwin.training.forms.form import Form
from gradtwin.training.forms.recognise import entry_of
from gradtwin.training.losses import near_losses
from gradtwin.training.lost_digits import judged
from gradtwin.training.method import VARIANTS, StepOptions, scheduled
from gradtwin.training.regimes import LATE, draw_run
from gradtwin.training.renaming import Renaming
from gradtwin.training.schedule import check_scheduler
from gradtwin.training.subject import OptimizerPair, Problem, Run

__all__ = ["check_optimizer", "check_training"]

Array = NDArray[Any]
Twins = tuple[Code | None, Code]
"""The loss and the optimizer of torch."""


@public_check
def check_optimizer(
    optimizer: Any,
    *,
    twin: Callable[..., Any],
    options: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    gradients: Callable[[np.random.Generator, int, tuple[int, ...]], Any] | str = "typical",
    steps: int = 20,
    own_options: Mapping[str, Mapping[str, Any]] | None = None,
    state_names: Mapping[str, str] | None = None,
    variant: str = "",
    accept: str | Sequence[str] = (),
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge an optimizer against one of `torch.optim` on given gradients, in lockstep and running free.

    Parameters
    ----------
    optimizer : module, object or callable
        Has ``init(param, **options) -> state``, of any kind, and ``step(param, grad, state, **options) -> (param,
        state)``; or ``init(params)`` and ``update(grads, state, params)``, which returns what is to be added; is a
        subclass of `torch.optim.Optimizer`; is a class, a function that makes objects, or an object, with
        ``step(params, grads)``, ``update(params, grads)``, ``update_params(layer)``, ``apply_gradients(pairs)`` or a
        call, which can only run free, since their state is out of reach; or is a function of a parameter and its
        gradient, without a state or with a ``config`` that holds options and state. The report says how it was read.
    twin : callable
        A class of `torch.optim`.
    options : mapping, optional
        Options of both.
    params : mapping, optional
        Initial parameters by name; drawn if not given.
    shapes : mapping, optional
        Shapes of the parameters that are drawn; by default one of each rank from three to none.
    gradients : callable or str
        ``gradients(rng, step, shape)`` returns the gradient of one parameter: an array; None at a step that leaves
        the parameter alone; or a pair of indices along the first axis and rows, which is a sparse tensor for the
        twin. Or the name of one of `gradtwin.regimes.REGIMES`; by default normal, with a scale of its own for each
        element between 1e-3 and 1e3.
    steps : int
        Number of steps.
    own_options : mapping, optional
        By parameter, options in which it differs from `options`: for torch, a group of its own.
    state_names : mapping, optional
        The twin's names of state by the optimizer's places, such as ``{"m": "exp_avg", "state[1]": "exp_avg_sq"}``,
        where they differ; places without a name are paired by their values, on a run of their own.
    variant : str
        Which of torch's implementations to judge: ``for-loop``, ``foreach``, ``fused``, ``capturable`` (on CUDA),
        ``differentiable`` or ``complex``, where pairs of numbers along the last axis of every parameter are one
        complex number to torch. Empty for the one that torch chooses itself.
    accept : str or sequence of str
        As for `gradtwin.check`; of several one at a time.
    dtypes : sequence of str, optional
        The precisions to judge at; by default those of `params`, and float64 and float32 where they are drawn.
    device, seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Names the first step and the quantity that differ.

    Raises
    ------
    UsageError, DeviceMissingError
        As for `gradtwin.check`.

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> class Momentum:
    ...     def __init__(self, learning_rate, momentum):
    ...         self.learning_rate, self.momentum, self.velocity = learning_rate, momentum, {}
    ...     def step(self, params, grads):
    ...         for i, (p, g) in enumerate(zip(params, grads)):
    ...             self.velocity[i] = self.momentum * self.velocity.get(i, 0) + (1 - self.momentum) * g
    ...             p -= self.learning_rate * self.velocity[i]
    >>> options = {"lr": 0.1, "momentum": 0.9}
    >>> report = gradtwin.check_optimizer(Momentum, twin=torch.optim.SGD, options=options)
    >>> report.verdict, report.findings[0].step
    ('mismatch', 0)
    """
    require_callable("twin", twin)
    require_count("steps", steps)
    require_shapes("shapes", shapes)
    arrays = None if params is None else require_arrays("params", params)
    judged_at, asked = precisions(dtypes, (arrays or {}).values())
    conditions = Conditions(judged_at, device, seed, name or _title(optimizer), command, asked)
    pair = _pair(optimizer, twin, "twin", options, own_options, state_names, variant)

    def judge_beside(kind: Code) -> Report:
        reports = []
        for dtype in judged_at:
            rng = np.random.default_rng(seed_from(conditions.name, seed))
            start, batches = draw_run(
                rng, dtype, params=arrays, shapes=shapes, gradients=gradients, steps=steps, variant=variant
            )
            problem = Problem(None, None, start, batches, late=LATE if gradients == "late" else None)
            _require(problem, pair, conditions)
            reports.append(_judge(problem, replace(pair, twin=kind), dtype, conditions))
        return Report.joined(conditions.name, reports, command)

    others = (((name,), other) for name, other in other_optimizers(twin, pair.options.options))
    return _told(by_convention(judge_beside, twin, others, accepted(accept)), pair.suspect)


@public_check
def check_training(
    value_and_grad: Callable[..., Any] | None,
    optimizer: Any,
    *,
    twin: Callable[..., Any] | None,
    twin_optimizer: Callable[..., Any],
    params: Mapping[str, Any],
    batches: Sequence[Sequence[Any]],
    options: Mapping[str, Any] | None = None,
    own_options: Mapping[str, Mapping[str, Any]] | None = None,
    scheduler: Any = None,
    twin_scheduler: Any = None,
    scheduler_options: Mapping[str, Any] | None = None,
    metric: Callable[[Sequence[Array]], float] | None = None,
    state_names: Mapping[str, str] | None = None,
    variant: str = "",
    late: int | None = None,
    accept: str | Sequence[str] = (),
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge a hand-written training step against torch's, in lockstep and running free.

    Parameters
    ----------
    value_and_grad : callable, or None
        ``value_and_grad(params, *batch)`` returns the loss (or None) and the gradients of the list `params`. None, here
        and for `twin`, where each batch holds the gradients themselves.
    optimizer : module, object or callable
        As for `check_optimizer`. An optimizer that couples its parameters has ``init(params, **options)`` and
        ``step(params, closure, state, **options)`` of lists, with ``closure(params) -> (loss, gradients)``; the
        second parameter's name is what it is known by.
    twin : callable, or None
        ``twin(params, *batch)`` returns the loss as a scalar tensor.
    twin_optimizer : callable
        A class of `torch.optim`.
    params : mapping
        Initial parameters by name.
    batches : sequence of sequences
        The arrays of each step; one step for each.
    options : mapping, optional
        Options of both optimizers.
    own_options : mapping, optional
        As for `check_optimizer`.
    scheduler : module or object, optional
        As for `gradtwin.check_scheduler`, which judges it first. `options` must then hold ``lr``.
    twin_scheduler : callable, optional
        A class of `torch.optim.lr_scheduler`. Both optimizers step with its numbers, so that a difference between
        them is their own.
    scheduler_options : mapping, optional
        Options of both schedulers.
    metric : callable
        ``metric(params)`` rates the parameters at the end of the free run; reported for both sides, by its name.
    state_names : mapping, optional
        Names of the optimizer's state fields to the twin's, where they differ.
    variant : str
        As for `check_optimizer`.
    late : int, optional
        Set the step counters to this number after two steps: late times without the steps that lead there.
    accept : str or sequence of str
        As for `gradtwin.check`; one convention of the loss, one of the optimizer and one of the scheduler at a time.
    dtypes : sequence of str, optional
        The precisions to judge at; by default those of `params`.
    device, seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Names the first step and the quantity that differ, and the horizon of each free run.

    Raises
    ------
    UsageError, DeviceMissingError
        As for `gradtwin.check`.
    """
    for argument, function in (("value_and_grad", value_and_grad), ("twin", twin)):
        if not (value_and_grad is None and twin is None):
            require_callable(argument, function)
    require_callable("twin_optimizer", twin_optimizer)
    arrays = require_arrays("params", params)
    if metric is not None:
        require_callable("metric", metric)
    if late is not None:
        require_count("late", late)
    require_batches(batches, None if value_and_grad is not None else len(arrays))
    judged_at, asked = precisions(dtypes, arrays.values())
    conditions = Conditions(judged_at, device, seed, name or _title(optimizer), command, asked)
    pair = _pair(optimizer, twin_optimizer, "twin_optimizer", options, own_options, state_names, variant)
    problem = Problem(value_and_grad, twin, arrays, batches, metric, late)
    _require(problem, pair, conditions)
    names = accepted(accept)
    curves = []
    if scheduler is not None or twin_scheduler is not None:
        require_callable("twin_scheduler", twin_scheduler)
        plan = require_mapping("scheduler_options", scheduler_options)
        scheduling: dict[str, Any] = {"options": plan, "steps": max(len(batches) - 1, 1)}
        for lr in _learning_rates(pair.options, arrays):
            curve = check_scheduler(scheduler, twin=twin_scheduler, base_lr=lr, seed=seed, accept=names, **scheduling)
            curves.append(curve)
        if not pair.suspect.follows_schedule:
            raise UsageError("Expected no scheduler for an optimizer whose options are out of reach; got one.")
        schedule = scheduled(pair.options, twin_scheduler, **scheduling, optimizer=twin_optimizer, names=tuple(arrays))
        pair = replace(pair, options=schedule)

    def judge_beside(twins: Twins) -> Report:
        loss, kind = twins
        sides = replace(problem, loss=loss), replace(pair, twin=kind)
        return Report.joined("", [_judge(*sides, dtype, conditions) for dtype in judged_at])

    others = _other_twins(problem, pair, judged_at[0], conditions)
    report = by_convention(judge_beside, (twin, twin_optimizer), others, names)
    return _told(Report.joined(conditions.name, [*curves, report], command), pair.suspect)


def _other_twins(
    problem: Problem, pair: OptimizerPair, dtype: str, conditions: Conditions
) -> Iterator[tuple[tuple[str, ...], Twins]]:
    """Yield the twins by other conventions, of the loss, of the optimizer or of both, that come near to a run."""
    optimizers = [((name,), other) for name, other in other_optimizers(pair.twin, pair.options.options)]
    losses = list(near_losses(_run(problem, pair, dtype, conditions)))
    # One convention before two: of a loss and an optimizer together more is explained by accident.
    for used, loss in losses:
        if used:
            yield used, (loss, pair.twin)
    for used, loss in losses:
        yield from (((*used, *names), (loss, other)) for names, other in optimizers)


def _pair(
    optimizer: Any,
    twin: Code,
    argument: str,
    options: Any,
    own_options: Any,
    state_names: Any,
    variant: str,
) -> OptimizerPair:
    """Return what both sides step with, or raise a UsageError for what either would not take."""
    of_all = require_mapping("options", options)
    of_one = {
        name: require_mapping(f"own_options[{name!r}]", changes)
        for name, changes in require_mapping("own_options", own_options).items()
    }
    changed = of_all | {option: x for changes in of_one.values() for option, x in changes.items()}
    entry, twins = entry_of(optimizer), options_of(twin, 1)
    renaming = Renaming.of(changed, entry.taken, twins, entry.named)
    require_options("options", changed, [(argument, twins), ("the suspect", renaming.back(entry.taken))])
    if variant:
        one_of("variant", variant, VARIANTS)
    form = entry.form(renaming(of_all))
    differing = differing_defaults({**defaults_of(optimizer), **entry.defaults}, defaults_of(twin), changed)
    form = replace(form, remarks=(*form.remarks, *renaming.remarks, *differing))
    step_options = StepOptions(of_all, of_one, variant=variant)
    return OptimizerPair(form, twin, step_options, require_mapping("state_names", state_names), renaming)


def _told(report: Report, form: Form) -> Report:
    """Return a report that says how the optimizer was read."""
    return replace(report, form=form.words, remarks=(*form.remarks, *report.remarks))


def _require(problem: Problem, pair: OptimizerPair, conditions: Conditions) -> None:
    """Raise a UsageError for what cannot be judged whatever the code does."""
    for n in pair.options.group_options:
        one_of("own_options", n, problem.params)
    if pair.suspect.coupled and problem.value_and_grad is None:
        raise UsageError(
            "Expected a loss, since the optimizer's step takes a closure that returns it; got gradients alone. "
            "check_training takes the loss, as value_and_grad and twin."
        )
    check_device(conditions.device)


def _run(problem: Problem, pair: OptimizerPair, dtype: str, conditions: Conditions) -> Run:
    p, seed = precision(dtype), seed_from(f"{conditions.name}/{dtype}", conditions.seed)
    return Run(problem.rounded(dtype), pair, p, conditions.device, seed, conditions.asked)


def _judge(problem: Problem, pair: OptimizerPair, dtype: str, conditions: Conditions) -> Report:
    """Judge a run at one precision."""
    report = judged(_run(problem, pair, dtype, conditions)).within(dtype)
    return replace(report, coverage=report.coverage.within(dtype))


def _learning_rates(step_options: StepOptions, names: Iterable[str]) -> set[float]:
    """Return the learning rates that a scheduler begins with."""
    rates = [step_options.at(name).get("lr") for name in names]
    if None in rates:
        raise UsageError(
            f"Expected options to hold lr, which the scheduler changes; got {sorted(step_options.options)}."
        )
    return {float(lr) for lr in rates if lr is not None}


def _title(optimizer: Any) -> str:
    return str(getattr(optimizer, "__name__", type(optimizer).__name__))
