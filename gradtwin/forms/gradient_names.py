"""Gradients by the names of the inputs, as a backward by hand returns them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.errors import shown
from gradtwin.core.results import is_record, parts_of
from gradtwin.forms.nested import NestedInputs, is_nested, leaves

__all__ = ["NamedGradients", "input_of_key"]


@dataclass(frozen=True)
class NamedGradients:
    """A backward that returns its gradients as a dict by the names of the arrays among the inputs, where it names any.

    Parameters
    ----------
    function : callable
        ``function(grad, *inputs)``.
    inputs : NestedInputs
        The inputs.
    """

    function: Code
    inputs: NestedInputs

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        value = enter(self.function, *arguments, **options)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            value = dict(zip(value._fields, value, strict=True))
        elif is_record(value):
            value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        if isinstance(value, Mapping):
            return self._by_name(value)
        return value if self.inputs.is_flat else self._in_order(value)

    def _by_name(self, gradients: Mapping[str, Any]) -> dict[str, Any]:
        holders = [(n, x) for n, x in zip(self.inputs.names, self.inputs.templates, strict=True) if is_nested(x)]
        known = self.inputs.names
        # Of one input that is a dict, its own keys say no more than which part of it a gradient is of.
        if len(holders) == 1 and not any(input_of_key(str(key), known) for key in gradients):
            return _by_template(gradients, holders[0][1], holders[0][0])
        named: dict[str, Any] = {}
        for key, gradient in gradients.items():
            name = input_of_key(str(key), known)
            parts = self._parts(name, gradient) if name else _by_place(str(key), gradient)
            twice = [n for n in parts if n in named]
            if twice:
                raise StructureError(f"returns two gradients of {twice[0]}")
            named |= parts
        return named

    def _in_order(self, value: Any) -> dict[str, Any]:
        real = [n for n, x in zip(self.inputs.names, self.inputs.templates, strict=True) if is_nested(x) or _is_real(x)]
        # Two gradients of the one input that has any are those of what it holds.
        is_of_one = len(real) == 1 and isinstance(value, (tuple, list)) and len(value) > 1
        values = list(value) if isinstance(value, (tuple, list)) and not is_of_one else [value]
        order = real if len(values) == len(real) else list(self.inputs.names)
        if len(values) != len(order):
            raise StructureError(f"returns {len(values)} gradients for the inputs {', '.join(real)}")
        named: dict[str, Any] = {}
        for name, gradient in zip(order, values, strict=True):
            named |= self._parts(name, gradient)
        return named

    def _parts(self, name: str, gradient: Any) -> dict[str, Any]:
        template = self.inputs.templates[self.inputs.names.index(name)]
        return _by_template(gradient, template, name) if is_nested(template) else _by_place(name, gradient)


def _is_real(x: Any) -> bool:
    return isinstance(x, float) or "float" in str(getattr(x, "dtype", ""))


def _by_place(name: str, gradient: Any) -> dict[str, Any]:
    """Return a gradient by its name, those in a tuple by the places there: of the inputs ``*name``."""
    if isinstance(gradient, (tuple, list)):
        return {f"{name}[{i}]": part for i, part in enumerate(gradient)}
    return {name: gradient}


def _by_template(gradient: Any, template: Any, name: str) -> dict[str, Any]:
    """Return the gradients of what an input holds, by the names of that; what is left out there is left out here."""
    if not is_nested(template):
        return {name: gradient}
    if gradient is None:
        return dict.fromkeys(leaves(template, name))
    inside, parts = parts_of(template), parts_of(gradient)
    assert inside is not None
    if parts is None:
        raise StructureError(f"returns {shown(gradient)} for {name}, which holds {', '.join(leaves(template, name))}")
    keys = {label: _part_of_key(label, list(inside)) for label in parts}
    gradients: dict[str, Any] = {}
    for label, part in parts.items():
        key = keys[label]
        if key is None:
            raise StructureError(f"returns a gradient of {name}{label}, which is no input")
        # Settings stand beside the arrays: a gradient of a number that no array holds is not asked for.
        if is_nested(inside[key]) or key in _arrays_in(template):
            gradients |= _by_template(part, inside[key], f"{name}{key}")
    return gradients


def _arrays_in(template: Any) -> set[str]:
    return {label for label, part in (parts_of(template) or {}).items() if leaves(part, label) and not is_nested(part)}


def _part_of_key(label: str, known: Sequence[str]) -> str | None:
    """Return which part of an input a gradient's part belongs to: by its key, or a key that says gradient of it."""
    if label in known:
        return label
    bare = {k.strip("[].'\""): k for k in known}
    key = input_of_key(label.strip("[].'\""), list(bare))
    return None if key is None else bare[key]


def input_of_key(name: str, known: Collection[str]) -> str | None:
    """Return the input that a gradient of this name belongs to: ``w``, ``dw``, ``grad_w``, ``w_grad``."""
    if name in known:
        return name
    for before, after in (("grad_", ""), ("d_", ""), ("d", ""), ("g_", ""), ("grad", ""), ("", "_grad"), ("", ".grad")):
        if name.startswith(before) and name.endswith(after):
            inner = name[len(before) : len(name) - len(after)]
            if inner in known:
                return inner
    return None
