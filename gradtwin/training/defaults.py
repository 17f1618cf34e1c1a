"""Options that nobody passed, and of which both sides have defaults that differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gradtwin.core.call import Code
from gradtwin.core.signatures import parameters
from gradtwin.training.renaming import Renaming

__all__ = ["defaults_of", "differing_defaults"]


def differing_defaults(own: Mapping[str, Any], theirs: Mapping[str, Any], options: Collection[str]) -> tuple[str, ...]:
    """Return a sentence for each option of the twin that is not passed and that the suspect sets otherwise.

    An option counts where the suspect has it by the name of torch, or by another that stands for it alone.

    Parameters
    ----------
    own, theirs : mapping
        What the suspect and the twin have for defaults, of which numbers count.
    options : collection of str
        What is passed.
    """
    own = {name: x for name, x in own.items() if _are_numbers(x)}
    left = {name: x for name, x in theirs.items() if name not in options and _are_numbers(x)}
    names = Renaming.of(left, own, theirs).names
    sentences = []
    for option, value in left.items():
        others = names.get(option, (option,))
        if not own.keys() >= set(others):
            continue
        values = [own[name] for name in others]
        if _numbers(values[0] if len(values) == 1 else values) != _numbers(value):
            shown = " and ".join(f"{name}={x!r}" for name, x in zip(others, values, strict=True))
            sentences.append(f"left to the defaults, which differ: {shown}, the twin's {option}={value!r}")
    return tuple(sentences)


def _numbers(value: Any) -> Any:
    return tuple(value) if isinstance(value, (tuple, list)) else value


def defaults_of(function: Code) -> dict[str, Any]:
    """Return the options of a function that have defaults, with these."""
    return {p.name: p.default for p in parameters(function) if p.default is not p.empty}


def _are_numbers(value: Any) -> bool:
    parts = value if isinstance(value, (tuple, list)) and value else (value,)
    return all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in parts)
