"""Optimizers whose twin fails, counts elsewhere or is outside its own bound: the suspect is judged, never accused."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import optim

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow

Array = NDArray[Any]
SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 2), "scale": ()}


def _judge(suspect: Any, twin: Any, **arguments: Any) -> gradtwin.Report:
    defaults: dict[str, Any] = {"shapes": SHAPES, "steps": 8, "options": {"lr": 0.1}, "name": "twin at fault"}
    return gradtwin.check_optimizer(suspect, twin=twin, **{**defaults, **arguments})


def _stepping(rate: Callable[[int, list[Array]], float]) -> Any:
    """Return gradient descent whose learning rate is multiplied by a function of the step and the gradients."""

    class Descent:
        def __init__(self, lr: float) -> None:
            self.lr, self.t = lr, 0

        def step(self, params: list[Array], grads: list[Array]) -> list[Array]:
            scale, self.t = self.lr * rate(self.t, grads), self.t + 1
            return [(p - scale * g).astype(p.dtype) for p, g in zip(params, grads, strict=True)]

    return Descent


class _Clipped(optim.SGD):
    """Clips by the norm of all gradients, with operations on lists of tensors."""

    def step(self, closure: Any = None) -> Any:
        torch.nn.utils.clip_grad_norm_([p for g in self.param_groups for p in g["params"]], 1.0, foreach=True)
        return super().step(closure)


class _CountsOutside(optim.SGD):
    """Halves its rate at every third step, counted in an attribute."""

    calls = 0

    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for p in group["params"]:
                p.grad.mul_(0.5 ** (self.calls // 3))
        self.calls += 1
        return super().step(closure)


def _clipped(t: int, grads: list[Array]) -> float:
    norm = float(np.sqrt(sum(np.sum(g.astype(np.float64) ** 2) for g in grads)))
    return min(1.0, 1.0 / (norm + 1e-6))


@pytest.mark.parametrize(
    ("twin", "rate", "wrong"),
    [
        (_Clipped, _clipped, lambda t, grads: 1.001 * _clipped(t, grads)),
        (_CountsOutside, lambda t, grads: 0.5 ** (t // 3), lambda t, grads: 0.5 ** ((t + 1) // 3)),
        (partial(optim.SGD, foreach=True), lambda t, grads: 1.0, lambda t, grads: 1.0 + 1e-5),
        (partial(optim.SGD, fused=True), lambda t, grads: 1.0, lambda t, grads: 1.0 + 1e-5),
    ],
    ids=["clips a list of gradients", "counts in an attribute", "foreach", "fused"],
)
def test_a_twin_of_any_making_judges(twin: Any, rate: Any, wrong: Any) -> None:
    report = _judge(_stepping(rate), twin)
    assert report.verdict == "match", report
    assert _judge(_stepping(wrong), twin).verdict == "mismatch"


class _Counted(NamedTuple):
    """How many steps were made."""

    made: int


class _CountsInState(optim.Optimizer):
    """Warms up over five steps, counted in an int of its state."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["count"] = self.state[p].get("count", 0) + 1
                warm = sum(1 for _ in range(min(self.state[p]["count"], 5))) / 5
                p.sub_(p.grad, alpha=group["lr"] * warm)


class _Warm:
    """The same in NumPy, with `length` steps."""

    def __init__(self, length: int) -> None:
        self.length = length

    def init(self, param: Array, lr: float) -> _Counted:
        return _Counted(0)

    def step(self, param: Array, grad: Array, state: _Counted, lr: float) -> tuple[Array, _Counted]:
        count = state.made + 1
        warm = min(count / self.length, 1.0)
        return (param - lr * warm * grad).astype(param.dtype), _Counted(count)


def test_a_number_of_python_in_the_state_of_a_twin_is_judged_in_lockstep() -> None:
    names = {"made": "count"}
    report = _judge(_Warm(5), _CountsInState, state_names=names)
    assert report.verdict == "match", report
    assert report.tally.steps > 16, "each precision in lockstep and free"
    assert _judge(_Warm(6), _CountsInState, state_names=names).findings[0].quantity == "weight"


class _Itself:
    """An optimizer of torch in the clothes of NumPy."""

    def __init__(self, optimizer: Any, slip: float = 0.0, **options: Any) -> None:
        self.optimizer, self.slip, self.options = optimizer, slip, options
        self.tensors: list[torch.Tensor] = []

    def step(self, params: list[Array], grads: list[Array]) -> list[Array]:
        if not self.tensors:
            self.tensors = [torch.from_numpy(np.array(p)) for p in params]
            self.made = self.optimizer(self.tensors, **self.options)
        for tensor, p, g in zip(self.tensors, params, grads, strict=True):
            tensor.data, tensor.grad = (
                torch.from_numpy(np.array(p)),
                torch.from_numpy(np.array(g * (1 + self.slip)).astype(g.dtype)),
            )
        self.made.step()
        return [tensor.numpy().copy() for tensor in self.tensors]


