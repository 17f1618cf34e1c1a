"""Experiments that answer the questions of the lectures, each with real numbers and one picture, in seconds.

A module is a question: its docstring asks it and tells what is done, ``run() -> Experiment`` finds the answer, the
figures it quotes, the claims it makes of them, and the function that draws them on axes of Matplotlib. What is random
has a fixed seed, and nothing is told that rounding decides, so that every machine prints the same page:
``python -m docs.experiments`` writes docs/questions.md.
"""

from collections.abc import Callable

from docs.experiments import q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12
from docs.experiments._experiment import Experiment

EXPERIMENTS: dict[str, Callable[[], Experiment]] = {
    "Q01": q01.run,
    "Q02": q02.run,
    "Q03": q03.run,
    "Q04": q04.run,
    "Q05": q05.run,
    "Q06": q06.run,
    "Q07": q07.run,
    "Q08": q08.run,
    "Q09": q09.run,
    "Q10": q10.run,
    "Q11": q11.run,
    "Q12": q12.run,
}
"""What answers each question."""
