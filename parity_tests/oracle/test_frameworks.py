"""Suspects in other frameworks: JAX, whatever speaks DLPack, and the types of ml_dtypes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow, under
from gradtwin.core.report import Report
from gradtwin.forms.foreign import as_input
from gradtwin.forms.jax_tensors import JaxTensors

# A function is compiled here for a handful of numbers.
jax.config.update("jax_disable_most_optimizations", True)

F = torch.nn.functional
X = np.random.default_rng(0).standard_normal((3, 4))
W = np.random.default_rng(1).standard_normal((4, 2))
SINGLE = X.astype(np.float32)
Backward = Callable[..., Any]


def said(report: Report) -> str:
    return " ".join(f.message for f in report.findings)


def cauchy(bwd: Backward, fwd: Backward | None = None) -> Any:
    """Return log(1 + x^2) with this gradient."""
    function = jax.custom_vjp(lambda x: jnp.log1p(x * x))
    function.defvjp(fwd or (lambda x: (jnp.log1p(x * x), x)), bwd)
    return function


def right(x: Any, grad: Any) -> Any:
    return (grad * 2 * x / (1 + x * x),)


def without_the_factor(x: Any, grad: Any) -> Any:
    return (grad * x / (1 + x * x),)


def cauchy_of_torch(x: Any) -> Any:
    return torch.log1p(x * x)


def own(function: Any) -> JaxTensors:
    """Return what a function is under JAX's own differentiation, as it is the twin where none is handed over."""
    return JaxTensors(function, keeps_rules=False)


def test_a_right_rule_matches_a_twin() -> None:
    report = gradtwin.check(cauchy(right), twin=cauchy_of_torch, inputs=[SINGLE])
    assert report.ok
    assert "gradients of x" in str(report)


def test_a_wrong_rule_is_refused_beneath_what_is_compiled_too() -> None:
    wrong = jax.jit(cauchy(without_the_factor))
    report = gradtwin.check(wrong, twin=cauchy_of_torch, inputs=[SINGLE])
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "gradient of x")
    assert "a constant factor of 1/2" in str(report)


def test_a_rule_whose_forward_returns_something_else_is_refused() -> None:
    report = gradtwin.check(cauchy(right, lambda x: (jnp.log(2 + x * x), x)), twin=cauchy_of_torch, inputs=[SINGLE])
    assert report.verdict == "structure"
    assert "when it is differentiated" in said(report)


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_without_a_twin_the_function_within_the_rule_is_the_truth(dtype: str) -> None:
    function = cauchy(right)
    assert gradtwin.check(function, inputs=[X], dtypes=[dtype]).ok


def test_without_a_twin_a_wrong_rule_is_refused() -> None:
    function = cauchy(without_the_factor)
    report = gradtwin.check(function, inputs=[X], dtypes=["float64", "float32"])
    assert report.verdict == "mismatch"
    assert report.findings[0].quantity == "gradient of x"


def test_rules_within_loops_and_what_is_compiled_are_left_out_of_the_truth() -> None:
    def gradient(function: Any, twin_of: Callable[[Any], Any]) -> Any:
        def total(x: Any) -> Any:
            return jax.lax.scan(lambda carry, row: (carry + jax.jit(function)(row),) * 2, jnp.zeros_like(x[0]), x)[1]

        x = torch.from_numpy(X).requires_grad_()
        return torch.autograd.grad(twin_of(jax.checkpoint(total))(x).sum(), x)[0]

    assert torch.equal(gradient(cauchy(without_the_factor), own), gradient(cauchy(right), own))
    with_rules = (gradient(cauchy(bwd), JaxTensors) for bwd in (without_the_factor, right))
    assert torch.equal(*(2 * next(with_rules), next(with_rules)))


def test_rules_of_jax_itself_are_no_part_of_what_is_tested() -> None:
    """At 0 the slope of JAX's relu is 0 by its own rule; that of the maximum within is 1/2."""
    x = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(own(jax.nn.relu)(x).sum(), x)
    assert gradient.tolist() == [0, 0]


def test_a_compiled_function_is_judged_with_the_gradient_that_jax_makes() -> None:
    product = jax.jit(lambda x, w: jnp.sin(x) @ w)
    assert gradtwin.check(product, twin=lambda x, w: torch.sin(x) @ w, inputs=[SINGLE, W]).ok
    report = gradtwin.check(product, twin=lambda x, w: torch.sin(x).detach() @ w + x.sum() * 0, inputs=[SINGLE, W])
    assert "gradient of x" in {f.quantity for f in report.findings}


def test_a_plain_function_is_known_by_what_it_returns() -> None:
    report = gradtwin.check(lambda x: jnp.cos(x) ** 2, twin=lambda x: torch.cos(x) ** 2, inputs=[SINGLE])
    assert report.ok
    assert "gradients of x" in str(report)
    assert not gradtwin.check(lambda x: jnp.cos(x) ** 2, twin=lambda x: torch.cos(x) ** 3, inputs=[SINGLE]).ok


