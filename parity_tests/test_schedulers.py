"""What holds of the schedules whatever torch does: where they begin and end, their periods and their limits."""

import importlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradtwin.rows import Scheduler
from parity_tests.pairs.schedulers import METRICS
from parity_tests.rows import PAIRS
from scratch.schedulers import (
    chained_scheduler,
    cosine_annealing_lr,
    cosine_annealing_warm_restarts,
    cyclic_lr,
    exponential_lr,
    linear_lr,
    one_cycle_lr,
    polynomial_lr,
    reduce_lr_on_plateau,
    sequential_lr,
)

rates = st.sampled_from([0.5, 0.25, 2.0])
lengths = st.integers(2, 40)


@pytest.mark.parametrize("row", [row for row in PAIRS if isinstance(row, Scheduler)], ids=lambda r: r.name)
def test_no_rate_is_ever_negative(row: Scheduler) -> None:
    module = importlib.import_module(row.suspect)
    if row.metrics is not None:
        return _plateau_falls_only(row, row.metrics)
    for case in row.cases:
        given = {"base_lr": 0.1, **case.options}
        assert min(module.lr(t, **given) for t in range(row.steps + 1)) >= 0


def _plateau_falls_only(row: Scheduler, metrics: Sequence[float]) -> None:
    for case in row.cases:
        lr, state = 0.1, reduce_lr_on_plateau.init(base_lr=0.1, **case.options)
        for metric in metrics:
            before = lr
            lr, state = reduce_lr_on_plateau.step(state, metric, base_lr=0.1, **case.options)
            assert case.options.get("min_lr", 0) <= lr <= before
            assert state.lr == lr


@given(rates, lengths)
def test_begin_and_end(base: float, n: int) -> None:
    assert exponential_lr.lr(0, base_lr=base, gamma=0.9) == base
    assert polynomial_lr.lr(0, base_lr=base, total_iters=n) == base
    assert polynomial_lr.lr(n, base_lr=base, total_iters=n) == polynomial_lr.lr(2 * n, base_lr=base, total_iters=n) == 0
    assert linear_lr.lr(0, base_lr=base, start_factor=0.25, total_iters=n) == base / 4
    assert linear_lr.lr(n + 1, base_lr=base, start_factor=0.25, total_iters=n) == base
    assert cosine_annealing_lr.lr(0, base_lr=base, T_max=n) == base
    assert cosine_annealing_lr.lr(n, base_lr=base, T_max=n, eta_min=0.125) == 0.125


@given(rates, lengths, st.integers(0, 200))
def test_periods(base: float, n: int, t: int) -> None:
    restarts = {"base_lr": base, "T_0": n}
    assert cosine_annealing_warm_restarts.lr(t, **restarts) == cosine_annealing_warm_restarts.lr(t + n, **restarts)
    assert cosine_annealing_warm_restarts.lr(n * t, **restarts) == base
    assert cosine_annealing_warm_restarts.lr(3 * n, **restarts, T_mult=2) == base
    assert base <= cyclic_lr.lr(t, base_lr=base, max_lr=4 * base, step_size_up=n) <= 4 * base


@given(lengths)
def test_one_cycle_has_its_peak_where_it_should(n: int) -> None:
    factors = {"div_factor": 32.0, "final_div_factor": 1024.0, "base_momentum": 0.5, "max_momentum": 0.75}
    options: dict[str, Any] = {"base_lr": 0.1, "max_lr": 1.0, "total_steps": 4 * n, "pct_start": 0.5, **factors}
    curve = [one_cycle_lr.lr(t, **options) for t in range(4 * n)]
    assert max(curve) == curve[2 * n - 1] == 1.0
    assert curve[0] == 1 / 32
    assert curve[-1] == min(curve) == 1 / 32 / 1024
    momenta = [one_cycle_lr.momentum(t, **options) for t in range(4 * n)]
    assert min(momenta) == momenta[2 * n - 1] == 0.5
    with pytest.raises(ValueError, match="below the number of steps"):
        one_cycle_lr.lr(4 * n, **options)


def test_schedules_within_schedules() -> None:
    def half(step: int, *, base_lr: float) -> float:
        return base_lr / 2

    def counted(step: int, *, base_lr: float) -> float:
        return base_lr * (1 + step)

    chain: dict[str, Any] = {"base_lr": 1.0, "schedulers": [half, counted], "milestones": [3]}
    assert [sequential_lr.lr(t, **chain) for t in range(6)] == [0.5, 0.5, 0.5, 1.0, 2.0, 3.0]
    assert [chained_scheduler.lr(t, base_lr=2.0, schedulers=[half, counted]) for t in range(3)] == [1.0, 2.0, 3.0]


def test_a_plateau_is_handed_over_in_the_middle() -> None:
    options: dict[str, Any] = {"base_lr": 0.1, "patience": 1, "cooldown": 1}
    states = [reduce_lr_on_plateau.init(**options)]
    for metric in METRICS:
        states.append(reduce_lr_on_plateau.step(states[-1], metric, **options)[1])
    again = type(states[7])(**states[7]._asdict())
    for metric in METRICS[7:]:
        again = reduce_lr_on_plateau.step(again, metric, **options)[1]
    assert again == states[-1]
