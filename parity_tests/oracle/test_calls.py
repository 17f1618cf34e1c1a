"""What a call found is what it leaves, in any order of calls: accidents that are named, and right code that is not."""

import os
import random
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtwin import check, check_optimizer, check_scheduler
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from parity_tests.oracle.planted_calls import mask_of_the_last

Array = NDArray[Any]
X = np.random.default_rng(5).standard_normal((5, 3))


def _once(forward: Any, twin: Any, **arguments: Any) -> Report:
    return check(forward, twin=twin, inputs=[X], dtypes=("float64",), name="call", **arguments)


def _sine_after(accident: Callable[[], Any]) -> Report:
    def forward(x: Array) -> Any:
        accident()
        return np.sin(x)

    return _once(forward, torch.sin)


def _reads(report: Report, *words: str) -> bool:
    return all(word in str(report) for word in words)


def _place_of_numpy() -> Any:
    return np.random.get_state(legacy=False)["state"]["pos"]  # noqa: NPY002


# Settings of the process.


@pytest.mark.parametrize(
    ("accident", "read", "words"),
    [
        (lambda: np.seterr(over="ignore"), np.geterr, "np.seterr: the error state"),
        (lambda: torch.set_grad_enabled(False), torch.is_grad_enabled, "autograd's gradient mode"),
        (lambda: torch.set_default_dtype(torch.float64), torch.get_default_dtype, "torch's default dtype"),
        (lambda: os.environ.update(GRADTWIN_ACCIDENT="1"), lambda: dict(os.environ), "the environment variables"),
        (lambda: os.chdir(os.path.dirname(os.getcwd())), os.getcwd, "the working directory"),
        (lambda: setattr(np, "tan", np.sinh), lambda: np.tan, "the function numpy.tan"),
        (
            lambda: setattr(torch.nn.functional, "relu", abs),
            lambda: torch.nn.functional.relu,
            "torch.nn.functional.relu",
        ),
    ],
    ids=["error state", "gradient mode", "default dtype", "environment", "working directory", "of NumPy", "of torch"],
)
def test_a_changed_setting_is_named_and_put_back(accident: Any, read: Any, words: str) -> None:
    before = read()
    report = _sine_after(accident)
    assert read() == before
    assert report.verdict == "impure"
    assert _reads(report, "forward", words)


def test_settings_that_hold_within_the_call_only_are_its_own() -> None:
    def forward(x: Array) -> Any:
        with np.errstate(all="ignore"), torch.no_grad():
            return torch.from_numpy(np.log(x)).exp().numpy()

    assert check(forward, twin=lambda x: x.log().exp(), inputs=[np.abs(X)]).ok


@pytest.mark.parametrize(
    ("draw", "state", "source"),
    [
        (lambda: np.random.random(3), _place_of_numpy, "np.random"),  # noqa: NPY002
        (random.random, random.getstate, "random"),
        (lambda: torch.rand(3), lambda: torch.get_rng_state().tolist(), "torch"),
    ],
    ids=["NumPy", "Python", "torch"],
)
def test_random_numbers_that_nothing_depends_on_are_a_note_and_put_back(draw: Any, state: Any, source: str) -> None:
    before = state()
    report = _sine_after(draw)
    assert state() == before
    assert report.ok, str(report)
    assert f"random numbers of {source} are drawn or seeded" in report.notes[0]


def test_a_result_that_depends_on_random_numbers_is_impure() -> None:
    report = _once(lambda x: x * (1 + 1e-12 * random.random()), lambda x: x * 1)
    assert report.verdict == "impure"
    assert _reads(report, "not repeatable")


def test_the_last_digits_may_differ_from_call_to_call() -> None:
    report = _once(lambda x: x * (1 + 1e-15 * random.random()), lambda x: x * 1)
    assert report.ok, str(report)  # as those of a product of matrices do that lie elsewhere in memory


# Options and what is captured.


def _normalised(x: Array, *, table: Any) -> Any:
    table["scale"] /= table["scale"].sum()
    return x * table["scale"]


def _last_taken(x: Array, *, table: Any) -> Any:
    return x * table["factors"].pop()


def _default_set(x: Array, *, table: Any) -> Any:
    return x * table.setdefault("factor", 2.0)


