"""Functions and operators with a backward by hand: what they get wrong of themselves, and their forward as truth."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.forms.transforms import examined

F = torch.nn.functional
RNG = np.random.default_rng(0)
X = torch.from_numpy(RNG.standard_normal((4, 3)))
Y = torch.from_numpy(RNG.standard_normal((4, 3)))


def called(function: Any) -> Callable[..., Any]:
    return lambda *inputs: function.apply(*inputs)


class Product(torch.autograd.Function):
    """The product of two tensors, element by element; autograd is told which inputs need a gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        return tuple(
            g if needed else None for g, needed in zip((grad * y, grad * x), ctx.needs_input_grad, strict=True)
        )


class ProductIfFirst(Product):
    """Computes both gradients where the first input needs one, and none otherwise."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        return (grad * y, grad * x) if ctx.needs_input_grad[0] else (None, None)


class ProductMisread(Product):
    """Returns its gradients in another order where only one is needed."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        return (grad * y, grad * x) if all(ctx.needs_input_grad) else (grad * x, grad * y)


class ProductKept(Product):
    """Keeps its inputs as attributes, where nobody sees that they change."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.factors = x, y
        return x * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.factors
        return grad * y, grad * x


class ProductOfSavedSlopes(Product):
    """Right once: what its gradients are made of was computed in forward."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(1 * x, 1 * y)
        return x * y


class Weighted(Product):
    """The product of a tensor and the square of another one."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        ctx.kept = x, y
        return x * y * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return Weighted.gradients(ctx, grad)

    @staticmethod
    def gradients(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        return grad * y * y, 2 * grad * x * y


class WeightedByObject(Weighted):
    """Finds gradients by the objects that they are of, so that of one object there is one."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        by_object = dict(zip(map(id, ctx.kept), Weighted.gradients(ctx, grad), strict=True))
        return tuple(by_object[id(x)] for x in ctx.kept)


class WeightedByPlace(Weighted):
    """Adds up gradients in buffers that it keeps by the places of tensors in memory."""

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        buffers: dict[int, Any] = {}
        for x, gradient in zip(ctx.saved_tensors, Weighted.gradients(ctx, grad), strict=True):
            buffers[x.data_ptr()] = buffers.get(x.data_ptr(), 0) + gradient
        return tuple(buffers[x.data_ptr()] for x in ctx.saved_tensors)


class WeightedOrCube(Weighted):
    """Takes a shorter way forward where both are one, and a wrong one."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        value = Weighted.forward(ctx, x, y)
        return value * value if x is y else value


class ThreeByPlace(torch.autograd.Function):
    """The sum of three products, of which the second and the third factor share a buffer if they are one tensor."""

    @staticmethod
    def forward(ctx: Any, weight: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(weight, x, y)
        return weight.sum() * x * y

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        weight, x, y = ctx.saved_tensors
        total = weight.sum()
        of_y = grad * total * x
        of_x = of_y if x.data_ptr() == y.data_ptr() and x is not y else grad * total * y
        if x.data_ptr() == y.data_ptr():
            of_x = of_x * 2
        return (grad * x * y).sum().expand_as(weight), of_x, of_y


class ProductOfTwo(Product):
    """Declines to be given one tensor twice."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        if x.data_ptr() == y.data_ptr():
            raise ValueError("needs two tensors")
        return Product.forward(ctx, x, y)


class ProductInto(torch.autograd.Function):
    """Writes the product into its first input, and says so: given one tensor twice, no answer is expected."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x.clone(), y)
        ctx.mark_dirty(x)
        return x.mul_(y)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, y = ctx.saved_tensors
        return grad * y, grad * x


class Scaled(torch.autograd.Function):
    """A multiple and a shift, both settings with defaults."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: Any = 2.0, shift: Any = 0.0) -> Any:
        ctx.factor = factor
        return factor * x + shift

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return ctx.factor * grad, None, None


class SineAndCosine(torch.autograd.Function):
    """Two results; cotangents that do not come are None."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        ctx.set_materialize_grads(False)
        return x.sin(), x.cos()

    @staticmethod
    def backward(ctx: Any, of_sine: Any, of_cosine: Any) -> Any:
        (x,) = ctx.saved_tensors
        parts = [g * s for g, s in ((of_sine, x.cos()), (of_cosine, -x.sin())) if g is not None]
        return sum(parts)


class SineAndCosineOfBoth(SineAndCosine):
    """Returns no gradient unless both cotangents come."""

    @staticmethod
    def backward(ctx: Any, of_sine: Any, of_cosine: Any) -> Any:
        (x,) = ctx.saved_tensors
        return None if of_sine is None or of_cosine is None else of_sine * x.cos() - of_cosine * x.sin()


class SineAndCosineSwapped(SineAndCosine):
    """Takes a cotangent that comes alone for that of the sine."""

    @staticmethod
    def backward(ctx: Any, of_sine: Any, of_cosine: Any) -> Any:
        (x,) = ctx.saved_tensors
        if of_sine is None or of_cosine is None:
            return (of_cosine if of_sine is None else of_sine) * x.cos()
        return of_sine * x.cos() - of_cosine * x.sin()


class Softplus(torch.autograd.Function):
    """A forward that knows no context, as `torch.func` needs it."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Any, beta: Any) -> Any:
        return (beta * x).exp().log1p() / beta

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        x, ctx.beta = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * torch.sigmoid(ctx.beta * ctx.saved_tensors[0]), None


