"""Defects of the oracle in what it sees of calls: state, history and form; each takes a rule away, as in `planted`."""

from __future__ import annotations

import functools
import itertools
import os
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin import Report, check
from gradtwin.core import call, guards, results
from gradtwin.core.bound import HISTORY_BREAKS
from gradtwin.forms import modules
from gradtwin.ops import conduct, conventions, gradients, history, quantity
from parity_tests.oracle.planted import REFUSED, Call, Code, Defect, X, check_of

Array = NDArray[Any]
F = torch.nn.functional


# What a call finds and leaves, and in which order calls come.


def _after(
    accident: Callable[[], Any],
    read: Callable[[], Any],
    write: Callable[[Any], Any],
    twin: Code = torch.sin,
    accept: Sequence[str] = (),
) -> Call:
    """Return a check of a sine with an accident; its report says whether what was changed is as it was before.

    In the end it is, whatever the oracle does.
    """

    def forward(x: Array) -> Any:
        accident()
        return np.sin(x)

    def judge() -> Report:
        before = read()
        try:
            answer = check(forward, twin=twin, inputs=[X], accept=accept)
            said = PUT_BACK if read() == before else "left as it was changed"
            return replace(answer, remarks=(*answer.remarks, said))
        finally:
            write(before)

    return judge


def _after_setting(label: str, **how: Any) -> Call:
    """Return a check of a sine that changes a setting of the process."""
    setting = _settings(label)[0]
    return _after(ACCIDENTS[label], setting.read, setting.write, **how)


def _settings(*labels: str) -> list[Any]:
    settings: list[Any] = SETTINGS()
    return [s for s in settings if any(label in s.label for label in labels)]


def _after_patch(name: str, other: Code = abs) -> Call:
    """Return a check of a sine that puts another function in the place of one of a library."""
    module, function = name.rsplit(".", 1)
    library = sys.modules[module]
    put = functools.partial(setattr, library, function)
    return _after(functools.partial(put, other), functools.partial(getattr, library, function), put)


def _after_touch(touch: Code, *, training: bool = False) -> Call:
    """Return a check of a sine that touches a module."""

    def judge() -> Report:
        layer = torch.nn.BatchNorm1d(3).train(training)
        return check(lambda x: (touch(layer), np.sin(x))[1], twin=torch.sin, inputs=[X])

    return judge


def _noting(where: str, *, anew: bool = False) -> Call:
    """Return a check of a sine that counts its calls in an array of an option, of its twin or of its caller."""

    def judge() -> Report:
        own, count = X.copy(), np.zeros(1)

        def forward(x: Array, table: Any = None) -> Any:
            nonlocal count
            if where == "argument":
                own[0, 0] += 1
            elif anew:
                count = count + 1
            else:
                (count if table is None else table["count"])[0] += 1
            return np.sin(x)

        def twin(x: torch.Tensor, table: Any = None) -> torch.Tensor:
            return torch.sin(x) + (0 * float(count[0]) if where == "twin" else 0)

        options = {"table": {"count": np.zeros(1)}} if where == "option" else {}
        return check(forward, twin=twin, inputs=[own], options=options)

    return judge


def _noting_deep() -> Report:
    """Check a sine that counts its calls in an array which its twin has in a list, in a dict, in a list."""
    count = np.zeros(1)
    kept = [None, {"count": [None, count]}]

    def forward(x: Array) -> Any:
        count[0] += 1
        return np.sin(x)

    return check(forward, twin=lambda x: torch.sin(x) + 0 * len(kept), inputs=[X])


def _unwatched(self: Any) -> tuple[Any, list[Any]]:
    copies = [results.replica(x) for x in self.arguments]
    return call.enter(self.function, *copies, **self.options), copies


def _watching_nothing(values: Any, places: Any, *, libraries: bool = False) -> guards.Watch:
    return guards.Watch({}, places, libraries=libraries)


def _tensors_alone(self: Any) -> list[str]:
    return [name for x in self._tensors for name in x.settle()]


def _named_alone(self: Any) -> list[str]:
    return [] if self.read() == self.value else [self.label]