@pytest.mark.parametrize(
    ("forward", "table"),
    [
        (_normalised, {"scale": np.array([1.0, 2.0, 5.0])}),
        (_last_taken, {"factors": [3.0, 2.0]}),
        (_default_set, {}),
    ],
    ids=["an array in a dict", "a list in a dict", "an entry that is added"],
)
def test_a_changed_option_is_named_and_put_back(forward: Any, table: dict[str, Any]) -> None:
    before = str(table)
    twins: dict[str, Callable[[Any], Any]] = {
        "scale": lambda t: torch.from_numpy(t["scale"] / t["scale"].sum()),
        "factors": lambda t: t["factors"][-1],
    }

    def twin(x: Any, *, table: Mapping[str, Any]) -> Any:
        return x * next((read(table) for name, read in twins.items() if name in table), 2.0)

    report = _once(forward, twin, options={"table": table})
    assert str(table) == before
    assert report.findings[0].verdict == "impure"
    assert _reads(report, "option table")


def test_options_that_are_copied_before_they_are_changed_are_the_callers_still() -> None:
    def forward(x: Array, *, axes: list[int]) -> Any:
        axes = list(axes)
        axes.sort(reverse=True)
        return x.sum(axis=tuple(axes))

    assert _once(forward, lambda x, axes: x.sum(dim=axes), options={"axes": [0, 1]}).ok


def _in_place(scale: Array) -> Array:
    scale /= scale.sum()
    return scale


def _in_place_and_anew(scale: Array) -> Array:
    return _in_place(scale).copy()


def _in_another_shape(scale: Array) -> Array:
    scale.resize((1, 3), refcheck=False)
    return scale


CAPTURED: dict[str, Callable[[Array], Array]] = {
    "in place": _in_place,
    "bound anew": lambda scale: scale / scale.sum(),
    "in place and bound anew": _in_place_and_anew,
    "in another shape": _in_another_shape,
}


@pytest.mark.parametrize("accident", CAPTURED.values(), ids=CAPTURED)
def test_an_array_that_the_twin_captures_too_is_named_and_put_back(accident: Callable[[Array], Array]) -> None:
    scale = np.array([1.0, 2.0, 5.0])

    def forward(x: Array) -> Any:
        nonlocal scale
        scale = accident(scale)
        return x * (scale / scale.sum())

    report = _once(forward, lambda x: x * torch.from_numpy(scale / scale.sum()))
    assert scale.tolist() == [1.0, 2.0, 5.0]
    assert report.verdict == "impure"
    assert _reads(report, "the array scale that the twin captures too")


def test_the_callers_own_array_is_not_reached_behind_the_argument() -> None:
    own = X.copy()

    def forward(x: Array) -> Any:
        own[0] = 0
        return x * x

    report = check(forward, twin=torch.square, inputs=[own], dtypes=("float64",))
    assert (own == X).all()
    assert _reads(report, "impure", "the array behind its argument x")


def test_a_workspace_and_a_cache_of_its_own_are_no_fault() -> None:
    running, powers, calls = np.zeros(3), dict[Any, Array](), list[int]()

    def forward(x: Array) -> Any:
        running[:] = 0.9 * running + x.mean()
        calls.append(len(calls))
        key = x.shape[-1], x.dtype.str
        return x ** powers.setdefault(key, np.arange(x.shape[-1]).astype(x.dtype))

    def twin(x: torch.Tensor) -> torch.Tensor:
        calls.append(len(calls))
        return x ** torch.arange(x.shape[-1])

    report = check(forward, twin=twin, inputs=[np.abs(X)])
    assert report.ok, str(report)


class Layer(torch.nn.Module):
    """A module with an accident that happens as it is called from NumPy code."""

    def __init__(self, accident: Callable[["Layer"], Any]) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3, dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(3, dtype=torch.float64))
        self.mean: torch.Tensor
        self.accident = accident

    def __call__(self, x: Array) -> Any:
        with torch.no_grad():
            self.accident(self)
        return np.sin(x)


@pytest.mark.parametrize(
    ("accident", "words"),
    [
        (lambda layer: layer.train(), "training mode of Layer"),
        (lambda layer: layer.mean.add_(1), "buffer mean of Layer"),
        (lambda layer: layer.weight.mul_(0.5), "parameter weight of Layer"),
        (lambda layer: layer.requires_grad_(False), "requires_grad of weight of Layer"),
    ],
    ids=["mode", "buffer", "parameter", "what learns"],
)
def test_what_a_module_holds_is_named_and_put_back(accident: Any, words: str) -> None:
    layer = Layer(accident).eval()
    before = {name: x.clone() for name, x in layer.state_dict().items()}
    report = _once(lambda x: layer(x), torch.sin)
    assert report.verdict == "impure"
    assert _reads(report, words)
    assert not layer.training
    assert layer.weight.requires_grad
    assert all(torch.equal(x, before[name]) for name, x in layer.state_dict().items())


