"""How a layer is read: in words, with where it keeps its gradients, and what it does that is no fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradtwin.core.call import aside
from gradtwin.core.results import mapped
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.form import Form
from gradtwin.forms.layer_unit import LayerUnit
from gradtwin.forms.layers import Layer
from gradtwin.forms.spots import Spot, gradient_spots, spots_in

__all__ = ["layer_form"]


def layer_form(
    layer: Layer,
    names: Sequence[str],
    values: Sequence[Any],
    options: Mapping[str, Any],
    form_words: str | None,
    *,
    may_run: bool,
) -> Form:
    """Return how a layer with these inputs is read.

    Parameters
    ----------
    layer : Layer
        The layer.
    names, values : sequences
        The names of all inputs, and the inputs.
    options : mapping
        The options.
    form_words : str, optional
        What the user says that its backward takes.
    may_run : bool
        Whether it may be run here, to see where it keeps its gradients.

    Raises
    ------
    UsageError
        If it does not take the inputs, or has no place for one of them.
    """
    unit = LayerUnit(layer, tuple(names), tuple(values), options, form_words)
    words, remarks = _words(unit), list[str]()
    outcome = aside("forward", _looked_at, [unit, unit.by_name(values), options], {}, ()) if may_run else None
    if outcome is not None and not outcome.findings:
        remarks = outcome.value
        if unit.grads:
            words += ", gradients " + ", ".join(f"of {name} in {spot}" for name, spot in unit.grads.items())
    return Form(
        words, unit.forward, layer.make, ARRAYS, backward=unit.backward, remarks=tuple(remarks), names=tuple(names)
    )


def _words(unit: LayerUnit) -> str:
    forward, backward = unit.layer.methods
    title, roles = unit.layer.title.rpartition(":")[2], unit.roles.words.removeprefix("backward")
    words = f"an object of {title}: {forward}({', '.join(unit.inputs)}), {backward}{roles or '(grad)'}"
    clearing = unit.clearing()
    return words if clearing is None else f"{words}, after {clearing}()"


def _looked_at(unit: LayerUnit, by_name: Mapping[str, Any], options: Mapping[str, Any]) -> list[str]:
    """Find where a copy has its gradients, and return what it does in two runs that is no fault."""
    owner = unit.copy_of(by_name)
    before = [spot for spot, x in spots_in(owner) if isinstance(x, np.ndarray)]
    grad = mapped(np.ones_like, unit.value(owner, by_name, options))
    unit.find_gradients(owner, grad, by_name, options)
    once = {name: np.array(spot.get(owner)) for name, spot in unit.grads.items()}
    unit.gradients(owner, grad, by_name, options)
    adding = [n for n, x in once.items() if np.any(x) and np.array_equal(unit.grads[n].get(owner), x + x)]
    params = {spot for spots in unit.spots.values() for spot in spots}
    unjudged = [spot for spot in before if spot not in params and _has_gradient(unit, owner, spot)]
    remarks = []
    if adding:
        remarks.append(f"gradients of {', '.join(adding)} add up until they are set to zero, as torch's do")
    if unjudged:
        remarks.append(f"gradients of {', '.join(map(str, unjudged))} are not judged: they are no inputs")
    return remarks


def _has_gradient(unit: LayerUnit, owner: Any, spot: Spot) -> bool:
    judged = set(unit.grads.values())
    return any(s not in judged and isinstance(s.get(owner), np.ndarray) for s in gradient_spots(owner, [spot]))
