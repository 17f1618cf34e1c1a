"""Kinks and ties: which slopes there are, which of them the twin takes, and whom among equals it gives the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import KINK_PLACES, PRECISIONS, TIE_TRIALS, WITNESS_PLACES, K
from gradtwin.core.report import Finding
from gradtwin.ops.contested import Contested, Ruling

__all__ = ["at_kinks"]

Array = NDArray[Any]
Group = list[int]
"""Places, counted through the flat input, of elements that are tied."""
NAME = "another subgradient"
RULES = ("all to the first", "all to the last", "equal shares")


def at_kinks(contested: Contested, finding: Finding) -> Ruling | None:
    """Return the ruling where suspect and twin differ at kinks of the twin only; None where they do not."""
    c = contested
    if len(c.places) > KINK_PLACES or not np.all(np.isfinite(c.expectation.truth) & np.isfinite(c.got)):
        return None
    if not np.all(_jumps(c)[c.outside]):
        return None
    assert finding.index is not None
    group = next((g for g in _tied(c, float(c.input[finding.index])) if _flat(c, finding.index) in g), [])
    rule = None if len(group) < 2 else _rule(c, group)
    if len(group) > 1 and rule is None and _sums_agree(c):
        return Ruling(
            note=f"{finding.quantity}: a tie, in which the twin's pick follows no rule: its sum alone is compared"
        )
    if NAME in c.subject.manner.accept and _between(c):
        return Ruling(note=f"{finding.quantity}: another subgradient than the twin's at a kink, which is accepted")
    where = _slopes(c, finding.index) if len(group) < 2 else _tie(c, group, rule)
    hint = f'; accept="{NAME}" admits what lies between' if _between(c) else ""
    return Ruling(replace(finding, verdict="mismatch", message=f"differs from the twin at {where}{hint}"))


def _jumps(c: Contested) -> Array:
    """Return where the twin's gradient jumps: where it does not change less over a shorter way."""
    sides = [c.beside(side * direction) for direction in c.directions() for side in (1, -1)]
    here = np.broadcast_to(c.expectation.truth, sides[0].shape)
    # Over the shorter way a smooth function changes 64 times less, and a jump is as large.
    far, near = np.ptp(np.stack([here, *sides]), axis=0)
    return np.asarray((near > far / 2) & (near > _visible(c)))


def _visible(c: Contested) -> float:
    """Return a change of the twin's gradient that is more than rounding, even of constants in single precision."""
    return K * PRECISIONS["float32"].unit * float(np.max(np.abs(c.expectation.truth), initial=0.0))


def _flat(c: Contested, place: tuple[int, ...]) -> int:
    return int(np.ravel_multi_index(place, c.input.shape)) if place else 0


def _slopes(c: Contested, place: tuple[int, ...]) -> str:
    """Return a kink as a clause: its slopes, and the one that the twin takes."""
    left, right = c.limit(-c.unit(place))[place], c.limit(c.unit(place))[place]
    weights = c.cotangents[0]
    alone = len(c.cotangents) == 1 and weights.shape == c.input.shape and weights[place] != 0
    weight = float(weights[place]) if alone else 1.0
    what, twin = "slopes" if alone else "weighted slopes", c.expectation.truth[place]
    left, right, twin = (f"{x / weight + 0.0:.6g}" for x in (left, right, twin))  # plus 0, which makes 0 of -0
    where = f"{c.name} = {c.input[place]:.6g}"
    return f"a kink: at {where} the {what} are {left} on the left and {right} on the right, and the twin takes {twin}"


def _between(c: Contested) -> bool:
    """Return whether the suspect's gradient lies between the twin's slopes in every direction that is tried.

    Besides those of single elements there are those that move tied ones alike, which keeps the tie, in one input and in
    two at once.
    """
    got = np.asarray(c.got, np.float64)
    groups = [g for v in {float(c.input[at]) for at in c.places} for g in _tied(c, v) if len(g) > 1]
    ties = [np.isin(np.arange(got.size), g).reshape(got.shape) * np.max(c.sizes) for g in groups]
    for direction in (*map(c.unit, c.places), *ties):
        sides = np.stack([c.limit(direction), c.limit(-direction)])
        pairs = c.alike(direction)
        if not all(_lies_between(c, direction, *pair) for pair in ((got, sides), *pairs)):
            return False
    return True


