"""The README's example runs, and says what the README says it does."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


def test_the_example_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    place = next(i for i, (language, _) in enumerate(blocks) if language == "python")
    exec(compile(blocks[place][1], str(README), "exec"), {})
    printed, shown = capsys.readouterr().out, blocks[place + 1][1]
    for begun in ("mismatch: ", "where ", "inputs ", "probably "):
        assert _lines(printed, begun) == _lines(shown, begun) != []


def _lines(text: str, begun: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith(begun)]
