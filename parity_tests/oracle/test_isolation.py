"""A suspect in a process of its own: however it ends, whatever it does, and however it cheats, nobody else notices."""

import ctypes
import gc
import importlib
import os
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtwin import assert_match, check
from gradtwin.core.call import observe
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from scratch.activations import gelu

Array = NDArray[Any]
F = torch.nn.functional
X = np.random.default_rng(5).standard_normal((5, 3))


def _apart(forward: Any, backward: Any = None, **arguments: Any) -> Report:
    known: dict[str, Any] = {"twin": torch.tanh, "inputs": [X], "isolate": True, "name": "isolation"}
    return check(forward, backward, **{**known, **arguments})


def _reads(report: Report, *words: str) -> bool:
    return all(word in str(report) for word in words)


def _tanh() -> Any:
    """Return a right suspect that is sent by its code: what stands in a file is imported instead."""
    return lambda x: np.tanh(x)


def _after(accident: Callable[[], Any]) -> Any:
    def forward(x: Array) -> Any:
        accident()
        return np.tanh(x)

    return forward


# How it ends.


def _for_ever() -> None:
    while True:
        pass


def _without_end() -> None:
    kept = []
    while True:
        kept.append(np.ones(10**6))


@pytest.mark.parametrize(
    ("accident", "limits", "words"),
    [
        (lambda: ctypes.string_at(0), True, "dies by signal SIGSEGV"),
        (os.abort, True, "dies by signal SIGABRT"),
        (_for_ever, {"seconds": 0.5}, "does not return within 0.5 s"),
        (lambda: os._exit(3), True, "exits with status 3"),
        (lambda: os._exit(0), True, "exits with status 0"),
        (lambda: sys.exit(4), True, "exits with status 4"),
        (_without_end, {"bytes": 2**28}, "asks for more memory than 256 MiB"),
        (lambda: torch.empty(2**45), True, "asks for more memory than 4,096 MiB"),
        (lambda: os.closerange(3, 100), True, "exits with status"),
        (lambda: os.environ["no key"], True, "raises KeyError: 'no key' at"),
    ],
    ids=[
        "a segmentation fault",
        "an abort",
        "no end",
        "an exit",
        "a good exit",
        "an exit of Python",
        "memory",
        "one large tensor",
        "every file closed",
        "an exception",
    ],
)
def test_a_suspect_that_ends_its_process_crashes_alone(accident: Any, limits: Any, words: str) -> None:
    report = _apart(_after(accident), isolate=limits)
    assert report.verdict == "crash", str(report)
    assert _reads(report, words)
    assert [str(finding.quantity) for finding in report.findings] == ["forward"]


def test_a_suspect_that_dies_at_a_later_call_crashes() -> None:
    calls: list[int] = []

    def forward(x: Array) -> Any:
        calls.append(1)
        return np.tanh(x) if len(calls) < 5 else ctypes.string_at(0)

    report = _apart(forward)
    assert report.verdict == "crash"
    assert _reads(report, "dies by signal SIGSEGV")


def test_a_backward_that_dies_leaves_the_values_judged() -> None:
    report = _apart(_tanh(), lambda grad, x: os.abort())
    assert report.verdict == "crash"
    assert _reads(report, "crash: backward", "dies by signal SIGABRT")
    assert report.tally.checks > 0


def test_a_suspect_that_dies_on_inputs_that_nobody_gave_is_not_accused() -> None:
    def forward(x: Array) -> Any:
        return np.tanh(x) if x.shape == (5, 3) else os.abort()

    assert _apart(forward).ok


def test_the_next_check_is_unharmed_and_fast() -> None:
    assert _apart(_after(os.abort)).verdict == "crash"
    start = time.monotonic()
    assert _apart(_tanh()).ok
    assert time.monotonic() - start < 10  # to import torch again would take that long on a busy machine


def test_processes_that_a_suspect_has_left_behind_end_with_it(tmp_path: Path) -> None:
    at = tmp_path / "pid"

    def forward(x: Array) -> Any:
        if not at.exists() and (child := os.fork()) == 0:
            time.sleep(600)
        elif not at.exists():
            at.write_text(str(child))
        return np.tanh(x)

    assert _apart(forward).ok
    assert _has_ended(int(at.read_text()))


