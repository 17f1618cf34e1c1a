"""The law over calls, held over the oracle, and over a planted violation."""

from __future__ import annotations

from parity_tests.house import SOURCES, calls, read

DOOR = "gradtwin/core/call.py"
ORACLE = [path for path in SOURCES if path.startswith("gradtwin/")]


def test_anybodys_code_is_entered_in_one_file() -> None:
    names = set().union(*(calls.code_names(read(path)) for path in ORACLE))
    assert {"forward", "backward", "twin", "margin", "value_and_grad"} <= names
    assert {path: calls.entries(read(path), names) for path in ORACLE if calls.entries(read(path), names)} == {
        DOOR: calls.entries(read(DOOR), names)
    }


def test_an_entry_elsewhere_is_seen() -> None:
    source = "def judge(forward: Code, backward: Code | None, own: Callable[[], int]): ..."
    names = calls.code_names(source)
    assert names == {"forward", "backward"}
    assert calls.entries("own(); enter(forward, x); subject.forward", names) == []
    assert len(calls.entries("forward(x)\nsubject.backward(g, x)", names)) == 2
