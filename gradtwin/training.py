"""Judging optimizers and training runs: in lockstep, where the check never loses its edge, and running free."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.bound import precision
from gradtwin.errors import UsageError
from gradtwin.op import seed_from
from gradtwin.report import Report
from gradtwin.run import Run
from gradtwin.twin import check_device

__all__ = ["check_optimizer", "check_training"]

Array = NDArray[Any]
DEFAULT_SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 4), "bias": (5,), "scale": ()}


def check_optimizer(
    optimizer: Any,
    *,
    twin: Callable[..., Any],
    options: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    gradients: Callable[[np.random.Generator, int, tuple[int, ...]], Array] | None = None,
    steps: int = 20,
    state_names: Mapping[str, str] | None = None,
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
        Initial parameters by name; by default a matrix, a vector and a scalar.
    gradients : callable, optional
        ``gradients(rng, step, shape)`` returns the gradient of one parameter; by default normal, with a scale of its
        own for each element between 1e-3 and 1e3.
    steps : int
        Number of steps.
    state_names : mapping, optional
        Names of the optimizer's state fields to the twin's, where they differ.
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
    rng = np.random.default_rng(seed_from(title, seed))
    start = dict(params) if params is not None else {n: rng.standard_normal(s) for n, s in DEFAULT_SHAPES.items()}
    draw = gradients or _scaled_normal

    batches = [tuple(draw(rng, t, np.shape(p)) for p in start.values()) for t in range(steps)]
    return check_training(
        None,
        optimizer,
        twin=None,
        twin_optimizer=twin,
        params=start,
        batches=batches,
        options=options,
        state_names=state_names,
        dtypes=dtypes,
        device=device,
        seed=seed,
        name=title,
        command=command,
    )


def _scaled_normal(rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Array:
    scale = 10.0 ** np.random.default_rng(len(shape)).uniform(-3, 3, shape)
    return np.asarray(rng.standard_normal(shape) * scale)


def check_training(
    value_and_grad: Callable[..., Any] | None,
    optimizer: Any,
    *,
    twin: Callable[..., Any] | None,
    twin_optimizer: Callable[..., Any],
    params: Mapping[str, Any],
    batches: Sequence[Sequence[Any]],
    options: Mapping[str, Any] | None = None,
    metric: Callable[[Sequence[Array]], float] | None = None,
    state_names: Mapping[str, str] | None = None,
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
        As for `check_optimizer`.
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
    metric : callable
        ``metric(params)`` rates the parameters at the end of the free run; reported for both sides, by its name.
    state_names : mapping, optional
        Names of the optimizer's state fields to the twin's, where they differ.
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
    check_device(device)
    title = name or _title(optimizer)
    reports = []
    for dtype in dtypes:
        run = Run(
            value_and_grad,
            optimizer,
            twin,
            twin_optimizer,
            {n: np.asarray(x, dtype) for n, x in params.items()},
            [tuple(_rounded(x, dtype) for x in batch) for batch in batches],
            dict(options or {}),
            metric,
            dict(state_names or {}),
            precision(dtype),
            device,
            seed_from(f"{title}/{dtype}", seed),
        )
        with _one_thread():
            reports.append(run.judge().within(dtype))
    return Report.joined(title, reports, command)


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


def _rounded(x: Any, dtype: str) -> Any:
    array = np.asarray(x)
    return array.astype(dtype) if array.dtype.kind == "f" else array