def _has_ended(pid: int) -> bool:
    """Return whether a process has ended, and waits for nothing but to be counted."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_forked_child_that_comes_back_in_place_of_the_suspect_answers_nothing() -> None:
    def forward(x: Array) -> Any:
        return np.tanh(x) if os.fork() else np.zeros_like(x)

    assert _apart(forward).ok


# What it does besides.


def test_what_it_prints_is_a_note_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    def forward(x: Array) -> Any:
        print("rows", len(x))
        os.system("echo from below >&2")
        return np.tanh(x)

    report = _apart(forward)
    assert report.ok, str(report)
    assert [note for note in report.notes if "prints" in note] == ["forward prints: rows 5 from below"]
    assert capfd.readouterr() == ("", "")


def test_what_it_warns_is_a_note() -> None:
    report = _apart(_after(lambda: np.log(-np.ones(2))))
    assert report.ok, str(report)
    assert "forward warns: invalid value encountered in log" in report.notes


def _set_in_torch() -> None:
    torch.set_default_dtype(torch.float64)


@pytest.mark.parametrize(
    ("accident", "read", "words"),
    [
        (lambda: np.seterr(over="ignore"), np.geterr, "np.seterr"),
        (_set_in_torch, torch.get_default_dtype, "torch's default dtype"),
        (lambda: os.environ.update(GRADTWIN_ACCIDENT="1"), lambda: dict(os.environ), "the environment variables"),
        (lambda: setattr(np, "tan", np.sinh), lambda: np.tan, "the function numpy.tan"),
        (lambda: setattr(F, "relu", abs), lambda: F.relu, "torch.nn.functional.relu"),
        (lambda: sys.stdout.close(), lambda: sys.stdout.closed, "sys.stdout"),
    ],
    ids=["error state", "default dtype", "environment", "of NumPy", "of torch", "closed stdout"],
)
def test_what_it_changes_is_named_and_never_seen_here(accident: Any, read: Any, words: str) -> None:
    before = read()
    report = _apart(_after(accident))
    assert read() == before
    assert report.verdict == "impure", str(report)
    assert _reads(report, "forward", words)
    assert _apart(_tanh(), isolate=False).ok


def test_an_array_and_a_module_that_its_twin_captures_too_are_watched() -> None:
    scale, layer = np.ones(3), torch.nn.Linear(3, 2).double()

    def halves(x: Array) -> Any:
        scale[:] = scale / 2
        return x * scale

    def forgets(x: torch.Tensor) -> Any:
        with torch.no_grad():
            layer.weight.mul_(0.5)
        return layer(x)

    report = _apart(halves, twin=lambda x: x * torch.from_numpy(scale))
    assert _reads(report, "impure", "the array scale that the twin captures too")
    report = _apart(forgets, twin=lambda x: layer(x), inputs=[torch.tensor(X)])
    assert _reads(report, "impure", "parameter weight of Linear")
    assert scale.tolist() == [1, 1, 1]


def test_settings_of_the_caller_hold_in_its_process() -> None:
    with np.errstate(invalid="raise"):
        report = _apart(_after(lambda: np.log(-np.ones(2))))
    assert _reads(report, "crash", "FloatingPointError")


# A right suspect matches as it does here, a wrong one is refused.


def _layer() -> Any:
    torch.manual_seed(0)
    linear = torch.nn.Linear(3, 4)
    weight, bias = linear.weight.detach().clone(), linear.bias.detach().clone()
    return torch.nn.Sequential(linear, torch.nn.Tanh()), lambda x: F.linear(x, weight.to(x), bias.to(x)).tanh()


def _function(factor: float) -> Any:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            return factor * grad * ctx.saved_tensors[0]

    return Square, torch.square


def _closure() -> Any:
    weights = np.arange(1.0, 4.0)
    return lambda x: (x * weights).sum(axis=1), lambda x: (x * torch.arange(1, 4)).sum(1)


def _written() -> Any:
    def forward(x: Array) -> None:
        np.tanh(x, out=x)

    return forward


NARROW = [torch.tensor(X, dtype=torch.float32)]
FORMS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "a pair in files": ((gelu.forward, gelu.backward), {"twin": F.gelu}),
    "a pair of lambdas": ((lambda x: np.tanh(x), lambda grad, x: grad / np.cosh(x) ** 2), {}),
    "a closure": (_closure()[:1], {"twin": _closure()[1]}),
    "a Function": (_function(2)[:1], {"twin": torch.square, "inputs": NARROW}),
    "a module": (_layer()[:1], {"twin": _layer()[1], "inputs": NARROW}),
    "bfloat16": (_function(2)[:1], {"twin": torch.square, "inputs": [NARROW[0].bfloat16()]}),
    "by name, with options": (
        (lambda x, *, k: np.clip(x, -k[0], k[0]),),
        {"twin": lambda x, *, k: x.clamp(-k[0], k[0]), "inputs": {"x": X}, "options": {"k": [0.5]}},
    ),
    "memory of an argument": ((lambda x: x.reshape(-1),), {"twin": torch.flatten}),
    "a gap and read-only": ((lambda x: np.tanh(x),), {"inputs": [np.broadcast_to(X[:, None, ::2], (5, 2, 2))]}),
    "written and declared": ((_written(),), {"mutates_args": ("x",)}),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_right_suspect_matches_with_the_same_figures(form: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    code, arguments = form
    report, here = _apart(*code, **arguments), _apart(*code, **arguments, isolate=False)
    assert report.ok, str(report)
    # What transforms make of a Function is not looked at from outside of its process.
    assert report == replace(here, limits=())


def _one_buffer() -> Any:
    buffers: dict[Any, Array] = {}
    return lambda x: np.tanh(x, out=buffers.setdefault(x.shape, np.empty_like(x)))


def _piles_up() -> Any:
    total: dict[Any, Any] = {}

    def forward(x: Array) -> Any:
        total[x.shape] = total.get(x.shape, 0) + np.tanh(x)
        return total[x.shape].copy()

    return forward


def _scale_of_the_first_calls() -> Any:
    scales: list[Any] = []

    def forward(x: Array) -> Any:
        scales.extend([np.abs(x).max()] * (len(scales) < 2))
        return np.tanh(x) * (np.abs(x).max() / scales[-1])

    return forward


WRONG: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "a wrong gradient": ((lambda x: np.tanh(x), lambda grad, x: grad / np.cosh(x)), {}),
    "a wrong Function": (_function(3)[:1], {"twin": torch.square, "inputs": NARROW}),
    "a coarse result": ((lambda x: np.tanh(x.astype(np.float32)).astype(x.dtype),), {}),
    "another shape": ((lambda x: np.tanh(x)[0],), {}),
    "a masked array": ((lambda x: np.ma.masked_less(np.tanh(x), 0),), {}),
    "one buffer": ((_one_buffer(),), {}),
    "a sum that piles up": ((_piles_up(),), {}),
    "calibrated by the first calls": ((_scale_of_the_first_calls(),), {}),
    "written and not declared": ((lambda x: np.tanh(x, out=x).copy(),), {}),
    "written though read-only": ((lambda x: np.tanh(x, out=x),), {"inputs": [np.broadcast_to(X[0], (4, 3))]}),
    "an option that it empties": (
        (lambda x, *, k: np.tanh(x) * k.pop(),),
        {"twin": lambda x, *, k: torch.tanh(x) * k[-1], "options": {"k": [1.0] * 99}},
    ),
}


@pytest.mark.parametrize("form", WRONG.values(), ids=WRONG)
def test_a_wrong_suspect_is_refused_with_the_same_verdict(form: tuple[tuple[Any, ...], dict[str, Any]]) -> None:
    code, arguments = form
    report = _apart(*code, **arguments)  # first: what state it has here is sent along
    here = _apart(*code, **arguments, isolate=False)
    assert not report.ok
    assert report.verdict == here.verdict, f"{report}\n{here}"


def test_state_lives_on_from_one_precision_to_the_next() -> None:
    kept: list[Any] = []

    def forward(x: Array) -> Any:
        kept.append(x.dtype)
        return np.tanh(x).astype(kept[0])

    report = _apart(forward, dtypes=("float32", "float64"))
    assert _reads(report, "has dtype float32 where the twin has float64")


# How it cheats.


def _out_of_memory() -> Any:
    """Return a suspect that looks for a tensor that somebody else has made of its input, among all that there are."""
    tensors: list[torch.Tensor] = []

    def forward(x: Any) -> Any:
        if not tensors:
            tensors.extend([t for t in gc.get_objects() if type(t) is torch.Tensor] or [torch.zeros(0)])
        results = (t.detach().double().numpy() for t in tensors if tuple(t.shape) == x.shape)
        return next((r.copy() for r in results if not np.array_equal(r, x)), np.zeros_like(x))

    return forward


def _out_of_frames(x: Any) -> Any:
    """Return what the twin says, as the callers of a suspect could have been asked."""
    frame = sys._getframe()
    while frame is not None:
        subject = frame.f_locals.get("subject")
        if subject is not None:
            return subject.twin.start([x], [False], x.dtype.name).answer(()).outputs[0]
        frame = frame.f_back  # type: ignore[assignment]
    return np.zeros_like(x)


def _by_a_wrong_twin(x: Any) -> Any:
    F.gelu = lambda x, approximate="none": x / 2  # type: ignore[assignment]
    return x / 2


def _by_a_blind_judge(x: Any) -> Any:
    hold: Any = importlib.import_module("gradtwin.core.hold")

    def nothing(got: Any, expectation: Any) -> Any:
        return np.zeros(np.shape(got))

    hold.ratios = nothing
    for name in ("allclose", "array_equal", "equal"):
        for library in (np, torch):
            setattr(library, name, lambda *arrays, **how: True)
    return np.zeros_like(x)


def _later(x: Any) -> Any:
    out = np.zeros_like(x)

    def fill() -> None:
        time.sleep(0.3)
        out[:] = gelu.forward(x.astype(np.float64))

    threading.Thread(target=fill, daemon=True).start()
    return out


def _where_it_is_watched(x: Any) -> Any:
    frame, names = sys._getframe(), []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back  # type: ignore[assignment]
    return gelu.forward(x) if "observe" in names else np.zeros_like(x)


def _once() -> Any:
    calls: list[int] = []

    def forward(x: Any) -> Any:
        calls.append(1)
        return gelu.forward(x) if len(calls) == 1 else np.zeros_like(x)

    return forward


def _answer_of_the_twin() -> Any:
    """Return a suspect that returns what its twin has left in a list that both know."""
    answers: list[Any] = []

    def twin(x: torch.Tensor) -> Any:
        answers.append(F.gelu(x))
        return answers[-1]

    return lambda x: answers[-1].detach().numpy().astype(x.dtype), twin


CHEATS: dict[str, Any] = {
    "memory": _out_of_memory(),
    "frames": _out_of_frames,
    "uninitialised": lambda x: np.empty_like(x),
    "uninitialised by torch": lambda x: torch.empty(x.shape, dtype=torch.float64).numpy(),
    "a wrong twin": _by_a_wrong_twin,
    "a blind judge": _by_a_blind_judge,
    "another stream": _later,
    "right where it is watched": _where_it_is_watched,
    "right once": _once(),
}
ALONE = {"frames", "a blind judge", "right where it is watched"}
"""The cheats that only a process of their own makes harmless."""


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS)
def test_a_suspect_that_cheats_is_refused(cheat: Any) -> None:
    report = _apart(cheat, twin=lambda x: F.gelu(x))
    assert not report.ok, str(report)
    assert _apart(gelu.forward, twin=lambda x: F.gelu(x), isolate=False).ok


@pytest.mark.parametrize("cheat", [cheat for name, cheat in CHEATS.items() if name not in ALONE])
def test_some_cheats_are_refused_anywhere(cheat: Any) -> None:
    assert not _apart(cheat, twin=lambda x: F.gelu(x), isolate=False).ok


def test_what_is_written_into_a_result_after_its_calls_is_not_judged() -> None:
    results: list[Array] = []

    def forward(x: Array) -> Array:
        results.append(np.zeros_like(x))
        return results[-1]

    outcome = observe(forward, [X], {}, ["x"], "forward")
    for result in results:
        result[:] = 1
    assert not outcome.value.any()


def test_what_its_twin_leaves_behind_does_not_reach_it() -> None:
    suspect, twin = _answer_of_the_twin()
    report = _apart(suspect, twin=twin)
    assert not report.ok
    assert _reads(report, "crash", "IndexError")


def test_a_clock_that_it_stops_stops_nowhere_else() -> None:
    def forward(x: Array) -> Any:
        time.time = time.monotonic = time.perf_counter = lambda: 0.0
        return np.tanh(x)

    def for_ever(x: Array) -> Any:
        start = forward(x).sum() + time.time()
        while time.time() <= start:
            pass

    before = time.time(), time.perf_counter()
    assert _apart(forward).ok
    assert time.time() > before[0]
    assert time.perf_counter() > before[1]
    assert _reads(_apart(lambda x: for_ever(abs(x)), isolate={"seconds": 0.5}), "crash", "within 0.5 s")


# Its twin.


def test_a_twin_that_dies_or_never_returns_accuses_nobody() -> None:
    for twin, words in ((lambda x: ctypes.string_at(0), "SIGSEGV"), (lambda x: _for_ever(), "does not return")):
        report = _apart(_tanh(), twin=twin, isolate={"seconds": 1})
        assert report.verdict == "inconclusive"
        assert [finding.quantity for finding in report.findings] == ["twin"]
        assert _reads(report, words)


def test_a_twin_whose_backward_dies_accuses_nobody() -> None:
    class Dies(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
            return torch.tanh(x)

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            os.abort()

    report = _apart(_tanh(), lambda grad, x: grad / np.cosh(x) ** 2, twin=Dies.apply)
    assert report.verdict == "inconclusive"
    assert _reads(report, "the twin dies by signal SIGABRT")


def test_a_twin_that_raises_is_told_as_ever() -> None:
    with pytest.raises(UsageError, match="Expected twin"):
        _apart(_tanh(), twin=lambda x: x.reshape(7))


# What cannot be done.


def test_what_cannot_be_sent_is_an_error_in_words() -> None:
    lock = threading.Lock()

    def forward(x: Array) -> Any:
        with lock:
            return np.tanh(x)

    with pytest.raises(UsageError, match="Expected the suspect to be code that can be sent to a process of its own"):
        _apart(forward)
    assert _apart(forward, isolate=False).ok


def test_code_of_a_file_that_no_import_finds_is_sent_by_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("nowhere_to_be_found")
    exec("import numpy\ndef own(x): return numpy.tanh(x)\ndef forward(x): return own(x)", vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert _apart(module.forward).ok
    with pytest.raises(UsageError, match="Expected forward to be code that a process of its own can load"):
        _apart(lambda x: module.forward(x))


def test_a_file_that_checks_itself_as_it_is_imported_is_told_how_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = "gradtwin.check(forward, twin=torch.tanh, inputs=[numpy.ones(3)], isolate=True)"
    lines = ["import gradtwin, numpy, torch", "def forward(x): return numpy.tanh(x)", call]
    (tmp_path / "checks_itself.py").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match="if __name__ == '__main__'"):
        importlib.import_module("checks_itself")


@pytest.mark.parametrize("isolate", [1, "yes", {"minutes": 1}, {"seconds": 0}, {"bytes": "all"}])
def test_wrong_limits_are_an_error_in_words(isolate: Any) -> None:
    with pytest.raises(UsageError, match=r"Expected .*isolate"):
        _apart(_tanh(), isolate=isolate)


@pytest.mark.parametrize("package", ["cloudpickle", "pebble"])
def test_without_a_package_the_error_says_what_to_install(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=rf"{package}.*pip install 'gradtwin\[isolation\]'"):
        _apart(_tanh())


def test_it_holds_for_assertions() -> None:
    assert_match(lambda x: np.tanh(x), twin=torch.tanh, inputs=[X], isolate=True)
    with pytest.raises(AssertionError, match="dies by signal SIGABRT"):
        assert_match(_after(os.abort), twin=torch.tanh, inputs=[X], isolate=True)


def test_warnings_that_are_errors_here_are_none_of_its_own() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _apart(_after(lambda: warnings.warn("slow", RuntimeWarning, stacklevel=2))).ok
