"""Arrays of other frameworks, as far as they speak DLPack, and of types that NumPy has not got: as NumPy's.

They are read where they lie, so that what shares memory is seen to, and no framework is imported for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision
from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.carrier import from_tensor
from gradtwin.core.errors import UsageError
from gradtwin.core.narrow import carried, in_own_type
from gradtwin.core.results import mapped
from gradtwin.forms.form import Framework

__all__ = ["ARRAYS", "ForeignCode", "as_input", "is_foreign"]

DEVICES = {1: "the CPU", 2: "a GPU of CUDA", 3: "the CPU", 4: "OpenCL", 7: "Vulkan", 8: "Metal", 10: "a GPU of ROCm"}
"""The devices of DLPack by their numbers; more are possible."""
CPU = "the CPU"


class UnreadableError(Exception):
    """An array that cannot be read from here; the message says where it lies."""


def is_foreign(x: Any) -> bool:
    """Return whether a value speaks DLPack and is neither NumPy's nor torch's."""
    import torch

    ours = isinstance(x, (np.ndarray, np.generic, torch.Tensor, type))
    return not ours and hasattr(x, "__dlpack__") and hasattr(x, "__dlpack_device__")


def as_input(x: Any, what: str) -> Any:
    """Return an input that is another framework's array as NumPy's, in tuples too, and anything else as it is.

    Raises
    ------
    UsageError
        If it lies where it cannot be read.
    """
    try:
        return mapped(_read, x)
    except UnreadableError as error:
        raise UsageError(f"Expected {what} to be an array on the CPU; got {error}. Copy it there first.") from error


@dataclass(frozen=True)
class ForeignCode:
    """A function that returns arrays of any framework as one of NumPy's.

    Parameters
    ----------
    function : callable
        Takes arrays of NumPy.
    precision : Precision
        That of the arrays that carry it: they are handed over in that type.
    """

    function: Code
    precision: Precision

    def __call__(self, /, *arrays: Any, **options: Any) -> Any:
        taken = [mapped(self._own, x) for x in arrays]
        value = enter(self.function, *taken, **{name: mapped(self._own, x) for name, x in options.items()})
        for x, own in zip(arrays, taken, strict=True):
            if own is not x and isinstance(x, np.ndarray) and x.flags.writeable:
                x[...] = carried(own)  # what is written into an argument is written into a copy
        try:
            return mapped(_read, value)
        except UnreadableError as error:
            raise StructureError(f"returns {error}; return a copy on the CPU") from error

    def _own(self, x: Any) -> Any:
        own = in_own_type(x, self.precision)
        if own is not x and type(x) is not np.ndarray:
            raise TypeError(f"{type(x).__name__} cannot be handed over in {self.precision.name}")
        return own


ARRAYS = Framework(lambda function, precision, device: ForeignCode(function, precision))
"""Code of NumPy's arrays, with a backward by hand or none; what it returns may be another framework's."""


def _read(x: Any) -> Any:
    """Return an array of another framework, or of a type that NumPy has not got, as one of NumPy's."""
    if not is_foreign(x):
        return carried(x)
    import torch.utils.dlpack

    name = f"a {type(x).__name__}"
    try:
        device = DEVICES.get(int(x.__dlpack_device__()[0]), "another device")
        if device == CPU:
            return _on_cpu(x)
        if device == DEVICES[2] and torch.cuda.is_available():
            return from_tensor(torch.utils.dlpack.from_dlpack(x))
    except Exception as error:  # another framework may raise anything
        raise UnreadableError(f"{name} that cannot be read by DLPack ({type(error).__name__}: {error})") from error
    raise UnreadableError(f"{name} on {device}, which cannot be read here")


def _on_cpu(x: Any) -> Any:
    import torch.utils.dlpack

    try:
        return np.from_dlpack(x)
    except (BufferError, RuntimeError, TypeError):  # of a type that NumPy has not got
        return from_tensor(torch.utils.dlpack.from_dlpack(x))
