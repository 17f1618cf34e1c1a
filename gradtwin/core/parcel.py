"""What goes to another process: code, and arguments with the memory that their arrays lie in.

Arrays go as places in pieces of memory, so that gaps, overlaps and read-only flags arrive, and what is written there
can come back.
"""

from __future__ import annotations

import contextlib
import functools
import io
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Arguments", "Form", "Memories", "Parcel", "by_value", "form_of", "packed", "unpacked"]

Array = NDArray[Any]


def packed(value: Any, leave_out: Callable[[Any], Any]) -> bytes:
    """Return a value as bytes, with the code of functions and classes that cannot be imported by name.

    What `leave_out` answers with anything but None is left out: whoever unpacks it is asked for it by that answer.
    """
    file = io.BytesIO()
    _packer()(file, leave_out).dump(value)
    return file.getvalue()


def unpacked(data: bytes, referent: Callable[[Any], Any]) -> Any:
    """Return the value that these bytes were made of; `referent` returns what a reference stands for."""
    return _Unpacker(data, referent).load()


@contextlib.contextmanager
def by_value(functions: Sequence[Any]) -> Iterator[None]:
    """Pack by their code, within a ``with``, functions of files too that no import finds, as some runners load them."""
    import cloudpickle

    modules = {name: sys.modules[name] for f in functions if (name := getattr(f, "__module__", None)) in sys.modules}
    lost = [module for name, module in modules.items() if name != "__main__" and not _is_found(name)]
    for module in lost:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in lost:
            cloudpickle.unregister_pickle_by_value(module)


def _is_found(name: str) -> bool:
    """Return whether a module, which has been imported here, is found again by an import."""
    return any(finder.find_spec(name.partition(".")[0], None) is not None for finder in sys.meta_path)


@functools.cache
def _packer() -> Any:
    """Return the class of what packs; it stands in no file, since the package that it comes from is optional."""
    import cloudpickle

    class Packer(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
        def __init__(self, file: io.BytesIO, leave_out: Callable[[Any], Any]) -> None:
            super().__init__(file)
            self.leave_out = leave_out

        def persistent_id(self, x: Any) -> Any:
            return self.leave_out(x)

    return Packer


class _Unpacker(pickle.Unpickler):
    """What unpacks, and asks for what was left out."""

    def __init__(self, data: bytes, referent: Callable[[Any], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self.referent = referent

    def persistent_load(self, pid: Any) -> Any:
        return self.referent(pid)


@dataclass(frozen=True)
class Form:
    """How an array lies in a piece of memory: its type and what it carries, shape, place there and strides."""

    dtype: str
    metadata: Mapping[str, Any]
    shape: tuple[int, ...]
    offset: int
    strides: tuple[int, ...]

    def array(self, memory: Any) -> Array:
        """Return the array in such a piece of memory."""
        dtype = np.dtype(self.dtype)
        carrier = np.dtype(dtype, metadata=dict(self.metadata)) if self.metadata else dtype
        return np.ndarray(self.shape, carrier, memory, self.offset, self.strides or None)


def form_of(x: Array, offset: int = 0) -> Form:
    """Return how an array lies in a piece of memory that it begins at `offset` of."""
    return Form(x.dtype.str, dict(x.dtype.metadata or {}), x.shape, offset, x.strides)


@dataclass(frozen=True)
class Arguments:
    """Arguments, packed, and the pieces of memory that their arrays lie in."""

    data: bytes
    memories: tuple[bytes, ...]


class Parcel:
    """Arguments on their way to another process, and the arrays here that they were made of.

    Parameters
    ----------
    value : object
        The arguments, with arrays anywhere in them.
    """

    def __init__(self, value: Any) -> None:
        self._arrays: list[Array] = []
        self._copies: list[Array] = []
        data = packed(value, self._reference)
        self.arguments = Arguments(data, tuple(x.tobytes(order="A") for x in self._copies))

    def _reference(self, x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return None
        if x.dtype.hasobject:
            raise TypeError("an array of objects cannot be sent to another process")
        root: Array = x
        while isinstance(root.base, np.ndarray):
            root = root.base
        # All the memory beneath, where it is in one piece: strides alone would lose gaps and overlaps.
        whole = root if root.flags.forc else x
        i = self._index(whole)
        place = x.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        form = form_of(x, place) if whole is root else form_of(self._copies[i])
        # Of a type of array that is not NumPy's own, what it has besides its numbers.
        own = None if type(x) is np.ndarray else (type(x), dict(vars(x)))
        return i, form, x.flags.writeable, own

    def _index(self, whole: Array) -> int:
        """Return the number of a piece of memory, which is copied when it comes for the first time."""
        for i, known in enumerate(self._arrays):
            if known is whole:
                return i
        self._arrays.append(whole)
        self._copies.append(np.asarray(whole).copy(order="K"))
        return len(self._arrays) - 1

    def write(self, i: int, data: bytes) -> None:
        """Write into a piece of memory here what was written into it there, read-only or not."""
        x = self._arrays[i]
        is_writeable = x.flags.writeable
        with contextlib.suppress(ValueError):  # of memory that belongs to others
            x.flags.writeable = True
            x[...] = form_of(self._copies[i]).array(data)
        x.flags.writeable = is_writeable

    def memory(self, i: int) -> Any:
        """Return the bytes of a piece of memory."""
        return self._arrays[i].ravel(order="K").view(np.uint8).data


class Memories:
    """The pieces of memory that arguments lie in, where they have arrived."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._before = pieces
        self._pieces = [np.frombuffer(piece, np.uint8).copy() for piece in pieces]

    def referent(self, reference: Any) -> Array:
        """Return the array that a reference of a `Parcel` stands for."""
        i, form, is_writeable, own = reference
        x: Array = form.array(self._pieces[i])
        if own is not None:
            x = x.view(own[0])
            vars(x).update(own[1])
        x.flags.writeable = is_writeable
        return x

    def written(self) -> list[tuple[int, bytes]]:
        """Return the pieces that are not as they came."""
        now = [piece.tobytes() for piece in self._pieces]
        return [(i, a) for i, (a, b) in enumerate(zip(now, self._before, strict=True)) if a != b]

    def place(self, x: Array) -> tuple[int, Form] | None:
        """Return the piece that an array lies in, and how; None where it lies in none."""
        address = x.__array_interface__["data"][0]
        for i, piece in enumerate(self._pieces):
            start = piece.__array_interface__["data"][0]
            if start <= address < start + piece.nbytes:
                return i, form_of(x, address - start)
        return None
