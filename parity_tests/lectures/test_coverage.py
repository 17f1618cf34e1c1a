"""The page of the lectures against the tests that are collected: no row of theirs is claimed without one."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

from parity_tests.pairs.lectures import LECTURES
from parity_tests.rows import PAIRS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "lectures.md").read_text(encoding="utf-8")
IDS = [f"{kind}{i:02}" for kind, count in (("L", 43), ("P", 9), ("Q", 12)) for i in range(1, count + 1)]
LINE = re.compile(r"^\| ([LPQ]\d\d) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
TEST = re.compile(r"::(test_\w+)(?:\[.*\])?$")


class Claim(NamedTuple):
    """A line of the page: where a row of the lectures lives, and the tests that check it."""

    where: list[str]
    tests: set[str]


CLAIMS = {
    found: Claim(re.findall(r"`([^`]+)`", where), set(re.findall(r"`([^`]+)`", tests)))
    for found, _, where, tests in LINE.findall(PAGE)
}


def _collected() -> dict[str, set[str]]:
    """Return, by id, the names of the other tests that carry it, as pytest collects them."""
    how = ["--collect-only", "-q", "-m", "", "-p", "no:cacheprovider", f"--ignore={__file__}", "parity_tests"]
    done = subprocess.run([sys.executable, "-m", "pytest", *how], cwd=ROOT, capture_output=True, text=True, check=True)
    return _by_id(done.stdout.splitlines())


def _by_id(tests: list[str]) -> dict[str, set[str]]:
    carried: dict[str, set[str]] = defaultdict(set)
    for line in tests:
        if name := TEST.search(line):
            for found in re.findall(r"(?i)(?<![a-z0-9])[lpq]\d\d(?![0-9])", line.partition("::")[2]):
                carried[found.upper()].add(name[1])
    return carried


def test_the_page_has_a_line_for_every_row_of_the_lectures() -> None:
    assert list(CLAIMS) == IDS
    assert list(LECTURES) == [i for i in IDS if i.startswith("L")]


def test_every_row_of_the_lectures_is_checked_by_the_tests_that_the_page_names() -> None:
    collected = _collected()
    assert {(i, test) for i in IDS for test in CLAIMS[i].tests - collected[i]} == set()
    assert {(i, test) for i in IDS for test in collected[i] - CLAIMS[i].tests} == set()
    assert all(claim.tests for claim in CLAIMS.values())


@pytest.mark.parametrize("row", IDS)
def test_every_row_of_the_lectures_lives_where_the_page_says(row: str) -> None:
    where = CLAIMS[row].where
    assert where
    assert [path for path in where if not (ROOT / path).exists()] == []
    if row.startswith("Q"):
        return
    paired = [r.suspect.replace(".", "/") + ".py" for r in PAIRS if row in r.tags]
    assert {path for path in where if not any(p.startswith(path) for p in paired)} == set()
    assert {p for p in paired if not p.startswith(tuple(where))} == set()
    assert [p for p in paired if not (ROOT / p.replace("scratch/", "reference/", 1)).exists()] == []


def test_an_id_is_read_from_the_name_of_a_test_and_from_its_parameters() -> None:
    lines = ["a/b.py::test_l04_columns", "a/b.py::test_x[losses.mse-typical-L06-P12]", "a/l05.py::test_y", "al07 l1"]
    assert _by_id(lines) == {"L04": {"test_l04_columns"}, "L06": {"test_x"}, "P12": {"test_x"}}
