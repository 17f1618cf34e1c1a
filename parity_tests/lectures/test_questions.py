"""The answers to the questions Q01 to Q12: the page tells what the experiments find, and they find what they claim."""

from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.experiments import EXPERIMENTS
from docs.experiments._experiment import Experiment, told
from docs.experiments._page import figure, picture, section

DOCS = Path(__file__).resolve().parents[2] / "docs"
SVG = "{http://www.w3.org/2000/svg}"
every = pytest.mark.parametrize("question", EXPERIMENTS)


@cache
def found(question: str) -> Experiment:
    return EXPERIMENTS[question]()


def page() -> str:
    return (DOCS / "questions.md").read_text(encoding="utf-8")


@every
def test_the_page_tells_what_the_experiment_finds(question: str) -> None:
    experiment = found(question)
    assert experiment.id == question
    assert section(experiment) in page()
    name, value = next((n, v) for n, v in experiment.figures.items() if v)
    assert section(experiment._replace(figures={**experiment.figures, name: 2 * value})) not in page()


@every
def test_the_figures_bear_the_answer_out(question: str) -> None:
    experiment = found(question)
    claims = experiment.claims(experiment.figures)
    assert [claim for claim, holds in claims.items() if not holds] == []
    assert claims


@every
def test_every_claim_falls_with_some_other_figure(question: str) -> None:
    figures, claims = found(question).figures, found(question).claims
    standing = set(claims(figures))
    for name, value in figures.items():
        for other in (1e6 * (value + 1), value / 1e6, -value):
            standing -= {claim for claim, holds in claims({**figures, name: other}).items() if not holds}
    assert standing == set()


@every
def test_the_answer_is_two_sentences_that_quote_figures(question: str) -> None:
    experiment = found(question)
    assert experiment.answer.replace(". ", ".\n").count("\n") == 1
    assert experiment.answer.endswith(".")
    quoted = [name for name, value in experiment.figures.items() if told(value) in experiment.answer]
    assert len(quoted) >= 2


@every
def test_the_picture_stands_in_the_page_with_both_axes_named(question: str) -> None:
    experiment = found(question)
    stored = DOCS / "questions" / f"{question.lower()}.svg"
    (axes,) = figure(experiment).axes
    assert {axes.get_xlabel(), axes.get_ylabel()} <= texts(stored.read_text(encoding="utf-8")) - {""}
    assert f"(questions/{stored.name})" in page()
    assert stored.stat().st_size < 40_000


@every
def test_the_picture_is_what_the_experiment_draws(question: str) -> None:
    """Where the lines end differs by rounding between machines, and what is written does not."""
    stored = (DOCS / "questions" / f"{question.lower()}.svg").read_text(encoding="utf-8")
    assert texts(picture(found(question))) == texts(stored)


def texts(svg: str) -> set[str]:
    """Return what is written in a picture."""
    return {"".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")}


def test_a_picture_is_drawn_the_same_again() -> None:
    assert picture(found("Q01")) == picture(found("Q01"))
    assert picture(found("Q01")) != picture(found("Q02"))


def test_the_page_and_its_folder_hold_the_questions_and_nothing_else() -> None:
    assert [line.split()[1] for line in page().splitlines() if line.startswith("## ")] == list(EXPERIMENTS)
    assert {p.name for p in (DOCS / "questions").iterdir()} == {f"{q.lower()}.svg" for q in EXPERIMENTS}