@pytest.mark.parametrize("optimizer", [optim.Adam, optim.ASGD, optim.NAdam, optim.RAdam, optim.Rprop, optim.Adafactor])
def test_an_optimizer_of_torch_beside_itself_matches(optimizer: Any) -> None:
    """NAdam and ASGD keep numbers in float32 whatever the parameters are, and so are outside their own bound."""
    report = _judge(partial(_Itself, optimizer), optimizer, options={})
    assert report.verdict == "match", report


@pytest.mark.parametrize("optimizer", [optim.ASGD, optim.NAdam])
def test_what_a_twin_outside_its_own_bound_does_not_do_is_refused(optimizer: Any) -> None:
    report = _judge(partial(_Itself, optimizer, 1e-6), optimizer, options={"weight_decay": 0.1})
    assert report.verdict == "mismatch", report


class _Raises(optim.SGD):
    """Raises under conditions of its own."""

    def __init__(self, params: Any, lr: float, when: Callable[[int, torch.Tensor], bool]) -> None:
        super().__init__(params, lr=lr, foreach=False)
        self.when, self.calls = when, 0

    def step(self, closure: Any = None) -> Any:
        if self.when(self.calls, self.param_groups[0]["params"][0]):
            raise RuntimeError("not written yet")
        self.calls += 1
        return super().step(closure)


def _in_noise(calls: int, p: torch.Tensor) -> bool:
    return any(isinstance(m, TorchShadow) for m in torch.utils._python_dispatch._get_current_dispatch_mode_stack())


RIGHT = _stepping(lambda t, grads: 1.0)


def test_a_twin_that_raises_at_a_later_step_is_an_error_of_the_call() -> None:
    with pytest.raises(UsageError, match="not written yet"):
        _judge(RIGHT, partial(_Raises, when=lambda calls, p: calls == 4))


def test_a_twin_that_has_no_float32_is_judged_in_float64_where_nobody_asked() -> None:
    twin = partial(_Raises, when=lambda calls, p: p.dtype == torch.float32)
    report = _judge(RIGHT, twin)
    assert report.verdict == "match", report
    assert "not judged in float32" in str(report)
    with pytest.raises(UsageError, match="not written yet"):
        _judge(RIGHT, twin, dtypes=("float32",))


def test_a_twin_that_cannot_have_noise_proves_nothing() -> None:
    report = _judge(RIGHT, partial(_Raises, when=_in_noise))
    assert report.verdict == "inconclusive", report
    assert "not with the noise" in str(report)


class _Random(optim.SGD):
    """Adds a little chance to the gradient."""

    def step(self, closure: Any = None) -> Any:
        for p in self.param_groups[0]["params"]:
            p.grad += torch.randn_like(p)
        return super().step(closure)


def test_a_twin_that_is_left_to_chance_proves_nothing() -> None:
    report = _judge(RIGHT, _Random)
    assert report.verdict == "inconclusive", report
    assert "not repeatable" in str(report)


def _widening(lr: float) -> Any:
    class Descent:
        def step(self, params: list[Array], grads: list[Array]) -> list[Array]:
            return [np.asarray(p - np.float64(lr) * g.astype(np.float64)) for p, g in zip(params, grads, strict=True)]

    return Descent()


def test_a_wider_result_is_a_note_where_nobody_asked_for_the_precision() -> None:
    report = _judge(_widening, optim.SGD)
    assert report.verdict == "match", report
    assert "has dtype float64 where float32 came in" in str(report)
    narrow = {"weight": np.ones((3, 2), np.float32)}
    for asked in ({"dtypes": ("float32",)}, {"params": narrow, "shapes": None}):
        report = _judge(_widening, optim.SGD, **asked)
        assert report.verdict == "structure", report
        assert report.tally.checks, "the values are judged all the same"
    report = _judge(lambda lr: _widening(1.001 * lr), optim.SGD, dtypes=("float32",))
    assert {f.verdict for f in report.findings} == {"structure", "mismatch"}


def test_only_the_precisions_of_what_came_are_judged() -> None:
    report = _judge(RIGHT, optim.SGD, params={"weight": np.ones(3)}, shapes=None)
    assert set(report.tally.worst) == {"float64"}


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch itself, at its first jvp
def test_forward_mode_over_reverse_gets_noise() -> None:
    """Forward mode makes zeros without memory: noise drawn for them ends the process."""

    def curvature(x: torch.Tensor) -> torch.Tensor:
        gradient = torch.func.grad(lambda w: (torch.tanh(2 * w) ** 2).sum())
        product: torch.Tensor = torch.func.jvp(gradient, (x,), (torch.ones_like(x),))[1]
        return product

    x = torch.linspace(0.1, 0.9, 5, dtype=torch.float64)
    exact = curvature(x)
    with TorchShadow(1e-6, 0.0, 0):
        noisy = curvature(x)
    change = (noisy - exact).abs().max()
    assert 0 < float(change) < 1e-3 * float(exact.abs().max())
