"""Inputs where the user brings none: those that the catalogue knows of the twin, or that the twin is seen to take."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator, Mapping, Sequence
from inspect import Parameter
from typing import Any

import numpy as np
import torch

from gradtwin.catalogue.inputs import ANY, FUNCTIONS, SETTINGS
from gradtwin.catalogue.kinds import Kind
from gradtwin.core.call import Code
from gradtwin.core.errors import UsageError
from gradtwin.core.signatures import described, needed, parameters
from gradtwin.ops.optional import parameters_of
from gradtwin.ops.twin import Twin

__all__ = ["made_inputs"]

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def made_inputs(
    forward: Code, twin: Code, options: Mapping[str, Any], seed: int
) -> tuple[dict[str, Any] | list[Any], dict[str, Any]]:
    """Return inputs that a twin takes, by name where the suspect has names for them, and the options.

    Raises
    ------
    UsageError
        If the twin takes none that are known.
    """
    if not _is_of_torch(twin):
        raise UsageError(
            "Expected inputs (sequence, mapping, or callable) beside a twin of your own, which may take anything, "
            f"{described(twin)}; got None. Write inputs=[x] with an example."
        )
    theirs = [p for p in parameters_of(twin) if p.kind in POSITIONAL and p.name not in options]
    ours = [name for name in needed(forward) if name not in options]
    required = [p.name for p in theirs if p.default is p.empty]
    settings = {name: SETTINGS[name] for name in required if name in SETTINGS}
    # What only the twin calls optional, as a bias, is an input where the suspect cannot do without it.
    names = [p.name for p in theirs if p.name not in settings and (p.name in required or p.name in ours)]
    chosen = {**settings, **options}
    for kinds in _candidates(twin, names, [p.name for p in theirs]):
        rng = np.random.default_rng(seed)
        arrays = [kind.draw(rng) for kind in kinds]
        if _takes(twin, arrays, names, chosen):
            has_names = {*names} <= {p.name for p in parameters(forward)}
            return (dict(zip(names, arrays, strict=True)) if has_names else arrays), chosen
    raise UsageError(
        f"Expected inputs, since none are known that the twin {described(twin)} takes; got None. Write inputs=[x] with "
        "an example."
    )


def _is_of_torch(twin: Code) -> bool:
    """Return whether a twin is a function, or a module, of torch, perhaps with some options."""
    twin = twin.func if isinstance(twin, functools.partial) else twin
    owner = twin if hasattr(twin, "__name__") else type(twin)
    is_built_in = twin in torch.overrides.get_testing_overrides()
    return is_built_in or str(getattr(owner, "__module__", "")).partition(".")[0] == "torch"


def _candidates(twin: Code, names: Sequence[str], order: Sequence[str]) -> Iterator[Sequence[Kind]]:
    function = twin.func if isinstance(twin, functools.partial) else twin
    known = FUNCTIONS.get(getattr(function, "__name__", ""), ())
    by_name = dict(zip(order, known, strict=False))
    if known and all(name in by_name for name in names):
        yield [by_name[name] for name in names]
    for kind in ANY:
        yield [kind] * len(names)


def _takes(twin: Code, arrays: Sequence[Any], names: Sequence[str], options: Mapping[str, Any]) -> bool:
    """Return whether a twin has finite results for these inputs, and finite gradients where it has any."""
    floating = [x.dtype.kind == "f" for x in arrays]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            native = Twin(twin, dict(options)).start(arrays, floating, "float64")
            answer = native.answer([[np.ones(tuple(x.shape)) for x in native.outputs]])
    except (UsageError, RuntimeError):
        return False
    return all(x is None or bool(np.all(np.isfinite(x))) for x in answer.arrays)
