"""The hunt: mistakes that the inputs at hand do not show are found, and right code is left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import gradtwin
from gradtwin.core.bound import HUNT_SECONDS
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.hunt.contract import contract
from gradtwin.hunt.ground import KINDS, Ground
from gradtwin.hunt.plan import plan
from gradtwin.hunt.sizes import sizes
from gradtwin.ops.example import Example
from gradtwin.ops.inputs import Inputs
from parity_tests.oracle.hunted import LIMITED, OMITTED, RIGHT, WRONG, Row
from scratch.losses import ctc_loss, multilabel_margin_loss

CASES = [(kind, name) for kind in WRONG for name in WRONG[kind]]


def check(row: Row, effort: str = "normal", **arguments: Any) -> Report:
    return gradtwin.check(
        row.forward,
        row.backward,
        twin=row.twin,
        options=row.options,
        effort=effort,
        **{"inputs": row.inputs, **arguments},
    )


def again(row: Row, example: str) -> Report:
    """Run a call as it is printed."""
    sides = {"forward": row.forward, "backward": row.backward, "twin": row.twin}
    named = {getattr(code, "__name__", ""): code for code in sides.values()}
    report = eval(example, {"np": np, "torch": torch, "gradtwin": gradtwin, **named, **sides})
    assert isinstance(report, Report)
    return report


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_mistake_that_the_inputs_at_hand_do_not_show_is_found_by_what_is_varied(kind: str, name: str) -> None:
    assert check(WRONG[kind][name], "none").ok
    report = check(WRONG[kind][name])
    assert not report.ok, report
    assert report.tried[kind]
    for finding in report.findings:
        # Cotangents are drawn by the check itself, and no argument of it.
        if finding.example is not None and kind != "cotangents":
            assert not again(WRONG[kind][name], finding.example).ok, finding


@pytest.mark.parametrize(
    "dtype", ["float64", *(pytest.param(narrow, marks=pytest.mark.slow) for narrow in ("float32", "float16"))]
)
@pytest.mark.parametrize("name", RIGHT)
def test_right_code_matches_wherever_it_is_tried(name: str, dtype: str) -> None:
    report = check(RIGHT[name], dtypes=(dtype,))
    assert report.ok, report
    assert {"values", "sizes", "layouts", "cotangents"} <= set(report.tried)


@pytest.mark.parametrize("name", OMITTED)
def test_inputs_that_nobody_brings_are_those_that_the_twin_takes(name: str) -> None:
    right, wrong = OMITTED[name]
    report = check(right, inputs=None)
    assert report.ok, report
    assert not check(wrong, inputs=None).ok


@pytest.mark.parametrize("name", LIMITED)
def test_what_nobody_claims_is_a_limit(name: str) -> None:
    row, words = LIMITED[name]
    report = check(row)
    assert report.ok, report
    assert any(words in limit for limit in report.limits), report
    assert not check(row, limits="refuse").ok


def test_a_twin_of_ones_own_tells_no_inputs() -> None:
    with pytest.raises(UsageError, match="beside a twin of your own"):
        gradtwin.check(np.tanh, twin=lambda x: torch.tanh(x))
    with pytest.raises(UsageError, match="which only a twin beside a function tells"):
        gradtwin.check(np.tanh)


def test_an_option_that_the_suspect_lacks_is_named() -> None:
    row = Row(lambda input: np.where(input > 0, input, np.expm1(input)), None, torch.nn.functional.elu)
    assert "not tried: alpha, which yours does not take" in check(row, "quick").notes


def test_what_the_effort_does_not_reach_is_said() -> None:
    report = check(RIGHT["softmax"], "quick")
    assert sum(report.tried.values()) < sum(check(RIGHT["softmax"], "normal").tried.values())
    assert any("more were not tried, since effort='quick' does not reach that far" in note for note in report.notes)
    with pytest.raises(UsageError, match="Expected effort to be one of none, quick, normal, deep; got 'more'"):
        check(RIGHT["softmax"], "more")


def test_a_mistake_is_shown_by_the_simplest_inputs() -> None:
    report = check(WRONG["options"]["one that the forward knows alone"])
    (finding,) = report.findings
    call = "gradtwin.check(_elu, backward, twin=torch.nn.functional.elu, inputs=[np.array([[0.0]])]"
    assert finding.example == f'{call}, options={{"alpha": 0.5}})'
    assert finding.total == 1


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (np.array([[1, -0.0]], np.float32), "np.array([[1.0, -0.0]], np.float32)"),
        (np.arange(4).reshape(2, 2).T, "np.asfortranarray(np.array([[0, 2], [1, 3]]))"),
        (np.arange(3.0)[::-1], "np.array([0.0, 1.0, 2.0])[::-1]"),
        (np.arange(6.0).reshape(3, 2)[:, ::2], "np.repeat(np.array([[0.0], [2.0], [4.0]]), 2, -1)[..., ::2]"),
        (np.array([np.inf]), None),
        (np.zeros(1000), None),
        (np.broadcast_to(np.zeros(2), (3, 2)), None),
    ],
)
def test_inputs_are_written_so_that_they_can_be_read(x: Any, text: str | None) -> None:
    example = Example(np.tanh, None, torch.tanh, [x])
    call = example(Inputs((x,), ("x",), (True,), {}))
    assert call == (text and f"gradtwin.check(tanh, twin=torch.tanh, inputs=[{text}])")
    if text is not None:
        read = eval(text, {"np": np})
        assert (read.tobytes(), read.dtype, read.strides) == (x.tobytes(), x.dtype, x.strides)


def test_the_clock_cuts_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HUNT_SECONDS, "normal", -1)
    report = check(RIGHT["softmax"])
    assert report.ok
    assert not report.tried
    assert any("more were not tried, since effort='normal' ends after -1 s" in note for note in report.notes)


def test_zeros_of_either_sign_come_of_a_difference() -> None:
    row = Row(lambda x: -(x.mean(0) - x), None, lambda x: x - x.mean(0))
    assert check(row, signed_zeros="outputs").ok


def test_labels_and_sizes_that_torch_does_not_check_are_not_tried() -> None:
    rng = np.random.default_rng(0)
    log_probs = np.log(rng.dirichlet(np.ones(4), (7, 1)))
    inputs = [log_probs, np.array([[1, 2]]), np.array([7]), np.array([2])]
    report = gradtwin.check(ctc_loss.forward, ctc_loss.backward, twin=F.ctc_loss, inputs=inputs, effort="normal")
    assert report.ok, report
    assert {"values", "layouts", "cotangents"} == set(report.tried)
    assert any("which torch's ctc_loss does not check" in note for note in report.notes)


@pytest.mark.slow
def test_a_twin_that_adds_up_many_numbers_one_by_one_accuses_nobody() -> None:
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((6, 5)), rng.integers(0, 5, (6, 5))]
    loss = multilabel_margin_loss
    report = gradtwin.check(loss.forward, loss.backward, twin=F.multilabel_margin_loss, inputs=inputs, effort="normal")
    assert report.ok, report


def test_the_same_seed_tries_the_same_inputs() -> None:
    ground = Ground((np.arange(6.0).reshape(2, 3) - 2.5,), ("x",), (True,), {}, seed=3)
    first, second = ([(v.words, [x.tobytes() for x in v.arrays]) for v in plan(ground)] for _ in range(2))
    assert first == second
    assert {v.kind for v in plan(ground)} == set(KINDS) - {"options"}


def test_axes_that_are_equal_stay_equal_but_those_of_one_array() -> None:
    arrays = (np.ones((3, 2)), np.ones((2, 5)))
    for variation in sizes(Ground(arrays, ("a", "b"), (True, True), {})):
        a, b = (x.shape for x in variation.arrays)
        assert len(a) != 2 or a[1] == b[0]
    square = Ground((np.ones((3, 3)),), ("a",), (True,), {})
    assert (4, 3) in [v.arrays[0].shape for v in sizes(square)]


@pytest.mark.parametrize(
    ("x", "numbers", "kept"),
    [
        ([0.2, 0.5, 0.9, 0.4], [-4.0, 2.0, 1.0, 0.5], [0.5, 0.5, 0.25, 0.125]),
        ([0.2, 1.0, 0.9, 0.4], [-4.0, 2.0, 1.0, 0.5], [1.0, 0.5, 0.25, 0.125]),
        (0.25, 0.0, 0.5),
        (0.25, -2.0, -2.0),
        ([1.5, 2.0, 3.0, 0.5], [-4.0, 0.0, 1.0, 0.5], [4.0, 1.0, 1.0, 0.5]),
        ([-1.5, -2.0, 0.0, -1.0], [4.0, 0.0, -1.0, 0.5], [-4.0, 0.0, -1.0, -0.5]),
        ([-1.0, 0.0, 2.0, 3.0], [4.0, 0.0, -1.0, 0.5], [-1.0, 0.0, 0.5, 4.0]),
        ([[0.25, 0.75], [0.5, 0.5]], [[1.0, -3.0], [0.0, 0.0]], [[0.25, 0.75], [0.5, 0.5]]),
        ([[1.0, 2.0], [2.0, -1.0]], [[1.0, 5.0], [3.0, 4.0]], [[1.0, 5.0], [5.0, 4.0]]),
    ],
)
def test_what_all_elements_have_in_common_is_kept(x: Any, numbers: Any, kept: Any) -> None:
    assert np.array_equal(contract(np.array(x))(np.array(numbers)), np.array(kept))


def test_shapes_that_a_kernel_of_torch_does_not_look_at_are_not_tried() -> None:
    rng = np.random.default_rng(0)
    query, key = rng.standard_normal((2, 3, 4, 4)), rng.standard_normal((2, 3, 5, 4))

    def attention(query: Any, key: Any, value: Any) -> Any:
        scores = query @ np.swapaxes(key, -1, -2) / query.dtype.type(np.sqrt(query.shape[-1]))
        e = np.exp(scores - scores.max(-1, keepdims=True, initial=-np.inf))
        return e / e.sum(-1, keepdims=True) @ value

    twin = torch.nn.functional.scaled_dot_product_attention
    report = gradtwin.check(attention, twin=twin, inputs=[query, key, key + 1], effort="normal")
    assert report.ok, report