def test_buffers_of_a_module_in_training_mode_may_move() -> None:
    layer = Layer(lambda layer: layer.mean.add_(1))
    assert _once(lambda x: layer(x), torch.sin).ok


# History.


def _calls_counted(limit: int) -> Any:
    calls: list[int] = []

    def forward(x: Array) -> Any:
        calls.append(1)
        return np.tanh(x) if len(calls) < limit else np.tanh(x) * (1 + 2.0**-40)

    return forward


def _one_buffer() -> Any:
    buffers: dict[Any, Array] = {}
    return lambda x: np.tanh(x, out=buffers.setdefault((x.shape, x.dtype.str), np.empty_like(x)))


def _scale_of_the_first_calls(count: int) -> Any:
    scales: list[Any] = []

    def forward(x: Array) -> Any:
        scales.extend([np.abs(x).max()] * (len(scales) < count))
        return np.tanh(x) * (np.abs(x).max() / scales[-1])

    return forward


def _scale_by_shape() -> Any:
    scales: dict[Any, Any] = {}
    return lambda x: np.tanh(x) * (np.abs(x).max() / scales.setdefault(x.shape, np.abs(x).max()))


def _largest_so_far() -> Any:
    largest = [0.0]

    def forward(x: Array) -> Any:
        largest[0] = max(largest[0], float(np.abs(x).max()))
        return np.tanh(x) * (np.abs(x).max() / largest[0])

    return forward


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (_calls_counted(3), "not repeatable"),
        (_calls_counted(11), "not repeatable"),
        (_one_buffer(), "memory that a later call overwrites"),
        (_scale_of_the_first_calls(1), "output"),
        (_scale_of_the_first_calls(2), "not repeatable"),
        (_scale_of_the_first_calls(3), "not repeatable"),
        (_scale_by_shape(), "output"),
        (_largest_so_far(), "not repeatable"),
    ],
    ids=[
        "from the third call on",
        "from the eleventh call on",
        "one buffer for all results",
        "calibrated once",
        "calibrated twice",
        "calibrated three times",
        "kept by shape",
        "the largest so far",
    ],
)
def test_a_result_that_depends_on_other_calls_is_refused(forward: Any, words: str) -> None:
    report = _once(forward, torch.tanh)
    assert report.verdict in ("impure", "mismatch")
    assert _reads(report, words)


def test_of_large_inputs_one_call_between_two_is_enough_to_see_a_buffer() -> None:
    x = np.random.default_rng(5).standard_normal((200, 300))
    report = check(_one_buffer(), twin=torch.tanh, inputs=[x], dtypes=("float64",))
    assert report.verdict == "impure"
    assert _reads(report, "memory that a later call overwrites")


def _mask_given_once() -> tuple[Any, Any]:
    kept: dict[str, Any] = {}

    def forward(x: Array) -> Any:
        kept["mask"] = x > 0
        return np.where(kept["mask"], x, 0)

    return forward, lambda grad, x: grad * kept.pop("mask")


def _never_zeroed() -> tuple[Any, Any]:
    total: dict[Any, Any] = {}

    def backward(grad: Array, x: Array) -> Any:
        total[x.shape] = total.get(x.shape, 0) + grad * (x > 0)
        return total[x.shape]

    return lambda x: np.maximum(x, 0), backward


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (mask_of_the_last(), "what the last forward left behind"),
        (_mask_given_once(), "the same arguments raise KeyError"),
        (_never_zeroed(), "adds to the result of the one before"),
    ],
    ids=["the last mask", "a mask for one backward", "a gradient that piles up"],
)
def test_a_backward_that_depends_on_other_calls_is_impure(pair: tuple[Any, Any], words: str) -> None:
    report = check(*pair, twin=torch.relu, inputs=[X], dtypes=("float64",))
    assert report.verdict == "impure", str(report)
    assert _reads(report, words)


def test_what_other_inputs_raise_is_ignored() -> None:
    def forward(x: Array) -> Any:
        if x.shape != X.shape or x[0, 0] != X[0, 0].astype(x.dtype):
            raise ValueError("only these numbers")
        return np.tanh(x)

    assert check(forward, twin=torch.tanh, inputs=[X]).ok


# What is returned, and what may be written.


