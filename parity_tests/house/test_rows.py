"""The laws over rows, held over every row, and over a planted violation of each."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from gradtwin.rows import Row
from parity_tests.house import ROOT, read, rows
from parity_tests.house.ours_alone import OURS_ALONE
from parity_tests.rows import PAIRS

UNTRIED = {
    "layers.embedding": {"max_norm": "any value is refused: torch would shrink rows of the weight in place"},
}
"""Options that no case can try, each with the reason."""


def _by_suspect() -> dict[str, list[Row]]:
    """Return the rows of each algorithm, of which several may judge it."""
    judging: dict[str, list[Row]] = {}
    for row in PAIRS:
        judging.setdefault(row.suspect.removeprefix("scratch."), []).append(row)
    return {name: judging[name] for name in sorted(judging)}


JUDGING = _by_suspect()


def _calls(name: str, *, refused: bool) -> list[rows.Call]:
    module = importlib.import_module(f"scratch.{name}")
    return [call for row in JUDGING[name] for call in rows.calls(row, module, refused=refused)]


@pytest.mark.parametrize("name", JUDGING)
def test_every_option_is_tried(name: str) -> None:
    assert set(rows.untried(_calls(name, refused=False))) == set(UNTRIED.get(name, ()))


@pytest.mark.parametrize("name", JUDGING)
def test_whatever_an_algorithm_refuses_is_tried(name: str) -> None:
    path = f"scratch/{name.replace('.', '/')}.py"
    refused = _calls(name, refused=True)
    assert refused or not rows.refuses(read(path))
    assert [misfit for misfit in map(rows.misfit, refused) if misfit] == []
    assert rows.unmet(read(path), str(ROOT / path), [*refused, *OURS_ALONE.get(name, ())]) == []


def test_what_is_ours_alone_is_needed() -> None:
    """A call whose error a row has come to as well belongs to the row."""
    assert OURS_ALONE.keys() - JUDGING.keys() == set()
    for name, alone in OURS_ALONE.items():
        path = f"scratch/{name.replace('.', '/')}.py"
        unmet = rows.unmet(read(path), str(ROOT / path), _calls(name, refused=True))
        assert len(unmet) == len(alone), name


def _squareplus(input: Any, b: float = 4, *, root: float) -> Any:
    if b < 0:
        raise ValueError(f"Expected b to be at least 0; got {b}.")
    return input


def _call(*inputs: Any, **options: Any) -> rows.Call:
    return rows.Call(_squareplus, inputs, options)


@pytest.mark.parametrize(
    ("calls", "untried"),
    [
        ([_call(b=2, root=1)], []),
        ([_call(0, 2), _call(root=None)], []),
        ([_call(0)], ["b", "root"]),
        ([_call(0, 4, root=1)], ["b"]),
        ([_call(b=4.0, root=1)], ["b"]),
        ([_call(0, 2)], ["root"]),
    ],
)
def test_an_option_that_is_not_tried_is_seen(calls: list[rows.Call], untried: list[str]) -> None:
    assert rows.untried(calls) == untried


@pytest.mark.parametrize(
    "source",
    [
        "def forward(x):\n    raise TypeError(x)",
        "def forward(x):\n    require_positive(x)",
        "def forward(x):\n    shapes._require_matrix(x)",
        '"""A function.\n\nErrors: none at all."""',
        '"""A function. ValueError for a negative x."""',
    ],
)
def test_what_refuses_is_seen(source: str) -> None:
    assert rows.refuses(source)
    assert not rows.refuses('"""A function, with value errors."""\ndef forward(x):\n    return required(x)')


@pytest.mark.parametrize("refused", [[], [_call(0, root=1)], [_call(0, -1)]], ids=["none", "taken", "not its own"])
def test_an_error_that_no_call_comes_to_is_seen(refused: list[rows.Call]) -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert rows.unmet(source, __file__, refused) == ["Expected b to be at least 0; got"]
    assert rows.unmet(source, __file__, [*refused, _call(0, -1, root=1)]) == []


def test_a_call_that_does_not_fit_is_seen() -> None:
    assert rows.misfit(_call(0, -1)) == ""  # for want of an argument is a refusal, too
    assert rows.misfit(_call(0, alpha=1)) == "got an unexpected keyword argument 'alpha'"
    assert rows.misfit(_call(0, input=1)) == "multiple values for argument 'input'"
