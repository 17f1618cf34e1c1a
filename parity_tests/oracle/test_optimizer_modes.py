"""Optimizers: groups, regimes, variants of torch, handovers, closures and schedulers, each with a mistake it shows."""

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.key import Key, parameter
from gradtwin.regimes import gradients_of
from gradtwin.training.shadows import stacked
from gradtwin.training.step import spreads
from parity_tests.pairs.problems import quadratic, rosenbrock
from scratch.optimizers import adam, lbfgs, sgd, sparseadam
from scratch.schedulers import exponential_lr

SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 4), "scale": ()}


def _judge(optimizer: Any, twin: Any, **arguments: Any) -> gradtwin.Report:
    defaults: dict[str, Any] = {"shapes": SHAPES, "steps": 8, "dtypes": ("float64",), "name": "modes"}
    return gradtwin.check_optimizer(optimizer, twin=twin, **{**defaults, **arguments})


def _wrapped(optimizer: Any, step: Any) -> Any:
    return SimpleNamespace(init=optimizer.init, step=step)


def test_an_option_of_a_group_of_its_own_is_seen() -> None:
    groups = {"options": {"lr": 0.1}, "own_options": {"scale": {"lr": 0.2}}}
    deaf = _wrapped(sgd, lambda p, g, s, lr: sgd.step(p, g, s, lr=0.1))
    assert _judge(sgd, torch.optim.SGD, **groups).verdict == "match"
    report = _judge(deaf, torch.optim.SGD, **groups)
    assert (report.verdict, report.findings[0].quantity, report.findings[0].step) == ("mismatch", "scale", 0)


def test_a_counter_that_stops_is_seen_at_a_late_time_only() -> None:
    def stopping(param: Any, grad: Any, state: Any, **options: Any) -> Any:
        after, new = adam.step(param, grad, state._replace(step=min(state.step, 1000)), **options)
        return after, new._replace(step=state.step + 1)

    wrong = _wrapped(adam, stopping)
    assert _judge(wrong, torch.optim.Adam).verdict == "match"
    assert _judge(adam, torch.optim.Adam, gradients="late").verdict == "match"
    report = _judge(wrong, torch.optim.Adam, gradients="late")
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "weight")


@pytest.mark.parametrize("regime", ["tiny", "huge", "zeros"])
def test_an_eps_that_is_off_is_seen_where_it_counts(regime: str) -> None:
    wrong = _wrapped(adam, lambda p, g, s, eps=1e-8: adam.step(p, g, s, eps=1.001 * eps))
    seen = _judge(wrong, torch.optim.Adam, gradients=regime).verdict
    assert seen == ("match" if regime == "huge" else "mismatch")


def test_a_parameter_without_a_gradient_is_left_alone() -> None:
    draw = gradients_of("absent", "float64")
    drawn = [draw(np.random.default_rng(0), t, shape) for t in range(3) for shape in SHAPES.values()]
    assert any(g is None for g in drawn)
    assert _judge(adam, torch.optim.Adam, gradients="absent", options={"weight_decay": 0.1}).verdict == "match"


class _Regressed(torch.optim.SGD):
    """SGD whose foreach implementation has another learning rate."""

    def __init__(self, params: Any, foreach: bool | None = None, lr: float = 1e-3) -> None:
        super().__init__(params, lr=1.000001 * lr if foreach else lr, foreach=foreach)


def test_a_regression_in_one_implementation_of_torch_shows_there() -> None:
    assert _judge(sgd, _Regressed, variant="for-loop").verdict == "match"
    report = _judge(sgd, _Regressed, variant="foreach")
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "weight")


def test_a_state_that_the_twin_cannot_go_on_from_is_seen() -> None:
    """The hidden average is right wherever the twin's is given, and wrong in what is handed to the twin."""

    def step(param: Any, grad: Any, state: Any, **options: Any) -> Any:
        given = state._replace(exp_avg=state.exp_avg - 1) if state.step > 0 else state
        after, new = adam.step(param, grad, given, **options)
        return after, new._replace(exp_avg=new.exp_avg + 1)

    report = _judge(_wrapped(adam, step), torch.optim.Adam)
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "exp_avg of weight")


