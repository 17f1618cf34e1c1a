"""The command line: parsing and dispatch.

Results go to stdout, progress to stderr and only to a terminal. Exit codes: 0 match, 1 mismatch, 2 usage, 3 device
missing, 4 internal error, 5 nothing was checked. Torch is imported only once the arguments are known to be good.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from gradtwin.core.errors import GradtwinError, NothingCheckedError, UsageError, hint, one_of

if TYPE_CHECKING:
    from gradtwin.core.conditions import Conditions

__all__ = ["main"]

DTYPES = ("float64", "float32")
TRACEBACK = "GRADTWIN_TRACEBACK"
INTERRUPTED, PIPE_CLOSED = 130, 141  # as a shell reports SIGINT and SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `argv` is ``sys.argv[1:]`` if not given."""
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except GradtwinError as error:
        return _fail(error.exit_code, " ".join(str(error).split()))
    except BrokenPipeError:
        # The reader has gone; the interpreter would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return _fail(INTERRUPTED, "interrupted")
    except Exception as error:  # whatever it is, the caller gets a line and a code of its own
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return _fail(4, f"internal error: {what} (set {TRACEBACK}=1 to see the traceback)")


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are those of this package, on one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong."""
        raise UsageError(f"{message}; see {self.prog} --help.")


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else argv
    parser, commands = _parsers()
    try:
        if words and not words[0].startswith("-"):
            one_of("COMMAND", words[0], commands)
        arguments, unknown = parser.parse_known_args(words)
    except SystemExit as done:  # argparse ends so after --help
        return int(done.code or 0)
    if unknown:
        options = re.findall(r"--[a-z]+", commands[arguments.word].format_usage())
        near = hint(unknown[0], options)
        raise UsageError(f"Expected arguments that {arguments.word} takes; got {unknown[0]!r}.{near}")
    return int(arguments.command(arguments))


def _fail(code: int, text: str) -> int:
    if os.environ.get(TRACEBACK):
        traceback.print_exc()
    _progress()
    print(f"gradtwin: {text}", file=sys.stderr)
    return code


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    """Return the parser of the command line, and that of each command."""
    epilog = (
        "exit codes: 0 match, 1 mismatch, 2 usage, 3 device missing, 4 internal error, 5 nothing was checked. "
        f"{TRACEBACK}=1 shows the traceback of an error."
    )
    description = "Judge hand-derived code by its PyTorch twin."
    parser = _Parser("gradtwin", description=description, epilog=epilog)
    commands = parser.add_subparsers(dest="word", metavar="COMMAND", required=True)

    verify = commands.add_parser("verify", help="judge the declared pairs", epilog=epilog)
    verify.add_argument("names", metavar="NAME", nargs="*", help="a pair, a family or a tag; all if none is given")
    verify.add_argument("--dtype", metavar="D", action="append", help="a precision; float64 and float32 if not given")
    _add_place_and_seed(verify)
    verify.add_argument("--shard", metavar="I/N", default="1/1", help="judge the pairs I, I+N, I+2N, ... only")
    verify.add_argument(
        "--jobs", metavar="N", type=_whole_number, default=1, help="processes to judge in; 0 for one a CPU"
    )
    form = verify.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one object: reports and summary")
    form.add_argument("--jsonl", action="store_true", help="print one report a line, as each is done")
    verify.set_defaults(command=_verify)

    listing = commands.add_parser("list", help="list the declared pairs, or the conventions")
    listing.add_argument("--conventions", action="store_true", help="list what the argument accept of a check takes")
    listing.add_argument("--json", action="store_true", help="print an array of objects")
    listing.set_defaults(command=_list)

    show = commands.add_parser("show", help="put formula, both sources and numbers side by side")
    show.add_argument("name", metavar="NAME", help="a pair")
    show.add_argument("--dtype", metavar="D", default=DTYPES[0], help="the precision; float64 if not given")
    _add_place_and_seed(show)
    show.set_defaults(command=_show)

    commands.add_parser("env", help="print versions, devices and K").set_defaults(command=_env)
    return parser, commands.choices


def _whole_number(text: str) -> int:
    """Return a whole number of 0 or more out of an argument."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected a whole number of 0 or more; got {text!r}")
    return number


def _add_place_and_seed(command: argparse.ArgumentParser) -> None:
    command.add_argument("--device", metavar="D", default="cpu", help="where the twin runs: cpu, cuda or cuda:N")
    seed = "seed of inputs, cotangents and shadow runs"
    command.add_argument("--seed", metavar="N", type=_whole_number, default=0, help=seed)


