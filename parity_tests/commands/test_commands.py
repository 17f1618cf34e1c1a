"""The commands: what they print, where, and with which exit code."""

from __future__ import annotations

import importlib.metadata
import io
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradtwin import Report
from gradtwin.core.bound import K
from gradtwin.core.conventions import CONVENTIONS
from gradtwin.core.report import SCHEMA_VERSION, Finding, Tally
from gradtwin.face import cli, show, table
from gradtwin.project import runner
from gradtwin.project.kinds.optimizer import SHOWN_STEPS
from gradtwin.rows import Model, Op, Optimizer, Row, Scheduler, Training
from parity_tests.commands import ROOT, run
from parity_tests.rows import PAIRS
from reference.multiclass import argmax as reference_argmax
from scratch.activations import sigmoid
from scratch.optimizers import sgd

NAME = "activations.sigmoid"
VERIFY = ("verify", NAME, "--dtype", "float32")
WITHOUT_TORCH = (
    ("--help", 0),
    ("verify --help", 0),
    ("list", 0),
    ("list --json", 0),
    ("list --conventions", 0),
    ("verify no.such.pair", 2),
    ("verify --dtype float63", 2),
    ("verify --shard 0/2", 2),
    ("verify --seed -1", 2),
    ("verify --jobs -1", 2),
    ("verify --shard 999/999", 5),
    ("show no.such.pair", 2),
)

WRONG_ELEMENT = 20
"""An element of a case that is none of the first, which every table shows."""
Array = NDArray[Any]
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def _judge_nothing(row: Row, *arguments: Any) -> runner.Result:
    return runner.Result(row, (Report(row.name, tally=Tally(checks=1)),), "")


def test_verify_prints_a_table_and_a_summary(capsys: Output) -> None:
    assert cli.main(VERIFY) == 0
    out, err = capsys.readouterr()
    header, line, *_, last = out.splitlines()
    assert header.split() == ["verdict", "pair", "trials", "checks", "controls", "float32"]
    verdict, name, trials, checks, controls, worst = line.split()
    assert (verdict, name) == ("match", NAME)
    assert last == (
        f"1 of 1 pairs match: {trials} trials, {checks} checks, {controls} controls fired, "
        f"worst difference / bound float32 {worst}"
    )
    assert int(controls) > int(checks) > int(trials)
    assert err == ""