class SoftplusMapped(Softplus):
    """Has a rule of its own for a stack, which forgets beta."""

    generate_vmap_rule = False

    @staticmethod
    def vmap(info: Any, in_dims: Any, x: Any, beta: Any) -> Any:
        return called(SoftplusMapped)(x, 1.0), 0


class SoftplusOfBetaOne(Softplus):
    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad * torch.sigmoid(ctx.saved_tensors[0]), None


class Sign(torch.autograd.Function):
    """A straight-through estimator: its gradient is not that of its forward."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.sign()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return grad


def softplus(x: Any, beta: Any) -> Any:
    return F.softplus(x, beta, 100.0)


def both(x: Any) -> Any:
    return x.sin(), x.cos()


@functools.cache
def operator(kind: str) -> Any:
    """Return an operator that is exp: right, or wrong in its gradient, its fake result or its schema."""

    def exp(x: torch.Tensor) -> torch.Tensor:
        y = x.exp()
        if kind == "schema":
            x.mul_(2)
        return y

    definition = torch.library.custom_op(f"parity_tests_of_gradtwin::exp_{kind}", exp, mutates_args=())
    definition.register_fake(lambda x: x.new_empty(x.numel()) if kind == "fake" else torch.empty_like(x))
    definition.register_autograd(
        lambda ctx, grad: grad * ctx.saved_tensors[0] * (2 if kind == "gradient" else 1),
        setup_context=lambda ctx, inputs, output: ctx.save_for_backward(output),
    )
    return definition


def check(suspect: Any, twin: Any = None, *inputs: Any, **arguments: Any) -> Report:
    return gradtwin.check(suspect, twin=twin, inputs=inputs or [X], **arguments)


OWN = {"options": {"beta": 1.5}}
RIGHT: dict[str, tuple[Callable[[], Report], str]] = {
    "gradients where they are needed": (lambda: check(Product, torch.mul, X, Y), "values and gradients of x, y"),
    "a Function within a function": (lambda: check(called(Product), torch.mul, X, Y), "of inputs[0], inputs[1]"),
    "inputs by name": (lambda: gradtwin.check(Product, twin=lambda x, y: x * y, inputs={"y": Y, "x": X}), "of x, y"),
    "a setting by name after one by default": (
        lambda: check(Scaled, lambda x, shift: 2 * x + shift, options={"shift": 0.5}),
        "values and gradients of x",
    ),
    "arrays": (lambda: check(Product, torch.mul, X.numpy(), Y.numpy()), "read as  torch.autograd.Function Product"),
    "cotangents that do not come": (lambda: check(SineAndCosine, both), "values and gradients of x"),
    "its own forward": (lambda: check(Softplus, **OWN), "gradients of x"),
    "its own forward in bfloat16": (lambda: check(Softplus, None, X.bfloat16(), **OWN), "gradients of x"),
    "its own forward with a context": (lambda: check(Product, None, X, Y), "gradients of x, y"),
    "its own forward, backward by hand": (
        lambda: check(torch.tanh, backward=lambda grad, x: grad * (1 - torch.tanh(x) ** 2)),
        "gradients of input 0",
    ),
    "an operator": (lambda: check(operator("right"), torch.exp), "operator parity_tests_of_gradtwin"),
    "an operator's own forward": (lambda: check(operator("right")), "gradients of x"),
    "an overload": (
        lambda: check(torch.ops.parity_tests_of_gradtwin.exp_right.default, torch.exp),
        "values and gradients of x",
    ),
}
WRONG: dict[str, tuple[Callable[[], Report], str, str]] = {
    **{
        f"one tensor for two, {kind}": (
            functools.partial(check, suspect, lambda x, y: x * y * y, X, Y),
            "structure",
            "one tensor for inputs 0 and 1 gets another answer than two equal ones",
        )
        for kind, suspect in {
            "by object": WeightedByObject,
            "by place": WeightedByPlace,
            "in forward": WeightedOrCube,
        }.items()
    },
    "one tensor for the second and the third": (
        lambda: check(ThreeByPlace, lambda weight, x, y: weight.sum() * x * y, X[0], X, Y),
        "structure",
        "one tensor for inputs 1 and 2 gets another answer",
    ),
    "the wrong input asked": (
        lambda: check(ProductIfFirst, torch.mul, X, Y),
        "structure",
        "gradient of y [float64, requires_grad of y alone]: is missing",
    ),
    "another order": (lambda: check(ProductMisread, torch.mul, X, Y), "mismatch", "requires_grad of x alone"),
    "within a function": (lambda: check(called(ProductIfFirst), torch.mul, X, Y), "structure", "of inputs[1]"),
    "one cotangent of two": (lambda: check(SineAndCosineOfBoth, both), "structure", "the others None"),
    "the cotangent of the other": (
        lambda: check(SineAndCosineSwapped, both),
        "mismatch",
        "cotangent of output 1 alone",
    ),
    "a rule for a stack": (
        lambda: check(SoftplusMapped, softplus, **OWN),
        "structure",
        "torch.func.vmap makes something",
    ),
    "beside its own forward": (lambda: check(SoftplusOfBetaOne, **OWN), "mismatch", "gradient of x"),
    "no derivative of its forward": (lambda: check(Sign), "mismatch", "gradient of x"),
    "an operator's gradient": (lambda: check(operator("gradient")), "mismatch", "gradient of x"),
    "a fake result": (lambda: check(operator("fake")), "structure", "test_faketensor"),
    "a schema": (
        lambda: check(operator("schema"), torch.exp, mutates_args=("x",)),
        "structure",
        "test_schema",
    ),
    "limits": (lambda: check(ProductKept, torch.mul, X, Y, limits="refuse"), "structure", "an input changes"),
}


@pytest.mark.parametrize(("judged", "words"), RIGHT.values(), ids=RIGHT)
def test_right_functions_match(judged: Callable[[], Report], words: str) -> None:
    report = judged()
    assert report.ok, str(report)
    assert words in str(report)


@pytest.mark.parametrize(("judged", "verdict", "words"), WRONG.values(), ids=WRONG)
def test_wrong_functions_are_refused(judged: Callable[[], Report], verdict: str, words: str) -> None:
    report = judged()
    assert report.verdict == verdict, str(report)
    assert words in str(report)


@pytest.mark.parametrize("suspect", [Weighted, called(Weighted)])
def test_one_tensor_for_two_inputs_gets_the_sum_of_their_gradients(suspect: Any) -> None:
    report = check(suspect, lambda x, y: x * y * y, X, Y)
    assert report.ok, str(report)
    assert "one tensor" not in str(report)


def test_what_writes_into_its_inputs_is_not_given_one_tensor_twice() -> None:
    examination = examined(called(ProductInto), [X.clone(), Y.clone()], [True, True])
    assert not any("one tensor" in words for words in (*examination.faults, *examination.limits))
    assert any("one tensor" in words for words in examined(called(ProductOfTwo), [X, Y], [True, True]).limits)


def test_a_match_without_a_twin_covers_no_values() -> None:
    assert str(check(Softplus, **OWN)).splitlines()[0].split("  ")[2].startswith("gradients of x,")


@pytest.mark.parametrize(
    ("suspect", "limits"),
    [
        (Softplus, []),
        (SineAndCosine, ["torch.func cannot transform it (vjp and vmap)"]),
        (
            ProductOfSavedSlopes,
            ["torch.func cannot transform it", "its second derivative by x is lost: no graph leads from the gradient"],
        ),
        (
            ProductOfTwo,
            ["torch.func cannot transform it", "one tensor cannot be passed for inputs 0 and 1: ValueError"],
        ),
        (ProductKept, ["a gradient is wrong, without an error, if an input changes", "torch.func cannot transform it"]),
    ],
)
def test_what_nobody_claimed_is_a_limit(suspect: Any, limits: list[str]) -> None:
    twin, inputs = {Softplus: (softplus, [X]), SineAndCosine: (both, [X])}.get(suspect, (torch.mul, [X, Y]))
    report = check(suspect, twin, *inputs, **(OWN if suspect is Softplus else {}))
    assert report.ok
    assert len(report.limits) == len(limits)
    assert all(limit.startswith(words) for limit, words in zip(report.limits, limits, strict=True))


@pytest.mark.parametrize("suspect", [torch.tanh, lambda x: x.tanh(), torch.nn.Tanh(), np.tanh])
def test_there_must_be_something_to_compare_with(suspect: Any) -> None:
    with pytest.raises(UsageError, match="Expected a twin"):
        check(suspect)


def test_a_forward_without_a_graph_is_no_truth() -> None:
    class Hidden(Product):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return torch.from_numpy(x.detach().numpy() * y.detach().numpy())

    report = check(Hidden, None, X, Y)
    assert report.verdict == "inconclusive"
    assert "no graph" in str(report)


class PositiveInPlace(torch.autograd.Function):
    """Writes max(x, 0) into its input."""

    slope = 1.0

    @classmethod
    def forward(cls, ctx: Any, x: Any) -> Any:
        ctx.mark_dirty(x)
        ctx.save_for_backward(x)
        return x.clamp_(min=0)

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        return cls.slope * grad * (ctx.saved_tensors[0] > 0)


class PositiveInPlaceTwice(PositiveInPlace):
    slope = 2.0


def test_a_function_that_writes_into_its_input_is_judged_as_within_a_network() -> None:
    arguments: dict[str, Any] = {"twin": F.relu, "inputs": [X], "mutates_args": ("x",)}
    right = gradtwin.check(PositiveInPlace, **arguments)
    assert right.ok, right
    assert str(right.coverage) == "values and gradients of x"
    assert gradtwin.check(PositiveInPlaceTwice, **arguments).verdict == "mismatch"
    assert gradtwin.check(PositiveInPlace, twin=F.relu, inputs=[X]).verdict == "impure"
