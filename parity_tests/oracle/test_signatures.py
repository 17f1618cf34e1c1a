"""Functions with a backward by hand, in the signatures and with the results that people give them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal(2)
Y = RNG.standard_normal((4, 3))


def affine(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b


def affine_and_cache(x: Any, w: Any, b: Any) -> Any:
    return x @ w + b, (x, w)


def torch_affine(x: Any, w: Any, b: Any) -> Any:
    return torch.addmm(b, x, w)


def gradients(g: Any, x: Any, w: Any) -> tuple[Any, Any, Any]:
    return g @ w.T, x.T @ g, g.sum(0)


class Gradients(NamedTuple):
    b: Any
    x: Any
    w: Any


def of(forward: Any, backward: Any, **arguments: Any) -> gradtwin.Report:
    return gradtwin.check(forward, backward, twin=torch_affine, inputs=[X, W, B], **arguments)


AFFINE: dict[str, tuple[Any, Any, str]] = {
    "first, by names of its own": (affine, lambda a, c, d, e: gradients(a, c, d), ""),
    "first, where the inputs have other names": (affine, lambda g, a, c, d: gradients(g, a, c), ""),
    "last": (affine, lambda x, w, b, dout: gradients(dout, x, w), "backward(x, w, b, dout)"),
    "last, by a name of its own": (
        affine,
        lambda x, w, b, up: gradients(up, x, w),
        "backward(x, w, b, up), where up is the cotangent",
    ),
    "last, the inputs by names of their own": (
        affine,
        lambda a, c, d, dy: gradients(dy, a, c),
        "backward(a, c, d, dy)",
    ),
    "amid the inputs": (
        affine,
        lambda x, grad_output, w, b: gradients(grad_output, x, w),
        "backward(x, grad_output, w",
    ),
    "by name alone": (affine, lambda x, w, b, *, dout: gradients(dout, x, w), "backward(x, w, b, *, dout)"),
    "without an input that it does not need": (affine, lambda g, w, x: gradients(g, x, w), "backward(g, w, x)"),
    "with a cache": (affine_and_cache, lambda dout, cache: gradients(dout, *cache), "forward -> (output, cache)"),
    "with the cache first": (affine_and_cache, lambda cache, dout: gradients(dout, *cache), "backward(cache, dout)"),
    "with a cache and an input": (affine_and_cache, lambda g, w, ctx: gradients(g, ctx[0], w), "backward(g, w, ctx)"),
    "a list": (affine, lambda g, x, w, b: list(gradients(g, x, w)), ""),
    "a dict": (affine, lambda g, x, w, b: dict(zip("xwb", gradients(g, x, w), strict=True)), ""),
    "a dict of names that say so": (
        affine,
        lambda g, x, w, b: dict(zip(("dx", "grad_w", "b_grad"), gradients(g, x, w), strict=True)),
        "",
    ),
    "a named tuple in another order": (
        affine,
        lambda g, x, w, b: Gradients(**dict(zip("xwb", gradients(g, x, w), strict=True))),
        "",
    ),
}


@pytest.mark.parametrize(("forward", "backward", "words"), AFFINE.values(), ids=AFFINE)
def test_a_signature_is_read_and_said(forward: Any, backward: Any, words: str) -> None:
    report = of(forward, backward)
    assert report.ok, report
    assert str(report.coverage) == "values and gradients of x, w, b"
    assert words in report.form
    assert bool(report.form) == bool(words)


@pytest.mark.parametrize(("forward", "backward", "words"), AFFINE.values(), ids=AFFINE)
def test_a_wrong_gradient_is_refused_in_every_signature(forward: Any, backward: Any, words: str) -> None:
    # Called as it is, the backward gets twice the cotangent in one gradient alone.
    def wrong(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: 2 * v if "b" in k else v for k, v in value.items()}
        if hasattr(value, "_fields"):
            return value._replace(b=2 * value.b)
        return type(value)([*value[:2], 2 * value[2]])

    spoiled = _wrapped(backward, wrong)
    report = of(forward, spoiled)
    assert report.verdict == "mismatch", report
    assert {finding.quantity for finding in report.findings} == {"gradient of b"}


def _wrapped(function: Callable[..., Any], change: Callable[[Any], Any]) -> Any:
    import functools

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        return change(function(*arguments, **options))

    return call


def test_gradients_under_the_names_of_others_are_refused() -> None:
    def backward(grad: Any, x: Any, scale: Any, shift: Any) -> Any:
        return {"x": grad * scale, "shift": (grad * x).sum(0), "scale": grad.sum(0)}

    report = gradtwin.check(
        lambda x, scale, shift: x * scale + shift,
        backward,
        twin=lambda x, scale, shift: torch.addcmul(shift, x, scale),
        inputs=[X, X[0], X[1]],
    )
    assert {finding.quantity for finding in report.findings} == {"gradient of scale", "gradient of shift"}


def test_what_a_backward_does_not_name_is_judged_only_where_it_is_asked_for() -> None:
    def some(g: Any, x: Any, w: Any, b: Any) -> Any:
        return {"w": x.T @ g, "b": g.sum(0)}

    report = of(affine, some)
    assert report.ok, report
    assert str(report.coverage) == "values and gradients of w, b"
    assert "gradients of x are not judged" in str(report)
    asked = of(affine, some, differentiable=("x", "w"))
    assert [f.quantity for f in asked.findings] == ["gradient of x"]
    nothing = of(affine, lambda g, x, w, b: {"x": g @ w.T, "w": None, "b": g.sum(0)})
    assert [f.quantity for f in nothing.findings] == ["gradient of w"]
    unknown = of(affine, lambda g, x, w, b: {"x": g @ w.T, "v": x.T @ g})
    assert "v" in unknown.findings[0].message
    alone = of(affine, lambda g, x, w, b: x.T @ g)
    assert "differentiable" in alone.findings[0].message


def test_a_backward_may_take_the_output() -> None:
    for backward in (lambda g, y: g * (1 - y * y), lambda out, dout: dout * (1 - out * out)):
        report = gradtwin.check(lambda x: np.tanh(x), backward, twin=torch.tanh, inputs=[X])
        assert report.ok, report
        assert "backward(" in report.form
    wrong = gradtwin.check(lambda x: np.tanh(x), lambda g, output: g * (1 - output), twin=torch.tanh, inputs=[X])
    assert wrong.verdict == "mismatch"


def test_an_input_of_that_name_is_no_output() -> None:
    report = gradtwin.check(lambda x, y: x * y, lambda grad, x, y: (grad * y, grad * x), twin=torch.mul, inputs=[X, Y])
    assert report.ok, report
    assert not report.form


def test_cotangents_of_several_outputs_may_come_one_by_one() -> None:
    def backward(dy: Any, dz: Any, x: Any) -> Any:
        return dy * np.cos(x) - dz * np.sin(x)

    def judged(function: Any) -> gradtwin.Report:
        forward = lambda x: (np.sin(x), np.cos(x))  # noqa: E731
        return gradtwin.check(forward, function, twin=lambda x: (torch.sin(x), torch.cos(x)), inputs=[X])

    assert judged(backward).ok
    assert judged(lambda dz, dy, x: backward(dy, dz, x)).verdict == "mismatch"


def test_a_gradient_of_a_number_needs_no_cotangent() -> None:
    def twin(x: Any) -> Any:
        return x.square().sum()

    def square(x: Any) -> Any:
        return (x * x).sum()

    for gradient in (lambda x: 2 * x, lambda v: 2 * v):
        report = gradtwin.check(square, gradient, twin=twin, inputs=[X])
        assert report.ok, report
        assert "without a cotangent" in report.form
    assert gradtwin.check(square, lambda x: x, twin=twin, inputs=[X]).verdict == "mismatch"
    cached = gradtwin.check(lambda x: ((x * x).sum(), x), lambda cache: 2 * cache, twin=twin, inputs=[X])
    assert cached.ok, cached
    with pytest.raises(UsageError, match=r"cotangent.*\(4, 3\).*gradtwin\.derivative"):
        gradtwin.check(lambda x: x * x, lambda x: 2 * x, twin=torch.square, inputs=[X])


def test_what_may_be_two_things_is_asked_for() -> None:
    def two(a: Any, c: Any) -> Any:
        return c, a

    arguments: dict[str, Any] = {"twin": lambda x, y: (x * y).sum(), "inputs": [X, Y]}
    with pytest.raises(UsageError, match=r"backward\(a, c\).*form='backward\(grad, cache\)'"):
        gradtwin.check(lambda x, y: (x * y).sum(), two, **arguments)
    said = gradtwin.check(lambda x, y: (x * y).sum(), two, form="backward(*inputs)", **arguments)
    assert said.ok, said
    cached = of(affine_and_cache, lambda a, c: gradients(a, *c), form="(grad, cache)")
    assert cached.ok, cached
    assert cached.form == "forward -> (output, cache), backward(grad, cache)"
    with pytest.raises(UsageError, match=r"form.*'grda'.*Nearest: grad"):
        of(affine, lambda a, c, d, e: gradients(a, c, d), form="(grda, *inputs)")
    with pytest.raises(UsageError, match="form beside a backward"):
        of(affine, None, form="(grad, *inputs)")


def test_a_forward_without_the_cache_that_its_backward_takes_is_told() -> None:
    report = of(affine, lambda dout, cache: gradients(dout, *cache))
    assert report.verdict == "structure"
    assert "an output and a cache are due" in report.findings[0].message


def test_an_option_of_that_name_is_no_cotangent() -> None:
    def huber(x: Any, y: Any, delta: float = 1.0) -> Any:
        e = np.abs(x - y)
        return np.where(e < delta, 0.5 * e * e, delta * (e - 0.5 * delta))

    def backward(grad: Any, x: Any, y: Any, delta: float = 1.0) -> Any:
        slope = grad * np.clip(x - y, -delta, delta)
        return slope, -slope

    def twin(x: Any, y: Any, delta: float = 1.0) -> Any:
        return torch.nn.functional.huber_loss(x, y, delta=delta, reduction="none")

    for options in ({}, {"delta": 0.5}):
        report = gradtwin.check(huber, backward, twin=twin, inputs=[X, Y], options=options)
        assert report.ok, report
        assert not report.form


@pytest.mark.parametrize("count", [1, 2, 3])
def test_inputs_without_names_of_their_own_follow_the_cotangent(count: int) -> None:
    report = gradtwin.check(
        lambda *arrays: sum((a * a).sum() for a in arrays),
        lambda grad, *arrays: tuple(2 * grad * a for a in arrays),
        twin=lambda *arrays: sum(a.square().sum() for a in arrays),
        inputs=[X, Y, W][:count],
    )
    assert report.ok, report
    assert not report.form


def test_inputs_without_names_may_follow_others() -> None:
    report = gradtwin.check(
        lambda x, *rest: x * sum(rest),
        lambda grad, x, *rest: (grad * sum(rest), *(grad * x for _ in rest)),
        twin=lambda x, *rest: x * sum(rest),
        inputs=[X, Y, X + 1],
    )
    assert report.ok, report


def test_inputs_by_name_come_in_the_order_of_the_forward() -> None:
    report = gradtwin.check(
        affine,
        lambda x, w, b, g: gradients(g, x, w),
        twin=torch_affine,
        inputs={"b": B, "w": W, "x": X},
    )
    assert report.ok, report


def test_a_derivative_is_judged_at_every_element() -> None:
    def judged(df: Any, **arguments: Any) -> gradtwin.Report:
        twin = lambda x: x / (1 + x.abs())  # noqa: E731
        inputs = {"twin": twin, "inputs": [X], **arguments}
        return gradtwin.check(lambda x: x / (1 + np.abs(x)), gradtwin.derivative(df), **inputs)

    right = judged(lambda x: 1 / (1 + np.abs(x)) ** 2)
    assert right.ok, right
    assert "derivative" in right.form
    assert judged(lambda x: 1 / (1 + np.abs(x))).verdict == "mismatch"
    assert judged(lambda x: 1 / (1 + np.abs(x)) ** 2, inputs={"x": X}, dtypes=("float32",)).ok
    several = gradtwin.check(
        lambda x, b: x * b * b,
        gradtwin.derivative(lambda x, b: (b * b + 0 * x, 2 * x * b)),
        twin=lambda x, b: x * b * b,
        inputs=[X, X[0]],
    )
    assert several.ok, several  # added up where b was broadcast
    with pytest.raises(UsageError, match="df to be callable"):
        gradtwin.derivative(3)  # type: ignore[arg-type]


def loss(w: Any, x: Any, y: Any) -> tuple[Any, Any]:
    r = x @ w - y
    return r @ r / len(r), 2 * x.T @ r / len(r)


def torch_loss(w: Any, x: Any, y: Any) -> Any:
    return torch.addmv(y, x, w, beta=-1).square().mean()


DATA = [X[0], X, Y[:, 0]]


def test_a_value_with_its_gradient_is_judged() -> None:
    def judged(function: Any, **arguments: Any) -> gradtwin.Report:
        own = {"inputs": DATA, "differentiable": ("w",), **arguments}
        return gradtwin.check(gradtwin.value_and_grad(function), twin=torch_loss, **own)

    right = judged(loss)
    assert right.ok, right
    assert "value and its gradient" in right.form
    assert judged(lambda w, x, y: (float(loss(w, x, y)[0]), {"w": loss(w, x, y)[1]}), differentiable=None).ok
    assert judged(lambda w, x, y: (loss(w, x, y)[0], len(y) * loss(w, x, y)[1])).verdict == "mismatch"
    assert judged(lambda w, x, y: (2 * loss(w, x, y)[0], loss(w, x, y)[1])).verdict == "mismatch"
    assert judged(lambda w, x, y: loss(w, x, y)[0]).verdict == "structure"
    assert judged(lambda w, x, y: loss(w, x, y), inputs=dict(zip("wxy", DATA, strict=True))).ok
    with pytest.raises(UsageError, match=r"number.*gradtwin\.derivative"):
        gradtwin.check(gradtwin.value_and_grad(lambda w: (w * w, 2 * w)), twin=torch.square, inputs=[X])
    with pytest.raises(UsageError, match="no backward beside"):
        gradtwin.check(gradtwin.value_and_grad(loss), lambda g, *inputs: g, twin=torch_loss, inputs=DATA)
    with pytest.raises(UsageError, match="f to be callable"):
        gradtwin.value_and_grad(3)  # type: ignore[arg-type]


@dataclasses.dataclass
class Parameters:
    w: Any
    b: Any


def test_inputs_in_a_dict_or_a_dataclass_are_judged_one_by_one() -> None:
    def judged(params: Any, get: Any, back: Any, **arguments: Any) -> gradtwin.Report:
        def forward(params: Any, x: Any) -> Any:
            return np.tanh(x @ get(params, "w") + get(params, "b"))

        def backward(grad: Any, params: Any, x: Any) -> Any:
            pre = grad * (1 - forward(params, x) ** 2)
            return back(w=x.T @ pre, b=pre.sum(0)), pre @ get(params, "w").T

        def twin(params: Any, x: Any) -> Any:
            return torch.tanh(torch.addmm(get(params, "b"), x, get(params, "w")))

        return gradtwin.check(forward, backward, twin=twin, inputs=[params, X], **arguments)

    report = judged({"w": W, "b": B}, lambda p, n: p[n], dict)
    assert report.ok, report
    assert str(report.coverage) == "values and gradients of params['w'], params['b'], x"
    record = judged(Parameters(W, B), getattr, Parameters)
    assert str(record.coverage) == "values and gradients of params.w, params.b, x"
    wrong = judged({"w": W, "b": B}, lambda p, n: p[n], lambda w, b: {"w": w, "b": b / 4})
    assert [f.quantity for f in wrong.findings] == ["gradient of params['b']"]
    one = judged({"w": W, "b": B}, lambda p, n: p[n], dict, differentiable=("params",))
    assert one.ok, one
    swapped = judged({"w": X[:3, :3], "b": X[0]}, lambda p, n: p[n], lambda w, b: {"w": w, "c": b})
    assert swapped.verdict == "structure"


def test_a_tuple_of_arrays_is_several_inputs() -> None:
    def backward(g: Any, x: Any, state: Any) -> Any:
        return g * state[0], (g * x, g + 0)

    def judged(function: Any) -> gradtwin.Report:
        both = lambda x, state: x * state[0] + state[1]  # noqa: E731
        return gradtwin.check(both, function, twin=both, inputs=[X, (Y, X + 1)])

    assert str(judged(backward).coverage) == "values and gradients of x, state[0], state[1]"
    assert judged(lambda g, x, state: (g * state[0], (g + 0, g * x))).verdict == "mismatch"
    joined = gradtwin.check(np.concatenate, lambda g, a: [g[:4], g[4:]], twin=torch.cat, inputs=[[X, Y]])
    assert joined.ok, joined


def test_outputs_in_a_dict_are_paired_by_their_names() -> None:
    def forward(x: Any) -> Any:
        return {"sine": np.sin(x), "norm": (x * x).sum()}

    def backward(grads: Any, x: Any) -> Any:
        return grads["sine"] * np.cos(x) + 2 * grads["norm"] * x

    def twin(x: Any) -> Any:
        return {"norm": x.square().sum(), "sine": torch.sin(x)}

    report = gradtwin.check(forward, backward, twin=twin, inputs=[X])
    assert report.ok, report
    wrong = gradtwin.check(lambda x: {"sine": np.cos(x), "norm": (x * x).sum()}, twin=twin, inputs=[X])
    assert [f.quantity for f in wrong.findings] == ["output['sine']"]


STRUCTURES: dict[str, tuple[Any, Any, str]] = {
    "other names": (lambda x: {"a": x + 0}, lambda x: {"b": x}, "returns ['a'] where the twin returns ['b']"),
    "a dict for an array": (lambda x: {"a": x + 0}, lambda x: x, "returns a dict where the twin returns an array"),
    "an array for a dict": (lambda x: x + 0, lambda x: {"a": x}, "returns an array or a tuple of arrays"),
    "a nested tuple for a flat one": (
        lambda x: ((x + 0, x + 1), x + 2),
        lambda x: (x, x + 1, x + 2),
        "returns a tuple in a tuple where the twin returns 3 arrays",
    ),
    "a flat tuple for a nested one": (
        lambda x: (x + 0, x + 1, x + 2),
        lambda x: ((x, x + 1), x + 2),
        "where the twin returns [0][0], [0][1], [1]",
    ),
}


@pytest.mark.parametrize(("forward", "twin", "words"), STRUCTURES.values(), ids=STRUCTURES)
def test_another_structure_of_the_result_is_no_match(forward: Any, twin: Any, words: str) -> None:
    report = gradtwin.check(forward, twin=twin, inputs=[X])
    assert report.verdict == "structure"
    assert words in report.findings[0].message


def test_code_of_numpy_takes_tensors_as_arrays() -> None:
    def backward(grad: Any, x: Any) -> Any:
        return grad * (1 - np.tanh(x) ** 2)

    for inputs in ([torch.from_numpy(X)], {"x": torch.from_numpy(X).float()}):
        report = gradtwin.check(lambda x: np.tanh(x), backward, twin=torch.tanh, inputs=inputs)
        assert report.ok, report


def test_a_signature_is_read_in_a_process_of_its_own_too() -> None:
    def judged(factor: float) -> gradtwin.Report:
        def backward(dout: Any, cache: Any) -> Any:
            return dict(zip(("x", "w", "b"), (factor * g for g in gradients(dout, *cache)), strict=True))

        return of(affine_and_cache, backward, isolate=True)

    assert judged(1.0).ok
    assert judged(2.0).verdict == "mismatch"