def _lies_between(c: Contested, direction: Array, got: Array, sides: Array) -> bool:
    """Return whether a gradient lies between those of the twin on both sides, all along one direction."""
    low, high = np.sort([np.sum(side * direction) for side in sides])
    size = np.sum(np.abs(direction) * (np.abs(got) + np.max(np.abs(sides), axis=0)))
    rounding = K * c.expectation.precision.unit * size
    return bool(low - rounding <= np.sum(got * direction) <= high + rounding)


def _tied(c: Contested, value: float) -> list[Group]:
    """Return the groups of elements of one value among which a small change moves gradient from one to another."""
    equal = [tuple(int(i) for i in at) for at in np.argwhere(c.input == value)]
    if len(equal) > WITNESS_PLACES:
        return []
    groups: list[set[int]] = []
    for place in equal:
        group = {_flat(c, place)}
        for direction in (c.unit(place), -c.unit(place)):
            changes = np.abs(c.limit(direction) - c.expectation.truth) > _visible(c)
            group |= {_flat(c, at) for at in equal if changes[at]}
        # Groups that share an element are one.
        groups, meeting = [g for g in groups if not g & group], [g for g in groups if g & group]
        groups.append(group.union(*meeting))
    return [sorted(g) for g in groups]


def _tie(c: Contested, group: Group, rule: str | None) -> str:
    """Return a tie as a clause: how many are equal, and to which of them each side gives the gradient."""
    value = c.input.ravel()[group[0]]
    pattern = _pattern(np.asarray(c.got, np.float64).ravel()[group]) or "other shares"
    twin = "follows no rule" if rule is None else f"gives {rule}"
    return f"a tie: {len(group)} elements of {c.name} are {value:.6g}, and the twin {twin}, the suspect gives {pattern}"


def _pattern(shares: Array) -> str | None:
    """Return the name of the rule by which equals have got these shares, in the order of their places."""
    total, count = np.sum(shares), len(shares)
    ends = np.zeros((2, count))
    ends[0, 0] = ends[1, -1] = total
    rounding = K * PRECISIONS["float32"].unit * np.max(np.abs(shares))
    for rule, expected in zip(RULES, (*ends, np.full(count, total / count)), strict=True):
        if np.all(np.abs(shares - expected) <= rounding):
            return rule
    return f"all to number {int(np.argmax(np.abs(shares))) + 1}" if np.count_nonzero(shares) == 1 else None


def _rule(c: Contested, group: Group) -> str | None:
    """Return the rule by which the twin treats tied elements in every order in which they stay tied; None without one.

    In another order of the places the rule gives the same shares to the first, the second and so on.
    """
    here = c.expectation.truth.ravel()[group]
    size = np.max(np.abs(here))
    for order in _orders(c, group):
        places = np.flatnonzero(np.isin(order.ravel(), group))
        shares = c.twin_at(c.input.ravel()[order]).ravel()[places]
        # In a window, or in a row with other weights, the elements may no longer be tied.
        tied = abs(np.sum(shares) - np.sum(here)) <= _visible(c)
        if tied and np.any(np.abs(shares - here) > K * PRECISIONS["float32"].unit * size):
            return None
    return _pattern(here) or "shares in their order"


def _orders(c: Contested, group: Group) -> Iterator[Array]:
    """Yield other orders of the input's places along the axes on which the tied elements lie apart."""
    rng = np.random.default_rng(c.subject.seed)
    places = np.arange(c.input.size).reshape(c.input.shape)
    for axis, index in enumerate(np.unravel_index(group, c.input.shape)):
        if len(set(index.tolist())) > 1:
            for _ in range(TIE_TRIALS):
                yield places.take(rng.permutation(c.input.shape[axis]), axis=axis)


def _sums_agree(c: Contested) -> bool:
    """Return whether both sides give every tie in question the same in all."""
    got, truth = np.asarray(c.got, np.float64).ravel(), c.expectation.truth.ravel()
    questions = {_flat(c, place) for place in c.places}
    groups = [g for v in {float(c.input[at]) for at in c.places} for g in _tied(c, v) if questions & set(g)]
    for group in groups:
        rounding = K * c.expectation.precision.unit * np.sum(np.abs(got[group]) + np.abs(truth[group]))
        if len(group) < 2 or abs(np.sum(got[group]) - np.sum(truth[group])) > rounding or _rule(c, group) is not None:
            return False
    return bool(groups)
