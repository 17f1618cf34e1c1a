"""A call must leave everything as it was: settings, functions of libraries, options, and what it shares with its twin.

Whatever is watched has one form, `Kept`: a picture is taken when it is made, and `settle` puts back what has changed
since, and says what that is.
"""

from __future__ import annotations

import functools
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gradtwin.core.captured import Place
from gradtwin.core.contents import ATOMS, Contents, bits

if TYPE_CHECKING:
    import torch

__all__ = ["SOURCES", "Draws", "Watch", "settings_now", "take_over"]

LIBRARIES = ("numpy", "numpy.linalg", "scipy.special", "torch", "torch.nn.functional")
"""The modules whose functions a suspect could replace for everybody, its twin included."""


class Kept(Protocol):
    """Something that a call must leave as it found it."""

    def settle(self) -> list[str]:
        """Put back what has changed, and return its names."""


class Watch:
    """What was there before a call: settings of the process, what the call gets, and what others see.

    Parameters
    ----------
    contents : mapping
        Values that the call gets, or gets copies of, by how they are called.
    places : sequence of Place
        Where its twin, or its caller, finds arrays and modules.
    libraries : bool
        Whether to watch the functions of libraries as well, which takes longer than all the rest.
    """

    def __init__(self, contents: Mapping[str, Any], places: Sequence[Place], *, libraries: bool = False) -> None:
        import torch

        self._parts: list[Kept] = [*_settings()]
        self._parts += [_Library(sys.modules[name]) for name in LIBRARIES if libraries and name in sys.modules]
        self._parts += [Contents(label, x) for label, x in contents.items() if type(x) not in ATOMS]
        for place in places:
            self._parts.append(_Module(x) if isinstance(x := place.value, torch.nn.Module) else _Shared(place))

    def settle(self) -> list[str]:
        """Put back what has changed, and return its names."""
        return [name for part in self._parts for name in part.settle()]


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


def _settings() -> list[_Setting]:
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
        *(
            _Setting(
                f"torch.autocast: automatic casts on {device}",
                functools.partial(_autocast, device),
                functools.partial(_restore_autocast, device),
            )
            for device in ("cpu", "cuda")
        ),
        _Setting("os.environ: the environment variables", _environment, _restore_environment),
        _Setting("os.chdir: the working directory", os.getcwd, os.chdir),
    ]


OWN_VARIABLES = "_TORCHINDUCTOR_", "TORCHINDUCTOR_", "TRITON_"
"""How the variables begin in which torch keeps what a compiled function needs; it writes them when that is loaded."""


def settings_now() -> list[Any]:
    """Return the settings of this process, for another one to take over."""
    return [x.value for x in _settings()]


def take_over(values: Sequence[Any]) -> None:
    """Give this process the settings of another one."""
    for setting, value in zip(_settings(), values, strict=True):
        if setting.value != value:
            setting.write(value)


def _autocast(device: str) -> tuple[bool, Any]:
    import torch

    return torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)


def _restore_autocast(device: str, state: tuple[bool, Any]) -> None:
    import torch

    torch.set_autocast_enabled(device, state[0])
    torch.set_autocast_dtype(device, state[1])


def _environment() -> dict[Any, Any]:
    """Return the environment as it is encoded, without what torch's compiler keeps there.

    Decoded it costs a hundred times as much.
    """
    own = tuple(map(os.environ.encodekey, OWN_VARIABLES))
    return {k: v for k, v in os.environ._data.items() if not k.startswith(own)}  # type: ignore[attr-defined]


