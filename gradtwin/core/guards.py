"""What a call found is what it leaves: settings, functions of libraries, options, and what it shares with its twin.

Everything that is watched has one form, `Kept`: it is pictured when it is made, and `settle` puts back what has changed
since, and says what that is.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradtwin.core.captured import Place

if TYPE_CHECKING:
    import torch

__all__ = ["Contents", "Draws", "Watch", "bits"]

ATOMS = frozenset({bool, int, float, complex, str, bytes, type(None), np.float64, np.float32, np.int64})
"""Types of values that nobody can change."""
LIBRARIES = ("numpy", "numpy.linalg", "scipy.special", "torch", "torch.nn.functional")
"""The modules whose functions a suspect could replace for everybody, its twin included."""


class Kept(Protocol):
    """Something that a call must leave as it found it."""

    def settle(self) -> list[str]:
        """Put back what has changed, and return its names."""


class Watch:
    """What a call found: settings, functions of libraries, what it gets, and what others see.

    Parameters
    ----------
    contents : mapping
        Values that the call gets, or gets copies of, by how they are called.
    places : sequence of Place
        Where its twin, or its caller, finds arrays and modules.
    """

    def __init__(self, contents: Mapping[str, Any], places: Sequence[Place]) -> None:
        import torch

        self._kept: list[Kept] = [*_settings(), *_libraries()]
        self._kept += [Contents(label, x) for label, x in contents.items() if type(x) not in ATOMS]
        for place in places:
            is_module = isinstance(place.value, torch.nn.Module)
            self._kept.append(_Module(place.value) if is_module else _Shared(place))

    def settle(self) -> list[str]:
        """Put back what has changed, and return its names."""
        return [name for kept in self._kept for name in kept.settle()]


@dataclass
class _Setting:
    """A setting of the whole process, with how it is read and written."""

    label: str
    read: Callable[[], Any]
    write: Callable[[Any], Any]

    def __post_init__(self) -> None:
        self.value = self.read()

    def settle(self) -> list[str]:
        if self.read() == self.value:
            return []
        self.write(self.value)
        return [self.label]


def _settings() -> list[Kept]:
    import torch

    return [
        _Setting("np.seterr: the error state of NumPy", np.geterr, lambda state: np.seterr(**state)),
        _Setting("torch.set_grad_enabled: autograd's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
        _Setting("torch.set_default_dtype: torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
        _Setting("torch.set_num_threads: torch's number of threads", torch.get_num_threads, torch.set_num_threads),
        _Setting(
            "torch.use_deterministic_algorithms: torch's choice of algorithms",
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        _Setting(
            "torch.set_float32_matmul_precision: the precision of matrix products",
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
        ),
        _Setting("os.environ: the environment variables", _environment, _restore_environment),
        _Setting("os.chdir: the working directory", os.getcwd, os.chdir),
    ]


def _environment() -> dict[Any, Any]:
    """Return the environment as it is encoded: decoded it costs a hundred times as much."""
    return dict(os.environ._data)  # type: ignore[attr-defined]


def _restore_environment(encoded: Mapping[Any, Any]) -> None:
    names = {os.environ.decodekey(k): os.environ.decodevalue(v) for k, v in encoded.items()}
    for name in set(os.environ) - set(names):
        del os.environ[name]
    os.environ.update(names)


class _Library:
    """The public functions of a library's module, in whose place a call may have put one of its own."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.names = list(vars(module))
        self.values = list(vars(module).values())

    def settle(self) -> list[str]:
        now = vars(self.module)
        if list(now.values()) == self.values:
            return []
        found = zip(self.names, self.values, strict=True)
        changed = {n: x for n, x in found if not n.startswith("_") and now.get(n) is not x}
        for name, value in changed.items():
            setattr(self.module, name, value)
        return [f"the function {self.module.__name__}.{name}" for name in changed]


def _libraries() -> list[Kept]:
    return [_Library(sys.modules[name]) for name in LIBRARIES if name in sys.modules]


class Contents:
    """A value with all that is nested in it: dicts, lists, sets, attributes, arrays and tensors.

    Parameters
    ----------
    label : str
        How it is called.
    value : object
        The value.
    """

    def __init__(self, label: str, value: Any) -> None:
        self.label = label
        self._parts = [(x, _picture(x)) for x in _changeable(value)]

    @property
    def changed(self) -> bool:
        """Whether anything in it is not as it was."""
        return any(not _is_as(x, picture) for x, picture in self._parts)

    def settle(self) -> list[str]:
        """Put back what has changed, and return the label if there was anything."""
        if not self.changed:
            return []
        for x, picture in self._parts:
            _restore(x, picture)
        return [self.label]