PUT_BACK = "what was changed is put back"
SETTINGS = guards._settings
ACCIDENTS: dict[str, Callable[[], Any]] = {
    "np.seterr": lambda: np.seterr(over="ignore"),
    "torch.set_grad_enabled": lambda: torch.set_grad_enabled(False),
    "torch.set_default_dtype": lambda: torch.set_default_dtype(torch.float64),
    "torch.set_num_threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "torch.use_deterministic_algorithms": lambda: torch.use_deterministic_algorithms(True),
    "torch.set_float32_matmul_precision": lambda: torch.set_float32_matmul_precision("high"),
    "os.environ": lambda: os.environ.update(GRADTWIN_ACCIDENT="1"),
    "os.chdir": lambda: os.chdir(os.sep),
}
PATCHED = ("numpy.tan", "numpy.linalg.norm", "scipy.special.erf", "torch.tan", "torch.nn.functional.relu")
STATE = (
    *(
        Defect(
            f"a call leaves as it was: {label}",
            "gradtwin.core.guards._settings",
            functools.partial(_settings, *(other for other in ACCIDENTS if other != label)),
            _after_setting(label),
            "impure",
            PUT_BACK,
        )
        for label in ACCIDENTS
    ),
    Defect(
        "what a call has changed is put back",
        "gradtwin.core.guards._Setting.settle",
        _named_alone,
        _after_setting("np.seterr"),
        "impure",
        PUT_BACK,
    ),
    Defect(
        "what the search for a cause has changed is put back",
        "gradtwin.ops.judge.Watch",
        lambda values, places, libraries: SimpleNamespace(settle=list),
        _after_setting("os.environ", twin=torch.cos),
        "impure",
        PUT_BACK,
    ),
    Defect(
        "what the search for a convention has changed is put back",
        "gradtwin.ops.conventions.aside",
        lambda what, function, arguments, options, places: call.attempt(what, function, *arguments, **options),
        _after_setting("os.environ", accept="sum for mean"),
        "impure",
        PUT_BACK,
    ),
    *(
        Defect(
            f"a call leaves as it was: {name}",
            "gradtwin.core.guards.LIBRARIES",
            tuple(library for library in guards.LIBRARIES if library != name.rsplit(".", 1)[0]),
            _after_patch(name),
            "impure",
            PUT_BACK,
        )
        for name in PATCHED
    ),
    Defect(
        "a function that a library puts into its own place is none of the call",
        "gradtwin.core.guards._Library._wrote",
        lambda self, function: False,
        _after_patch("torch.tan", torch.functional.norm),
        "match",
    ),
    Defect(
        "random numbers that are drawn are a note",
        "gradtwin.core.guards.Draws.__exit__",
        lambda self, *error: [state.settle() for state in self._states] and None,
        _after(random.random, random.getstate, random.setstate),
        "match",
        "random numbers of random are drawn",
    ),
    Defect(
        "random numbers that are drawn are put back",
        "gradtwin.core.guards.Draws.__exit__",
        lambda self, *error: None,
        _after(random.random, random.getstate, random.setstate),
        "match",
        PUT_BACK,
    ),
    Defect(
        "an argument stays as it was",
        "gradtwin.core.call._Calls._call",
        _unwatched,
        check_of(lambda x: np.sin(x, out=x).copy(), torch.sin),
        "impure",
    ),
    Defect(
        "an option stays as it was, however deep",
        "gradtwin.core.contents._changeable",
        lambda x, seen=None: iter([x]),
        _noting("option"),
        "impure",
    ),
    Defect(
        "the caller's array behind an argument stays as it was",
        "gradtwin.core.call.Watch",
        _watching_nothing,
        _noting("argument"),
        "impure",
    ),
    Defect(
        "an array that the twin has too stays as it was",
        "gradtwin.ops.subject.shared_places",
        lambda twin, functions: (),
        _noting("twin"),
        "impure",
    ),
    Defect(
        "an array that the twin has too stays bound as it was",
        "gradtwin.core.guards._Shared.settle",
        lambda self: self.contents.settle(),
        _noting("twin", anew=True),
        "impure",
    ),
    *(
        Defect(
            f"an array that the twin has too is found {where}",
            f"gradtwin.core.captured.{constant}",
            value,
            _noting_deep,
            "impure",
        )
        for where, constant, value in (
            ("four steps away", "CAPTURE_DEPTH", 3),
            ("behind another entry of a list", "CAPTURE_WIDTH", 1),
        )
    ),
    Defect(
        "a module stays in its mode",
        "gradtwin.core.guards._Module.settle",
        _tensors_alone,
        _after_touch(lambda layer: layer.train()),
        "impure",
    ),
    Defect(
        "what learns of a module stays what learns",
        "gradtwin.core.guards._Module.settle",
        _tensors_alone,
        _after_touch(lambda layer: layer.requires_grad_(False)),
        "impure",
    ),
    Defect(
        "parameters of a module stay as they were",
        "gradtwin.core.guards._Module.settle",
        lambda self: [],
        _after_touch(lambda layer: layer.weight.data.mul_(2)),
        "impure",
    ),
    Defect(
        "buffers of a module stay as they were in evaluation mode",
        "gradtwin.core.guards._kept_buffers",
        lambda module: iter(()),
        _after_touch(lambda layer: layer.running_mean.add_(1)),
        "impure",
    ),
    Defect(
        "buffers of a module may move in training mode",
        "gradtwin.core.guards._kept_buffers",
        lambda module: module.named_buffers(recurse=False),
        _after_touch(lambda layer: layer(torch.ones(2, 3)), training=True),
        "match",
    ),
)