def _restore_environment(encoded: Mapping[Any, Any]) -> None:
    names = {os.environ.decodekey(k): os.environ.decodevalue(v) for k, v in encoded.items()}
    # Through `os.environ` itself, which tells the process too; code below Python does not read `_data`.
    for name in {n for n in os.environ if not n.startswith(OWN_VARIABLES)} - set(names):
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
        before = zip(self.names, self.values, strict=True)
        replaced = {n: x for n, x in before if not n.startswith("_") and now.get(n) is not x}
        foreign = {n: x for n, x in replaced.items() if not self._wrote(now.get(n))}
        for name, value in foreign.items():
            setattr(self.module, name, value)
        return [f"the function {self.module.__name__}.{name}" for name in foreign]

    def _wrote(self, function: Any) -> bool:
        """Return whether the library itself has put a function of its own in another's place, as torch does late."""
        root = sys.modules[self.module.__name__.partition(".")[0]]
        folder = os.path.dirname(str(root.__file__))
        return isinstance(function, FunctionType) and function.__code__.co_filename.startswith(folder)


class _Shared:
    """An array that a suspect's twin, or its caller, finds in the same place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.contents = Contents(f"the array {place.label} that the twin captures too", place.value)

    def settle(self) -> list[str]:
        now, value = self.place.now, self.place.value
        labels = self.contents.settle()
        # Another array in its place with the numbers that it had, and has again, is no change that anybody sees.
        is_bound_anew = now is not value and bits(now) != bits(value)
        if is_bound_anew:
            self.place.bind()
        return [self.contents.label] if is_bound_anew else labels


class _Module:
    """A torch module: modes, parameters and which of them learn, and buffers where these do not follow what passes."""

    def __init__(self, module: torch.nn.Module) -> None:
        modules = list(module.modules())
        self._modes = [(m, m.training) for m in modules]
        self._learning = [(m, n, x, x.requires_grad) for m in modules for n, x in m.named_parameters(recurse=False)]
        self._tensors = [
            Contents(f"{kind} {name} of {type(m).__name__}", x)
            for m in modules
            for kind, tensors in (("parameter", m.named_parameters(recurse=False)), ("buffer", _kept_buffers(m)))
            for name, x in tensors
        ]

    def settle(self) -> list[str]:
        switched = [m for m, training in self._modes if m.training != training]
        for m, training in self._modes:
            m.training = training  # `train` would switch its children too
        modes = [f"training mode of {type(m).__name__}" for m in switched]
        for m, name, x, learns in self._learning:
            if x.requires_grad != learns:
                modes.append(f"requires_grad of {name} of {type(m).__name__}")
                x.requires_grad_(learns)
        return [*modes, *(name for x in self._tensors for name in x.settle())]


def _kept_buffers(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the buffers of a module in evaluation mode; in training mode they are outputs."""
    return iter(()) if module.training else module.named_buffers(recurse=False)


class Draws:
    """Sources of random numbers; what is drawn of them within a ``with`` is put back after it, and noted.

    Parameters
    ----------
    *sources : str
        Names of `SOURCES`. To look at those that are not torch's costs as much as a small call.
    """

    def __init__(self, *sources: str) -> None:
        self.sources = sources
        self.notes: tuple[str, ...] = ()

    def __enter__(self) -> Draws:
        self._states = [_Setting(name, *SOURCES[name]) for name in self.sources]
        return self

    def __exit__(self, *error: object) -> None:
        names = [name for state in self._states for name in state.settle()]
        self.notes = tuple(f"random numbers of {name} are drawn or seeded; they are put back" for name in names)


def _numpy_state() -> tuple[Any, ...]:
    """Return the state of NumPy's global generator, which users draw from, as values that can be compared."""
    state = np.random.get_state()  # noqa: NPY002
    return tuple(x.tolist() if isinstance(x, np.ndarray) else x for x in state)


def _set_torch_state(state: bytes) -> None:
    import torch

    torch.set_rng_state(torch.frombuffer(bytearray(state), dtype=torch.uint8))


def _torch_state() -> bytes:
    import torch

    return torch.get_rng_state().numpy().tobytes()


SOURCES: Mapping[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "np.random": (_numpy_state, np.random.set_state),
    "random": (random.getstate, random.setstate),
    "torch": (_torch_state, _set_torch_state),
}
"""The random numbers that are everybody's, by name: how their state is read, and written."""
