"""NumPy code without a twin is held against the derivative of its own forward: traced, stepped, or by differences."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import special

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.core.report import Report
from gradtwin.forms.traced import TracedCode, UntraceableError
from gradtwin.ops.evaluation import Question
from gradtwin.ops.own import AUTODIFF, COMPLEX, DIFFERENCES
from gradtwin.ops.twin import Twin
from parity_tests.oracle import alone
from parity_tests.oracle.alone import LINE, ROWS, TRACED, UNTRACED, Suspect

Array = NDArray[Any]
DTYPES = ["float64", pytest.param("float32", marks=pytest.mark.slow)]
ALL = {**TRACED, **UNTRACED}
OF_REAL_ALONE = ("numbers of Python", "a cache in a layer")
"""Code that takes no complex numbers, or of which a function of SciPy is not the same for them to the last digits."""


def check(suspect: Suspect, backward: Callable[..., Any], dtype: str = "float64") -> Report:
    inputs = [x.astype(dtype) if x.dtype.kind == "f" else x for x in suspect.inputs]
    return gradtwin.check(suspect.forward, backward, inputs=inputs)


def first_line(report: Report) -> str:
    return str(report).splitlines()[0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ALL)
def test_right_code_matches_in_its_gradients(name: str, dtype: str) -> None:
    report = check(ALL[name], ALL[name].backward, dtype)
    assert report.ok, str(report)
    assert "  gradients of x" in first_line(report)
    assert "values" not in first_line(report)
    untraced = DIFFERENCES if name in OF_REAL_ALONE else COMPLEX
    assert (AUTODIFF if name in TRACED else untraced) in report.remarks


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "slip"), [(name, slip) for name in ALL for slip in ALL[name].wrong])
def test_wrong_code_is_refused(name: str, slip: str, dtype: str) -> None:
    report = check(ALL[name], ALL[name].wrong[slip], dtype)
    assert report.verdict in ("mismatch", "imprecise"), str(report)
    assert "the twin" not in str(report)


def test_a_traced_forward_is_seen_by_noise() -> None:
    twin = Twin(TracedCode(alone.softmax), {})
    question = Question([ROWS], [True], [[np.cos(ROWS)]])
    plain, noisy = twin.run(question), twin.run(question, mode=TorchShadow(2.0**-20, 0.0, 1))
    for quiet, loud in zip(plain.arrays, noisy.arrays, strict=True):
        assert quiet is not None
        assert loud is not None
        assert 0 < np.max(np.abs(quiet - loud)) < 2.0**-10


def test_more_functions_and_shapes_than_torch_compile_keeps_of_one_are_traced() -> None:
    traced = TracedCode(lambda x: np.sin(x) * x)
    for n in range(1, 20):
        x = torch.linspace(-1, 1, n, dtype=torch.float64)
        assert torch.equal(traced(x)[0], torch.sin(x) * x)


def test_traced_code_does_not_write_into_its_inputs() -> None:
    def doubling(x: Array) -> Array:
        x *= 2
        return x * x

    x = torch.linspace(-1, 1, 3, dtype=torch.float64, requires_grad=True)
    (y,) = TracedCode(doubling)(x)
    y.sum().backward()
    assert x.grad is not None
    assert torch.equal(x.grad, 8 * x.detach())


@pytest.mark.parametrize("name", UNTRACED)
def test_what_cannot_be_traced_says_so(name: str) -> None:
    with pytest.raises(UntraceableError):
        TracedCode(UNTRACED[name].forward)(*map(torch.from_numpy, UNTRACED[name].inputs))


def test_a_trace_that_is_not_the_code_is_not_taken() -> None:
    """A number that leaves the array as one of Python's is a constant to whoever traces it."""

    def by_first(x: Array) -> Array:
        return np.asarray(x * x.tolist()[0])

    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * x[0] + np.append(grad @ x, np.zeros(len(x) - 1)))

    report = gradtwin.check(by_first, backward, inputs=[LINE])
    assert report.ok, str(report)
    assert not gradtwin.check(by_first, lambda grad, x: grad * x[0], inputs=[LINE]).ok


KINKED = np.array([-1.0, 0.0, 0.5, 2.0])


