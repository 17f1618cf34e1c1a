"""How does the approximation error fall with the number of hidden units, and with depth?

Networks built by hand for x^2 on [0, 1], and their largest error there. One layer: bumps of two sigmoids, and the
broken line of a relu a piece. Depth (Yarotsky, 2017, arXiv:1610.01145): with the tent
t(x) = 2 relu(x) - 4 relu(x - 1/2), which doubles the teeth of the saw each time (Telgarsky, 2016, arXiv:1602.04485),

    x^2 = x - sum_s t(t(...t(x))) / 4^s,   s tents in term s

and every layer takes three units: two for the next tent and one that carries the sum so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array
from docs.experiments._experiment import Experiment, Figures, quoted, told
from scratch.approximation import bumps
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = np.linspace(0, 1, 2**14 + 1)
UNITS = {"bumps": (6, 12, 24, 48, 96), "broken line": (6, 12, 24, 48, 96), "depth": (6, 12, 18, 24, 30)}

ANSWER = (
    "In one layer as a power of the units, [bumps: power of the units] for bumps of sigmoids and "
    "[broken line: power of the units] for the broken lines of relu: 24 units come within [bumps, 24 units: error] "
    "and [broken line, 24 units: error] of x^2. With depth it falls exponentially, by "
    "[depth: factor of the error by layer] for every layer of three units, since each doubles the linear pieces: 24 "
    "units in 8 layers make [depth, 24 units: linear pieces] of them and come within [depth, 24 units: error]."
)


def run() -> Experiment:
    """Measure the largest error by kind of network and number of units, and count the pieces of the deep one."""
    error_of = {"bumps": _bumps_error, "broken line": _line_error, "depth": _deep_error}
    errors = {kind: [error_of[kind](units) for units in UNITS[kind]] for kind in UNITS}
    f: dict[str, float] = {f"{kind}, 24 units: error": errors[kind][UNITS[kind].index(24)] for kind in UNITS}
    for kind in ("bumps", "broken line"):
        f[f"{kind}: power of the units"] = float(np.polyfit(np.log(UNITS[kind]), np.log(errors[kind]), 1)[0])
    f["depth: factor of the error by layer"] = (errors["depth"][0] / errors["depth"][1]) ** (1 / 2)
    f["depth, 24 units: linear pieces"] = _pieces(mlp.forward(GRID[:, None], *_deep(8))[:, 0])
    f["broken line, 24 units: linear pieces"] = _pieces(mlp.forward(GRID[:, None], *_line(24))[:, 0])
    question = "How does the approximation error fall with the number of hidden units, and with depth?"
    return Experiment("Q11", question, quoted(ANSWER, f), f, _claims, partial(_draw, errors))


def _line(units: int) -> list[Array]:
    """Return the network of one layer whose relus bend a line at the multiples of 1 / units so that it meets x^2."""
    bends = np.arange(units) / units
    slopes = 2 * bends + 1 / units
    return [np.ones((units, 1)), -bends, np.diff(slopes, prepend=0.0)[None], np.zeros(1)]


def _deep(layers: int) -> list[Array]:
    """Return the network of so many layers: of each, the units relu(t), relu(t - 1/2) and the sum so far."""
    parameters = [np.ones((3, 1)), np.array([0, -0.5, 0])]
    for s in range(1, layers):
        tent, total = np.array([2.0, -4.0, 0.0]), np.array([0.0, 0.0, 1.0])
        parameters += [np.stack([tent, tent, total - tent / 4**s]), np.array([0, -0.5, 0])]
    return [*parameters, np.array([[-2.0, 4.0, 4.0**layers]]) / 4**layers, np.zeros(1)]


def _bumps_error(units: int) -> float:
    return _error(bumps.forward(GRID, *map(np.asarray, bumps.of(np.square, units))))


def _line_error(units: int) -> float:
    return _error(mlp.forward(GRID[:, None], *_line(units))[:, 0])


def _deep_error(units: int) -> float:
    return _error(mlp.forward(GRID[:, None], *_deep(units // 3))[:, 0])


def _error(output: Array) -> float:
    return float(np.max(np.abs(output - GRID**2)))


def _pieces(output: Array) -> int:
    """Return the number of linear pieces, of which each is wider than two steps of the grid."""
    bent = np.abs(np.diff(output, 2)) > 0.1 * np.abs(np.diff(output, 2)).max()
    return 1 + int(np.sum(bent[1:] & ~bent[:-1]))


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "bumps: one over the units": -1.1 < f["bumps: power of the units"] < -0.9,
        "broken lines: one over their square": -2.1 < f["broken line: power of the units"] < -1.9,
        "depth: a quarter by layer": told(f["depth: factor of the error by layer"]) == told(4.0),
        "pieces double by layer": f["depth, 24 units: linear pieces"] == 2**8,
        "a relu is a piece in one layer": f["broken line, 24 units: linear pieces"] == 24,
        "depth wins": 100 * f["depth, 24 units: error"] < f["broken line, 24 units: error"],
    }


def _draw(errors: Mapping[str, Sequence[float]], ax: Axes) -> None:
    names = {"bumps": "one layer, bumps of sigmoids", "broken line": "one layer of relu", "depth": "3 relu a layer"}
    for (kind, name), marker in zip(names.items(), ("o-", "s-", "^-"), strict=True):
        ax.plot(UNITS[kind], errors[kind], marker, label=name)
    ax.set(xlabel="hidden units", ylabel="largest error on [0, 1]", xscale="log", yscale="log")
    ax.set_xticks((6, 12, 24, 48, 96), ("6", "12", "24", "48", "96"), minor=False)
    ax.minorticks_off()
    ax.legend()