class _Shared:
    """An array that a suspect's twin, or its caller, finds in the same place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.contents = Contents(f"the array {place.label} that the twin captures too", place.value)

    def settle(self) -> list[str]:
        now, value = self.place.now, self.place.value
        is_bound_anew = now is not value and bits(now) != bits(value)
        changed = self.contents.settle()
        if is_bound_anew:
            self.place.bind()
        return [self.contents.label] if is_bound_anew else changed


class _Module:
    """A torch module: its modes, its parameters, and its buffers where they are not learned from what passes."""

    def __init__(self, module: torch.nn.Module) -> None:
        modules = list(module.modules())
        self._modes = [(m, m.training) for m in modules]
        self._tensors = [
            Contents(f"{kind} {name} of {type(m).__name__}", x)
            for m in modules
            for kind, tensors in (("parameter", m.named_parameters(recurse=False)), ("buffer", _kept_buffers(m)))
            for name, x in tensors
        ]

    def settle(self) -> list[str]:
        switched = [m for m, training in self._modes if m.training != training]
        for m, training in self._modes:
            m.training = training
        modes = [f"training mode of {type(m).__name__}" for m in switched]
        return [*modes, *(name for x in self._tensors for name in x.settle())]


def _kept_buffers(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the buffers of a module in evaluation mode; in training mode they are outputs."""
    return iter(()) if module.training else module.named_buffers(recurse=False)


class Draws:
    """The random numbers of the process; what is drawn of them is put back.

    They are looked at once a check, since looking costs as much as a small call.
    """

    def __init__(self) -> None:
        import torch

        self._states: list[Kept] = [
            _Setting("np.random", _numpy_state, np.random.set_state),
            _Setting("random", random.getstate, random.setstate),
            _Setting("torch", lambda: torch.get_rng_state().numpy().tobytes(), _set_torch_state),
        ]

    def settle(self) -> list[str]:
        """Put back what was drawn, and return the names of the sources."""
        return [name for state in self._states for name in state.settle()]


def _numpy_state() -> tuple[Any, ...]:
    """Return the state of NumPy's global generator, which users draw from, as values that can be compared."""
    state = np.random.get_state()  # noqa: NPY002
    return tuple(x.tolist() if isinstance(x, np.ndarray) else x for x in state)


def _set_torch_state(state: bytes) -> None:
    import torch

    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


def bits(x: Any) -> Any:
    """Return the bits of an array or a tensor with its shape and type; what tells any other value from another one."""
    import torch

    if isinstance(x, np.ndarray):
        return x.shape, x.dtype.str, x.tobytes()
    if isinstance(x, torch.Tensor):
        if x.layout is not torch.strided or x.is_meta:
            return id(x), x._version
        flat = x.detach().cpu().contiguous().reshape(-1)
        return tuple(x.shape), str(x.dtype), flat.view(torch.uint8).numpy().tobytes()
    if isinstance(x, (list, tuple)):
        return type(x), [bits(v) for v in x]
    if isinstance(x, dict):
        return type(x), [(k, bits(v)) for k, v in x.items()]
    return (type(x), x) if type(x) in ATOMS or isinstance(x, (set, frozenset)) else id(x)


def _changeable(x: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield a value and what is nested in it, as far as it can be changed in place."""
    import torch

    seen = set() if seen is None else seen
    if type(x) in ATOMS or id(x) in seen or callable(x) or isinstance(x, ModuleType):
        return
    seen.add(id(x))
    if not isinstance(x, (tuple, frozenset)):
        yield x
    if isinstance(x, (np.ndarray, np.generic, torch.Tensor, set, frozenset)):
        return
    for value in list(_entries(x).values()) if not isinstance(x, (list, tuple)) else x:
        yield from _changeable(value, seen)


def _entries(x: Any) -> dict[Any, Any]:
    """Return a dict itself, or the attributes of an object."""
    own = x if isinstance(x, dict) else getattr(x, "__dict__", None)
    return own if isinstance(own, dict) else {}


def _picture(x: Any) -> Any:
    """Return what `_is_as` compares a value with and `_restore` makes of it again."""
    import torch

    if isinstance(x, (np.ndarray, torch.Tensor)):
        return bits(x), x.copy() if isinstance(x, np.ndarray) else x.detach().clone()
    return x.copy() if isinstance(x, (dict, list, set)) else _entries(x).copy()


def _is_as(x: Any, picture: Any) -> bool:
    """Return whether a value is as it was; further attributes of an object are its own affair."""
    if isinstance(picture, tuple):
        return bool(bits(x) == picture[0])
    if isinstance(x, list):
        return len(x) == len(picture) and all(map(_alike, x, picture))
    if isinstance(x, set):
        return bool(x == picture)
    entries = _entries(x)
    known = all(name in entries and _alike(entries[name], value) for name, value in picture.items())
    return known and (not isinstance(x, dict) or list(x) == list(picture))


def _alike(a: Any, b: Any) -> bool:
    """Return whether one value can stand for another: the same, or one of the same type and contents."""
    return a is b or bool(bits(a) == bits(b))


def _restore(x: Any, picture: Any) -> None:
    """Make a value what it was."""
    import torch

    if isinstance(x, torch.Tensor):
        with torch.no_grad():
            x.copy_(picture[1])
    elif isinstance(x, np.ndarray):
        if x.flags.writeable:
            x[...] = picture[1]
    elif isinstance(x, list):
        x[:] = picture
    else:
        if isinstance(x, (dict, set)):
            x.clear()
        (x if isinstance(x, set) else _entries(x)).update(picture)
