"""The law over docstrings, held over every algorithm, and over a planted violation of each part."""

from __future__ import annotations

import pytest

from parity_tests.house import ALGORITHMS, docstrings, read


def _path(name: str) -> str:
    return f"scratch/{name.replace('.', '/')}.py"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_docstring_has_its_paragraphs_in_order(name: str) -> None:
    assert docstrings.disorder(read(_path(name))) == []


SHAPES, ERRORS = "\nShapes: ", "\nErrors: "
DECAY = "    weight_decay: how much of theta is added to the gradient, or taken off theta.\n"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("\nSource: ", "\nBy: ", "no paragraph Source"),
        ("\nFormula:", "\nThe formula:", "no paragraph Formula"),
        (SHAPES, "\nOf shapes: ", "no paragraph Shapes"),
        ("\ntorch: ", "\nIn torch: ", "no paragraph torch"),
        ("\nExample:", "\nAn example:", "no paragraph Example"),
        (SHAPES, f"{ERRORS}none.{SHAPES}", "paragraphs Source, Formula, Derivation, Options, Errors, Shapes, Errors"),
        (DECAY, "", "no line for the option weight_decay"),
        (DECAY, f"{DECAY}    momentum: of none.\n", "a line for momentum, which is no option"),
        ("\nOptions:\n", "\nIts options:\n", "no line for the option lr"),
        ('"""Adam', '"""Source: a paper. Adam', "paragraphs Source, Source, Formula"),
        ("    maximize=False,\n", "    maximize=False,\n    lookahead=False,\n", "no line for the option lookahead"),
    ],
)
def test_a_docstring_out_of_order_is_seen(before: str, after: str, said: str) -> None:
    source = read(_path("optimizers.adam"))
    assert docstrings.disorder(source) == []
    assert before in source
    assert [what for what in docstrings.disorder(source.replace(before, after)) if what.startswith(said)] != []


def test_a_gradient_and_an_error_without_a_paragraph_are_seen() -> None:
    source = read(_path("activations.relu"))
    assert docstrings.disorder(source.replace("\nGradient: ", "\nThus ")) == ["no paragraph Gradient"]
    raising = source.replace("    return np.where(input < 0, 0, input)", "    raise ValueError(input)")
    assert docstrings.disorder(raising) == ["no paragraph Errors"]