def test_json_and_jsonl_hold_the_same_reports(capsys: Output) -> None:
    assert cli.main([*VERIFY, "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert cli.main([*VERIFY, "--jsonl"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert whole["reports"] == lines
    assert lines[0]["command"] == f"python -m gradtwin verify {NAME} --dtype float32 --seed 0"
    assert whole["schema"] == SCHEMA_VERSION
    for figure in ("checks", "controls", "worst", "twin"):
        assert whole["summary"][figure] == lines[0]["tally"][figure]


def test_seed_changes_the_inputs_and_is_in_the_command_that_repeats(capsys: Output) -> None:
    found = []
    for seed in ("0", "1"):
        assert cli.main([*VERIFY, "--seed", seed, "--jsonl"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["tally"]["worst"] != found[1]["tally"]["worst"]
    assert found[1]["command"].endswith("--seed 1")


def test_mismatch_exits_1_and_prints_the_report(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigmoid, "backward", lambda grad, input: 2 * grad)
    assert cli.main(VERIFY) == 1
    out = capsys.readouterr().out
    assert re.search(rf"^mismatch +{NAME} ", out, re.MULTILINE)
    assert "mismatch: gradient of input" in out
    assert f"repeat: python -m gradtwin verify {NAME} --dtype float32 --seed 0" in out
    assert out.splitlines()[-1].startswith("0 of 1 pairs match:")


def test_shards_part_the_pairs(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "judge", _judge_nothing)
    shards = []
    for i in range(1, 4):
        assert cli.main(["verify", "--jsonl", "--shard", f"{i}/3"]) == 0
        shards.append([json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()])
    names = [row.name for row in PAIRS]
    assert shards == [names[i::3] for i in range(3)]


def test_several_processes_print_what_one_prints(capsys: Output) -> None:
    printed = []
    for jobs in ("1", "2"):
        assert cli.main(["verify", NAME, "activations.relu", "--dtype", "float64", "--json", "--jobs", jobs]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


def test_a_family_is_all_its_pairs(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "judge", _judge_nothing)
    assert cli.main(["verify", "losses", NAME, "--jsonl"]) == 0
    names = [json.loads(line)["name"] for line in capsys.readouterr().out.splitlines()]
    assert names == [row.name for row in PAIRS if row.name.startswith("losses.") or row.name == NAME]


def test_progress_shows_on_a_terminal_only(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert cli.main(VERIFY) == 0
    assert f"pair 1/1  {NAME}  trial 1/" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert "trial 1/" not in capsys.readouterr().out


def test_training_is_summed_up_by_horizon_and_metric() -> None:
    training = next(row for row in PAIRS if isinstance(row, Training))
    horizons = {"float64": None, "float32": 120}
    metrics = {"float64 accuracy": (0.975, 0.975), "float32 accuracy": (0.975, 0.9722)}
    report = Report("trial", tally=Tally(checks=3, horizons=horizons, metrics=metrics), remarks=("torch is off",))
    lines = list(table.details([runner.Result(training, (report, report), "")]))
    start = f"training: {training.name}"
    assert lines == [
        f"{start} float64: the free run is proved to its last step; "
        "accuracy: suspect 0.975, twin 0.975, the same number",
        f"{start} float32: the free run is proved up to step 120, from which on it proves nothing; "
        "accuracy: suspect 0.975, twin 0.9722, the same in 2 digits",
        "",
        "note: trial: torch is off",
        "",
    ]


def test_every_trial_that_is_no_match_is_reported() -> None:
    bad = Report("second", (Finding("unstable", "output", "loses digits"),), command="do it again")
    result = runner.Result(PAIRS[0], (Report("first", tally=Tally(checks=1)), bad), "")
    assert list(table.details([result])) == [f"{bad}\n"]
    assert table.summary([result])["matching"] == 0
    assert table.Table(["a"], ["float64"]).line(result).split()[0] == "unstable"


def test_list_names_every_convention_and_the_documentation_does_too(capsys: Output) -> None:
    assert cli.main(["list", "--conventions", "--json"]) == 0
    listed = [(row["name"], row["accepts"]) for row in json.loads(capsys.readouterr().out)]
    assert listed == list(CONVENTIONS.items())
    assert cli.main(["list", "--conventions"]) == 0
    assert [tuple(re.split("  +", line)) for line in capsys.readouterr().out.splitlines()] == listed
    documented = (ROOT / "docs/judging.md").read_text().partition("## Conventions")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(.*)` \| (.*) \|$", documented, re.MULTILINE) == listed


def test_list_names_every_pair_with_kind_cases_and_tags(capsys: Output) -> None:
    assert cli.main(["list", "--json"]) == 0
    kinds = {Op: "op", Model: "model", Optimizer: "optimizer", Scheduler: "scheduler", Training: "training"}
    listed = [(r.name, kinds[type(r)], len(r.cases), list(r.tags)) for r in PAIRS]
    assert [tuple(row.values()) for row in json.loads(capsys.readouterr().out)] == listed
    assert cli.main(["list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] + line[4:] for line in lines] == [[n, kind, str(cases), *tags] for n, kind, cases, tags in listed]


def test_verify_takes_a_tag_for_all_pairs_that_bear_it(capsys: Output) -> None:
    assert cli.main(["verify", "P02", "P08", "--jsonl"]) == 0
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["name"] for r in reports] == ["errata.binary_cross_entropy", "errata.mean_squared_error"]
    assert [f["context"] for r in reports for f in r["refused"]] == ["P02", "P08"]


def test_show_puts_both_sides_of_an_op_beside_each_other(capsys: Output) -> None:
    assert cli.main(["show", "losses.mse_loss"]) == 0
    out = capsys.readouterr().out
    for part in ("Squared error", "def backward(grad, input, target", "F.mse_loss", "suspect", "difference", "allowed"):
        assert part in out
    for quantity in ("output", "gradient of input", "gradient of target"):
        assert re.search(rf"^{quantity} +suspect +twin", out, re.MULTILINE)
    assert out.count("inside the bound") == 3
    assert out.count("Squared error") == 1
    assert "outside the bound" not in out
    assert out.splitlines()[-1].startswith("match  losses.mse_loss")


def test_show_says_what_is_outside_the_bound(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigmoid, "backward", lambda grad, input: 2 * grad)
    assert cli.main(["show", NAME]) == 1
    out = capsys.readouterr().out
    assert out.count("outside the bound") == 1
    assert "mismatch: gradient of input" in out


def test_show_prints_no_numbers_of_code_that_crashes(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sigmoid, "np")
    monkeypatch.setattr(sigmoid, "forward", lambda input: 1 / 0)
    assert cli.main(["show", NAME]) == 1
    out = capsys.readouterr().out
    assert "crash: forward" in out
    assert "difference" not in out


@pytest.mark.parametrize("flags", [(), ("--dtype", "float32", "--seed", "3")], ids=["default", "float32, seed 3"])
def test_show_prints_the_numbers_of_the_verdict(
    flags: tuple[str, ...], capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Any = sigmoid.backward

    def wrong_in_one_place(grad: Array, input: Array) -> Array:
        factor = np.where(np.arange(input.size) == WRONG_ELEMENT, 2, 1).reshape(input.shape)
        return np.asarray(factor.astype(input.dtype) * right(grad, input))

    monkeypatch.setattr(sigmoid, "backward", wrong_in_one_place)
    assert cli.main(["show", NAME, *flags]) == 1
    out = capsys.readouterr().out
    table, verdict = out.split("gradient of input  ")[1].split("\nverdict\n")
    place, numbers = _numbers_of(verdict)
    assert re.findall(rf"^{re.escape(place)} +(\S+) +(\S+) +(\S+) +(\S+)$", table, re.MULTILINE) == [numbers]
    assert cli.main(["verify", NAME, *flags, "--jsonl"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert numbers[:2] in [(f"{f['got']:.17g}", f"{f['expected']:.17g}") for f in findings]


def test_show_prints_the_numbers_of_the_verdict_on_an_optimizer(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Any = sgd.step
    for wrong, code in ((0.0, 0), (1e-9, 1)):
        monkeypatch.setattr(sgd, "step", lambda *a, wrong=wrong, **o: (right(*a, **o)[0] + wrong, right(*a, **o)[1]))
        assert cli.main(["show", "optimizers.sgd"]) == code
        out = capsys.readouterr().out
        assert [f"\nstep {t}\n" in out for t in range(SHOWN_STEPS + 1)] == [True] * SHOWN_STEPS + [False]
        assert ("outside the bound" in out) == bool(wrong)
    first_step, verdict = out.split("\nstep 0\n")[1].split("\nverdict\n")
    place, numbers = _numbers_of(verdict)
    lines = re.findall(rf"^weight{re.escape(place)} +(\S+) +(\S+) +(\S+) +(\S+)  worst", first_step, re.MULTILINE)
    assert lines[0] == numbers


def test_show_judges_labels_by_their_margin(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli.main(["show", "multiclass.argmax"]) == 0
    assert not re.search(r" inf$", capsys.readouterr().out, re.MULTILINE)
    monkeypatch.setattr(reference_argmax, "margin", lambda scores: (scores + 1e3) - 1e3 - scores)
    assert cli.main(["show", "multiclass.argmax"]) == 1
    out = capsys.readouterr().out
    assert re.search(r" inf$", out, re.MULTILINE)
    assert "too close to call" in out


def _numbers_of(verdict: str) -> tuple[str, tuple[str, str, str, str]]:
    """Return the place of the first finding, and there what the suspect and the twin have, difference and bound."""
    (place, expected, got, difference, bound), *_ = re.findall(
        r"where +[^\[]+(\[.*?\]).*?expected +(\S+)\n +got +(\S+)\n +off by +(\S+), .*? the bound of ([^ ,;]+)",
        verdict,
        re.DOTALL,
    )
    return place, (got, expected, difference, bound)


def test_show_of_a_training_run_holds_all_sources(capsys: Output) -> None:
    training = next(row for row in PAIRS if isinstance(row, Training))
    assert cli.main(["show", training.name]) == 0
    out = capsys.readouterr().out
    for field in (*itertools.chain(*training.sides), "setup"):
        assert getattr(training, field) in out
    assert ", ".join(f"{k}={v!r}" for k, v in training.cases[0].options.items()) in out


def test_env_tells_versions_devices_and_k(capsys: Output) -> None:
    assert cli.main(["env"]) == 0
    facts = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert facts["K"] == f"{K:g}"
    assert facts["torch"] == importlib.metadata.version("torch")
    assert facts["devices"].startswith("cpu")


def test_env_works_without_the_extras(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        if package in show.EXTRAS:
            raise importlib.metadata.PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert cli.main(["env"]) == 0
    out = capsys.readouterr().out
    for package, extra in show.EXTRAS.items():
        assert re.search(rf"^{package} +missing: pip install 'gradtwin\[{extra}\]'$", out, re.MULTILINE)


def test_env_knows_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    declared = {re.split(r"[<>=!~\[; ]", package)[0]: extra for extra, held in extras.items() for package in held}
    assert show.EXTRAS == declared


@pytest.mark.parametrize("argv", [["verify", "--seed", "one"], ["verify", "--json", "--jsonl"], ["judge"], []])
def test_arguments_that_do_not_parse_exit_2(argv: list[str], capsys: Output) -> None:
    assert cli.main(argv) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"gradtwin: .*\n", err)


def _raising(error: BaseException) -> Callable[[], Any]:
    def load_rows() -> Any:
        raise error

    return load_rows


def test_an_unexpected_error_is_a_line_and_4(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradtwin.project.pairs.load_rows", _raising(RuntimeError("out of\nluck")))
    assert cli.main(["list"]) == 4
    err = capsys.readouterr().err
    assert err == (
        "gradtwin: internal error: RuntimeError: out of luck (set GRADTWIN_TRACEBACK=1 to see the traceback)\n"
    )
    monkeypatch.setenv("GRADTWIN_TRACEBACK", "1")
    assert cli.main(["list"]) == 4
    assert capsys.readouterr().err.startswith("Traceback")


def test_an_interrupt_is_130(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradtwin.project.pairs.load_rows", _raising(KeyboardInterrupt()))
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err == "gradtwin: interrupted\n"


def test_a_reader_that_goes_away_is_met_in_silence() -> None:
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "gradtwin", "list"]
    done = subprocess.run(command, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_python_m_gradtwin_is_the_command(capsys: Output) -> None:
    assert cli.main(["list"]) == 0
    done = run("-m", "gradtwin", "list")
    assert (done.returncode, done.stdout, done.stderr) == (0, capsys.readouterr().out, "")


def test_help_list_and_refusals_import_nothing_large() -> None:
    calls = [argv.split() for argv, _ in WITHOUT_TORCH]
    code = f"""
import contextlib, io, sys
from gradtwin.face import cli
for argv in {calls}:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = cli.main(argv)
    print(code, {{"torch", "sklearn"}} & set(sys.modules))
"""
    done = run("-c", code)
    assert done.stdout.splitlines() == [f"{code} set()" for _, code in WITHOUT_TORCH], done.stderr