def test_rows_without_a_gradient_stay_as_they_are() -> None:
    def restless(param: Any, grad: Any, state: Any) -> Any:
        after, new = sparseadam.step(param, grad, state)
        met = np.isin(np.arange(len(param)), grad[0])[:, np.newaxis]
        return np.where(met, after, after * (1 + 1e-14)), new

    rows: dict[str, Any] = {"shapes": {"table": (6, 2)}, "gradients": "rows"}
    assert _judge(sparseadam, torch.optim.SparseAdam, **rows).verdict == "match"
    assert _judge(_wrapped(sparseadam, restless), torch.optim.SparseAdam, **rows).verdict == "mismatch"


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "search"), [(quadratic, None), (rosenbrock, "strong_wolfe")])
def test_an_optimizer_with_a_closure_is_judged_with_all_its_state(problem: Any, search: str | None) -> None:
    setup = problem(0)
    setup["batches"] = setup["batches"][:4]
    options = {"max_iter": 3, "line_search_fn": search}

    def judge(optimizer: Any) -> gradtwin.Report:
        return gradtwin.check_training(
            optimizer=optimizer, twin_optimizer=torch.optim.LBFGS, options=options, dtypes=("float64",), **setup
        )

    def forgetful(params: Any, closure: Any, state: Any, **options: Any) -> Any:
        return lbfgs.step(params, closure, state._replace(old_dirs=None, old_stps=None, ro=None), **options)

    assert judge(lbfgs).verdict == "match"
    report = judge(_wrapped(lbfgs, forgetful))
    assert report.verdict in ("mismatch", "structure")
    assert report.findings[0].quantity.endswith("of all parameters")


def _scheduled(scheduler: Any, options: dict[str, Any], **arguments: Any) -> gradtwin.Report:
    return gradtwin.check_training(
        lambda params, x: (np.sum(params[0] * x), [x.copy()]),
        sgd,
        twin=lambda params, x: (params[0] * x).sum(),
        twin_optimizer=torch.optim.SGD,
        params={"weight": np.ones(3)},
        batches=[(np.array([1.0, 2.0, 3.0]),)] * 5,
        options=options,
        scheduler=scheduler,
        scheduler_options={"gamma": 0.9},
        dtypes=("float64",),
        **arguments,
    )


def test_a_scheduler_is_judged_by_its_own_curve() -> None:
    twin = torch.optim.lr_scheduler.ExponentialLR
    assert _scheduled(exponential_lr, {"lr": 0.1}, twin_scheduler=twin).verdict == "match"
    wrong = SimpleNamespace(lr=lambda step, *, base_lr, gamma: base_lr * gamma ** (step + 1))
    report = _scheduled(wrong, {"lr": 0.1}, twin_scheduler=twin)
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "lr")


@pytest.mark.parametrize(
    ("options", "arguments", "named"),
    [
        ({}, {"twin_scheduler": torch.optim.lr_scheduler.ExponentialLR}, "options"),
        ({"lr": 0.1}, {"twin_scheduler": None}, "twin_scheduler"),
        ({"lr": 0.1}, {"twin_scheduler": torch.optim.lr_scheduler.ExponentialLR, "variant": "forech"}, "variant"),
        ({"lr": 0.1}, {"own_options": {"weigth": {}}}, "own_options"),
    ],
)
def test_bad_input_is_named(options: dict[str, Any], arguments: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=f"^Expected {named} "):
        _scheduled(exponential_lr, options, **arguments)


def test_a_quantity_whose_shape_rounding_decides_is_not_compared() -> None:
    """One shadow run stopped a step earlier, so its history is shorter."""
    history, weight = Key("old_dirs", "all parameters"), parameter("weight")
    truth = {history: np.zeros((2, 3)), weight: np.zeros(3)}
    shadows = [{history: np.zeros((n, 3)), weight: np.full(3, 0.5)} for n in (2, 1)]
    assert list(spreads(truth, stacked(shadows))) == [weight]
    assert list(spreads(truth, {history: np.zeros((8, 1, 3)), weight: np.zeros((8, 3))})) == [weight]


class _Noting(torch.optim.SGD):
    """SGD that notes as many zeros as the gradient's sum has trailing bits: how many is up to rounding."""

    def __init__(self, params: Any, lr: float = 1e-3, steady: bool = False) -> None:
        super().__init__(params, lr=lr, foreach=False)
        self.steady = steady

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for p in self.param_groups[0]["params"]:
            bits = 0 if self.steady else int(np.float64(p.grad.sum().item()).view(np.int64)) % 64
            self.state[p]["notes"] = torch.zeros(1 + bits, dtype=p.dtype)
        return super().step(closure)


class _Noted(NamedTuple):
    """What was noted."""

    notes: Any


@pytest.mark.parametrize(("steady", "verdict"), [(True, "match"), (False, "inconclusive")])
def test_a_quantity_that_no_step_could_compare_proves_nothing(steady: bool, verdict: str) -> None:
    def init(param: Any, lr: float, steady: bool) -> _Noted:
        return _Noted(np.zeros(1, param.dtype))

    def step(param: Any, grad: Any, state: _Noted, lr: float, steady: bool) -> Any:
        return param - lr * grad, _Noted(np.zeros(1, param.dtype))

    report = _judge(SimpleNamespace(init=init, step=step), _Noting, options={"lr": 0.1, "steady": steady})
    assert report.verdict == verdict, report
    assert steady or {f.quantity for f in report.findings} >= {"notes of weight"}


def test_an_unknown_regime_is_named() -> None:
    with pytest.raises(UsageError, match=r"^Expected gradients to be one of"):
        _judge(sgd, torch.optim.SGD, gradients="typcal")
