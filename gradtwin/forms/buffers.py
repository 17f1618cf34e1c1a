"""Kernels that fill buffers which they are given, as functions that return what was written there.

A kernel is called three times, with other numbers in the buffers each time, so that what it leaves unwritten, or adds
to, shows.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import LAST_DIGITS, PRECISIONS
from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.carrier import from_tensor, is_tensor
from gradtwin.core.errors import UsageError, hint, shown
from gradtwin.core.narrow import carried
from gradtwin.core.results import replica
from gradtwin.core.signatures import needed, parameters

__all__ = ["kernel"]

Array = NDArray[Any]
FORMS = "the name of an input, a shape, or a function of the inputs that returns an array or a shape"


def kernel(function: Code, *, out: Any, start: float | None = None) -> Code:
    """Return a kernel that fills buffers as a function that returns them.

    ``gradtwin.check(kernel(softsign, out="x"), twin=F.softsign, inputs=[x])`` calls ``softsign(x, buffer)`` with a
    buffer like `x`.

    Parameters
    ----------
    function : callable
        ``function(*inputs, *buffers, **options)`` writes its results into the buffers: a function of Numba's or of
        ctypes', one that launches a Triton kernel, a loop of Python's. What it returns is not looked at.
    out : str, tuple, callable, list of these, or mapping
        The form of each buffer: the name of an input that it is like; a shape, of numbers like those of the first
        floating input; or a function of the inputs that returns an array or a tensor like it, or its shape. A list is
        for several, which come after the inputs; a mapping for buffers that are passed by these names.
    start : float, optional
        What the buffers hold at first, for a kernel that adds to it. If not given, they hold what no kernel may depend
        on, and an element that is never written is a finding.

    Returns
    -------
    callable
        ``function(*inputs, **options)`` returns the buffer, or the tuple of them.

    Raises
    ------
    UsageError
        If `out` has not that form.
    """
    if not callable(function):
        raise UsageError(f"Expected a kernel to be callable; got {shown(function)}.")
    specs = list(out.values()) if isinstance(out, Mapping) else out if isinstance(out, list) else [out]
    if not specs or not all(isinstance(s, str) or callable(s) or _is_shape(s) for s in specs):
        raise UsageError(f"Expected out to be {FORMS}, or a list or a mapping of these; got {shown(out)}.")
    taken = parameters(function)
    names = list(out) if isinstance(out, Mapping) else needed(function)[-len(specs) :]
    if len(names) < len(specs):  # a function that does not say what it takes
        names = ["out"] if len(specs) == 1 else [f"out[{i}]" for i in range(len(specs))]
    others = [p for p in taken if p.name not in names]
    inputs = [p.name for p in others if p.kind in POSITIONAL]
    buffers = [_Buffer(name, spec, inputs) for name, spec in zip(names, specs, strict=True)]
    filled = _Filled(function, buffers, isinstance(out, Mapping), start)

    def returning(*arguments: Any, **options: Any) -> Any:
        return filled(*arguments, **options)

    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(returning, attribute, getattr(function, attribute, getattr(returning, attribute)))
    if taken:
        setattr(returning, "__signature__", inspect.Signature(others))  # noqa: B010  mypy knows no such attribute
    return returning


POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _is_shape(x: Any) -> bool:
    return isinstance(x, tuple) and all(isinstance(n, (int, np.integer)) and n >= 0 for n in x)


@dataclass(frozen=True)
class _Buffer:
    """A buffer by its name in the kernel, with what tells its form, and the names of the inputs."""

    name: str
    spec: Any
    inputs: Sequence[str]

    def like(self, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Return an array or a tensor that it is like, for these inputs."""
        spec = enter(self.spec, *arguments, **options) if callable(self.spec) else self.spec
        if isinstance(spec, str):
            return self._input(spec, arguments)
        spec = (spec,) if isinstance(spec, int) else spec
        if _is_shape(tuple(spec) if isinstance(spec, list) else spec):
            return _of_shape(tuple(spec), _first_array(arguments))
        if isinstance(spec, np.ndarray) or is_tensor(spec):
            return spec
        raise UsageError(f"Expected the function of out to return an array, a tensor or a shape; got {shown(spec)}.")

    def _input(self, name: str, arguments: Sequence[Any]) -> Any:
        if name not in self.inputs[: len(arguments)]:
            known = ", ".join(self.inputs) or "none, since the kernel does not say what it takes"
            raise UsageError(
                f"Expected out to name an input of the kernel ({known}); got {name!r}.{hint(name, self.inputs)}"
            )
        return arguments[self.inputs.index(name)]


