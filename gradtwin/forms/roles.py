"""What a backward by hand takes: read off the names of its parameters, or said by ``form=``."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from typing import Any

from gradtwin.core.errors import UsageError, hint

__all__ = ["CACHE", "GRAD", "OUTPUT", "OUTPUTS", "REST", "Roles", "roles_in_words", "roles_of"]

COTANGENTS = (
    *("grad", "grads", "grad_output", "grad_outputs", "grad_out", "gradient", "output_grad", "out_grad", "upstream"),
    *("upstream_grad", "upstream_gradient", "cotangent", "cotangents", "ct", "g", "gy", "gz", "gout", "g_out"),
    *("dout", "d_out", "dy", "dz", "da", "dh", "dL", "dl", "dl_dy", "dL_dy", "dLdy", "dloss", "dZ", "dY", "dA", "dH"),
    *("dnext", "d_next", "dhidden", "dvalues", "delta", "error", "accum_grad", "out_gradient", "output_gradient"),
)
"""The names by which a cotangent, the gradient of a result, is known."""
OUTPUTS = ("out", "output", "outputs", "result", "res", "y", "value")
"""The names by which a result of the forward is known, where no input has that name."""
CACHES = ("cache", "caches", "cached", "ctx", "context", "saved", "memory", "mem", "tape", "residual", "residuals")
"""The names by which what a forward returns besides its result, for its backward, is known."""
SHORT = ("y", "res", "value")
"""Those of these names that an input may have as well."""
GRAD, OUTPUT, CACHE, REST = "grad", "output", "cache", "*inputs"
"""The words of ``form=`` for what is no single input."""
OPEN = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
LEADING = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Roles:
    """What a backward takes.

    Parameters
    ----------
    by_position : tuple of str
        What it takes by position: ``grad``, ``output``, ``cache``, ``*inputs`` for all inputs in their order, or the
        name of an input.
    by_name : mapping
        What it takes by these names alone.
    words : str
        How it is written, where there was something to choose.
    """

    by_position: tuple[str, ...]
    by_name: Mapping[str, str]
    words: str = ""

    @property
    def all_roles(self) -> tuple[str, ...]:
        """What it takes, by position and by name."""
        return (*self.by_position, *self.by_name.values())

    @property
    def takes_cotangent(self) -> bool:
        """Whether it takes a cotangent at all."""
        return GRAD in self.all_roles


DOCUMENTED = Roles((GRAD, REST), {})
"""What `gradtwin.check` documents: the cotangent, then the inputs."""


def roles_in_words(form: str, names: Sequence[str]) -> Roles:
    """Return what ``form=`` says that a backward takes, such as ``backward(cache, grad)``.

    Raises
    ------
    UsageError
        If it says something else.
    """
    inside = form.strip().removeprefix("backward").strip().removeprefix("(").removesuffix(")")
    roles = tuple(part.strip() for part in inside.split(",") if part.strip())
    known = (GRAD, OUTPUT, CACHE, REST, *names)
    for role in roles:
        if role not in known:
            raise UsageError(
                "Expected form to say what backward takes, by position, such as 'backward(grad, cache)': grad for the "
                f"cotangent, output, cache, *inputs for all inputs, or names of inputs ({', '.join(names)}); "
                f"got {role!r} in {form!r}.{hint(role, known)}"
            )
    return Roles(roles, {}, f"backward({', '.join(roles)})")


def roles_of(backward: Any, names: Sequence[str], options: Collection[str]) -> Roles:
    """Return what a backward takes, of a forward whose inputs have these names.

    Its parameters are told by their names; where none of them has a name that tells, the cotangent comes first and the
    inputs follow.

    Raises
    ------
    UsageError
        If its names can be read in two ways.
    """
    try:
        parameters = list(inspect.signature(backward).parameters.values())
    except (TypeError, ValueError):
        return DOCUMENTED
    own = [p for p in parameters if p.kind not in OPEN and p.name not in options]
    own = [p for p in own if p.default is Parameter.empty or p.name in names]
    read = {p.name: _kind(p.name, names) for p in own}
    if _takes_the_rest({p.kind for p in parameters}, set(read.values()), names):
        return DOCUMENTED
    kinds = _completed(read, names, backward)
    if kinds is None:
        return DOCUMENTED
    leading = tuple(kinds[p.name] for p in own if p.kind in LEADING)
    by_name = {p.name: kinds[p.name] for p in own if p.kind not in LEADING}
    if leading == (GRAD, *names) and not by_name:
        return DOCUMENTED
    shown = [p.name for p in own if p.kind in LEADING]
    shown += [f"*, {', '.join(by_name)}"] if by_name else []
    cotangents = [name for name, kind in kinds.items() if kind == GRAD and name not in COTANGENTS]
    which = f", where {cotangents[0]} is the cotangent" if cotangents else ""
    return Roles(leading, by_name, f"backward({', '.join(shown)}){which}")


def _takes_the_rest(kinds: Collection[Any], told: Collection[str | None], names: Sequence[str]) -> bool:
    """Return whether all inputs, or those after the ones that have names, go to ``*rest`` or to ``**rest``."""
    if CACHE in told:
        return False
    return Parameter.VAR_POSITIONAL in kinds or (Parameter.VAR_KEYWORD in kinds and not {*told} & {*names})


def _kind(name: str, names: Sequence[str]) -> str | None:
    """Return what a parameter of this name is; None where the name does not tell."""
    if name in names:
        return name
    kinds = {GRAD: COTANGENTS, OUTPUT: OUTPUTS, CACHE: CACHES}
    return next((kind for kind, known in kinds.items() if name in known), None)


def _completed(kinds: Mapping[str, str | None], names: Sequence[str], backward: Any) -> dict[str, str] | None:
    """Return what each parameter is, those whose names do not tell by what is left; None for the documented form."""
    told = [kind for kind in kinds.values() if kind is not None]
    untold = [name for name, kind in kinds.items() if kind is None]
    missing = [name for name in names if name not in told]
    by_position = len(missing) == len(names) and CACHE not in told and told.count(GRAD) < 2
    order = list(kinds.values())
    if by_position and len(kinds) == 1 + len(names) and (untold or OUTPUT not in told):
        # So many parameters are the cotangent and the inputs, by names of their own.
        if GRAD not in told or order[0] == GRAD:
            return None
        if order[-1] == GRAD:
            return dict(zip(kinds, (*names, GRAD), strict=True))
    if by_position and not told and len(untold) == len(names) != 2:  # two may be a cotangent and a cache
        return dict(zip(untold, names, strict=True))
    if len(untold) == 1 and told and GRAD not in told:
        return {name: kind or GRAD for name, kind in kinds.items()}
    if len(untold) == len(missing) == 1 and GRAD in told:
        return {name: kind or missing[0] for name, kind in kinds.items()}
    if untold or _is_either(kinds, names):
        raise UsageError(_unclear(backward, untold or [name for name, kind in kinds.items() if kind == OUTPUT]))
    return {name: kind for name, kind in kinds.items() if kind is not None}


def _is_either(kinds: Mapping[str, str | None], names: Sequence[str]) -> bool:
    """Return whether a parameter may be a result or an input: one called y, of a forward that does not name its own."""
    unnamed = all(name.startswith("input ") for name in names)
    return unnamed and any(kind == OUTPUT and name in SHORT for name, kind in kinds.items())


def _unclear(backward: Any, untold: Sequence[str]) -> str:
    own = ", ".join(inspect.signature(backward).parameters)
    return (
        f"Expected the parameters of backward({own}) to say what they are; got {' and '.join(map(repr, untold))}, "
        "which may be several things. Name them as the inputs of forward, as a cotangent (grad, dout, g, ...) or a "
        "cache, or say it, as by form='backward(grad, cache)', 'backward(grad, output)' or 'backward(*inputs)'."
    )
