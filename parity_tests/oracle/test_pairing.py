"""State under other names: paired on a run of its own and judged on others; what is not paired is never judged."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError

ADAM = {"lr": 0.01, "eps": 1e-3}
Change = Callable[..., tuple[Any, ...]]


def _adam(kept: Change = lambda t, m, v: (t, m, v), read: Change = lambda *state: state) -> Any:
    """Return Adam with a state that `kept` makes of the step, of both moments, and that `read` makes these of."""

    def step(p: Any, g: Any, state: Any, lr: float, eps: float) -> Any:
        t, m, v = read(*state)
        t, m, v = t + 1, 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return p - lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + eps), kept(t, m, v)

    return SimpleNamespace(init=lambda p: kept(0, np.zeros_like(p), np.zeros_like(p)), step=step)


def _judge(optimizer: Any, twin: Any = torch.optim.Adam, **changed: Any) -> gradtwin.Report:
    how: dict[str, Any] = {"options": ADAM, "shapes": {"w": (2, 3), "b": ()}, "steps": 12, "dtypes": ("float64",)}
    return gradtwin.check_optimizer(optimizer, twin=twin, **{**how, **changed})


def test_the_pairs_are_listed_and_judged_in_lockstep() -> None:
    report = _judge(_adam())
    assert report.ok, report
    assert "state paired: state[0] with step, state[1] with exp_avg, state[2] with exp_avg_sq" in report.notes
    names = _judge(_adam(), state_names={"state[0]": "step", "state[1]": "exp_avg", "state[2]": "exp_avg_sq"})
    assert names.ok, names
    assert names.notes == ()
    assert names.tally.checks == report.tally.checks


def test_a_place_that_is_named_is_judged_whatever_it_holds() -> None:
    named = {"state[1]": "exp_avg_sq", "state[2]": "exp_avg"}
    report = _judge(_adam(), state_names=named)
    assert report.verdict == "mismatch", report
    assert report.findings[0].quantity.startswith("exp_avg")
    with pytest.raises(UsageError, match=r"state_names to be one of state\[0\].*got 'm'"):
        _judge(_adam(), state_names={"m": "exp_avg"})
    with pytest.raises(UsageError, match=r"state_names\['state\[1\]'\] to be one of exp_avg, exp_avg_sq"):
        _judge(_adam(), state_names={"state[1]": "exp_average"})


def test_what_resembles_nothing_is_listed_and_hides_nothing() -> None:
    """The first moment is kept without its factor of 0.1."""
    scaled = _adam(lambda t, m, v: (t, m / 0.1, v), lambda t, m, v: (t, 0.1 * m, v))
    report = _judge(scaled)
    assert report.ok, report
    assert any("lockstep not possible: state[1] cannot be taken from the twin" in note for note in report.notes)
    assert any("not judged: state[1] of the suspect's state, exp_avg of the twin's" in note for note in report.notes)
    wrong = _judge(_adam(lambda t, m, v: (t, m / 0.1, v), lambda t, m, v: (t, 0.1 * m, 1.001 * v)))
    assert wrong.verdict == "mismatch", wrong
    assert str(wrong.findings[0].quantity) in ("w", "b", "exp_avg_sq of w")


def test_state_that_goes_wrong_only_behind_the_first_run_is_refused() -> None:
    late = _adam(lambda t, m, v: (t, m * (1 + 1e-6 * (t == 10)), v))
    report = _judge(late)
    assert report.verdict == "mismatch", report
    assert (report.findings[0].quantity, report.findings[0].step) == ("exp_avg of w", 9)


def test_what_never_changes_is_paired_with_nothing_and_stays() -> None:
    report = _judge(_adam(lambda t, m, v: (t, m, v, np.zeros(3), 0.5), lambda t, m, v, zeros, half: (t, m, v)))
    assert report.ok, report
    assert "state[3]" not in str(report)
    assert report.tally.steps > 12


def test_quantities_that_are_mostly_equal_are_told_apart() -> None:
    """The largest second moment is that moment itself for as long as gradients grow."""

    def step(p: Any, g: Any, state: Any, lr: float, eps: float, amsgrad: bool) -> Any:
        t, m, most, v = state["t"] + 1, 0.9 * state["m"] + 0.1 * g, state["most"], 0.999 * state["v"] + 0.001 * g * g
        most = np.maximum(most, v)
        p = p - lr * m / (1 - 0.9**t) / (np.sqrt(most / (1 - 0.999**t)) + eps)
        return p, {"t": t, "m": m, "most": most, "v": v}

    def init(p: Any) -> Any:
        return {"t": 0, "m": np.zeros_like(p), "most": np.zeros_like(p), "v": np.zeros_like(p)}

    report = _judge(SimpleNamespace(init=init, step=step), options={**ADAM, "amsgrad": True})
    assert report.ok, report
    assert any("m with exp_avg, most with max_exp_avg_sq, t with step, v with exp_avg_sq" in n for n in report.notes)


def test_a_twin_quantity_that_the_suspect_needs_not_is_no_fault() -> None:
    def step(p: Any, g: Any, total: Any, lr: float = 0.01, eps: float = 1e-10) -> Any:
        total = total + g * g
        return p - lr * g / (np.sqrt(total) + eps), total

    adagrad = SimpleNamespace(init=np.zeros_like, step=step)
    report = _judge(adagrad, torch.optim.Adagrad, options={})
    assert report.ok, report
    assert "state paired: state with sum" in report.notes
    assert any("not judged: step of the twin's" in note for note in report.notes)


def test_a_count_from_another_beginning_is_judged_running_free_alone() -> None:
    report = _judge(_adam(lambda t, m, v: (t + 1, m, v), lambda t, m, v: (t - 1, m, v)))
    assert report.ok, report
    assert any("lockstep not possible: state[0]" in note for note in report.notes)


def test_state_of_torchs_that_has_other_names_is_paired_too() -> None:
    class Adagrad(torch.optim.Optimizer):
        factor = 1.0

        def __init__(self, params: Any, lr: float = 0.01, eps: float = 1e-10) -> None:
            super().__init__(params, {"lr": lr, "eps": eps})

        @torch.no_grad()
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                for p in group["params"]:
                    state = self.state[p]
                    state["total"] = state.get("total", 0) + self.factor * p.grad**2
                    p -= group["lr"] * p.grad / (state["total"].sqrt() + group["eps"])

    report = _judge(Adagrad, torch.optim.Adagrad, options={})
    assert report.ok, report
    assert "state paired: total with sum" in report.notes
    wrong = _judge(type("Adagrad", (Adagrad,), {"factor": 1.001}), torch.optim.Adagrad, options={})
    assert wrong.verdict == "mismatch", wrong


@pytest.mark.parametrize("kept", [np.float64, np.float16])
def test_state_may_be_wider_than_what_was_asked_for_and_not_narrower(kept: Any) -> None:
    def cast(t: int, m: Any, v: Any) -> tuple[Any, ...]:
        return t, m.astype(kept), v.astype(kept)

    adam = _adam(cast)

    def step(p: Any, g: Any, state: Any, **options: Any) -> Any:
        after, state = adam.step(p, g.astype(np.float64), state, **options)
        return after.astype(np.float32), state

    named = {"state[0]": "step", "state[1]": "exp_avg", "state[2]": "exp_avg_sq"}
    report = _judge(SimpleNamespace(init=adam.init, step=step), dtypes=("float32",), state_names=named)
    assert report.ok == (kept is np.float64), report
    assert any("exp_avg of w has dtype float64 where float32 came in" in note for note in report.notes) == report.ok
