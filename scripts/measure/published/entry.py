"""An entry of the catalogue: an object of a published package, its twin, and inputs as a test would choose them."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

__all__ = ["Entry", "classes", "normal", "version_of"]

Make = Callable[[Any], Any]


@dataclass(frozen=True)
class Entry:
    """An object of a package beside its twin.

    Parameters
    ----------
    package : str
        What is installed.
    place : str
        ``module:name``, or ``folder/file.py:name`` of a file that is read alone, without its package.
    twin : callable
        The same in PyTorch, as its users would write it.
    inputs : callable
        Draws the inputs.
    sizes : str
        What is particular about them.
    options : mapping
        Keyword arguments of both.
    dtypes : sequence of str
        The types of the inputs, one check each.
    make : callable
        What a user writes around the object: the construction of a module, settings in a lambda.
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
    make: Make = lambda published: published
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What is judged, without its module."""
        return self.place.rpartition(":")[2]

    def suspect(self) -> Any:
        """Return what is judged."""
        module, _, name = self.place.rpartition(":")
        published: Any = _file(self.package, module) if module.endswith(".py") else importlib.import_module(module)
        for part in name.split("."):
            published = getattr(published, part)
        return self.make(published)

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