def _fresh(make: Callable[[], Any], twin: Code = torch.tanh) -> Call:
    """Return a check of code that keeps something from call to call, made anew for every check."""

    def judge() -> Report:
        made = make()
        forward, backward = made if isinstance(made, tuple) else (made, None)
        return check(forward, backward, twin=twin, inputs=[X])

    return judge


def _is_own(x: Array) -> bool:
    return x.shape == X.shape and bool(x[0, 0] == X[0, 0])


def _wrong_from(count: int) -> Code:
    """Return a hyperbolic tangent that is wrong from one of the calls on the inputs of the check on."""
    calls: list[bool] = []

    def forward(x: Array) -> Any:
        calls.extend([True] * _is_own(x))
        return np.tanh(x) * (2 if len(calls) >= count else 1)

    return forward


def _scaled(keep: Code) -> Code:
    """Return a hyperbolic tangent times what is kept of the calls so far, which is one on the first arguments again."""
    kept: dict[Any, float] = {}

    def forward(x: Array) -> Any:
        return np.tanh(x) * (np.abs(x).max() / keep(kept, x))

    return forward


def _of_the_last_call(kept: dict[Any, float], x: Array) -> float:
    last, kept["size"] = kept.get("size", x.size), x.size
    return float(np.abs(x).max() * last / x.size)


def _one_buffer() -> Code:
    buffers: dict[Any, Array] = {}
    return lambda x: np.tanh(x, out=buffers.setdefault(x.shape, np.empty_like(x)))


def _another_for_others() -> Code:
    others: list[Array] = []

    def forward(x: Array) -> Any:
        others.extend([x] * (not _is_own(x)))
        return np.tanh(x) * (1 if _is_own(x) else len(others))

    return forward


def _only_its_own(x: Array) -> Any:
    if not _is_own(x):
        raise ValueError("only these numbers")
    return np.tanh(x)


def mask_of_the_last() -> tuple[Code, Code]:
    """Return a ReLU whose backward takes the mask that the last forward left behind."""
    kept: dict[str, Array] = {}

    def forward(x: Array) -> Any:
        kept["mask"] = x > 0
        return np.where(kept["mask"], x, 0)

    return forward, lambda grad, x: grad * kept["mask"]


def _alternating() -> Code:
    turn = itertools.cycle([1.0, 1 + 2.0**-51])
    return lambda x: np.tanh(x) * next(turn)


def _same_alone(original: Code) -> Code:
    return lambda inputs, twin, dtype: original(inputs, twin, dtype)[:1]


def _shorter_alone(original: Code) -> Code:
    return lambda inputs, twin, dtype: original(inputs, twin, dtype)[1:]


