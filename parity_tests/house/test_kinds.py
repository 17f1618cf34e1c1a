"""The law over kinds of row, held over the oracle, and over a planted violation of each sort."""

from __future__ import annotations

import pytest

from gradtwin.project.kinds import KINDS
from parity_tests.house import SOURCES, broken, kinds

ROOM = "gradtwin/project/kinds/"
REGISTRATION = f"{ROOM}__init__.py"
FROM_ROWS = "from gradtwin.rows import Case, Op\n"
FROM_KINDS = "from gradtwin.project.kinds import KINDS\n"


def _asked_for(text: str) -> list[str]:
    return kinds.asked_for(text, {"KINDS", *(kind.__name__ for kind in KINDS)})


def test_nothing_asks_of_which_kind_a_row_is() -> None:
    oracle = [path for path in SOURCES if path.startswith("gradtwin/") and path != REGISTRATION]
    assert broken(_asked_for, oracle) == []


def test_every_kind_has_a_file_and_every_file_is_registered() -> None:
    files = {path.removesuffix(".py").replace("/", ".") for path in SOURCES if path.startswith(ROOM)}
    files -= {"gradtwin.project.kinds.__init__"}
    registered = {kind.__module__ for kind in KINDS}
    assert (files - registered, registered - files) == (set(), set())


@pytest.mark.parametrize(
    ("kept", "violation"),
    [
        (FROM_ROWS + "isinstance(x, Case)", FROM_ROWS + "isinstance(row, (int, Op))"),
        (FROM_ROWS + "type(x) is int", FROM_ROWS + "type(row) is Op"),
        (FROM_ROWS + "Op(name)", FROM_ROWS + "match row:\n    case Op(): ..."),
        ("isinstance(x, torch.optim.Optimizer)", "isinstance(row, kinds.Optimizer)"),
        (FROM_KINDS + "len(KINDS) > 1", FROM_KINDS + "type(row) in KINDS"),
        ("x.dtype.kind == 'f'", "result.row.kind == 'op'"),
        ("print(row.kind)", "row.kind in ('op', 'model')"),
    ],
)
def test_the_law_can_fail(kept: str, violation: str) -> None:
    assert _asked_for(kept) == []
    assert _asked_for(violation) != []
