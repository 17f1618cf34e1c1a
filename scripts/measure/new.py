"""Write a new algorithm, its twin and its row, each from a template whose formula is right, and try them.

What is there already is never touched. The formula of the template, y = x and such, is then replaced by the real one,
file by file, with the same commands.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from gradtwin.core.errors import GradtwinError, UsageError, one_of
from scripts.measure.templates import TEMPLATES, Template

__all__ = ["main", "write"]

ROOT = Path(__file__).resolve().parents[2]
LAWS = "parity_tests/house/test_forms.py"
TABLE = "NAMED_OTHERWISE: dict[str, Callable[..., Any]] = {\n"
BESIDE_TORCH = ("activations", "init", "layers", "losses", "optimizers", "schedulers", "training")
"""Families whose signatures are held beside torch's."""
ROWS = {
    "activations": "activations/pointwise.py",
    "layers": "layers/linear.py",
    "losses": "losses/regression.py",
    "multiclass": "multiclass/decisions.py",
    "training": "around.py",
}
"""Where the row of a family goes, in `parity_tests/pairs/`; the others have one file, of their own name."""


def main(argv: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write what is new, try it, and return the exit code."""
    parser = argparse.ArgumentParser(prog="scripts/new", description=__doc__)
    parser.add_argument("name", metavar="FAMILY.NAME", help="such as activations.squareplus")
    name = parser.parse_args(argv).name
    try:
        paths = write(name, root)
    except GradtwinError as error:
        print(f"new: {error}", file=sys.stderr)
        return error.exit_code
    print(*(f"wrote {path}" for path in paths), sep="\n", flush=True)
    failed = [command for command in _commands(name, paths) if not _succeeds(command, root)]
    print(*_still_to_be_done(name, paths), sep="\n")
    return 1 if failed else 0


def write(name: str, root: Path) -> list[str]:
    """Write the files of a new algorithm and its row, and return their paths; raise a UsageError for what exists."""
    family, _, function = name.partition(".")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", function):
        raise UsageError(f"Expected NAME to be FAMILY.NAME, in small letters; got {name!r}.")
    one_of("FAMILY", family, _families(root))
    template = TEMPLATES[_form(family, root)]
    texts = {
        f"scratch/{family}/{function}.py": _filled(template.ours, name),
        f"reference/{family}/{function}.py": _filled(template.twin, name),
    }
    for path in texts:
        if (root / path).exists():
            raise UsageError(f"Expected NAME to be a new algorithm; got {name}, which stands in {path}.")
    rows = f"parity_tests/pairs/{ROWS.get(family, f'{family}.py')}"
    texts[rows] = _with_row((root / rows).read_text(encoding="utf-8"), name, template)
    if family in BESIDE_TORCH:
        texts[LAWS] = _with_counterpart((root / LAWS).read_text(encoding="utf-8"), name, template)
    for path, text in texts.items():
        (root / path).write_text(text, encoding="utf-8")
    for tool in (("check", "--select", "I", "--fix"), ("format",)):
        subprocess.run([sys.executable, "-m", "ruff", *tool, "--quiet", *texts], cwd=root, check=True)
    return list(texts)


def _families(root: Path) -> list[str]:
    return sorted(path.parent.name for path in (root / "scratch").glob("*/__init__.py"))


def _form(family: str, root: Path) -> str:
    """Return which template fits the functions that most algorithms of the family define."""
    if family in ("optimizers", "schedulers"):
        return family.removesuffix("s")
    texts = [p.read_text(encoding="utf-8") for p in (root / "scratch" / family).glob("[a-z]*.py")]
    for form, function in (("model", "fit"), ("op", "backward")):
        if 2 * sum(f"\ndef {function}(" in text for text in texts) > len(texts):
            return form
    return "map"


def _filled(text: str, name: str) -> str:
    family, _, function = name.partition(".")
    return text.replace("FAMILY", family).replace("NAME", function)


def _with_row(text: str, name: str, template: Template) -> str:
    """Return the text of a module with one row more at the end of `PAIRS`, and with what the row uses imported."""
    docstring, *_, pairs = ast.parse(text).body
    if not (isinstance(pairs, ast.Assign) and ast.unparse(pairs.targets[0]) == "PAIRS"):
        raise UsageError(f"Expected the file of the rows to end with PAIRS; got {ast.unparse(pairs)[:40]!r}.")
    lines, first = text.rstrip().removesuffix(")").rstrip().removesuffix(",").splitlines(), docstring.end_lineno
    return "\n".join([*lines[:first], "", template.imports, *lines[first:], f", {_filled(template.row, name)},)", ""])


def _with_counterpart(text: str, name: str, template: Template) -> str:
    """Return the laws with what torch would take, if it has no function of this name."""
    if hasattr(torch.nn.functional, name.partition(".")[2]):
        return text
    return text.replace(TABLE, f'{TABLE}    "{name}": {template.counterpart},\n')


def _commands(name: str, paths: Sequence[str]) -> list[tuple[str, ...]]:
    """Return what tries an algorithm: its examples, the laws of the house, the oracle, and slightly wrong formulas."""
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    commands = [
        (*pytest, paths[0]),
        (*pytest, "parity_tests/house", "-k", name),
        ("-m", "gradtwin", "verify", name),
    ]
    if not name.startswith(("optimizers.", "schedulers.")):  # which have no operation to change
        commands.append(("-m", "scripts.measure.mutate", name))
    return commands


def _succeeds(command: Sequence[str], root: Path) -> bool:
    print(f"\n$ python {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, *command], cwd=root, check=False).returncode == 0


def _still_to_be_done(name: str, paths: Sequence[str]) -> list[str]:
    ours, twin, rows, *laws = paths
    tests = f"scripts/test -k {name}; scripts/verify {name}"
    return [
        "",
        "Still to be done:",
        f"  {ours}: source, formula, gradient, options, errors, and the code",
        f"  {twin}: torch's own function, with the same arguments",
        f"  {rows}: a case for every option, a refusal for every error, the kinks; move the row where it belongs",
        *(f"  {path}: what torch takes under another name, or what the published form takes" for path in laws),
        "  CHANGELOG.md: a line",
        f"  then again: {tests}; scripts/mutate {name}",
    ]


if __name__ == "__main__":
    sys.exit(main())