PAUSE = call._Calls._pause
HISTORY = (
    Defect(
        "the third call on the same arguments answers as the first",
        "gradtwin.core.call.history_calls",
        lambda elements: 2,
        _fresh(lambda: _wrong_from(3)),
        "impure",
    ),
    Defect(
        "there are nine calls on the same arguments",
        "gradtwin.core.call.history_calls",
        lambda elements: 8,
        _fresh(lambda: _wrong_from(9)),
        "impure",
    ),
    Defect(
        "a call is repeatable",
        "gradtwin.core.call._are_same",
        lambda first, other: True,
        _fresh(lambda: _wrong_from(2)),
        "impure",
    ),
    Defect(
        "the last digits may differ from call to call",
        "gradtwin.core.call.LAST_DIGITS",
        0,
        _fresh(_alternating),
        "match",
    ),
    Defect(
        "calls of a forward are interleaved with others",
        "gradtwin.ops.judge.forward_conduct",
        lambda subject: call.ORDINARY,
        _fresh(lambda: _scaled(_of_the_last_call)),
        "impure",
    ),
    Defect(
        "calls are interleaved with others of another shape",
        "gradtwin.ops.subject.other_inputs",
        _same_alone(history.other_inputs),
        _fresh(lambda: _scaled(_of_the_last_call)),
        "impure",
    ),
    Defect(
        "calls are interleaved with others of the same shape",
        "gradtwin.ops.subject.other_inputs",
        _shorter_alone(history.other_inputs),
        _fresh(lambda: _scaled(lambda kept, x: kept.setdefault(x.shape, np.abs(x).max()))),
        "mismatch",
    ),
    Defect(
        "a call on others comes before the first",
        "gradtwin.core.call.HISTORY_BREAKS",
        HISTORY_BREAKS[1:],
        _fresh(lambda: _scaled(lambda kept, x: kept.setdefault("first", np.abs(x).max()))),
        "mismatch",
    ),
    Defect(
        "a call on others answers alike whenever it is made",
        "gradtwin.core.call._Calls._pause",
        lambda self, i: PAUSE(self, i) or True,
        _fresh(_another_for_others),
        "impure",
    ),
    Defect(
        "what a call on others raises is ignored",
        "gradtwin.core.call._quietly",
        call.enter,
        check_of(_only_its_own, torch.tanh),
        "match",
    ),
    Defect(
        "a result is looked at again after later calls",
        "gradtwin.core.call._Calls._overwritten",
        lambda self: False,
        _fresh(_one_buffer),
        "impure",
        "a later call overwrites",
    ),
    Defect(
        "calls of a backward are interleaved with forwards of others",
        "gradtwin.ops.gradients.backward_conduct",
        lambda *arguments, interlude: conduct.backward_conduct(*arguments, interlude=False),
        _fresh(mask_of_the_last, torch.relu),
        "impure",
        "what the last forward left behind",
    ),
)


# What comes back, and what is no false alarm.


class Detached(torch.nn.Module):
    """Loses its graph."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sine without a graph."""
        return torch.sin(x).detach()


class Counting(torch.nn.Module):
    """Returns a multiple that grows from call to call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: torch.Tensor
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the numbers times the number of the call."""
        self.calls += 1
        return x * self.calls


class Turned(NamedTuple):
    """The gradients of a product, not in the order of its inputs."""

    y: Array
    x: Array


def _in_memory(x: Array) -> Any:
    """Return what lies in the memory of an array from its beginning, in its shape."""
    return x if x.base is None else np.resize(x.base, x.shape)


def _all_but(kind: type) -> Code:
    return lambda x: None if isinstance(x, kind) else MISFIT(x)


def _without_missing(self: Any, name: str, got: Any, native: Any, look: Any) -> Any:
    return quantity.Structure(comparable=False) if got is None else STRUCTURE_OF(self, name, got, native, look)


def _product(second: Code, twin: Code, **how: Any) -> Call:
    """Return a check of a product whose gradient of the second factor is another."""
    return check_of(lambda x, y: x * y, twin, X, X + 1, backward=lambda grad, x, y: (grad * y, second(grad * x)), **how)


def _doubled_in_place(x: Array) -> None:
    x *= 2


def _single_sine(x: Array) -> Any:
    return np.sin(x.astype(np.float32))


def _incomparable(original: Code) -> Code:
    def structure(*arguments: Any, **options: Any) -> Any:
        form = original(*arguments, **options)
        return replace(form, comparable=form.comparable and not form.findings)

    return structure


def _without_promise(original: Code) -> Code:
    return lambda suspect: replace(original(suspect), promises=False)


