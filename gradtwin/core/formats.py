"""Twins that compute in several formats: seeing them, and the truth of them in float64.

Torch carries the numbers of every format under test in float64 where the truth is asked. A twin that casts on its own
(``x.float()``, ``softmax(x, dtype=torch.float32)``, an autocast region) would cast the truth down with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from gradtwin.core.bound import PRECISIONS, STORED, Precision

__all__ = ["FORMATS", "Formats", "OfWholeNumbers", "Unrounded", "Wide", "is_stored"]

FORMATS: Mapping[torch.dtype, Precision] = {getattr(torch, name): p for name, p in {**PRECISIONS, **STORED}.items()}
"""The formats of torch's types; those in which nothing is computed are among them."""


def is_stored(x: torch.Tensor) -> bool:
    """Return whether a tensor has a format in which numbers are stored and nothing is computed."""
    return str(x.dtype).removeprefix("torch.") in STORED


class Formats(TorchFunctionMode):
    """A mode that collects the formats of what the calls of torch's functions return.

    What a function of torch casts inside of itself is not among them: that is how torch computes, and no wish of its
    caller. Neither is a constant, nor a result that lies in the memory of an argument, which nobody has computed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[Precision] = set()

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        first = out[0] if isinstance(out, (tuple, list)) and out else out  # the others are statistics for the backward
        if isinstance(first, torch.Tensor) and first.dtype in FORMATS and _is_computed(first, args):
            self.seen.add(FORMATS[first.dtype])
        return out


def _is_computed(x: torch.Tensor, arguments: Sequence[Any]) -> bool:
    """Return whether a result was computed from tensors, and does not lie in the memory of one."""
    parts = [part for a in arguments for part in (a if isinstance(a, (tuple, list)) else (a,))]
    tensors = [part for part in parts if isinstance(part, torch.Tensor)]
    places = [t.untyped_storage().data_ptr() for t in tensors if _is_dense(t)]
    return bool(tensors) and not (_is_dense(x) and x.untyped_storage().data_ptr() in places)


def _is_dense(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.layout is torch.strided


class OfWholeNumbers(TorchDispatchMode):
    """A mode that sees whether something is computed of whole numbers alone, in torch's default type.

    So the logarithm of counts is one of float32, also inside of a function of float64.
    """

    COPIES = ("_to_copy", "zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones")
    """What is exact, or holds no numbers yet."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.seen: set[Precision] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, and note the format of what it makes of whole numbers."""
        out = func(*args, **(kwargs or {}))
        tensors = [x for x in args if isinstance(x, torch.Tensor)]
        are_whole = bool(tensors) and not any(x.is_floating_point() or x.is_complex() for x in tensors)
        name = func.overloadpacket.__name__
        if are_whole and isinstance(out, torch.Tensor) and out.dtype in FORMATS and name not in self.COPIES:
            self.seen.add(FORMATS[out.dtype])
        return out


class Unrounded:
    """What was rounded to a format in which nothing is computed, as it was before.

    Numbers of such a format lie so far apart that K roundings would be as much as the numbers: what a twin stores is
    held against what it was about to store, and one rounding is granted.
    """

    def __init__(self) -> None:
        self._before: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def keep(self, stored: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Return the tensor that was made of `x`, after keeping that for it."""
        before = torch.empty_strided(stored.size(), stored.stride(), dtype=torch.float64).copy_(x)
        self._before[stored.untyped_storage().data_ptr()] = stored, before
        return stored

    def of(self, x: torch.Tensor) -> torch.Tensor:
        """Return what a result was before it was stored, and any other result as it is."""
        if not is_stored(x):
            return x
        _, before = self._before.get(x.untyped_storage().data_ptr(), (x, None))
        return x if before is None else before.as_strided(x.size(), x.stride(), x.storage_offset())


class Wide(TorchDispatchMode):
    """A mode under which every format that is no coarser than the precision under test is carried by float64.

    A coarser one is a rounding that the twin makes on its own, and stays one. Without a precision all formats in which
    numbers are computed are carried so.
    """

    def __init__(self, precision: Precision | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._carried = {
            dtype for dtype, p in FORMATS.items() if not p.stored and (precision is None or p.unit <= precision.unit)
        }
        self._stored = Unrounded()

    def perturb_input(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input as it is."""
        return x

    def unrounded(self, x: torch.Tensor) -> torch.Tensor:
        """Return a result as it was before it was stored."""
        return self._stored.of(x)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if kwargs.get("dtype") in self._carried:
            kwargs["dtype"] = torch.float64
        out = func(*args, **kwargs)
        if isinstance(out, torch.Tensor) and kwargs.get("dtype") is not None and is_stored(out):
            return self._stored.keep(out, args[0])
        return out
