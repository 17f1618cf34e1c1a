"""An operator of `torch.library`: a definition made by `custom_op`, or what is registered under its name."""

from __future__ import annotations

import inspect
from typing import Any

from gradtwin.forms.reading import Reading
from gradtwin.forms.tensors import TENSORS

__all__ = ["read"]

BUILT_IN = ("aten", "prim", "prims")
"""Namespaces of torch's own operators, whose registrations nobody doubts."""


def read(suspect: Any) -> Reading | None:
    """Return how an operator that somebody registered is read; None of anything else."""
    import torch

    definitions: Any = torch.library
    if isinstance(suspect, definitions.CustomOpDef):
        own = suspect._init_fn
        return _of_operator(suspect, suspect._qualname, own, own)
    if isinstance(suspect, torch._ops.OpOverloadPacket):
        suspect = suspect.default
    if not isinstance(suspect, torch._ops.OpOverload) or suspect.namespace in BUILT_IN:
        return None
    return _of_operator(suspect, str(suspect).replace(".", "::", 1), _by_schema(suspect), None)


def _of_operator(suspect: Any, name: str, parameters_of: Any, own: Any) -> Reading:
    words = f"torch.library operator {name}"
    return Reading(words, suspect, parameters_of, TENSORS, promises=own is not None, own_forward=own, title=name)


def _by_schema(operator: Any) -> Any:
    """Return a stand-in that takes what the schema of an operator says."""

    def stand_in() -> None: ...

    parameters = [
        inspect.Parameter(
            x.name,
            inspect.Parameter.KEYWORD_ONLY if x.kwarg_only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=x.default_value if x.has_default_value() else inspect.Parameter.empty,
        )
        for x in operator._schema.arguments
    ]
    setattr(stand_in, "__signature__", inspect.Signature(parameters))  # noqa: B010  mypy knows no such attribute
    return stand_in