def test_a_loop_of_unknown_length_is_judged_in_its_values() -> None:
    def halved(x: Any) -> Any:
        return jax.lax.while_loop(lambda y: jnp.abs(y).max() > 1, lambda y: y / 2, x)

    def halved_of_torch(x: Any) -> Any:
        while x.abs().max() > 1:
            x = x / 2
        return x

    report = gradtwin.check(jax.jit(halved), twin=halved_of_torch, inputs=[SINGLE])
    assert report.ok
    assert "values only" in str(report)


def test_indices_of_jax_are_those_of_the_twin_without_64_bit_types() -> None:
    assert gradtwin.check(jax.jit(lambda x: x.argmax(-1)), twin=lambda x: x.argmax(-1), inputs=[SINGLE]).ok
    assert not gradtwin.check(jax.jit(lambda x: x.argmin(-1)), twin=lambda x: x.argmax(-1), inputs=[SINGLE]).ok


def test_a_backward_of_numpy_stands_beside_a_forward_of_jax() -> None:
    def backward(grad: Any, x: Any) -> Any:
        out = grad.copy()  # which no array of JAX would let be written into
        out[x < 0] *= 0.1
        return out

    forward = jax.jit(lambda x: jnp.where(x < 0, 0.1 * x, x))
    twin = lambda x: F.leaky_relu(x, 0.1)  # noqa: E731
    assert gradtwin.check(forward, backward, twin=twin, inputs=[SINGLE]).ok
    assert not gradtwin.check(forward, lambda grad, x: jnp.where(x < 0, 0.0, grad), twin=twin, inputs=[SINGLE]).ok


def test_arrays_of_jax_are_inputs_in_their_own_type() -> None:
    x = jnp.asarray(SINGLE, jnp.bfloat16)
    report = gradtwin.check(jnp.exp, twin=torch.exp, inputs=[x])
    assert report.ok
    assert "bfloat16" in str(report)