def _conditions(arguments: argparse.Namespace, dtypes: Sequence[str]) -> Conditions:
    """Return the conditions of a command; whether the device is there is not asked yet, since that imports torch."""
    from gradtwin.core.bound import array_precision
    from gradtwin.core.conditions import Conditions

    return Conditions(tuple(array_precision(d).name for d in dict.fromkeys(dtypes)), arguments.device, arguments.seed)


def _verify(arguments: argparse.Namespace) -> int:
    from gradtwin.project.pairs import load_rows, select

    conditions = _conditions(arguments, arguments.dtype or DTYPES)
    first, shards = _shard(arguments.shard)
    jobs = arguments.jobs or os.cpu_count() or 1
    chosen = select(load_rows(), arguments.names)
    rows = chosen[first - 1 :: shards]
    if not rows:
        raise NothingCheckedError(
            f"Expected at least one pair to check; got none in --shard {arguments.shard} of the {len(chosen)} selected."
        )

    from gradtwin.core.conditions import check_device
    from gradtwin.face.table import Table, details, summary, summary_line
    from gradtwin.project.runner import judge_each

    check_device(conditions.device)
    table = Table([row.name for row in rows], conditions.dtypes)
    text = not (arguments.json or arguments.jsonl)
    results = []
    if text:
        print(table.header, flush=True)
    for result in judge_each(rows, conditions, min(jobs, len(rows)), _progress):
        results.append(result)
        _progress()
        if text:
            print(table.line(results[-1]), flush=True)
        if arguments.jsonl:
            print(json.dumps(results[-1].report.to_dict(), allow_nan=False), flush=True)
    total = summary(results)
    if text:
        print("\n".join(["", *details(results), summary_line(total)]))
    if arguments.json:
        reports = [result.report.to_dict() for result in results]
        print(json.dumps({"schema": total["schema"], "reports": reports, "summary": total}, indent=2, allow_nan=False))
    obstacles = [result.obstacle for result in results if result.obstacle]
    for obstacle in obstacles:
        print(f"gradtwin: {obstacle}", file=sys.stderr)
    if obstacles:
        return UsageError.exit_code
    return 0 if all(result.report.ok for result in results) else 1


def _shard(text: str) -> tuple[int, int]:
    parts = re.fullmatch(r"(\d+)/(\d+)", text)
    shard = (int(parts[1]), int(parts[2])) if parts else (0, 0)
    if not 1 <= shard[0] <= shard[1]:
        raise UsageError(f"Expected --shard to be I/N with 1 <= I <= N; got {text!r}.")
    return shard


def _progress(*parts: str) -> None:
    """Overwrite the line of progress, on a terminal; without parts it is taken away."""
    if sys.stderr.isatty():
        print("\r\x1b[K" + "  ".join(parts), end="", file=sys.stderr, flush=True)


def _list(arguments: argparse.Namespace) -> int:
    if arguments.conventions:
        return _list_conventions(as_json=arguments.json)
    from gradtwin.project.pairs import load_rows

    rows: list[dict[str, Any]] = [
        {"name": r.name, "kind": r.kind, "cases": len(r.cases), "tags": list(r.tags)} for r in load_rows()
    ]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    width = max((len(str(row["name"])) for row in rows), default=0)
    for row in rows:
        cases = f"{row['cases']:2} case{'' if row['cases'] == 1 else 's'}"
        print(f"{row['name']:{width}}  {row['kind']:9}  {cases:9} {' '.join(row['tags'])}".rstrip())
    return 0


def _list_conventions(*, as_json: bool) -> int:
    from gradtwin.core.conventions import CONVENTIONS

    if as_json:
        print(json.dumps([{"name": name, "accepts": what} for name, what in CONVENTIONS.items()], indent=2))
        return 0
    width = max(map(len, CONVENTIONS))
    for name, what in CONVENTIONS.items():
        print(f"{name:{width}}  {what}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from gradtwin.project.pairs import load_rows

    conditions = _conditions(arguments, (arguments.dtype,))
    rows = {row.name: row for row in load_rows()}
    row = rows[one_of("NAME", arguments.name, rows)]

    from gradtwin.core.conditions import check_device
    from gradtwin.face.show import show

    check_device(conditions.device)
    return 0 if show(row, conditions, functools.partial(print, flush=True)) else 1


def _env(arguments: argparse.Namespace) -> int:
    from gradtwin.face.show import environment

    for name, value in environment().items():
        print(f"{name:12}  {value}")
    return 0
