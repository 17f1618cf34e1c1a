"""The options that both sides take besides those that were passed: what they are by default, and who lacks which."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from inspect import Parameter
from typing import Any

from gradtwin.core.call import Code
from gradtwin.core.signatures import parameters

__all__ = ["Optional", "optional_of", "parameters_of"]

NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
BESIDE = ("out", "dtype", "layout", "device", "requires_grad", "inplace", "size_average", "reduce", "generator")
"""Options of torch that say where a result goes, and what is out of use."""


@dataclass(frozen=True)
class Optional:
    """The options that are left at their defaults.

    Parameters
    ----------
    defaults : dict
        Those that both sides take, with the twin's default; the suspect's, where the twin does not tell its own.
    lacking : tuple of str
        Those that the twin takes and the suspect does not.
    """

    defaults: dict[str, Any] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()


def optional_of(codes: Sequence[Code], twin: Code, passed: Collection[str]) -> Optional:
    """Return the options of a twin that all code of a suspect takes, but for what is passed already."""
    theirs = {p.name: p.default for p in parameters_of(twin) if p.kind in NAMED and p.default is not p.empty}
    theirs = {name: default for name, default in theirs.items() if name not in (*passed, *BESIDE)}
    taken = [{p.name: p for p in parameters_of(code)} for code in codes]
    is_open = [any(p.kind is Parameter.VAR_KEYWORD for p in names.values()) for names in taken]
    # What one of them names, another may take in its **options.
    own = {name for names in taken for name in names}
    shared = {n for n in theirs if n in own and all(n in t or o for t, o in zip(taken, is_open, strict=True))}
    return Optional({n: theirs[n] for n in theirs if n in shared}, tuple(n for n in theirs if n not in shared))


def parameters_of(function: Code) -> list[Parameter]:
    """Return the parameters of a function; of one that is built into torch, those that torch tests its stand-ins by."""
    import torch

    own = parameters(function)
    if own:
        return own
    stand_in = torch.overrides.get_testing_overrides().get(function)
    return [] if stand_in is None else list(inspect.signature(stand_in).parameters.values())