def test_a_result_in_the_memory_of_an_argument_is_a_note() -> None:
    report = check(
        lambda x, skip: (x.reshape(-1), skip.T),
        lambda grads, x, skip: (grads[0].reshape(x.shape), grads[1].T),
        twin=lambda x, skip: (x.flatten(), skip.T),
        inputs=[X, X + 1],
    )
    assert report.ok, str(report)
    assert _reads(report, "forward returns memory of its argument x", "backward returns memory of its argument grad 1")


def _doubled_in_place(x: Array) -> None:
    x *= 2


def test_what_is_declared_may_be_written_and_is_judged_where_nothing_is_returned() -> None:
    def backward(grad: Array, x: Array) -> None:
        grad *= 2

    arguments: dict[str, Any] = {"twin": lambda x: 2 * x, "inputs": [X]}
    assert check(_doubled_in_place, backward, **arguments, mutates_args=("x", "grad")).verdict == "structure"
    report = check(_doubled_in_place, lambda grad, x: 2 * grad, **arguments, mutates_args=["x"])
    assert report.ok, str(report)
    report = check(lambda x: 2 * x, backward, **arguments, mutates_args="grad")
    assert report.ok, str(report)
    assert check(_doubled_in_place, twin=lambda x: 3 * x, inputs=[X], mutates_args=("x",)).verdict == "mismatch"
    report = check(lambda x: np.multiply(x, 2, out=x).copy(), **arguments)
    assert _reads(report, "impure", "changes its argument x")


def test_an_unknown_name_of_a_written_argument_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"mutates_args.*Nearest: weight"):
        check(lambda x, weight: x, twin=lambda x, weight: x, inputs=[X, X], mutates_args=("weigth",))


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: np.ma.masked_where(x < 0, x), "masked array"),
        (np.asmatrix, "np.matrix"),
        (lambda x: torch.from_numpy(x).requires_grad_(), "requires_grad"),
        (lambda x: x.astype(object), "dtype object"),
        (lambda x: {"y": x}, "a dict"),
        (lambda x: ((x, x), x), "a tuple in a tuple"),
        (lambda x: (x, x), "returns 2 arrays where the twin returns 1"),
    ],
    ids=["masked", "matrix", "with a graph", "of objects", "a dict", "nested", "more than the twin's"],
)
def test_what_is_no_array_is_never_taken_for_one(forward: Any, words: str) -> None:
    report = check(forward, twin=lambda x: x.clone(), inputs=[X])
    assert report.verdict == "structure"
    assert _reads(report, words)
    report = check(np.sin, lambda grad, x: forward(grad * np.cos(x)), twin=torch.sin, inputs=[X])
    assert report.verdict == "structure"


def test_a_number_of_python_is_an_array_without_axes() -> None:
    report = check(
        lambda x: float((x * x).sum()), lambda grad, x: 2 * grad * x, twin=lambda x: x.square().sum(), inputs=[X]
    )
    assert report.ok, str(report)


# Optimizers and schedules.


class Descent:
    """Plain descent that adds the decay into the caller's gradients, or into its own copies."""

    def __init__(self, lr: float, weight_decay: float, copies: bool = False) -> None:
        self.lr, self.weight_decay, self.copies = lr, weight_decay, copies

    def step(self, params: list[Array], grads: list[Array]) -> None:
        for p, g in zip(params, grads, strict=True):
            own = g.copy() if self.copies else g
            own += self.weight_decay * p
            p -= self.lr * own


@pytest.mark.parametrize("copies", [True, False], ids=["its own copies", "the caller's gradients"])
def test_gradients_stay_as_the_caller_gave_them(copies: bool) -> None:
    report = check_optimizer(
        lambda **options: Descent(**options, copies=copies),
        twin=torch.optim.SGD,
        options={"lr": 0.1, "weight_decay": 0.01},
        dtypes=("float64",),
    )
    assert report.verdict == ("match" if copies else "impure"), str(report)
    assert copies or _reads(report, "changes its argument grad of weight")


def test_a_schedule_leaves_its_options_as_they_are() -> None:
    def lr(step: int, *, base_lr: float, milestones: list[int]) -> float:
        milestones.sort()
        return base_lr * 0.1 ** sum(step >= m for m in milestones)

    milestones = [9, 4]
    arguments: dict[str, Any] = {"options": {"milestones": milestones}, "steps": 12}
    report = check_scheduler(SimpleNamespace(lr=lr), twin=torch.optim.lr_scheduler.MultiStepLR, **arguments)
    assert milestones == [9, 4]
    assert report.verdict == "impure"
    assert _reads(report, "option milestones")
