"""Slightly wrong formulas are refused: two of every operation and model here, all of them by `scripts/mutate`."""

from pathlib import Path

import pytest

from gradtwin.rows import Model, Op
from parity_tests.rows import PAIRS
from scripts.measure import mutate
from scripts.measure.equivalent import EQUIVALENT
from scripts.measure.mutants import HELPERS, Mutant, mutants
from scripts.measure.mutate import main, refusing

SAMPLE = 2
SHORT = {
    "init.constant": "a fill",
    "init.eye": "a fill",
    "init.ones": "a fill",
    "init.zeros": "a fill with what no factor changes",
    "layers.gru": "a call of its cell",
    "layers.rnn": "a call of its cell",
    "multiclass.argmax": "a call of NumPy",
}
"""Rows whose own formula has fewer places to change, and what it is."""
ROOT = Path(__file__).resolve().parents[1]
OPS = [row for row in PAIRS if isinstance(row, (Model, Op))]


@pytest.mark.slow
@pytest.mark.parametrize("row", OPS, ids=lambda r: r.name)
def test_a_slightly_wrong_formula_is_refused(row: Op | Model) -> None:
    every = [m for m in mutants(row) if m.excuse is None]
    assert len(every) >= SAMPLE or row.name in SHORT
    passed = [m.name for m in _spread(every) if refusing(row, m) is None]
    assert passed == []


def test_every_excuse_is_for_a_change_that_exists() -> None:
    excused = [row for row in OPS if row.name in {name for name, _, _ in EQUIVALENT}]
    found = [m for row in excused for m in mutants(row) if m.excuse is not None]
    for row, before, after in EQUIVALENT:
        assert [m for m in found if m.row == row and m.before.replace(before, after, 1) == m.after], (
            row,
            before,
            after,
        )


def test_what_operations_share_is_changed_too() -> None:
    found = [p.relative_to(ROOT).with_suffix("") for p in (ROOT / "scratch").rglob("_*.py") if p.stem != "__init__"]
    shared = {".".join(p.parts) for p in found if "optimizers" not in p.parts}  # which their own trials judge
    changed = {module for modules in HELPERS.values() for module in modules}
    assert shared - changed == set()
    assert changed - shared == set()


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("optimizers.adam", 5, "Expected optimizers.adam to have an operation to change; got rows of kind optimizer."),
        ("schedulers", 5, "Expected schedulers to have an operation to change; got rows of kind scheduler."),
        ("losses.mse", 0, ""),
        (
            "losses.rmse",
            2,
            f"Expected NAME to be one of {len(PAIRS)} known names; got 'losses.rmse'. Nearest: losses.mse_loss",
        ),
    ],
)
def test_nothing_to_change_is_an_error(
    name: str, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mutate, "refusing", lambda row, mutant: mutant)
    assert main(["activations.relu", name]) == code
    assert said in capsys.readouterr().err


def _spread(every: list[Mutant]) -> list[Mutant]:
    """Return a change from the beginning and one from the middle of a module."""
    return every[:: max(len(every) // SAMPLE, 1)][:SAMPLE]
