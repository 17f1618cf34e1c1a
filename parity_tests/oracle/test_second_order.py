"""Second derivatives: a double backward that is right matches, one that lost something is refused and says what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.ops.double import second_order_limit
from gradtwin.ops.problem import Problem
from parity_tests.oracle import doubles as suspects

Array = NDArray[Any]
Tensor = torch.Tensor
BOTH = ("float64", "float32")


def _draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def _times_tanh(x: Tensor) -> Tensor:
    return x * torch.tanh(x)


def _layer_norm(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


def _logsumexp(x: Tensor) -> Tensor:
    return torch.logsumexp(x, -1)


def _polar(r: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
    return r * torch.cos(phi), r * torch.sin(phi)


def _cubes(table: Tensor, rows: Tensor, mask: Tensor) -> Tensor:
    return (table[rows] * mask) ** 3


X, A, B = _draw(4, 3), _draw(4, 3, seed=1), _draw(3, 2, seed=2)
ROWS, MASK = torch.tensor([0, 2, 2, 4]), torch.tensor([[1.0], [1.0], [1.0], [0.0]], dtype=torch.float64)

RIGHT: Mapping[str, tuple[Any, Any, Any]] = {
    "x tanh": (suspects.TimesTanh, _times_tanh, [X]),
    "x tanh, apply": (suspects.TimesTanh.apply, _times_tanh, [X]),
    "x tanh, by name": (suspects.TimesTanh.apply, _times_tanh, {"x": X}),
    "x tanh, arrays": (suspects.TimesTanh, _times_tanh, [X.numpy()]),
    "x tanh, drawn": (suspects.TimesTanh, _times_tanh, lambda rng: [rng.standard_normal((4, 3))]),
    "x tanh, a function": (lambda x: x - 2 * x / (1 + torch.exp(2 * x)), _times_tanh, [X]),
    "softplus": (suspects.Softplus, F.softplus, [X]),
    "layer norm": (suspects.LayerNorm, _layer_norm, [_draw(4, 5)]),
    "logsumexp": (suspects.LogSumExp, _logsumexp, [X]),
    "matmul": (suspects.Bilinear, torch.matmul, [A, B]),
    "two outputs": (suspects.Polar, _polar, [X, A]),
    "rows and a mask": (suspects.Gather, _cubes, [_draw(5, 3), ROWS, MASK]),
    "rectifier": (suspects.Rectifier, torch.relu, [X]),
    "another choice at a kink of the gradient": (suspects.SquaredRectifier, lambda x: torch.relu(x).square(), [X]),
    "a linear function": (lambda x: 3 * x, lambda x: x * 3, [X]),
    "an output without a gradient": (
        suspects.CubesAndLargest,
        lambda x, power: (x**power, x.detach().amax(-1), x.argmax(-1)),
        [X, 3],
    ),
    "attention": (
        lambda q, k, v: (q @ k.mT / 3**0.5).softmax(-1) @ v,
        F.scaled_dot_product_attention,
        [_draw(1, 4, 3), _draw(1, 4, 3, seed=1), _draw(1, 4, 3, seed=2)],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_double_backward_that_is_right_matches(name: str) -> None:
    suspect, twin, inputs = RIGHT[name]
    differentiable = ["table"] if name == "rows and a mask" else None
    report = gradtwin.check_second_order(
        suspect, twin=twin, inputs=inputs, dtypes=BOTH, differentiable=differentiable, name="right"
    )
    assert report.ok, report
    assert "second derivatives by" in str(report)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_double_backward_in_half_precision_is_held_against_half_precision(dtype: str) -> None:
    def judged(suspect: Any) -> gradtwin.Report:
        return gradtwin.check_second_order(suspect, twin=_times_tanh, inputs=[X], dtypes=[dtype])

    assert judged(suspects.TimesTanh).ok
    assert judged(suspects.TimesTanhDetached).verdict == "mismatch"


BY_X, BY_COTANGENT = "second derivative by x", "second derivative by cotangent"
CHANGES: Mapping[str, tuple[Callable[..., Any], str]] = {
    "a factor": (lambda of_grad, of_x, outer, grad, x: (of_grad, 1.01 * of_x), BY_X),
    "a factor by the cotangent": (lambda of_grad, of_x, outer, grad, x: (2 * of_grad, of_x), BY_COTANGENT),
    "the sign": (lambda of_grad, of_x, outer, grad, x: (of_grad, -of_x), BY_X),
    "a missing factor": (lambda of_grad, of_x, outer, grad, x: (of_grad, outer * grad * torch.sigmoid(x)), BY_X),
    "the cotangent left out": (lambda of_grad, of_x, outer, grad, x: (of_grad, of_x / grad), BY_X),
    "the cotangent taken twice": (lambda of_grad, of_x, outer, grad, x: (of_grad, of_x * grad), BY_X),
    "the outer cotangent left out": (lambda of_grad, of_x, outer, grad, x: (of_grad / outer, of_x), BY_COTANGENT),
    "a shift": (lambda of_grad, of_x, outer, grad, x: (of_grad, of_x + 1e-4), BY_X),
    "none": (lambda of_grad, of_x, outer, grad, x: (of_grad, None), BY_X),
    "in another order": (lambda of_grad, of_x, outer, grad, x: (of_x, of_grad), BY_X),
    "in single precision": (lambda of_grad, of_x, outer, grad, x: (of_grad, of_x.float().double()), BY_X),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_wrong_double_backward_by_hand_is_refused(change: str) -> None:
    code, quantity = CHANGES[change]
    report = gradtwin.check_second_order(suspects.softplus(code), twin=F.softplus, inputs=[X])
    assert report.verdict == ("unstable" if change == "in single precision" else "mismatch"), report
    assert quantity in {f.quantity for f in report.findings}
    # Right once: what is wrong shows in the second derivative alone.
    assert not [f for f in report.findings if f.quantity == "gradient of x"]


def test_a_changed_double_backward_that_changes_nothing_matches() -> None:
    same = suspects.softplus(lambda of_grad, of_x, outer, grad, x: (of_grad, of_x))
    assert gradtwin.check_second_order(same, twin=F.softplus, inputs=[X], dtypes=BOTH).ok


WRONG: Mapping[str, tuple[Any, Any, Any, str, str]] = {
    "slope saved": (suspects.TimesTanhSlopeSaved, _times_tanh, [X], BY_X, "structure"),
    "by numpy": (suspects.TimesTanhByNumpy, _times_tanh, [X], BY_X, "structure"),
    "cotangent detached": (suspects.TimesTanhCotangentDetached, _times_tanh, [X], BY_COTANGENT, "structure"),
    "output saved": (suspects.TimesTanhOutputSaved, _times_tanh, [X], BY_X, "mismatch"),
    "factor detached": (suspects.TimesTanhDetached, _times_tanh, [X], BY_X, "mismatch"),
    "rate saved": (suspects.LayerNormRateSaved, _layer_norm, [_draw(4, 5)], BY_X, "mismatch"),
    "sum detached": (suspects.LogSumExpSumDetached, _logsumexp, [X], BY_X, "mismatch"),
    "second factor detached": (
        suspects.BilinearSecondDetached,
        torch.matmul,
        [A, B],
        "second derivative by b",
        "structure",
    ),
    "radius detached": (suspects.PolarRadiusDetached, _polar, [X, A], "second derivative by r", "mismatch"),
    "rows overwritten": (
        suspects.GatherOverwriting,
        _cubes,
        {"table": _draw(5, 3), "rows": ROWS, "mask": MASK},
        "gradient of table",
        "mismatch",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_double_backward_loses_is_named(name: str) -> None:
    suspect, twin, inputs, quantity, verdict = WRONG[name]
    report = gradtwin.check_second_order(suspect, twin=twin, inputs=inputs, dtypes=["float32"])
    assert report.verdict == verdict, report
    finding = next(f for f in report.findings if f.quantity == quantity)
    if verdict == "structure":
        assert f"is lost: no graph leads from the gradient to {quantity.rpartition(' ')[2]}" in finding.message
        assert [f.quantity for f in report.findings].count(quantity) == 1


def test_a_backward_under_once_differentiable_is_refused_in_one_sentence() -> None:
    report = gradtwin.check_second_order(suspects.TimesTanhOnce, twin=_times_tanh, inputs=[X])
    assert report.verdict == "structure"
    (finding,) = report.findings
    assert "once_differentiable" in finding.message
    assert gradtwin.check(suspects.TimesTanhOnce, twin=_times_tanh, inputs=[X]).ok


def test_a_suspect_without_a_graph_or_with_other_outputs_is_refused() -> None:
    def judged(suspect: Any) -> gradtwin.Report:
        return gradtwin.check_second_order(suspect, twin=_times_tanh, inputs=[X])

    for suspect, words in {
        (lambda x: _times_tanh(x).detach()): "no graph",
        (lambda x: (_times_tanh(x), x)): "returns 2 floating arrays where the twin returns 1",
        (lambda x: _times_tanh(x)[0]): "returns an array of shape (3,) where the twin's has (4, 3)",
    }.items():
        report = judged(suspect)
        assert report.verdict == "structure"
        assert words in str(report)
    assert judged(lambda x: (x / 0 if x.ndim else 1 // 0) and x).verdict == "crash"


def test_a_wrong_gradient_is_refused_as_a_gradient() -> None:
    report = gradtwin.check_second_order(lambda x: 2 * _times_tanh(x), twin=_times_tanh, inputs=[X])
    assert report.verdict == "mismatch"
    assert {f.quantity for f in report.findings} == {"gradient of x", BY_X, BY_COTANGENT}
    assert "a constant factor of 2" in str(report)


def test_an_output_that_has_no_cotangent_is_tried() -> None:
    report = gradtwin.check_second_order(suspects.PolarAbsentForgotten, twin=_polar, inputs=[X, A])
    assert report.verdict == "mismatch"
    assert {f.context.partition(",")[0] for f in report.findings} == {"cotangent 0 alone"}


def test_a_function_that_declines_an_absent_cotangent_is_a_note() -> None:
    report = gradtwin.check_second_order(suspects.PolarDeclining, twin=_polar, inputs=[X, A])
    assert report.ok, report
    assert "cotangent 1 alone: raises NotImplementedError: both outputs have to be used" in str(report)


def test_a_module_is_judged_by_its_inputs() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1)).double()
    weight, bias, last_weight, last_bias = net.parameters()

    def twin(x: Tensor) -> Tensor:
        return F.linear(torch.tanh(F.linear(x, weight, bias)), last_weight, last_bias)

    assert gradtwin.check_second_order(net, twin=twin, inputs=[X]).ok
    wrong = gradtwin.check_second_order(net, twin=lambda x: twin(x) + x.detach().sum() * x.sum() / 8, inputs=[X])
    assert not wrong.ok


def test_options_reach_both_sides() -> None:
    def suspect(x: Tensor, power: int = 3) -> Tensor:
        return x**power

    def judged(power: int) -> gradtwin.Report:
        return gradtwin.check_second_order(
            suspect, twin=lambda x, power: x * x * x * x, inputs=[X], options={"power": power}
        )

    assert judged(4).ok
    assert judged(3).verdict == "mismatch"


def _quartic(x: Any) -> Any:
    return (x**4).sum() / 4


def _bilinear(a: Any, b: Any) -> Any:
    return ((a @ b) ** 2).sum()


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


def _of_softmax(x: Array, v: Array) -> Array:
    p = _softmax(x)
    return np.asarray(p * (v - (p * v).sum(-1, keepdims=True)))


def _torch_softmax(x: Tensor) -> Tensor:
    return torch.softmax(x, -1)


def _of_bilinear(a: Any, b: Any, v_a: Any, v_b: Any) -> Any:
    c, d = a @ b, v_a @ b + a @ v_b
    return 2 * (d @ b.T + c @ v_b.T), 2 * (a.T @ d + v_a.T @ c)


N = X.numpy()
PRODUCTS: Mapping[str, tuple[Any, Any, Any, Any, str]] = {
    "a Hessian": (_quartic, lambda x, v: 3 * x**2 * v, _quartic, [N], "Hessian"),
    "a Hessian by name": (_quartic, lambda x, v: 3 * x**2 * v, _quartic, {"x": N}, "Hessian"),
    "a Hessian of tensors": (_quartic, lambda x, v: 3 * x**2 * v, None, [X], "Hessian"),
    "a Hessian of two inputs": (_bilinear, _of_bilinear, _bilinear, [A.numpy(), B.numpy()], "Hessian"),
    "a slope": (_quartic, lambda x, v: (x**3 * v).sum(), _quartic, [N], "Jacobian"),
    "a Jacobian": (_softmax, _of_softmax, _torch_softmax, [N], "Jacobian"),
    "a Jacobian of tensors": (torch.tanh, lambda x, v: v / torch.cosh(x) ** 2, None, [X], "Jacobian"),
    "a Jacobian of two inputs": (
        lambda a, b: a @ b,
        lambda a, b, v_a, v_b: v_a @ b + a @ v_b,
        lambda a, b: a @ b,
        {"a": A.numpy(), "b": B.numpy()},
        "Jacobian",
    ),
    "a Jacobian of two outputs": (
        lambda r, phi: (r * np.cos(phi), r * np.sin(phi)),
        lambda r, phi, v, w: (
            v * np.cos(phi) - w * r * np.sin(phi),
            v * np.sin(phi) + w * r * np.cos(phi),
        ),
        _polar,
        [N, A.numpy()],
        "Jacobian",
    ),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_that_is_right_matches_and_says_how_it_is_read(name: str) -> None:
    suspect, product, twin, inputs, kind = PRODUCTS[name]
    report = gradtwin.check_second_order(suspect, product, twin=twin, inputs=inputs, dtypes=BOTH)
    assert report.ok, report
    assert f"read as: product returns the {kind}-vector product" in str(report)
    assert f"{kind}-vector product" in str(report.coverage)


@pytest.mark.parametrize(
    ("suspect", "product", "twin"),
    [
        (_quartic, lambda x, v: 3 * x**2, _quartic),
        (_quartic, lambda x, v: 3 * x * v, _quartic),
        (_quartic, lambda x, v: 3.001 * x**2 * v, _quartic),
        (_quartic, lambda x, v: 3 * x**2 * np.abs(v), _quartic),
        (_quartic, lambda x, v: (x**3 * v).mean(), _quartic),
        (_softmax, lambda x, v: _softmax(x) * (v - v.mean(-1, keepdims=True)), _torch_softmax),
        (_softmax, lambda x, v: _softmax(x) * (1 - _softmax(x)) * v, _torch_softmax),
        (_softmax, lambda x, v: _of_softmax(x, v).astype(np.float32).astype(np.float64), _torch_softmax),
        (lambda x: _softmax(x) + 1e-9, _of_softmax, _torch_softmax),
    ],
    ids=["v left out", "power", "factor", "size of v", "mean", "half done", "diagonal", "single", "function"],
)
def test_a_wrong_product_is_refused(suspect: Any, product: Any, twin: Any) -> None:
    report = gradtwin.check_second_order(suspect, product, twin=twin, inputs=[N])
    assert report.verdict in ("mismatch", "imprecise"), report


def test_a_wrong_part_of_a_product_is_named() -> None:
    def product(a: Any, b: Any, v_a: Any, v_b: Any) -> Any:
        of_a, of_b = _of_bilinear(a, b, v_a, v_b)
        return of_a, of_b - 2 * v_a.T @ (a @ b)

    report = gradtwin.check_second_order(_bilinear, product, inputs=[A, B])
    assert {f.quantity for f in report.findings} == {"Hessian-vector product, b"}


def test_a_product_of_a_single_number_can_be_said_to_be_either() -> None:
    def judged(product: Any, form: str | None) -> gradtwin.Report:
        return gradtwin.check_second_order(
            lambda x: x**3, product, twin=lambda x: x**3, inputs=[np.array(0.7)], form=form
        )

    assert judged(lambda x, v: 6 * x * v, None).ok
    assert judged(lambda x, v: 6 * x * v, "hvp").ok
    assert judged(lambda x, v: 6 * x * v, "jvp").verdict == "mismatch"
    assert judged(lambda x, v: 3 * x**2 * v, "jvp").ok
    assert judged(lambda x, v: 3 * x**2 * v, None).verdict == "mismatch"


@pytest.mark.parametrize("at_the_kink", [0.0, 1.0, 2.0])
def test_at_a_kink_of_the_gradient_there_is_no_convention(at_the_kink: float) -> None:
    def product(x: Array, v: Array) -> Array:
        return v * np.where(x == 0, at_the_kink, 2.0 * (x > 0))

    def judged(product: Any) -> gradtwin.Report:
        return gradtwin.check_second_order(
            lambda x: np.sum(np.maximum(x, 0) ** 2),
            product,
            twin=lambda x: torch.relu(x).square().sum(),
            inputs=[np.array([[-1.5, 0.0], [0.5, 2.0]])],
        )

    assert judged(product).ok
    beyond = judged(lambda x, v: product(x, v) + 3 * v * (x == 0))
    assert beyond.verdict == "mismatch"
    assert "a kink: at x = 0 the slopes are 0 on the left and 2 on the right" in str(beyond)


def test_a_product_that_is_not_linear_is_refused() -> None:
    report = gradtwin.check_second_order(
        _quartic, lambda x, v: 3 * x**2 * v + (0 if np.any(v) else 1), twin=_quartic, inputs=[N]
    )
    assert report.verdict == "mismatch"
    assert "zero v" in report.findings[0].context


def test_a_product_that_raises_or_has_another_shape_is_refused() -> None:
    def raising(x: Array, v: Array) -> Array:
        raise ZeroDivisionError

    def judged(product: Any) -> str:
        return gradtwin.check_second_order(_quartic, product, twin=_quartic, inputs=[N]).verdict

    assert judged(raising) == "crash"
    assert judged(lambda x, v: (3 * x**2 * v).ravel()) == "structure"
    assert judged(lambda x, v: np.multiply(3 * x**2, v, out=v)) == "impure"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"suspect": 3}, "Expected suspect to be callable; got 3"),
        ({"product": 3}, "Expected product to be callable; got 3"),
        ({"twin": torch.nn.Tanh}, "got the class Tanh"),
        ({"twin": None}, "Expected twin; got none. Write twin=F"),
        ({"form": "hpv"}, "Nearest: hvp"),
        ({"product": lambda x, v: v, "form": "hvp"}, "one number, which has a Hessian; got one that returns (4, 3)"),
        ({"product": lambda x: x}, "Expected inputs to be what product"),
        ({"inputs": [torch.arange(3)]}, "Expected a floating input to differentiate by; got x"),
        ({"inputs": X}, "write [x] for one input x"),
        ({"twin": lambda x: x > 0}, "floating numbers that have derivatives; got none"),
        ({"twin": lambda x: x.detach()}, "floating numbers that have derivatives; got none"),
        ({"differentiable": "y"}, "Expected differentiable to name inputs"),
        ({"rtol": 1}, "No tolerance is needed"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_a_wrong_call_is_answered(arguments: dict[str, Any], words: str) -> None:
    call: dict[str, Any] = {"suspect": suspects.TimesTanh, "twin": _times_tanh, "inputs": [X], **arguments}
    with pytest.raises(UsageError) as error:
        gradtwin.check_second_order(**call)
    assert words in str(error.value)


def test_a_twin_without_a_second_derivative_is_blamed() -> None:
    with pytest.raises(UsageError, match="Expected the twin to have a second derivative; its backward stands under"):
        gradtwin.check_second_order(_times_tanh, twin=suspects.TimesTanhOnce.apply, inputs=[X])


def _limit(suspect: Any, twin: Any, inputs: list[Any], dtype: str = "float64") -> str | None:
    at = Conditions((dtype,), name="limit")
    subject = Problem(suspect, None, twin, inputs, {}).subject(dtype, at)
    return second_order_limit(subject)


@pytest.mark.parametrize(
    ("suspect", "words"),
    [
        (suspects.TimesTanhSlopeSaved, "second derivative by x is lost"),
        (suspects.TimesTanhCotangentDetached, "second derivative by cotangent is lost"),
        (suspects.TimesTanhDetached, "second derivative by x differs from the twin"),
        (suspects.TimesTanhOnce, "double backward has no second derivative: backward stands under once_differentiable"),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_a_limit_of_the_second_order_is_one_sentence(suspect: Any, words: str, dtype: str) -> None:
    limit = _limit(suspect, _times_tanh, [X], dtype)
    assert limit is not None
    assert limit.startswith(words)


def test_a_raising_double_backward_is_a_limit() -> None:
    def change(*_: Tensor) -> Any:
        raise NotImplementedError("only once")

    limit = _limit(suspects.softplus(change), F.softplus, [X])
    assert limit is not None
    assert limit.startswith("double backward raises NotImplementedError: only once")


@pytest.mark.parametrize("name", ["x tanh", "softplus", "layer norm", "matmul", "two outputs", "rectifier"])
def test_a_right_double_backward_has_no_limit(name: str) -> None:
    suspect, twin, inputs = RIGHT[name]
    assert _limit(suspect, twin, inputs) is None
    assert _limit(suspect, twin, inputs, "float32") is None


def test_what_cannot_be_asked_has_no_limit() -> None:
    """A plain function promises nothing, and a twin without a second derivative has nothing to say."""
    assert _limit(lambda x: x * torch.tanh(x).detach(), _times_tanh, [X]) is None
    assert _limit(suspects.TimesTanhSlopeSaved, suspects.TimesTanhOnce.apply, [X]) is None
