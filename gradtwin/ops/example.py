"""A call of `check` on given inputs, as Python that can be pasted into a test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code
from gradtwin.ops.inputs import Inputs, Provides

__all__ = ["Example"]

Array = NDArray[Any]

LONGEST = 400
"""Characters from which on nobody pastes inputs."""
WRITTEN = (bool, int, float, str, tuple)
INFINITE = frozenset({"inf", "nan"})
"""What Python writes and does not read."""
PLAIN = ("float64", "int64", "bool")
"""The types that NumPy gives numbers by itself."""


@dataclass(frozen=True)
class Example:
    """How a check was called, but for its inputs.

    Parameters
    ----------
    forward, backward, twin : callable
        The arguments of `check`; no example is given without a twin.
    inputs : sequence or mapping
        The inputs that were brought, whose form is that of others.
    """

    forward: Any
    backward: Any
    twin: Code | None
    inputs: Provides

    def __call__(self, inputs: Inputs) -> str | None:
        """Return the call on other inputs; None where they are too long, or cannot be written as arrays."""
        if len(inputs.arrays) != len(self.inputs) or any(inputs.pairs) or self.twin is None:
            return None
        arrays = [_written(x) for x in inputs.arrays]
        options = {name: _written(x) for name, x in inputs.options.items()}
        if None in (*arrays, *options.values()):
            return None
        by_name = isinstance(self.inputs, Mapping)
        named = ", ".join(f'"{name}": {x}' for name, x in zip(inputs.names, arrays, strict=True))
        listed = ", ".join(map(str, arrays))
        parts = [_name(self.forward, "forward")]
        parts += [] if self.backward is None else [_name(self.backward, "backward")]
        parts += [f"twin={_name(self.twin, 'twin')}", f"inputs={{{named}}}" if by_name else f"inputs=[{listed}]"]
        parts += ["options={" + ", ".join(f'"{n}": {x}' for n, x in options.items()) + "}"] if options else []
        text = f"gradtwin.check({', '.join(parts)})"
        return text if len(text) <= LONGEST else None


def _name(code: Any, otherwise: str) -> str:
    """Return the name that code is called by; of a function of torch, with its module."""
    import torch

    of_torch = torch.overrides.resolve_name(code) if callable(code) else None
    name = getattr(code, "__name__", "")
    return of_torch or (name if name.isidentifier() else otherwise)


def _written(x: Any) -> str | None:
    """Return a value as Python; None where nothing short makes it again."""
    if not isinstance(x, np.ndarray):
        is_plain = x is None or type(x) in WRITTEN
        return repr(x) if is_plain and not INFINITE & {*re.findall("[a-z]+", repr(x))} else None
    if x.size > LONGEST or not np.all(np.isfinite(x)) or not x.flags.writeable:
        return None
    dtype = "" if x.dtype.name in PLAIN else f", np.{x.dtype.name}"
    steps = [np.sign(s) for s in x.strides]
    if x.size and min(steps, default=1) < 0:
        turned = ", ".join("::-1" if s < 0 else ":" for s in steps)
        return f"np.array({x[tuple(slice(None, None, int(s)) for s in steps)].tolist()}{dtype})[{turned}]"
    text = f"np.array({x.tolist()}{dtype})"
    if x.flags.c_contiguous:
        return text
    return f"np.asfortranarray({text})" if x.flags.f_contiguous else f"np.repeat({text}, 2, -1)[..., ::2]"