@pytest.mark.parametrize("slope", [0.0, 0.25, 0.5, 1.0])
def test_at_a_kink_whatever_lies_between_the_slopes_is_right(slope: float) -> None:
    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * np.where(x == 0, slope, x > 0))

    for forward in (lambda x: np.maximum(x, 0), lambda x: special.erf(x) * 0 + np.maximum(x, 0)):
        assert gradtwin.check(forward, backward, inputs=[KINKED]).ok


def test_beyond_the_slopes_of_a_kink_is_wrong_where_the_forward_is_traced() -> None:
    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * np.where(x == 0, 2.0, x > 0))

    assert gradtwin.check(lambda x: np.maximum(x, 0), backward, inputs=[KINKED]).verdict == "mismatch"


def test_elements_without_a_slope_are_listed() -> None:
    report = gradtwin.check(
        lambda x: np.abs(x) + 0 * special.erf(x), lambda grad, x: grad * np.sign(x), inputs=[KINKED]
    )
    assert report.ok
    assert any("1 of 4 elements are not judged" in x and "x[1]" in x for x in report.remarks)


def test_where_differences_show_nothing_nothing_is_proved() -> None:
    """Ripples of no size that are far shorter than any step have a slope of their own."""

    def rippled(x: Array) -> Array:
        return np.asarray(x + 1e-3 * np.sin(1e12 * x) + 0 * special.erf(x))

    assert gradtwin.check(rippled, lambda grad, x: grad, inputs=[LINE]).verdict == "inconclusive"


def test_random_code_proves_nothing() -> None:
    def noisy(x: Array) -> Array:
        return np.asarray(x * np.random.default_rng().normal(size=x.shape))

    assert gradtwin.check(noisy, lambda grad, x: grad * x, inputs=[LINE]).verdict == "inconclusive"


@pytest.mark.slow
def test_of_many_elements_some_are_looked_at_and_the_report_says_so() -> None:
    x = np.linspace(-2, 2, 1000)
    suspect = UNTRACED["a function of SciPy"]
    report = gradtwin.check(suspect.forward, suspect.backward, inputs=[x])
    assert report.ok
    assert any("744 of 1000 elements were not looked at" in remark for remark in report.remarks)
    assert not gradtwin.check(suspect.forward, suspect.wrong["a short constant"], inputs=[x]).ok


def test_a_forward_that_writes_into_its_input() -> None:
    def doubled(x: Array) -> Array:
        x *= 2
        return np.asarray(x.sum() * x)

    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(4 * (x.sum() * grad + grad @ x))

    assert gradtwin.check(doubled, backward, inputs=[LINE], mutates_args="x").ok
    assert gradtwin.check(doubled, backward, inputs=[LINE]).verdict == "impure"
    assert not gradtwin.check(doubled, lambda grad, x: 4 * x.sum() * grad, inputs=[LINE], mutates_args="x").ok


def test_a_forward_that_returns_nothing_is_judged_by_what_it_writes() -> None:
    def fill(x: Array, out: Array) -> None:
        out[...] = np.sin(x)

    def backward(grad: Array, x: Array, out: Array) -> tuple[Array, Array]:
        return grad * np.cos(x), 0 * grad

    def check_with(backward: Callable[..., Any]) -> Report:
        return gradtwin.check(
            fill, backward, inputs={"x": LINE, "out": 0 * LINE}, mutates_args="out", differentiable=["x"]
        )

    assert check_with(backward).ok
    assert not check_with(lambda grad, x, out: (grad * np.sin(x), 0 * grad)).ok


def test_options_and_names_reach_the_forward() -> None:
    def power(x: Array, *, exponent: int, shift: Array) -> Array:
        return np.asarray((x + shift) ** exponent)

    def backward(grad: Array, x: Array, *, exponent: int, shift: Array) -> Array:
        return np.asarray(exponent * grad * (x + shift) ** (exponent - 1))

    options = {"exponent": 3, "shift": np.ones(6)}
    assert gradtwin.check(power, backward, inputs={"x": LINE}, options=options).ok
    assert not gradtwin.check(lambda x, **o: power(x, **o) * 2, backward, inputs={"x": LINE}, options=options).ok


