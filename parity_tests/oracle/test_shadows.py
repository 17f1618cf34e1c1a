"""Shadow runs of a training that share a pass: without noise they are the twin, with noise they spread as if alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gradtwin.core import stack
from gradtwin.core.bound import K, Precision, precision
from gradtwin.core.key import Key, gradient_of, parameter
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.core.truth import Expectation, ratios
from gradtwin.project.modules import load
from gradtwin.rows import Optimizer
from gradtwin.training import shadows
from gradtwin.training.gradients import Gradients, in_one_pass, stackable
from gradtwin.training.method import StepOptions
from gradtwin.training.shadows import Shadows, Sharing, stacked
from gradtwin.training.snapshot import Batch, Snapshot, parameters, rounded
from gradtwin.training.step import spreads
from gradtwin.training.suspect import is_coupled
from gradtwin.training.twin import Numerics, Twin, TwinSetup
from gradtwin.training.vectors import elementwise, stepping_alike
from parity_tests.pairs.problems import quadratic
from parity_tests.rows import PAIRS

Array = NDArray[Any]
FLOAT32, FLOAT64 = precision("float32"), precision("float64")
QUIET = replace(FLOAT64, unit=0.0, eta=0.0)
"""A precision that does not round."""
STEPS = 4
IN_A_ROW, TOGETHER = 24, 96
APART = 1.5
"""How far two measured spreads of one array may be apart: with 24 runs, that of a single number is known to 15 %.

