"""Whether a twin's answer depends on chance, or on earlier calls: it is then no measure of anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import OTHER_DRAWS, REPEATED
from gradtwin.ops.evaluation import Evaluation, Question
from gradtwin.ops.twin import Twin

__all__ = ["chance_in"]


def chance_in(twin: Twin, question: Question) -> str | None:
    """Return on what the answer of a twin depends besides its inputs; None where on nothing.

    A twin that draws random numbers of torch's is asked with others, since before every call they are put back.
    """
    first = twin.run(question)
    if not _same(first, twin.run(question)):
        return "gives another answer when it is called again with the same inputs"
    if not twin.draws or all(_same(first, _drawing(twin, seed).run(question)) for seed in range(OTHER_DRAWS)):
        return None
    return (
        "is random: it gives another answer with other random numbers. Put a module into evaluation mode with "
        "model.eval(), or pass what is drawn, such as a mask, as an input"
    )


def _drawing(twin: Twin, seed: int) -> Twin:
    """Return the same twin, which draws the random numbers of a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(torch.Generator().manual_seed(seed).get_state())
        return Twin(twin.code.function, twin.options)


def _same(first: Evaluation, other: Evaluation) -> bool:
    """Return whether two runs answer the same but for the last digits."""
    if [x.shape for x in first.outputs] != [x.shape for x in other.outputs]:
        return False
    return all(_near(*pair) for pair in zip(first.outputs, other.outputs, strict=True))


def _near(a: NDArray[Any], b: NDArray[Any]) -> bool:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    size = np.max(np.abs(a), where=np.isfinite(a), initial=0.0)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= REPEATED * size
    return bool(np.all(near | (a == b) | (np.isnan(a) & np.isnan(b))))