def _seldom_moved() -> Report:
    """Check a twin that one draw in four moves, and the first one does not."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return check(np.sin, twin=lambda x: torch.sin(x) * (1 + (torch.rand(()) > 0.75)), inputs=[X])


def _restless() -> Code:
    turn = itertools.cycle([1.0, 1 + 2.0**-51])
    return lambda x: torch.tanh(x) * next(turn)


def _coarse_in_float32(x: torch.Tensor) -> torch.Tensor:
    return torch.sin(x) * (1 + 1e-3 * (x.dtype == torch.float32))


def _best(scores: Any) -> Any:
    return (3 * scores).argmax(-1)


def _lead(scores: torch.Tensor) -> torch.Tensor:
    best, second = (3 * scores).topk(2, dim=-1).values.unbind(-1)
    return best - second


def _labels(forward: Code, *scores: list[float]) -> Call:
    return lambda: check(forward, twin=_best, inputs=[np.array(scores)], margin=_lead, dtypes=("float64",))


BY_NAME = gradients.gradients_by_name
MISFIT = results._misfit
STRUCTURE_OF = gradients._Choice._structure_of
LEVEL = [1.0, float(np.nextafter(1.0, 2.0)), -1.0]
CLEAR = [0.5, 1.0, -1.0]
FORM = (
    *(
        Defect(
            f"{kind.__name__} is not taken for an array",
            "gradtwin.core.results._misfit",
            _all_but(kind),
            check_of(forward, lambda x: x.clone()),
            "structure",
        )
        for kind, forward in (
            (np.ma.MaskedArray, lambda x: np.ma.masked_where(x < 0, x)),
            (np.matrix, np.asmatrix),
        )
    ),
    Defect(
        "a nested tuple is not taken for a flat one",
        "gradtwin.ops.judge.nesting",
        lambda ours, layout, count: [],
        check_of(lambda x: ((x + 1, x + 2), x + 3), lambda x: (x + 1, x + 2, x + 3)),
        "structure",
    ),
    Defect(
        "a gradient of None is missed where the twin has one",
        "gradtwin.ops.gradients._Choice._structure_of",
        _without_missing,
        _product(lambda g: None, lambda x, y: x * y),
        "structure",
        "is missing",
    ),
    Defect(
        "gradients go by the names of their fields",
        "gradtwin.ops.gradients.gradients_by_name",
        lambda subject, value: BY_NAME(subject, tuple(value)),
        check_of(
            lambda x, y: x * y,
            lambda x, y: x * y,
            X,
            X + 1,
            backward=lambda grad, x, y: Turned(y=grad * x, x=grad * y),
        ),
        "match",
    ),
    *(
        Defect(
            f"a backward is right for a {cotangent} too",
            "gradtwin.ops.gradients.Backward._variants",
            lambda self, truth, sound: [],
            check_of(np.sin, torch.sin, backward=backward),
            "mismatch",
            cotangent,
        )
        for cotangent, backward in (
            ("strided cotangent", lambda grad, x: _in_memory(grad) * np.cos(x)),
            ("zero cotangent", lambda grad, x: grad * (grad / grad) * np.cos(x)),
        )
    ),
    Defect(
        "a gradient is refused where the twin has none",
        "gradtwin.ops.gradients._is_given",
        lambda gradient: False,
        _product(lambda g: g, lambda x, y: x * y.detach()),
        "structure",
        "is given; the twin has none",
    ),
    Defect(
        "a module that loses its graph is refused",
        "gradtwin.forms.modules._of_module",
        _without_promise(modules._of_module),
        check_of(Detached(), torch.sin, torch.from_numpy(X)),
        "structure",
    ),
    Defect(
        "another dtype is judged all the same",
        "gradtwin.ops.judge.structure",
        _incomparable(quantity.structure),
        check_of(lambda x: 2 * np.sin(x).astype(np.float64), torch.sin, X.astype(np.float32)),
        "structure",
        "a constant factor of 2",
    ),
    Defect(
        "a wider result is a note where nobody asked for the precision",
        "gradtwin.ops.judge.structure",
        lambda *arguments, **options: quantity.structure(*arguments, **{**options, "asked": True}),
        check_of(lambda x: np.sin(x).astype(np.longdouble), torch.sin, [0.5, 0.25]),
        "match",
        "output has dtype",
    ),
    Defect(
        "the precision is that of the inputs where nobody asked for one",
        "gradtwin.ops.check.as_asked",
        lambda at, inputs: replace(at, dtypes=("float64",)),
        check_of(_single_sine, torch.sin, X.astype(np.float32)),
        "match",
    ),
    Defect(
        "a result in the memory of an argument is a note",
        "gradtwin.core.call._in",
        lambda argument: [],
        check_of(lambda x: x.ravel(), lambda x: x.flatten()),
        "match",
        "returns memory of its argument x",
    ),
    Defect(
        "what is declared may be written, and is judged where nothing is returned",
        "gradtwin.ops.suspect.returning_written",
        lambda function, places: function,
        check_of(_doubled_in_place, lambda x: 2 * x, mutates_args="x"),
        "match",
    ),
    Defect(
        "another convention is named",
        "gradtwin.ops.conventions.explained_by",
        lambda closest, held: closest,
        check_of(lambda x: x.sum(-1), lambda x: x.mean(-1)),
        "mismatch",
        "another convention: sum for mean",
    ),
    Defect(
        "another convention that is accepted makes a match",
        "gradtwin.ops.conventions._accepted",
        lambda subject, names, answers: [conventions.PLAIN],
        check_of(lambda x: x.sum(-1), lambda x: x.mean(-1), accept="sum for mean"),
        "match",
    ),
    Defect(
        "a match by a convention says so",
        "gradtwin.ops.conventions.by_name",
        lambda answer, names: answer,
        check_of(lambda x: x.sum(-1), lambda x: x.mean(-1), accept="sum for mean"),
        "match",
        "by the convention sum for mean",
    ),
    Defect(
        "a single number is explained by no convention",
        "gradtwin.ops.conventions._Answers.telling",
        True,
        check_of(np.sum, torch.mean),
        "mismatch",
        "by more than rounding explains",
    ),
    Defect(
        "a twin that answers by chance accuses nobody",
        "gradtwin.ops.check._unless_by_chance",
        lambda answer, subjects: answer,
        check_of(np.sin, lambda x: F.dropout(torch.sin(x))),
        "inconclusive",
        "is random",
    ),
    Defect(
        "a twin that chance moves once in a while accuses nobody",
        "gradtwin.ops.chance.OTHER_DRAWS",
        1,
        _seldom_moved,
        "inconclusive",
        "is random",
    ),
    Defect(
        "the last digits of a twin may differ from call to call",
        "gradtwin.ops.chance.REPEATED",
        0.0,
        lambda: check(np.tanh, twin=_restless(), inputs=[X]),
        "match",
    ),
    Defect(
        "the state of a twin is put back before every call",
        "gradtwin.core.twin_code.TwinCode._put_back",
        lambda self: None,
        lambda: check(lambda x: x.copy(), twin=Counting().eval(), inputs=[X]),
        "match",
    ),
    Defect(
        "a twin that has not the precision is named",
        "gradtwin.ops.twin.Twin._runs",
        lambda self, inputs, wanted, dtype: False,
        check_of(np.sin, lambda x: x @ torch.eye(3), dtypes=("float64",)),
        REFUSED,
        "as it does in float32",
    ),
    Defect(
        "a twin outside its own bound is a note",
        "gradtwin.core.report.Tally.of_twin",
        lambda tally: [],
        check_of(np.sin, _coarse_in_float32, dtypes=("float32",)),
        "match",
        "the twin's own float32 run is outside the bound: output",
    ),
    Defect(
        "either label is right where the call is too close",
        "gradtwin.ops.labels._clear",
        lambda labels, margin: replace(labels, spread=np.zeros(labels.truth.shape)),
        _labels(lambda scores: np.array([1, 0]), CLEAR, LEVEL),
        "match",
    ),
    Defect(
        "a label is that of the twin where the call is clear",
        "gradtwin.ops.labels._clear",
        lambda labels, margin: replace(labels, spread=np.where(np.isinf(labels.spread), labels.spread, 1.0)),
        _labels(lambda scores: np.array([0, 1]), CLEAR, LEVEL),
        "mismatch",
    ),
    Defect(
        "labels that are all too close to call prove nothing",
        "gradtwin.ops.judge.count_close",
        lambda name, e: Report(""),
        _labels(_best, LEVEL, LEVEL),
        "inconclusive",
        "too close to call",
    ),
)