Measured over all optimizers: 0.85 to 1.3."""
DENSE = [row for row in PAIRS if isinstance(row, Optimizer) and row.name != "optimizers.sparseadam"]
COUPLING = {"optimizers.adafactor", "optimizers.lbfgs", "optimizers.muon"}
"""What reduces over a parameter, or over all."""


@dataclass(frozen=True)
class _Steps:
    """What torch runs, and the starts of a few steps in lockstep."""

    setup: TwinSetup
    batches: list[Batch]

    @property
    def groups(self) -> Any:
        return stepping_alike(self.setup, self.batches)

    def afters(self) -> tuple[list[Snapshot], list[Snapshot]]:
        """Return where every step starts, and what the twin has after it."""
        twin = Twin(self.setup, Numerics())
        starts: list[Snapshot] = [parameters({n: np.asarray(x, np.float64) for n, x in self.setup.params.items()})]
        afters: list[Snapshot] = []
        for batch in self.batches:
            twin.load(starts[-1])
            afters.append(twin.step(batch))
            starts.append(rounded(afters[-1], FLOAT64))
        return starts[:-1], afters

    def shadows(self, sharing: Sharing, runs: int, p: Precision, seed: int = 0) -> list[Snapshot]:
        """Return what the runs have after every step."""
        starts, _ = self.afters()
        return list(Shadows(self.setup, sharing, runs, p, seed).steps_from(starts, self.batches, 0))


def _with_loss(row: Optimizer, **options: Any) -> _Steps:
    """Return steps of an optimizer on a quadratic of seven variables."""
    problem = quadratic(0)
    rng = np.random.default_rng(0)
    params = {"wide": rng.standard_normal((2, 3)), "one": rng.standard_normal((1, 1))}
    coupled = is_coupled(load(row.suspect, "step", row.name, "suspect"))
    optimizer = load(row.twin, "optimizer", row.name, "twin")
    setup = TwinSetup(problem["twin"], optimizer, StepOptions({**row.cases[0].options, **options}), params, coupled)
    return _Steps(setup, problem["batches"][:STEPS])


def _given(absent: bool = False, **options: Any) -> _Steps:
    """Return steps of Adam along given gradients, some of them absent, one parameter with options of its own."""
    rng = np.random.default_rng(1)
    params = {"W": rng.standard_normal((3, 2)), "b": rng.standard_normal(3), "c": rng.standard_normal(())}
    arrays = params.values()
    batches: list[Batch] = [
        tuple(None if absent and (t + i) % 3 == 0 else rng.standard_normal(x.shape) for i, x in enumerate(arrays))
        for t in range(STEPS)
    ]
    return _Steps(TwinSetup(None, torch.optim.Adam, StepOptions({"lr": 0.1}, **options), params), batches)


def _shared(steps: _Steps) -> Sharing:
    return Sharing.of(steps.setup, steps.batches, FLOAT32, seed=0)


def _widths(runs: list[Snapshot]) -> dict[tuple[int, Key], Array]:
    """Return by step and quantity how far runs lie from each other, elementwise: the root of the mean square."""
    arrays = {(t, key): x for t, snapshot in enumerate(runs) for key, x in snapshot.items()}
    # What torch keeps as one number for a whole vector gets noise once for all runs, as much as the bound has anyway.
    own = {place: x for place, x in arrays.items() if place[1].role != "state" or x.ndim > 1}
    return {place: np.std(x, axis=0, dtype=np.float64) for place, x in own.items()}


def _ratios(mine: list[Snapshot], other: list[Snapshot]) -> dict[str, float]:
    """Return by quantity how much further runs lie apart than others, as a mean over steps and elements."""
    wide, narrow = _widths(mine), _widths(other)
    logs: dict[str, list[float]] = {}
    for t, key in wide.keys() & narrow.keys():
        a, b = wide[t, key], narrow[t, key]
        if np.any((a == 0) != (b == 0)):
            return {str(key): np.inf}
        logs.setdefault(str(key), []).extend(np.log(a[a > 0] / b[a > 0]).ravel())
    return {name: float(np.exp(np.mean(values))) for name, values in logs.items() if values}


@pytest.mark.parametrize("row", DENSE, ids=lambda r: r.name)
def test_an_optimizer_is_shared_where_it_treats_every_element_alone(row: Optimizer) -> None:
    steps = _with_loss(row)
    assert elementwise(steps.setup, steps.groups) == (row.name not in COUPLING)
    assert _shared(steps).lanes == (row.name == "optimizers.muon")
    assert _shared(steps).loss


@pytest.mark.slow
@pytest.mark.parametrize("row", DENSE, ids=lambda r: r.name)
def test_both_ways_spread_alike(row: Optimizer) -> None:
    steps = _with_loss(row)
    together = steps.shadows(_shared(steps), TOGETHER if _shared(steps).groups else IN_A_ROW, FLOAT32)
    alone = steps.shadows(Sharing(loss=False), IN_A_ROW, FLOAT32, seed=1)
    found = _ratios(together, alone)
    assert {"loss", "wide", "gradient of one"} <= set(found)
    assert all(1 / APART < ratio < APART for ratio in found.values()), found


def test_a_way_that_spreads_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = (row for row in DENSE if row.name == "optimizers.adam")
    steps = _with_loss(row)
    alone = steps.shadows(Sharing(loss=False), IN_A_ROW, FLOAT32, seed=1)
    for factor in (2, 0.5):
        p = replace(FLOAT32, unit=factor * FLOAT32.unit)
        found = _ratios(steps.shadows(_shared(steps), TOGETHER, p), alone)
        assert not all(1 / APART < ratio < APART for ratio in found.values())

    def of_one_run(loss: Any, params: Any, batch: Any, shadow: Any) -> Gradients:
        each = in_one_pass(loss, params, batch, shadow)
        assert each.loss is not None
        return Gradients(each.loss[:1].expand_as(each.loss), [g[:1].expand_as(g) for g in each.grads])

    monkeypatch.setattr(shadows, "in_one_pass", of_one_run)
    found = _ratios(steps.shadows(_shared(steps), TOGETHER, FLOAT32), alone)
    assert not all(1 / APART < ratio < APART for ratio in found.values())


def _check_quiet(steps: _Steps, sharing: Sharing) -> None:
    """Assert that runs without noise are the twin, but for the rounding of float64."""
    _, afters = steps.afters()
    noisy = steps.shadows(Sharing(loss=False), IN_A_ROW, FLOAT64)
    _check_afters(afters, steps.shadows(sharing, 2, QUIET), noisy)


def _check_afters(afters: list[Snapshot], quiets: list[Snapshot], noisy: list[Snapshot]) -> None:
    for after, quiet, runs in zip(afters, quiets, noisy, strict=True):
        spread = spreads(after, runs)
        assert {key for key in quiet if key.role != "gradient"} == {key for key in after if key.role != "gradient"}
        for key, x in quiet.items():
            e = Expectation(after[key].astype(np.float64), spread[key], after[key], FLOAT64, exact=key.is_counter)
            assert all(np.all(ratios(run, e) <= 1) for run in x), key


@pytest.mark.parametrize("row", DENSE, ids=lambda r: r.name)
def test_steps_without_noise_are_those_of_the_twin(row: Optimizer) -> None:
    steps = _with_loss(row)
    _check_quiet(steps, _shared(steps))


def _scheduled() -> dict[str, Any]:
    return {"schedule": [{name: {"lr": 0.1 + 0.05 * t} for name in "Wbc"} for t in range(STEPS)]}


@pytest.mark.parametrize(
    ("absent", "changes", "groups"),
    [
        (False, {}, (("W", "b", "c"),)),
        (False, {"group_options": {"b": {"lr": 0.3}}}, (("W", "c"), ("b",))),
        (False, _scheduled(), (("W", "b", "c"),)),
        (True, {}, (("W",), ("b",), ("c",))),
    ],
    ids=["alike", "own options", "scheduled", "absent gradients"],
)
def test_parameters_that_step_alike_are_one_vector(absent: bool, changes: Any, groups: Any) -> None:
    steps = _given(absent, **changes)
    assert _shared(steps).groups == groups
    _check_quiet(steps, _shared(steps))


def test_a_free_run_without_noise_is_that_of_the_twin() -> None:
    steps = _given()
    twin, runs = Twin(steps.setup, Numerics()), []
    for sharing, count, p in ((_shared(steps), 2, QUIET), (Sharing(loss=True), IN_A_ROW, FLOAT64)):
        own = Shadows(steps.setup, sharing, count, p, seed=0)
        own.load(steps.afters()[0][0], 0)
        runs.append([own.step(batch) for batch in steps.batches])
    _check_afters([twin.step(batch) for batch in steps.batches], *runs)


class _Clipped(torch.optim.SGD):
    """SGD along a gradient that is scaled by the length of all, or barely so."""

    share: Any = 1.0

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        grads = [p.grad for group in self.param_groups for p in group["params"] if p.grad is not None]
        size = torch.stack([g.square().sum() for g in grads]).sum().sqrt()
        for g in grads:
            g.mul_(1 + self.share * (1 / size - 1))
        return super().step(closure)


class _BarelyClipped(_Clipped):
    """The same where it hardly shows."""

    share: Any = 1e-12


class _ClippedOtherwise(_Clipped):
    """The same, but not on a stack."""

    def step(self, closure: Any = None) -> Any:
        g = self.param_groups[0]["params"][0].grad
        g.mul_(1 + 1e-3 * torch._C._functorch.is_batchedtensor(g))
        return super().step(closure)


class _ClippedByATensor(_Clipped):
    """The same, to a size that is computed anew: noise is drawn there once for all runs."""

    def step(self, closure: Any = None) -> Any:
        self.share = torch.tensor(0.7).exp() / 3
        return super().step(closure)


class _ClippedByANumber(_Clipped):
    """The same, with a size that is asked for: it is another one in every run."""

    def step(self, closure: Any = None) -> Any:
        self.share = self.param_groups[0]["params"][0].grad.sum().tanh().item()
        return super().step(closure)


@pytest.mark.parametrize(
    ("optimizer", "lanes"),
    [(_Clipped, True), (_ClippedOtherwise, False), (_ClippedByATensor, False), (_ClippedByANumber, False)],
    ids=["alone", "otherwise on a stack", "noise once for all", "asks for a number"],
)
def test_an_optimizer_that_couples_elements_takes_all_steps_at_once_where_it_can(optimizer: Any, lanes: bool) -> None:
    steps = _given()
    steps = replace(steps, setup=replace(steps.setup, optimizer=optimizer))
    assert _shared(steps) == Sharing(loss=True, groups=(), lanes=lanes)
    _check_quiet(steps, _shared(steps))


def test_lanes_are_resumed_and_leave_alone_what_has_no_gradient() -> None:
    steps = _given(absent=True)
    steps = replace(steps, setup=replace(steps.setup, optimizer=_Clipped, options=StepOptions({"momentum": 0.5})))
    _check_quiet(steps, Sharing(loss=True, lanes=True))
    starts, afters = steps.afters()
    noisy = steps.shadows(Sharing(loss=False), IN_A_ROW, FLOAT64)
    for through_state_dict in (False, True):
        quiet = Shadows(steps.setup, Sharing(loss=True, lanes=True), 2, QUIET, seed=0)
        quiet.load(starts[2], 2, through_state_dict=through_state_dict)
        _check_afters(afters[2:3], [quiet.step(steps.batches[2])], noisy[2:3])


@pytest.mark.parametrize("optimizer", [_Clipped, _BarelyClipped])
def test_an_optimizer_that_couples_elements_is_not_shared(optimizer: Any) -> None:
    steps = _given()
    setup = replace(steps.setup, optimizer=optimizer)
    assert not elementwise(setup, steps.groups)
    assert elementwise(replace(setup, optimizer=torch.optim.SGD), steps.groups)


SCALE = torch.tensor([1.5], dtype=torch.float64)


def _asks(params: Any, x: Any) -> Any:
    return (params[0] * x).sum() if params[0].sum() > -100 else params[0].sum()


def _otherwise_on_a_stack(params: Any, x: Any) -> Any:
    batched: bool = torch._C._functorch.is_batchedtensor(params[0])
    return (params[0] * x).sum() * (2.5 if batched else 1.0)


def _with_a_tensor_of_its_own(params: Any, x: Any) -> Any:
    return (params[0] * x * (SCALE * 1.1)).sum()


@pytest.mark.parametrize(
    ("loss", "shared"),
    [
        (lambda params, x: (params[0] * x).sum(), True),
        (_asks, False),
        (_otherwise_on_a_stack, False),
        (_with_a_tensor_of_its_own, False),
    ],
    ids=["alone", "asks for a number", "otherwise on a stack", "noise once for all"],
)
def test_a_loss_is_shared_where_it_is_on_a_stack_what_it_is_alone(loss: Any, shared: bool) -> None:
    params, batch = ([torch.linspace(0.1, 0.7, 5, dtype=torch.float64)] for _ in range(2))
    shadow = TorchShadow(K * FLOAT32.unit, K * FLOAT32.eta, 0, stack=True)
    assert stackable(loss, params, batch, shadow, FLOAT32) == shared


@pytest.mark.parametrize(
    ("network", "gates"), [(torch.lstm, 4), (torch.gru, 3), (torch.rnn_tanh, 1), (torch.rnn_relu, 1)]
)
def test_a_recurrent_network_is_shared(network: Any, gates: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def loss(params: Any, x: Any) -> Any:
        start = x.new_zeros(1, x.shape[1], 2)
        states = (start, start) if network is torch.lstm else start
        return network(x, states, params, True, 1, 0.0, False, False, False)[0].square().sum()

    generator = torch.Generator().manual_seed(0)
    shapes = ((2 * gates, 3), (2 * gates, 2), (2 * gates,), (2 * gates,))
    params = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]
    batch = [torch.randn((4, 2, 3), dtype=torch.float64, generator=generator)]

    def shared() -> bool:
        shadow = TorchShadow(K * FLOAT64.unit, K * FLOAT64.eta, 0, stack=True)
        return stackable(loss, params, batch, shadow, FLOAT64)

    assert shared()
    monkeypatch.setattr(stack, "WITHOUT_RULE", {})
    assert not shared()


def test_runs_that_disagree_about_a_shape_leave_it_out() -> None:
    history, weight = Key("old_dirs", "all parameters"), parameter("weight")
    both = {weight: np.zeros(2), gradient_of("weight"): np.ones(2)}
    runs = stacked([{history: np.zeros((n, 3)), **both} for n in (1, 2)])
    assert {key: x.shape for key, x in runs.items()} == {weight: (2, 2), gradient_of("weight"): (2, 2)}
