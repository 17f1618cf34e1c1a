"""Judging optimizers and training runs: in lockstep, where the check never loses its edge, and running free."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import precision
from gradtwin.core.conditions import check_device, seed_from
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.report import Report
from gradtwin.training.judge import Run
from gradtwin.training.method import VARIANTS, Method, scheduled
from gradtwin.training.regimes import LATE, gradients_of, size_of
from gradtwin.training.schedule import check_scheduler
from gradtwin.training.subject import Sides

__all__ = ["DEFAULT_SHAPES", "at_precision", "check_optimizer", "check_training", "draw_run"]

Array = NDArray[Any]
DEFAULT_SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 4), "bias": (5,), "scale": (), "kernel": (2, 3, 2)}


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
    dtypes: Sequence[str] = ("float64", "float32"),
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge an optimizer against one of `torch.optim` on given gradients, in lockstep and running free.

    Parameters
    ----------
    optimizer : module, object or callable
        Has ``init(param, **options) -> State`` (a NamedTuple) and ``step(param, grad, state, **options) ->
        (param, state)``; or is a factory ``optimizer(**options)`` of objects with ``.step(params, grads)``, which
        can only run free, since their state is out of reach.
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
        Names of the optimizer's state fields to the twin's, where they differ.
    variant : str
        Which of torch's implementations to judge: ``for-loop``, ``foreach``, ``fused``, ``capturable`` (on CUDA),
        ``differentiable`` or ``complex``, where pairs of numbers along the last axis of every parameter are one
        complex number to torch. Empty for the one that torch chooses itself.
    dtypes, device, seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Names the first step and the quantity that differ.

    Raises
    ------
    UsageError, DeviceMissingError
        As for `gradtwin.check`.
    """
    title = name or _title(optimizer)
    reports = []
    for dtype in dtypes:
        rng = np.random.default_rng(seed_from(title, seed))
        start, batches = draw_run(
            rng, dtype, params=params, shapes=shapes, gradients=gradients, steps=steps, variant=variant
        )
        report = check_training(
            None,
            optimizer,
            twin=None,
            twin_optimizer=twin,
            params=start,
            batches=batches,
            options=options,
            own_options=own_options,
            state_names=state_names,
            variant=variant,
            late=LATE if gradients == "late" else None,
            dtypes=(dtype,),
            device=device,
            seed=seed,
            name=title,
        )
        reports.append(report)
    return Report.joined(title, reports, command)


def draw_run(
    rng: np.random.Generator,
    dtype: str,
    *,
    gradients: Callable[[np.random.Generator, int, tuple[int, ...]], Any] | str,
    steps: int,
    params: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    variant: str = "",
) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """Return what an optimizer is tried on: parameters, and their gradients at each step; as for `check_optimizer`."""
    pair = (2,) if variant == "complex" else ()
    draw: Any = gradients_of(gradients, dtype) if isinstance(gradients, str) else gradients
    size = size_of("tiny", dtype) if gradients == "tiny" else 1.0  # an update of that size has to be seen
    drawn = {n: size * rng.standard_normal((*s, *pair)) for n, s in (shapes or DEFAULT_SHAPES).items()}
    start = dict(params or drawn)
    return start, [tuple(draw(rng, t, np.shape(p)) for p in start.values()) for t in range(steps)]


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
    dtypes: Sequence[str] = ("float64", "float32"),
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
    dtypes, device, seed, name, command
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
    for argument, value in (("value_and_grad", value_and_grad), ("twin", twin), ("twin_optimizer", twin_optimizer)):
        given = value is None and value_and_grad is twin
        if not callable(value) and not (given and argument != "twin_optimizer"):
            raise UsageError(f"Expected {argument} to be callable; got {type(value).__name__} {value!r}.")
    if not batches:
        raise UsageError("Expected batches to hold at least one step; got none.")
    for n, x in params.items():
        if np.asarray(x).dtype.kind != "f":
            raise UsageError(f"Expected params[{n!r}] to be floating; got dtype {np.asarray(x).dtype}.")
    for n in own_options or {}:
        one_of("own_options", n, params)
    if variant:
        one_of("variant", variant, VARIANTS)
    check_device(device)
    title = name or _title(optimizer)
    method = Method(dict(options or {}), dict(own_options or {}), (), variant)
    reports = []
    if scheduler is not None or twin_scheduler is not None:
        if not callable(twin_scheduler):
            raise UsageError(f"Expected twin_scheduler to be callable; got {twin_scheduler!r}.")
        of_schedule, changes = dict(scheduler_options or {}), len(batches) - 1
        for lr in _learning_rates(method, params):
            curve: dict[str, Any] = {"options": of_schedule, "base_lr": lr, "steps": changes, "seed": seed}
            reports.append(check_scheduler(scheduler, twin=twin_scheduler, **curve))
        method = scheduled(method, twin_scheduler, of_schedule, changes, optimizer=twin_optimizer, names=tuple(params))
    for dtype in dtypes:
        sides = Sides(
            value_and_grad,
            optimizer,
            twin,
            twin_optimizer,
            {n: np.asarray(x, dtype) for n, x in params.items()},
            [tuple(at_precision(x, dtype) for x in batch) for batch in batches],
            method,
            dict(state_names or {}),
            precision(dtype),
            device,
            seed_from(f"{title}/{dtype}", seed),
        )
        with _one_thread():
            reports.append(Run(sides, metric, late).judge().within(dtype))
    return Report.joined(title, reports, command)


def _learning_rates(method: Method, names: Iterable[str]) -> set[float]:
    """Return the learning rates that a scheduler begins with."""
    found = [method.of(name).get("lr") for name in names]
    if None in found:
        raise UsageError(f"Expected options to hold lr, which the scheduler changes; got {sorted(method.options)}.")
    return {float(lr) for lr in found if lr is not None}


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: the arrays of a training step are small, and threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _title(optimizer: Any) -> str:
    return str(getattr(optimizer, "__name__", type(optimizer).__name__))


def at_precision(x: Any, dtype: str) -> Any:
    """Return an array of a batch, or each of a tuple of them, at a precision if it is floating."""
    if x is None or isinstance(x, tuple):
        return x and tuple(at_precision(part, dtype) for part in x)
    array = np.asarray(x)
    return array.astype(dtype) if array.dtype.kind == "f" else array
