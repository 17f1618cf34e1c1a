"""What `check` takes besides arrays, and what it makes of a twin that has less to give."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from gradtwin import Report, check
from gradtwin.core.errors import UsageError


class Gradients(NamedTuple):
    x: Any
    y: Any


def test_a_tuple_goes_to_both_sides_as_it_is() -> None:
    given = []

    def scaled(x: Any, factors: Any) -> Any:
        given.append(factors)
        return x * factors[0] + factors[1]

    report = check(scaled, twin=scaled, inputs=lambda rng: (rng.standard_normal(5), (3.0, 2)), dtypes=("float32",))
    assert report.ok, str(report)
    assert set(given) == {(3.0, 2)}


def test_an_output_that_is_none_is_left_out_on_both_sides() -> None:
    report = check(
        lambda x: (2 * x, None),
        lambda grad, x: 2 * grad,
        twin=lambda x: (2 * x, None),
        inputs=lambda rng: [rng.standard_normal(5)],
        dtypes=("float64", "float32"),
    )
    assert report.ok, str(report)


def test_a_gradient_of_zeros_is_taken_where_the_twin_has_none() -> None:
    def judged(of_y: float) -> Any:
        return check(
            lambda x, y: 3 * x,
            lambda grad, x, y: Gradients(3 * grad, np.full_like(y, of_y)),
            twin=lambda x, y: 3 * x,
            inputs=lambda rng: (rng.standard_normal(5), rng.standard_normal(5)),
            dtypes=("float64", "float32"),
        )

    assert judged(0.0).ok
    assert judged(1.0).verdict == "structure"


def test_attention_of_torch_is_judged_though_it_is_one_kernel() -> None:
    def attention(query: Any, key: Any, value: Any) -> Any:
        scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return (weights / weights.sum(axis=-1, keepdims=True) @ value).astype(query.dtype)

    report = check(
        attention,
        twin=torch.nn.functional.scaled_dot_product_attention,
        inputs=lambda rng: [rng.standard_normal((2, 3, 5, 4)) for _ in range(3)],
        dtypes=("float64", "float32"),
    )
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("factor", "cause"), [(2.0, "a constant factor of 2"), (7.0, "a constant factor of 7"), (2.7, None)]
)
def test_of_a_single_number_only_a_telling_factor_is_named(factor: float, cause: str | None) -> None:
    report = check(
        lambda x: factor * (x * x).sum(),
        twin=lambda x: (x * x).sum(),
        inputs=[np.array([1.0, 3.0])],
        dtypes=("float64", "float32"),
        name="squares",
    )
    assert report.verdict == "mismatch"
    assert {f.cause for f in report.findings} == {cause}


def test_every_entry_of_the_jacobian_is_judged_by_its_own_size_where_that_is_asked_for() -> None:
    x = np.array([1.0, 2.0, 3.0])
    weights = np.array([1e12, 1.0, 1.0])

    def judged(slip: float, **arguments: Any) -> Report:
        # The gradient of x[0] by the last output is 1 beside 1e12 by the first one.
        def backward(grad: Any, x: Any) -> Any:
            return weights.astype(x.dtype) * grad + np.array([(1 + slip) * grad[2], 0, 0], x.dtype)

        def twin(x: Any) -> Any:
            return torch.from_numpy(weights).to(x.dtype) * x + torch.stack([0 * x[0], 0 * x[0], x[0]])

        def forward(x: Any) -> Any:
            return weights.astype(x.dtype) * x + np.array([0, 0, x[0]], x.dtype)

        return check(forward, backward, twin=twin, inputs=[x], **arguments)

    assert judged(0).ok
    assert judged(0, jacobian=True).ok
    slip = 1e-5
    hidden = judged(slip, dtypes=("float32",))
    assert not [f for f in hidden.findings if "random cotangent" in f.context]
    found = judged(slip, jacobian=True, dtypes=("float32",))
    assert any("derivative of output[2]" in f.context for f in found.findings), found


def test_what_neither_side_takes_is_no_fault_of_the_suspect() -> None:
    x = np.eye(2, dtype=np.float16)
    with pytest.raises(UsageError, match="twin"):
        check(np.linalg.inv, twin=torch.linalg.inv, inputs=[x])
    report = check(np.linalg.inv, twin=lambda a: a + 0, inputs=[x])
    assert report.verdict == "crash"