def test_complex_numbers() -> None:
    z = LINE[:3] + 1j * LINE[3:]
    assert gradtwin.check(lambda z: z * z, lambda grad, z: 2 * grad * z.conj(), inputs=[z]).ok
    assert not gradtwin.check(lambda z: z * z, lambda grad, z: 2 * grad * z, inputs=[z]).ok
    with pytest.raises(UsageError, match="complex numbers that cannot be traced"):
        gradtwin.check(lambda z: special.erf(z), lambda grad, z: grad, inputs=[z])


def test_a_forward_that_raises_is_a_crash() -> None:
    def broken(x: Array) -> Array:
        raise ValueError("out of order")

    with pytest.raises(UsageError, match="gave no result"):
        gradtwin.check(broken, lambda grad, x: grad, inputs=[LINE])


PLANTED = {
    "half": lambda g: g / 2,
    "other sign": lambda g: -g,
    "short constant": lambda g: g * g.dtype.type(1.00001),
}
OURS = """
activations.relu activations.gelu activations.leaky_relu activations.hardswish activations.mish activations.selu
activations.softplus activations.softmax activations.log_softmax activations.logsumexp activations.glu
losses.mse_loss losses.huber_loss losses.kl_div losses.soft_margin_loss
""".split()


@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
def test_our_own_code_matches_without_its_twin_and_planted_mistakes_do_not(name: str) -> None:
    from gradtwin.families import Draw
    from parity_tests.pairs import PAIRS

    row: Any = next(row for row in PAIRS if row.name == name)
    ours: Any = importlib.import_module(f"scratch.{name}")
    case = row.cases[0]
    inputs = (case.inputs or row.inputs)(Draw(np.random.default_rng(1), "typical", "float64", row.kinks))
    asked = {"inputs": inputs, "options": case.options, "differentiable": case.differentiable}

    def altered(change: Callable[[Array], Array]) -> Callable[..., Any]:
        def backward(*arguments: Any, **options: Any) -> Any:
            gradients = ours.backward(*arguments, **options)
            if not isinstance(gradients, tuple):
                return change(gradients)
            parts: list[Any] = [None if g is None else change(g) for g in gradients]
            return type(gradients)(*parts)

        return backward

    assert gradtwin.check(ours.forward, ours.backward, **asked).ok
    for change in PLANTED.values():
        report = gradtwin.check(ours.forward, altered(change), **asked)
        assert report.verdict in ("mismatch", "imprecise"), str(report)


def chain_product(x: Array, v: Array) -> Array:
    return alone._back((3 * np.diff(x) ** 2 + 1) * np.diff(v))


def density(x: Array) -> Array:
    return np.asarray(np.exp(-x * x / 2) / np.sqrt(2 * np.pi))


def area(x: Array) -> Any:
    return (special.ndtr(x) * x).sum() * x[0]


def area_product(x: Array, v: Array) -> Array:
    slope, bend = special.ndtr(x) + x * density(x), (2 - x * x) * density(x)
    out = bend * v * x[0] + slope * v[0]
    out[0] += (slope * v).sum()
    return np.asarray(out)


def halves(x: Array) -> Array:
    return np.asarray(special.ndtr(x) * x[::-1])


