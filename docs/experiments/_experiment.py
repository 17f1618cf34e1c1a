"""What an experiment finds: its figures, the answer that quotes them, the claims they must bear out, and a picture."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Figures = Mapping[str, float]


class Experiment(NamedTuple):
    """A question of the lectures, answered.

    `claims` returns what the answer says as statements of the figures, each true or not, so that a test can also ask
    it of figures that differ in nothing.
    """

    id: str
    question: str
    answer: str
    figures: Figures
    claims: Callable[[Figures], Mapping[str, bool]]
    draw: Callable[[Axes], None]


def told(value: float) -> str:
    """Return a whole number in full and any other with three significant digits, which every machine agrees on."""
    if isinstance(value, int):
        return f"{value:,}"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if 100 <= abs(rounded) < 1e15 else f"{value:#.3g}"


def quoted(text: str, figures: Figures) -> str:
    """Return the text with every [name of a figure] replaced by that figure."""
    return re.sub(r"\[(.*?)\]", lambda found: told(figures[found[1]]), text)