def test_a_function_of_jax_is_a_twin() -> None:
    twin = JaxTensors(lambda x, w: jax.nn.softmax(x @ w))

    def forward(x: Any, w: Any) -> Any:
        e = np.exp(x @ w - (x @ w).max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def backward(grad: Any, x: Any, w: Any) -> Any:
        y = forward(x, w)
        d = y * (grad - (grad * y).sum(-1, keepdims=True))
        return d @ w.T, x.T @ d

    assert gradtwin.check(forward, backward, twin=twin, inputs=[X, W], dtypes=["float64", "float32"]).ok
    wrong = gradtwin.check(forward, lambda g, x, w: (*backward(g, x, w)[:1], x.T @ g), twin=twin, inputs=[X, W])
    assert [f.quantity for f in wrong.findings if f.verdict == "mismatch"] == ["gradient of w"]


NOISY: dict[str, tuple[Any, Any]] = {
    "a product of matrices": (lambda x: x @ x.T, lambda x: x @ x.T),
    "a running sum": (lambda x: jnp.cumsum(x, 1), lambda x: torch.cumsum(x, 1)),
    "a solution": (lambda x: jnp.linalg.solve(x @ x.T, x), lambda x: torch.linalg.solve(x @ x.T, x)),
    "a sum by index": (
        lambda x: jnp.zeros(2, x.dtype).at[jnp.array([0, 1, 1])].add(x[:, 0]),
        lambda x: torch.zeros(2, dtype=x.dtype).index_add(0, torch.tensor([0, 1, 1]), x[:, 0]),
    ),
    "a softmax": (lambda x: jax.nn.softmax(x), lambda x: torch.softmax(x, -1)),
}


def spread(function: Any, runs: int = 64) -> Any:
    """Return how far noise moves a function, elementwise."""
    x, amplitude = torch.from_numpy(X), 2.0**-20
    moved = []
    for seed in range(runs):
        with under(TorchShadow(amplitude, 0.0, seed)):
            moved.append((function(x) - 0).detach())
    return (torch.stack(moved) - function(x)).abs().amax(0) / amplitude


@pytest.mark.parametrize("name", NOISY)
def test_noise_moves_a_function_of_jax_as_far_as_one_of_torch(name: str) -> None:
    """Within a factor of 4 on the whole: the two may go other ways."""
    of_jax, of_torch = NOISY[name]
    ratio = spread(JaxTensors(of_jax)).mean() / spread(of_torch).mean()
    assert 1 / 4 < ratio < 4


EXACT: dict[str, Any] = {
    "a product with a power of two": lambda x: x * 0.25,
    "a choice": lambda x: jnp.where(x > 0, x, -x).max(0),
    "a permutation": lambda x: jnp.flip(x.T.reshape(2, -1), 1)[:, :3],
}


@pytest.mark.parametrize("name", EXACT)
def test_what_is_exact_gets_no_noise(name: str) -> None:
    x = torch.from_numpy(X)
    with under(TorchShadow(2.0**-10, 0.0, 0)):
        noisy = JaxTensors(EXACT[name])(x)
    assert torch.equal(noisy, JaxTensors(EXACT[name])(x))


def test_jax_is_not_imported_where_its_user_has_not() -> None:
    code = "import sys, gradtwin.forms.jax as form; assert form.read(len) is None; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(gradtwin.__file__).parents[1]).returncode == 0


def test_a_function_that_asks_for_a_number_is_no_truth() -> None:
    function = jax.custom_vjp(lambda x: 2 * x if x.sum() > 0 else 3 * x)
    function.defvjp(lambda x: (function.fun(x), x.sum()), lambda total, grad: (jnp.where(total > 0, 2, 3) * grad,))
    with pytest.raises(UsageError, match=r"that jax.make_jaxpr can take apart.* at .*test_frameworks.py:\d+"):
        gradtwin.check(function, inputs=[SINGLE])


def test_random_numbers_and_truth_values_of_jax_are_judged() -> None:
    def dropped(x: Any) -> Any:
        kept = jax.random.bits(jax.random.key(0), x.shape, jnp.uint32) % 2 == 0
        return x * kept, kept

    assert gradtwin.check(jax.jit(dropped), twin=own(dropped), inputs=[SINGLE]).ok
    assert not gradtwin.check(jax.jit(lambda x: dropped(-x)), twin=own(dropped), inputs=[SINGLE]).ok


class Foreign:
    """An array of which nothing is known but that it speaks DLPack, and lies on this device."""

    def __init__(self, array: Any, device: tuple[int, int] = (1, 0)) -> None:
        self.array, self.device = array, device

    def __dlpack__(self, stream: Any = None) -> Any:
        return self.array.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.device


def test_what_speaks_dlpack_is_read() -> None:
    def forward(x: Any) -> Any:
        return Foreign(np.arctan(x)), [Foreign(x.sum(1))]

    def backward(grad: Any, x: Any) -> Any:
        return Foreign(grad / (1 + x * x))

    assert gradtwin.check(lambda x: forward(x)[0], backward, twin=torch.arctan, inputs=[SINGLE]).ok
    report = gradtwin.check(lambda x: Foreign(np.arctan(2 * x)), backward, twin=torch.arctan, inputs=[Foreign(SINGLE)])
    assert report.verdict == "mismatch"
    assert "has dtype" not in str(report)


def test_foreign_memory_of_an_argument_is_seen() -> None:
    report = gradtwin.check(lambda x: Foreign(x.reshape(-1)), twin=torch.flatten, inputs=[SINGLE])
    assert report.ok
    assert "returns memory of its argument x" in str(report)


def test_a_foreign_array_of_a_type_that_numpy_has_not_got_is_read() -> None:
    x = as_input(Foreign(torch.tensor([1.5, -2.0], dtype=torch.bfloat16)), "x")
    assert (x.tolist(), x.dtype) == ([1.5, -2.0], np.float32)


def test_what_lies_elsewhere_is_refused() -> None:
    far = Foreign(SINGLE, (4, 0))
    report = gradtwin.check(lambda x: far, twin=torch.arctan, inputs=[SINGLE])
    assert (report.verdict, report.findings[0].quantity) == ("structure", "forward")
    assert "a Foreign on OpenCL" in said(report)
    with pytest.raises(UsageError, match=r"Expected input 0 to be an array on the CPU; got a Foreign on OpenCL"):
        gradtwin.check(np.arctan, twin=torch.arctan, inputs=[far])


def test_arrays_of_ml_dtypes_are_handed_over_in_their_own_type() -> None:
    kinds = []

    def forward(x: Any) -> Any:
        kinds.append(x.dtype.name)
        return np.exp(x)

    narrow = X.astype(ml_dtypes.bfloat16)
    report = gradtwin.check(forward, lambda grad, x: grad * np.exp(x), twin=torch.exp, inputs=[narrow])
    assert report.ok
    assert set(kinds) >= {"bfloat16"}
    wrong = gradtwin.check(forward, lambda grad, x: grad * np.exp(-x), twin=torch.exp, inputs=[narrow])
    assert wrong.verdict == "mismatch"


def test_a_result_of_another_type_than_its_bfloat16_input_is_seen() -> None:
    narrow = X.astype(ml_dtypes.bfloat16)
    report = gradtwin.check(lambda x: np.exp(x.astype(np.float32)), twin=torch.exp, inputs=[narrow])
    assert report.verdict == "structure"
    assert "float32 where the twin has bfloat16" in said(report)