@dataclass(frozen=True)
class _Filled:
    """A kernel as a function that returns its buffers."""

    kernel: Code
    buffers: Sequence[_Buffer]
    by_name: bool
    start: float | None

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        likes = [buffer.like(arguments, options) for buffer in self.buffers]
        if self.start is not None:
            outs = [_holding(x, np.full(tuple(x.shape), self.start)) for x in likes]
            self._call(arguments, outs, options)
            return outs[0] if len(outs) == 1 else tuple(outs)
        copies = [[_copy(x) for x in arguments] for _ in POISONS]  # at once, since the kernel may write into its inputs
        runs = [self._run(likes, inputs, options, turn) for turn, inputs in enumerate([arguments, *copies[1:]])]
        for i, buffer in enumerate(self.buffers):
            _require_written(buffer.name, [before[i] for _, before in runs], [_plain(outs[i]) for outs, _ in runs])
        outs = runs[0][0]
        return outs[0] if len(outs) == 1 else tuple(outs)

    def _run(
        self, likes: Sequence[Any], inputs: Sequence[Any], options: Mapping[str, Any], turn: int
    ) -> tuple[list[Any], list[Array]]:
        """Return the buffers of one call, and what they held before it."""
        outs = [_holding(x, _poison(x, turn)) for x in likes]
        before = [_plain(x).copy() for x in outs]
        self._call(inputs, outs, options)
        return outs, before

    def _call(self, arguments: Sequence[Any], outs: Sequence[Any], options: Mapping[str, Any]) -> None:
        if self.by_name:
            names = [buffer.name for buffer in self.buffers]
            enter(self.kernel, *arguments, **dict(zip(names, outs, strict=True)), **options)
        else:
            enter(self.kernel, *arguments, *outs, **options)


def _require_written(name: str, before: Sequence[Array], after: Sequence[Array]) -> None:
    """Raise a StructureError where a buffer still holds what it held at first, or shows what that was."""
    kept = np.logical_and.reduce([_same(a, b) for a, b in zip(before, after, strict=True)])
    shows = ~kept & ~np.logical_and.reduce([_near(after[0], other) for other in after[1:]])
    faults = []
    if np.any(kept):
        faults.append(f"never writes {_first(name, kept)}: what was there stays")
    if np.any(shows):
        faults.append(f"lets {_first(name, shows)} depend on what was there before the call, as by adding to it")
    if faults:
        raise StructureError(", and ".join(faults))


def _first(name: str, places: NDArray[np.bool_]) -> str:
    index = ", ".join(str(int(i)) for i in np.argwhere(places)[0])
    return f"{name}[{index}] ({np.count_nonzero(places)} of {places.size} elements)" if index else name


def _same(a: Array, b: Array) -> NDArray[np.bool_]:
    return np.asarray((a == b) | ((a != a) & (b != b)))


def _near(a: Array, b: Array) -> NDArray[np.bool_]:
    """Return where two runs agree, but for last digits: threads may add up in another order every time."""
    if a.dtype.kind not in "fc":
        return _same(a, b)
    with np.errstate(invalid="ignore", over="ignore"):
        largest = np.max(np.abs(a), where=np.isfinite(a), initial=0)
        return np.asarray(_same(a, b) | (np.abs(a - b) <= LAST_DIGITS * np.finfo(a.dtype).eps * largest))


POISONS = (
    lambda largest: np.nan,
    lambda largest: largest / 4,
    lambda largest: -0.71875,
)
"""What floating buffers hold, one after the other: NaN, which spreads; large numbers, which stay the largest where one
is kept; and such as lose nothing when others are added, of the other sign. Every second number has the sign turned."""
PATTERNS = (0x55, 0xAA, 0x33)
"""What every byte of buffers of whole numbers holds."""


def _poison(like: Any, turn: int) -> Array:
    """Return what a buffer holds before a call."""
    shape, dtype = tuple(like.shape), _plain(like).dtype
    if dtype.kind == "b":
        return np.full(shape, turn == 1)
    if dtype.kind in "iu":
        pattern = np.full(dtype.itemsize, PATTERNS[turn], np.uint8)
        return np.full(shape, pattern.view(dtype)[0])
    signs = np.where(np.arange(math.prod(shape)) % 2, -1, 1).reshape(shape)
    return np.asarray(signs * POISONS[turn](_largest(like, dtype)), dtype)


def _largest(like: Any, dtype: np.dtype[Any]) -> Any:
    """Return the largest number of the type of a buffer."""
    name = str(like.dtype).removeprefix("torch.")
    return PRECISIONS[name].largest if name in PRECISIONS else np.finfo(dtype).max


def _holding(like: Any, numbers: Array) -> Any:
    """Return an array or a tensor like another one, and where that lies, that holds these numbers."""
    if not is_tensor(like):
        return np.ascontiguousarray(numbers).astype(like.dtype).reshape(like.shape)
    import torch

    return torch.from_numpy(np.array(numbers)).to(like.device, like.dtype)


def _plain(x: Any) -> Array:
    """Return the numbers of an array or a tensor in a type of NumPy's."""
    return from_tensor(x) if is_tensor(x) else np.asarray(carried(x))


def _copy(x: Any) -> Any:
    return x.detach().clone() if is_tensor(x) else replica(x)


def _of_shape(shape: tuple[int, ...], other: Any) -> Any:
    """Return an array or a tensor of a shape, of numbers like those of another one."""
    if is_tensor(other):
        return other.new_empty(shape)
    return np.empty(shape, np.float64 if other is None else other.dtype)


def _first_array(values: Sequence[Any]) -> Any:
    """Return the first floating array or tensor, or else the first of any numbers."""
    arrays = [x for x in values if isinstance(x, np.ndarray) or is_tensor(x)]
    return next((x for x in arrays if _plain(x).dtype.kind == "f"), arrays[0] if arrays else None)
