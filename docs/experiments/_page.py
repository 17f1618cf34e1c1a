"""The page of answers, docs/questions.md, and its pictures: the same text and the same lines on every run."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from docs.experiments._experiment import Experiment, told

HEAD = """# Questions of the lectures, answered by experiments

Q01 is `docs/experiments/q01.py`, and so on. `scripts/questions` runs them, writes this page and its pictures,
and takes seconds. Figures have three significant digits; whole numbers are exact.
"""
STYLE: dict[Any, Any] = {
    "axes.grid": True,
    "axes.prop_cycle": cycler(color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica"],
    "grid.alpha": 0.3,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "questions",
}


def page(experiments: Iterable[Experiment]) -> str:
    """Return the whole page."""
    return "\n".join([HEAD, *map(section, experiments)])


def section(experiment: Experiment) -> str:
    """Return the part of the page that answers a question."""
    name = experiment.id.lower()
    rows = "".join(f"| {what} | {told(value)} |\n" for what, value in experiment.figures.items())
    return (
        f"## {experiment.id} {experiment.question}\n\n{experiment.answer}\n\n"
        f"![{experiment.question}](questions/{name}.svg)\n\n| | |\n|---|--:|\n{rows}"
    )


def picture(experiment: Experiment) -> str:
    """Return the picture as SVG, its text as text."""
    out = io.StringIO()
    with mpl.rc_context(STYLE):
        figure(experiment).savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def figure(experiment: Experiment) -> Figure:
    """Return the picture before it is written."""
    with mpl.rc_context(STYLE):
        made = Figure(figsize=(6.4, 3.6), layout="constrained")
        experiment.draw(made.subplots())
        return made