PRODUCTS: dict[str, tuple[Callable[..., Any], Callable[..., Any], Sequence[Callable[..., Any]], Array]] = {
    "a Hessian of traced code": (
        alone.springs,
        chain_product,
        [lambda x, v: 3 * v * x * x, lambda x, v: 1.00001 * chain_product(x, v)],
        LINE,
    ),
    "a Jacobian of traced code": (
        alone.softmax,
        lambda x, v: alone.softmax_backward(v, x),
        [lambda x, v: alone.softmax(x) * (v - v.mean(-1, keepdims=True))],
        ROWS,
    ),
    "a Hessian of other code": (
        area,
        area_product,
        [lambda x, v: (2 - x * x) * density(x) * v * x[0], lambda x, v: 1.00001 * area_product(x, v)],
        LINE,
    ),
    "a Jacobian of other code": (
        halves,
        lambda x, v: density(x) * v * x[::-1] + special.ndtr(x) * v[::-1],
        [lambda x, v: density(x) * v * x[::-1] + special.ndtr(x) * v],
        LINE,
    ),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_without_a_twin(name: str) -> None:
    function, product, wrong, x = PRODUCTS[name]
    report = gradtwin.check_second_order(function, product, inputs=[x])
    assert report.ok, str(report)
    assert ("Hessian" if "Hessian" in name else "Jacobian") in first_line(report)
    assert "values" not in first_line(report)
    for mistake in wrong:
        report = gradtwin.check_second_order(function, mistake, inputs=[x])
        assert report.verdict == "mismatch", str(report)


class Affine:
    """A layer that keeps its gradients."""

    def __init__(self, W: Array, b: Array) -> None:
        self.W, self.b = W, b

    def forward(self, x: Array) -> Array:
        self.x = x
        return np.asarray(np.tanh(x @ self.W + self.b))

    def backward(self, dout: Array) -> Array:
        pre = dout * (1 - np.tanh(self.x @ self.W + self.b) ** 2)
        self.dW, self.db = self.x.T @ pre, pre.sum(axis=0)
        return np.asarray(pre @ self.W.T)


class AffineOfHalf(Affine):
    def backward(self, dout: Array) -> Array:
        out = super().backward(dout)
        self.dW = self.dW / 2
        return out


PARAMETERS = {"x": ROWS, "W": alone.WEIGHT, "b": LINE[:2]}
OF_FORMS: dict[str, tuple[Callable[[], Report], Callable[[], Report]]] = {
    "a layer": (
        lambda: gradtwin.check(Affine(alone.WEIGHT, LINE[:2]), inputs=PARAMETERS),
        lambda: gradtwin.check(AffineOfHalf(alone.WEIGHT, LINE[:2]), inputs=PARAMETERS),
    ),
    "a gradient without a cotangent": (
        lambda: gradtwin.check(alone.mean_square, lambda x: 2 * x / x.size, inputs=[ROWS]),
        lambda: gradtwin.check(alone.mean_square, lambda x: x / x.size, inputs=[ROWS]),
    ),
    "a derivative": (
        lambda: gradtwin.check(np.tanh, gradtwin.derivative(lambda x: 1 - np.tanh(x) ** 2), inputs=[ROWS]),
        lambda: gradtwin.check(np.tanh, gradtwin.derivative(lambda x: 1 - np.tanh(x)), inputs=[ROWS]),
    ),
    "a value and its gradient": (
        lambda: gradtwin.check(gradtwin.value_and_grad(lambda x: ((x**3).sum(), 3 * x * x)), inputs=[LINE]),
        lambda: gradtwin.check(gradtwin.value_and_grad(lambda x: ((x**3).sum(), 2 * x * x)), inputs=[LINE]),
    ),
    "a dict of outputs": (
        lambda: gradtwin.check(
            lambda x: {"s": np.sin(x), "c": np.cos(x)},
            lambda grad, x: grad["s"] * np.cos(x) - grad["c"] * np.sin(x),
            inputs=[LINE],
        ),
        lambda: gradtwin.check(
            lambda x: {"s": np.sin(x), "c": np.cos(x)},
            lambda grad, x: grad["s"] * np.cos(x) + grad["c"] * np.sin(x),
            inputs=[LINE],
        ),
    ),
}


@pytest.mark.parametrize("form", OF_FORMS)
def test_forms_without_a_twin(form: str) -> None:
    right, wrong = (judged() for judged in OF_FORMS[form])
    assert right.ok, str(right)
    assert wrong.verdict == "mismatch", str(wrong)


def test_what_cannot_be_traced_is_not_told_on_the_console(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UntraceableError):
        TracedCode(np.matmul)(torch.ones(3, 2), torch.ones(3, 2))
    assert capfd.readouterr().err == ""


def test_a_trace_whose_slopes_are_not_those_of_the_code_does_not_count() -> None:
    def rounding(x: Array) -> Array:
        return np.round(x * x, 12)

    suspect = Suspect(rounding, lambda grad, x: 2 * x * grad, {}, (np.array([0.5, 1.5, -2.0, 0.25]),))
    report = check(suspect, suspect.backward)
    assert report.ok, str(report)
    assert DIFFERENCES in report.remarks  # autograd knows no slope but 0 of rounding
    assert check(suspect, lambda grad, x: 0 * x * grad).verdict == "mismatch"
