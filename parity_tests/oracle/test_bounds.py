"""The bound as a function and as an assertion, in place of the literals of a test."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError

F = torch.nn.functional
PRECISIONS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


def _softmax(x: Any) -> Any:
    return torch.softmax(x, -1)


def _normal(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).to(dtype)


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
def test_the_bound_is_a_tensor_of_the_shape_of_the_result_at_the_precision_of_the_inputs(dtype: torch.dtype) -> None:
    x = _normal(4, 8, dtype=dtype)
    allowed = gradtwin.bound(_softmax, [x])
    assert isinstance(allowed, torch.Tensor)
    assert (allowed.shape, allowed.dtype) == (x.shape, torch.float64)
    truth = _softmax(x.double())
    assert bool(((_softmax(x).double() - truth).abs() <= allowed).all())
    assert bool((allowed < 64 * torch.finfo(dtype).eps * truth.abs().max()).all())


def test_a_coarser_precision_has_a_wider_bound_and_options_reach_the_reference() -> None:
    x = _normal(4, 8)
    one, other = (gradtwin.bound(_softmax, {"x": x}, dtype=dtype) for dtype in ("float32", torch.bfloat16))
    assert isinstance(one, torch.Tensor)
    assert isinstance(other, torch.Tensor)
    assert bool((other > 1000 * one).all())
    columns = gradtwin.bound(torch.softmax, [x], options={"dim": 0})
    assert torch.equal(torch.as_tensor(columns) == 0, torch.zeros(4, 8, dtype=torch.bool))
    values, _ = gradtwin.bound(torch.sort, [x])
    assert values.shape == x.shape


def test_sums_in_half_precision_are_granted_where_they_are_declared() -> None:
    a, b = _normal(4, 512, dtype=torch.float16), _normal(512, 4, dtype=torch.float16)
    fine, coarse = (gradtwin.bound(torch.matmul, [a, b], accumulator_dtype=p) for p in ("float32", torch.float16))
    assert isinstance(fine, torch.Tensor)
    assert isinstance(coarse, torch.Tensor)
    assert float(coarse.mean()) > 4 * float(fine.mean())


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
def test_what_torch_makes_is_close(dtype: torch.dtype) -> None:
    x, weight = _normal(6, 16, dtype=dtype), _normal(16, dtype=dtype)
    gradtwin.assert_close(_softmax(x), _softmax, [x])
    gradtwin.assert_close(F.layer_norm(x, (16,), weight), lambda x, w: F.layer_norm(x, (16,), w), [x, weight])
    gradtwin.assert_close(x.T @ x, lambda x: x.T @ x, {"x": x})
    gradtwin.assert_close((x + 1, x.exp()), lambda x: (x + 1, x.exp()), [x])


def test_arrays_are_close_too() -> None:
    x = _normal(6, 16).numpy()
    gradtwin.assert_close(np.tanh(x), torch.tanh, [x])
    with pytest.raises(AssertionError, match="actual differs from the reference"):
        gradtwin.assert_close(np.tanh(x) + 1e-5, torch.tanh, [x])


X = _normal(4, 4096, dtype=torch.bfloat16)
Y = _normal(4096, 4, dtype=torch.bfloat16)
WRONG: dict[str, tuple[Any, Callable[..., Any], list[Any], str]] = {
    "a factor": (1.3 * (X @ Y), torch.matmul, [X, Y], r"Mismatched elements: \d+ / 16 .*\nWorst difference: .* times"),
    "dropped terms": (X[:, 256:] @ Y[256:], torch.matmul, [X, Y], "differs from the reference by more than rounding"),
    "zeros": (torch.zeros(4, 4096), _softmax, [X.float()], r"differs from the reference.*Expected .*, got 0"),
    "a shape": (_softmax(X)[:2], _softmax, [X], r"has shape \(2, 4096\) where the reference has \(4, 4096\)"),
    "numbers of a coarser type": (_softmax(X).float(), _softmax, [X], "right to the precision of bfloat16 only"),
    "a number of outputs": (X, lambda x: (x, x), [X], "returns 1 arrays where the reference returns 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_the_manner_of_torch(name: str) -> None:
    actual, reference, inputs, said = WRONG[name]
    with pytest.raises(AssertionError, match=f"(?s){said}"):
        gradtwin.assert_close(actual, reference, inputs)


def test_what_zeros_would_pass_is_not_close() -> None:
    x = _normal(8, dtype=torch.float16)
    with pytest.raises(AssertionError, match="proves nothing: rounding decides every value"):
        gradtwin.assert_close(1e-7 * x, lambda x: 1e-7 * x, [x])


def test_the_message_can_be_another() -> None:
    x = _normal(4)
    with pytest.raises(AssertionError, match=r"^kernel 7$"):
        gradtwin.assert_close(2 * x, torch.tanh, [x], msg="kernel 7")
    with pytest.raises(AssertionError, match=r"^kernel 7: actual differs"):
        gradtwin.assert_close(2 * x, torch.tanh, [x], msg=lambda text: f"kernel 7: {text}")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((_normal(4), torch.tanh, [_normal(4)], {"rtol": 1e-3}), "No tolerance is needed"),
        ((_normal(4), "tanh", [_normal(4)], {}), "Expected reference to be callable; got 'tanh'"),
        (([], torch.tanh, [_normal(4)], {}), "Expected actual to be a tensor or an array, or a tuple of them; got"),
        ((_normal(4), torch.tanh, _normal(4), {}), "Expected inputs to be a sequence of arrays"),
        ((_normal(4), torch.tanh, [_normal(4)], {"accumulator_dtype": "half"}), "Expected accumulator_dtype"),
    ],
)
def test_a_wrong_call_is_said(arguments: Any, said: str) -> None:
    *by_position, by_name = arguments
    with pytest.raises(UsageError, match=said):
        gradtwin.assert_close(*by_position, **by_name)
