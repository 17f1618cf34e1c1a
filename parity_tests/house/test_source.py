"""The laws over source text, held over the whole project, and over a planted violation of each."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from parity_tests.house import OURS, SOURCES, TEXTS, broken, read, source

LONG_FILES: dict[str, str] = {}
"""Files of more than 200 lines in `scratch/` and `reference/`, each with its reason."""
MISSING_DEVICE = "pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')"


def test_no_tolerance_stands_outside_the_bound() -> None:
    assert broken(source.tolerances, [path for path in SOURCES if path != "gradtwin/core/bound.py"]) == []


def test_nothing_is_skipped_but_for_a_missing_device() -> None:
    assert broken(source.skips, SOURCES) == []


def test_no_line_is_too_long() -> None:
    """Markdown holds tables and the output of commands, which cannot be wrapped."""
    assert broken(source.long_lines, [path for path in TEXTS if not path.endswith(".md")]) == []


def test_scripts_are_shell() -> None:
    """Python belongs into a package, where it is linted and typed."""
    firsts = {path: read(path).partition("\n")[0] for path in TEXTS if re.fullmatch("scripts/[^/]+", path)}
    other = {path for path, first in firsts.items() if first != "#!/usr/bin/env bash"}
    assert other == {"scripts/__init__.py", "scripts/_setup"}


def test_long_files_are_those_that_have_a_reason() -> None:
    long = {p for p in SOURCES if p.startswith(("scratch/", "reference/")) and read(p).count("\n") > 200}
    assert long == set(LONG_FILES)


def test_the_laws_read_every_folder() -> None:
    assert {p.split("/")[0] for p in SOURCES} == set(OURS)
    assert {"pyproject.toml", "scripts/test", ".ci/run", "LICENSE"} <= set(TEXTS)


@pytest.mark.parametrize(
    ("law", "kept", "violation"),
    [
        (source.tolerances, "f(a, b)", "f(a, b, rtol=1e-3)"),
        (source.tolerances, "def f(a, eps): ...", "def f(a, atol): ..."),
        (source.tolerances, "assert a == b", "assert a == pytest.approx(b)"),
        (source.tolerances, "np.testing.assert_array_equal(a, b)", "np.testing.assert_allclose(a, b)"),
        (source.tolerances, "import math", "from math import isclose"),
        (source.tolerances, "assert abs(a - b) <= bound", "assert abs(a - b) < 1e-6"),
        (source.tolerances, "assert radius < 1e-200", "assert 1e-6 >= np.max(a - b)"),
        (source.tolerances, "assert stop - start < 0.3", "assert np.linalg.norm(a - b, 2) < 1e-3"),
        (source.skips, MISSING_DEVICE, "pytest.mark.skipif(sys.platform == 'win32', reason='no')"),
        (source.skips, "pytest.fail('no')", "pytest.skip('no')"),
        (source.skips, "from pytest import raises", "from pytest import importorskip"),
        (source.skips, "@pytest.mark.long\ndef f(): ...", "@pytest.mark.xfail\ndef f(): ..."),
        (source.skips, '"""\n>>> f()\n"""', '"""\n>>> f()  # doctest: +SKIP\n"""'),
        (source.long_lines, "x" * 120, "x" * 121),
    ],
)
def test_a_law_over_text_can_fail(law: Callable[[str], list[str]], kept: str, violation: str) -> None:
    assert law(kept) == []
    assert law(violation) != []
