"""An operator of `torch.library`: a definition made by `custom_op`, or what is registered under its name."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from typing import Any

from gradtwin.core.call import Code, aside
from gradtwin.core.carrier import is_tensor
from gradtwin.core.signatures import stand_in
from gradtwin.forms.examination import Examination
from gradtwin.forms.form import Form
from gradtwin.forms.tensors import TENSORS

__all__ = ["read"]

OPCHECK = {"raise_exception": False, "test_utils": ("test_schema", "test_autograd_registration", "test_faketensor")}
"""Those of torch's tests of an operator that take no compiler, which takes seconds."""
ABSENT = "There was no fake impl registered"
"""How torch says that something is not registered which need not be."""
BUILT_IN = ("aten", "prim", "prims")
"""Namespaces of torch's own operators, whose registrations nobody doubts."""


def read(suspect: Any) -> Form | None:
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


def _of_operator(suspect: Any, name: str, parameters_of: Any, own: Any) -> Form:
    words = f"torch.library operator {name}"
    return Form(
        words,
        suspect,
        parameters_of,
        TENSORS,
        promises=own is not None,
        own_forward=own,
        title=name,
        examine=functools.partial(_examined, suspect),
    )


def _examined(operator: Any, function: Code, inputs: Sequence[Any], wanted: Sequence[bool]) -> Examination:
    """Return what the registrations of an operator promise and do not keep, by torch's own tests of them."""
    import torch

    leaves = [x.detach().clone().requires_grad_(w) if is_tensor(x) else x for x, w in zip(inputs, wanted, strict=True)]
    options: Any = function.keywords if isinstance(function, functools.partial) else {}
    checked = aside("forward", torch.library.opcheck, [operator, leaves, options], OPCHECK, ())
    if checked.findings:
        return Examination(limits=(f"torch.library.opcheck does not take it: {checked.findings[0].message}",))
    failures = {test: str(error).partition("\n")[0] for test, error in checked.value.items() if error != "SUCCESS"}
    absent = {test: words for test, words in failures.items() if words.startswith(ABSENT)}
    faults = [f"fails {test} of torch.library.opcheck: {w}" for test, w in failures.items() if test not in absent]
    return Examination(tuple(faults), tuple(absent.values()))


def _by_schema(operator: Any) -> Any:
    """Return a stand-in that takes what the schema of an operator says."""
    parameters = [
        inspect.Parameter(
            x.name,
            inspect.Parameter.KEYWORD_ONLY if x.kwarg_only else inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=x.default_value if x.has_default_value() else inspect.Parameter.empty,
        )
        for x in operator._schema.arguments
    ]
    return stand_in(inspect.Signature(parameters))
