"""The laws over source text, held over the whole project, and over a planted violation of each."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from parity_tests.house import OURS, SOURCES, TEXTS, broken, read, source

LONG_FILES: dict[str, str] = {
    "scratch/activations/multihead_attention.py": "its two functions take 26 and 27 arguments, and one returns 16",
}
"""Files of more than 200 lines in `scratch/` and `reference/`, each with its reason."""
JUDGING = ("gradtwin/core/", "gradtwin/ops/", "gradtwin/training/")
"""The rooms whose verdicts rest on no number that does not stand, with its reason, in `gradtwin/core/bound.py`."""
NO_VERDICT = {
    ("gradtwin/core/controls.py", "PART = "): "how much is done at once",
    ("gradtwin/core/decompose.py", "RANGE = "): "limits that functions have",
    ("gradtwin/core/errors.py", "SHORT = "): "how long a text may be",
    ("gradtwin/core/inputs.py", "HUGE = "): "what is drawn",
    ("gradtwin/core/inputs.py", "TAIL = "): "what is drawn",
    ("gradtwin/core/inputs.py", "TINY = "): "what is drawn",
    ("gradtwin/core/inputs.py", "self.rng.random(shape) < 1 / 3"): "what is drawn",
    ("gradtwin/core/inputs.py", "share < 2 / 3"): "what is drawn",
    ("gradtwin/ops/double.py", "FEW = "): "how much is done unasked",
    ("gradtwin/ops/own.py", "NAMED = "): "how much is told",
    ("gradtwin/ops/rows.py", "LARGE = "): "how much is done at once",
    ("gradtwin/ops/rows.py", "SAMPLED = "): "how much is done at once",
    ("gradtwin/ops/rows.py", "BOUNDARIES = "): "numbers that formats of integers have",
    ("gradtwin/core/pool.py", "BLOCK = "): "how much is done at once",
    ("gradtwin/core/pool.py", "LARGEST, SMALLEST = "): "how much is done at once",
    ("gradtwin/core/pool.py", "MOST = "): "how much is done at once",
    ("gradtwin/core/pool.py", "REUSED = "): "how much is done at once",
    ("gradtwin/core/report.py", "SCHEMA_VERSION = "): "the form of the JSON",
    ("gradtwin/core/witness.py", "AGREEMENT_BITS = "): "arithmetic that proves its own radius",
    ("gradtwin/core/witness.py", "PRECISION_BITS = "): "arithmetic that proves its own radius",
    ("gradtwin/core/witness.py", "STEP_BITS = "): "arithmetic that proves its own radius",
    ("gradtwin/core/alterations.py", "EPS = "): "what formulas hold",
    ("gradtwin/core/alterations.py", "HALF = "): "what formulas hold",
    ("gradtwin/core/readings.py", "ALONE = "): "how much is tried",
    ("gradtwin/ops/history.py", "SHORTEST = "): "what is drawn",
    ("gradtwin/core/readings.py", "LONGER = "): "how long a search may take",
    ("gradtwin/ops/conventions.py", "PAIRS = "): "how long a search may take",
    ("gradtwin/ops/example.py", "LONGEST = "): "what fits on a line",
    ("gradtwin/ops/hunted.py", "LOOKS = "): "how long a search may take",
    ("gradtwin/ops/slices.py", "SAMPLE = "): "how much is done at once",
    ("gradtwin/ops/slices.py", "SLICE = "): "how much is done at once",
    ("gradtwin/ops/truth.py", "SLICED = "): "how much is done at once",
    ("gradtwin/ops/truth.py", "STACK = "): "how much is done at once",
    ("gradtwin/training/forms/configs.py", "LEADING = "): "how many arguments come first",
    ("gradtwin/training/forms/configs.py", "STAND_IN = "): "what is drawn",
    ("gradtwin/training/forms/functions.py", "LEADING = "): "how many arguments come first",
    ("gradtwin/training/forms/layouts.py", "ROUNDS = "): "what is drawn",
    ("gradtwin/training/regimes.py", "DEFAULT_SHAPES: "): "what is drawn",
    ("gradtwin/training/regimes.py", "LATE = "): "what is drawn",
    ("gradtwin/training/regimes.py", "SIZES = "): "what is drawn",
    ("gradtwin/training/regimes.py", "rng.random(shape) < 0.1"): "what is drawn",
    ("gradtwin/training/regimes.py", "t % 4 == 2"): "what is drawn",
    ("gradtwin/training/regimes.py", "t % 5 == 3"): "what is drawn",
    ("gradtwin/training/rates/form.py", "MOMENTUM = "): "what an optimizer begins with",
    ("gradtwin/training/shadows.py", "TOGETHER = "): "how much is done at once",
    ("gradtwin/training/vectors.py", "ALIKE_STEPS = "): "how long a stack is tried out",
    ("gradtwin/training/walk.py", "MOST_STEPS, MOST_NUMBERS = "): "how much is done at once",
}
"""Numbers of these rooms on which no verdict rests, by file and beginning, with what they are."""
MISSING_DEVICE = "pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU')"


def test_no_tolerance_stands_outside_the_bound() -> None:
    assert broken(source.tolerances, [path for path in SOURCES if path != "gradtwin/core/bound.py"]) == []


def test_every_number_that_a_verdict_rests_on_stands_in_the_bound() -> None:
    judging = [path for path in SOURCES if path.startswith(JUDGING) and path != "gradtwin/core/bound.py"]
    numbers = [(path, number) for path in judging for number in source.numbers(read(path))]
    excused = {key: [n for n in numbers if n[0] == key[0] and n[1].startswith(key[1])] for key in NO_VERDICT}
    assert [number for number in numbers if not any(number in matches for matches in excused.values())] == []
    assert [key for key, matches in excused.items() if not matches] == []


def test_nothing_is_skipped_but_for_a_missing_device() -> None:
    assert broken(source.skips, SOURCES) == []


def test_no_line_is_too_long() -> None:
    """Markdown holds tables and the output of commands, which cannot be wrapped."""
    assert broken(source.long_lines, [path for path in TEXTS if not path.endswith(".md")]) == []


def test_no_function_of_the_oracle_takes_many_parameters() -> None:
    """The public checks have a parameter for everything that a user may say."""
    oracle = [path for path in SOURCES if path.startswith("gradtwin/")]
    assert broken(source.wide, oracle) == []


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
        (source.numbers, "if ratio > K: ...", "if ratio > 16: ..."),
        (source.numbers, "x = a if b > 2 else c", "x = a if b > 0.01 else c"),
        (source.numbers, "assert size - 1 < 0", "while low < 2 * K * 3: ..."),
        (source.numbers, "if len(x) > 12: ...", "if -0.2 < share: ..."),
        (source.numbers, "if x.ndim == 4: ...", "if x.sum() == 4: ..."),
        (source.numbers, "K = LIMIT", "LIMIT = 2"),
        (source.numbers, "def f(runs=8): ...", "RUNS: int = 8"),
        (source.numbers, "class C:\n    steps = 3", "LIMITS = {'float32': (K * 2.0**-24, None)}"),
        (source.numbers, "FAR = np.float64(K)", "NEAR = -(K / 2)"),
        (source.wide, "def f(self, a, b, c, d, e, f, g, h): ...", "def f(a, b, c, d, e, f, g, h, *, i): ..."),
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
