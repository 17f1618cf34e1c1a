"""An entry of the catalogue: an object of a published package, its twin, and inputs as a test would choose them."""

from __future__ import annotations

import collections
import importlib
import importlib.metadata
import importlib.util
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np
import torch

import gradtwin
from scripts.measure.published.mistakes import AT_ELEMENTS, with_gradient

__all__ = ["Entry", "Make", "Published", "as_it_is", "classes", "loaded", "normal", "version_of"]

Make = Callable[[Any], Any]


class Published(ABC):
    """An object of a package beside its twin.

    Its subclasses have the fields `package`, what is installed; `place`, ``module:name``, or ``folder/file.py:name`` of
    a file that is read alone, without its package; `make`, what a user writes around the object; `sizes`, what is
    particular about the entry; and `dtypes`, the precisions, one check each.
    """

    package: str
    place: str
    make: Make
    sizes: str
    dtypes: Sequence[str]

    @property
    def name(self) -> str:
        """What is judged, without its module."""
        return self.place.rpartition(":")[2]

    def suspect(self) -> Any:
        """Return what is judged."""
        return self.make(loaded(self.package, self.place))

    @abstractmethod
    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""

    @abstractmethod
    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it with mistakes that have to be refused."""


def as_it_is(published: Any) -> Any:
    """Return what is published."""
    return published


def loaded(package: str, place: str) -> Any:
    """Return what stands at a place of a package.

    Packages written for Python 3.9 find there what `collections` had then: this is for their import alone.
    """
    module, _, name = place.rpartition(":")
    with mock.patch.object(collections, "Hashable", Hashable, create=True):
        published: Any = _file(package, module) if module.endswith(".py") else importlib.import_module(module)
    for part in name.split("."):
        published = getattr(published, part)
    return published


@dataclass(frozen=True)
class Entry(Published):
    """An object of a package beside its twin.

    Parameters
    ----------
    package, place, make, sizes, dtypes
        As of `Published`.
    twin : callable
        The same in PyTorch, as its users would write it.
    inputs : callable
        Draws the inputs.
    options : mapping
        Keyword arguments of both.
    arguments : mapping
        Further arguments of `check`.
    """

    package: str
    place: str
    twin: Callable[..., Any]
    inputs: Callable[[np.random.Generator], Sequence[Any]]
    sizes: str
    options: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = ("float32",)
    make: Make = as_it_is
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""
        inputs = self.drawn(dtype)
        return gradtwin.check(suspect, twin=self.twin, inputs=inputs, options=self.options, **self.arguments)

    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it with a mistake in the gradient of the first input, and with one in that of the last."""
        names = self.arguments.get("differentiable")
        places = [i for i, x in enumerate(self.drawn(dtype)) if isinstance(x, torch.Tensor) and x.is_floating_point()]
        places = places[: len(places) if names is None else len((names,) if isinstance(names, str) else names)]
        if places:
            for place, mistake in zip((places[0], places[-1]), AT_ELEMENTS, strict=True):
                yield with_gradient(self.suspect(), place, mistake)

    def drawn(self, dtype: str) -> list[Any]:
        """Return the inputs of that type."""
        values = self.inputs(np.random.default_rng(0))
        return [_cast(x, dtype) for x in values]


def _file(package: str, path: str) -> ModuleType:
    """Return a module of a package whose own import needs what is not there."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    folder = (spec.submodule_search_locations or [""])[0]
    alone = importlib.util.spec_from_file_location(Path(path).stem, Path(folder) / path)
    assert alone is not None
    assert alone.loader is not None
    module = importlib.util.module_from_spec(alone)
    alone.loader.exec_module(module)
    return module


def _cast(x: Any, dtype: str) -> Any:
    if isinstance(x, torch.Tensor):
        return x.to(getattr(torch, dtype)) if x.is_floating_point() else x
    return x.astype(dtype) if isinstance(x, np.ndarray) else x


def version_of(package: str) -> str | None:
    """Return the version that is installed, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def normal(rng: np.random.Generator, *shape: int, size: float = 1.0) -> torch.Tensor:
    """Draw normal numbers."""
    return torch.from_numpy(size * rng.standard_normal(shape)).float()


def classes(rng: np.random.Generator, count: int, of: int) -> torch.Tensor:
    """Draw the targets of a classification."""
    return torch.from_numpy(rng.integers(0, of, count))
