"""Code of tensors: functions, modules and autograd Functions are judged as code of arrays is, in bfloat16 too."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.utils.checkpoint

import gradtwin
from gradtwin.core.bound import PRECISIONS, precision
from gradtwin.core.carrier import dtype_name, from_tensor, rounded
from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.ops.inputs import as_asked

F = torch.nn.functional
WHOLE = torch.arange(12.0).reshape(4, 3)
LONG = torch.from_numpy(np.random.default_rng(2).standard_normal(500))
X = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 3)))
W = torch.from_numpy(np.random.default_rng(1).standard_normal((3, 2)))
BFLOAT16 = precision("bfloat16")


class Square(torch.autograd.Function):
    """The square, with its slope by hand."""

    slope = 2.0

    @classmethod
    def forward(cls, ctx: Any, input: Any) -> Any:
        ctx.save_for_backward(input)
        return input * input

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        (input,) = ctx.saved_tensors
        return cls.slope * input * grad


class SquareOfSlopeOne(Square):
    slope = 1.0


class SquareInParts(torch.autograd.Function):
    """The square with a forward that knows no context."""

    @staticmethod
    def forward(input: Any) -> Any:
        return input * input

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return 2 * ctx.saved_tensors[0] * grad


class Power(torch.autograd.Function):
    """A power whose exponent and manner of rounding come by position; `slope_factor` is what its slope is wrong by."""

    slope_factor = 1.0

    @classmethod
    def forward(cls, ctx: Any, input: Any, exponent: int, rounding: str, is_shifted: bool) -> Any:
        if type(exponent) is not int or rounding != "nearest" or is_shifted is not False:
            raise TypeError("Expected numbers, words and switches of Python's own.")
        ctx.save_for_backward(input)
        ctx.exponent = exponent
        return input**exponent

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        slope = ctx.exponent * ctx.saved_tensors[0] ** (ctx.exponent - 1)
        return cls.slope_factor * slope * grad, None, None, None


class PowerOfHalfTheSlope(Power):
    slope_factor = 0.5


class Hardswish(torch.autograd.Function):
    """The hard swish with slopes of its own at both kinks; a third of small whole numbers is at one of them."""

    slopes = -0.5, 1.5

    @classmethod
    def forward(cls, ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return F.hardswish(x)

    @classmethod
    def backward(cls, ctx: Any, grad: Any) -> Any:
        (x,) = ctx.saved_tensors
        slope = torch.where(x < -3, 0.0, torch.where(x > 3, 1.0, x / 3 + 0.5))
        for kink, at_kink in zip((-3, 3), cls.slopes, strict=True):
            slope = torch.where(x == kink, at_kink, slope)
        return slope * grad


class HardswishOutsideItsSlopes(Hardswish):
    slopes = -0.5, 2.5


class Scaled(torch.nn.Module):
    """A multiple of the input, with a count of calls; `move` is what a call does besides."""

    def __init__(self, move: Callable[[Any], Any] = lambda module: None) -> None:
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(1.5, dtype=torch.float64))
        self.register_buffer("calls", torch.zeros((), dtype=torch.float64))
        self.move = move

    def forward(self, input: Any) -> Any:
        self.move(self)
        return input * self.factor.to(input.dtype)


class Cut(Scaled):
    def forward(self, input: Any) -> Any:
        return super().forward(input.detach()).detach()


class Largest(torch.nn.Module):
    def forward(self, input: Any) -> Any:
        return input.argmax(-1)


def times(x: Any) -> Any:
    return x * 1.5


def gate(x: Any) -> Any:
    wide = x.float()
    return (wide * torch.sigmoid(1.5 * wide)).to(x.dtype)


def gate_of_twin(x: Any) -> Any:
    return x * torch.sigmoid(1.5 * x)


def tanh_stored_in(dtype: torch.dtype) -> Callable[[Any], Any]:
    return lambda x: torch.tanh(x.to(dtype)).to(x.dtype)


def total(x: Any) -> Any:
    return x.float().sum().to(x.dtype)


def switched_off(x: Any) -> Any:
    torch.set_grad_enabled(False)
    return torch.sin(x)


@torch.no_grad()
def kernel(x: Any) -> Any:
    return torch.sin(x)


def power(x: Any, exponent: int, rounding: str, is_shifted: bool) -> Any:
    return x**exponent


def recomputed(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that is run again on the way back, which ``torch.autograd.grad`` refuses to do."""
    return lambda x: torch.utils.checkpoint.checkpoint(function, x, use_reentrant=True)


def half_of_the_slope(x: Any) -> Any:
    return (x * x.sin() + (x * x.sin()).detach()) / 2


def loaded_by_the_compiler(name: str) -> Callable[[Any], Any]:
    """Return what leaves an address in the environment, as a function of torch's compiler does when it is loaded."""

    def function(x: Any) -> Any:
        os.environ[name] = str(x.data_ptr())
        return torch.sin(x)

    return function


def remembered() -> Callable[[Any], Any]:
    results: dict[Any, Any] = {}
    return lambda x: results.setdefault(x.shape, kernel(x))


def check(suspect: Any, twin: Any, *inputs: Any, **arguments: Any) -> Report:
    return gradtwin.check(suspect, twin=twin, inputs=inputs[0] if inputs else [X], **arguments)


GRADIENTS = "values and gradients of"
MANY = 3 * torch.from_numpy(np.random.default_rng(4).standard_normal((10, 30)))
SETTINGS = [X, 3, "nearest", False]
ADDRESS = "_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR"
RIGHT: dict[str, tuple[Callable[[], Report], str]] = {
    "a function": (lambda: check(lambda x: x.sin(), torch.sin), f"{GRADIENTS} x"),
    "a function of torch": (lambda: check(torch.sin, torch.sin), f"{GRADIENTS} input 0"),
    "a class of autograd": (lambda: check(Square, torch.square), f"{GRADIENTS} input"),
    "apply of a Function": (lambda: check(Square.apply, torch.square), f"{GRADIENTS} input"),
    "apply of a Function in parts": (lambda: check(SquareInParts.apply, torch.square), f"{GRADIENTS} input"),
    "other slopes at some hundred kinks, accepted": (
        lambda: check(Hardswish, F.hardswish, [MANY], accept="another subgradient"),
        f"{GRADIENTS} x",
    ),
    "settings of a Function by position": (lambda: check(Power, power, SETTINGS), f"{GRADIENTS} input"),
    "a forward that is run again on the way back": (
        lambda: check(recomputed(lambda x: x * x.sin()), lambda x: x * x.sin()),
        f"{GRADIENTS} x",
    ),
    "an address of torch's compiler": (lambda: check(loaded_by_the_compiler(ADDRESS), torch.sin), f"{GRADIENTS} x"),
    "a module": (lambda: check(Scaled(), times), f"{GRADIENTS} input"),
    "a module in training mode that counts": (
        lambda: check(Scaled(lambda module: module.calls.add_(1)), times),
        f"{GRADIENTS} input",
    ),
    "a module of indices": (lambda: check(Largest(), lambda input: input.argmax(-1)), "values only"),
    "a kernel without a graph": (lambda: check(kernel, torch.sin), "values only"),
    "a backward by hand": (
        lambda: check(kernel, torch.sin, backward=lambda grad, x: grad * torch.cos(x)),
        f"{GRADIENTS} x",
    ),
    "inputs by name": (lambda: check(torch.mm, torch.mm, {"input": X, "mat2": W}), f"{GRADIENTS} input, mat2"),
    "arrays that are made tensors within": (
        lambda: check(lambda x: torch.from_numpy(x).sin().numpy(), torch.sin, [X.numpy()]),
        "values only",
    ),
    "an array beside a tensor": (
        lambda: check(lambda x, w: x @ w, torch.mm, [X, W.numpy()[:, ::-1]]),
        f"{GRADIENTS} x, w",
    ),
    "an option that is a tensor": (
        lambda: check(lambda x, *, by: x * by, lambda x, by: x * by, options={"by": X[0]}),
        f"{GRADIENTS} x",
    ),
    "several results": (lambda: check(lambda x: torch.max(x, 1), lambda x: torch.max(x, 1)), f"{GRADIENTS} x"),
    "one number": (lambda: check(lambda x: x * x, torch.square, [X[0, 0]]), f"{GRADIENTS} x"),
    "bfloat16, rounded once": (lambda: check(gate, gate_of_twin, [X.bfloat16()]), f"{GRADIENTS} x"),
    "bfloat16, summed in float32": (lambda: check(total, torch.sum, [LONG.bfloat16()]), f"{GRADIENTS} x"),
    "bfloat16, rounded on a way about": (
        lambda: check(lambda x: 3.3 * x - 2.3 * x, lambda x: 1 * x, [X.bfloat16()]),
        f"{GRADIENTS} x",
    ),
    "bfloat16 by name": (lambda: check(gate, gate_of_twin, dtypes=(torch.bfloat16,)), f"{GRADIENTS} x"),
    "bfloat16 with a NaN": (
        lambda: check(gate, gate_of_twin, [torch.where(X > 1, torch.nan, X).bfloat16()]),
        f"{GRADIENTS} x",
    ),
    "bfloat16, backward by hand": (
        lambda: check(torch.sin, torch.sin, [X.bfloat16()], backward=lambda grad, x: grad * torch.cos(x)),
        GRADIENTS,
    ),
}
WRONG: dict[str, tuple[Callable[[], Report], str, str]] = {
    "a slope of autograd's": (lambda: check(lambda x: x.detach() * x, torch.square), "mismatch", "gradient of x"),
    "a slope of a Function's": (lambda: check(SquareOfSlopeOne.apply, torch.square), "mismatch", "gradient of input"),
    "slopes at some hundred kinks that lie outside": (
        lambda: check(HardswishOutsideItsSlopes, F.hardswish, [MANY], accept="another subgradient"),
        "mismatch",
        "gradient of x",
    ),
    "a slope of a Function with settings": (
        lambda: check(PowerOfHalfTheSlope, power, SETTINGS),
        "mismatch",
        "gradient of input",
    ),
    "a slope of what is run again on the way back": (
        lambda: check(recomputed(half_of_the_slope), lambda x: x * x.sin()),
        "mismatch",
        "gradient of x",
    ),
    "an address of somebody's own": (
        lambda: check(loaded_by_the_compiler("LAST_ADDRESS"), torch.sin),
        "impure",
        "the environment variables",
    ),
    "a slope by hand": (
        lambda: check(torch.sin, torch.sin, backward=lambda grad, x: grad * x),
        "mismatch",
        "gradient of input 0",
    ),
    "one graph of two": (
        lambda: check(lambda x: (x.sin(), x.cos().detach()), lambda x: (x.sin(), x.cos())),
        "mismatch",
        "gradient of x",
    ),
    "a kernel's values": (lambda: check(kernel, torch.cos), "mismatch", "output"),
    "a module without a graph": (lambda: check(Cut(), times), "structure", "its result has no graph"),
    "an input without a graph": (
        lambda: check(lambda x, w: x.detach() @ w, torch.mm, [X, W]),
        "structure",
        "gradient of x",
    ),
    "a result of an earlier call": (lambda: check(remembered(), torch.sin, [WHOLE]), "mismatch", "output"),
    "a buffer in evaluation mode": (
        lambda: check(Scaled(lambda module: module.calls.add_(1)).eval(), times),
        "impure",
        "buffer calls of Scaled",
    ),
    "training mode": (lambda: check(Scaled(lambda module: module.eval()), times), "impure", "training mode of Scaled"),
    "a parameter": (
        lambda: check(Scaled(lambda module: module.factor.data.add_(1e-3)), times),
        "impure",
        "parameter factor of Scaled",
    ),
    "the gradient mode": (lambda: check(switched_off, torch.sin), "impure", "gradient mode"),
    "an argument": (lambda: check(lambda x: x.clamp_(min=0), torch.relu), "impure", "its argument x"),
    "an argument in bfloat16": (
        lambda: check(lambda x: x.clamp_(min=0), torch.relu, [X.bfloat16()]),
        "impure",
        "its argument x",
    ),
    "a cast to bfloat16": (
        lambda: check(tanh_stored_in(torch.bfloat16), torch.tanh, [X.float()]),
        "imprecise",
        "precision of bfloat16",
    ),
    "a cast to float16": (
        lambda: check(tanh_stored_in(torch.float16), torch.tanh, [X.float()]),
        "imprecise",
        "precision of float16",
    ),
    "a cast back that is missing": (
        lambda: check(lambda x: torch.tanh(x.float()), torch.tanh, [X.bfloat16()]),
        "structure",
        "has dtype float32 where the twin has bfloat16",
    ),
    "a cast that is not wanted": (
        lambda: check(lambda x: torch.tanh(x).bfloat16(), torch.tanh, [X.float()]),
        "structure",
        "has dtype bfloat16 where the twin has float32",
    ),
    "one term of a long sum in bfloat16": (
        lambda: check(lambda x: total(x[1:]), torch.sum, [LONG.bfloat16()]),
        "mismatch",
        "where both compute exactly",
    ),
    "a factor in bfloat16": (
        lambda: check(lambda x: 1.5 * gate(x), gate_of_twin, [X.bfloat16()]),
        "mismatch",
        "output",
    ),
}


@pytest.mark.parametrize(("judged", "covers"), RIGHT.values(), ids=RIGHT)
def test_right_code_of_tensors_matches(judged: Callable[[], Report], covers: str) -> None:
    report = judged()
    assert report.ok, str(report)
    assert covers in str(report).splitlines()[0]


@pytest.mark.parametrize(("judged", "verdict", "words"), WRONG.values(), ids=WRONG)
def test_wrong_code_of_tensors_is_refused(judged: Callable[[], Report], verdict: str, words: str) -> None:
    report = judged()
    assert report.verdict == verdict, str(report)
    assert words in str(report)


def steps_of(digits: int) -> Callable[[Any], Any]:
    """Return the sine, in single precision on a grid."""

    def sine(x: Any) -> Any:
        y = torch.sin(x)
        return y + ((y * 2**digits).round() / 2**digits - y).detach() if x.dtype == torch.float32 else y

    return sine


def test_a_suspect_with_the_very_numbers_of_its_twin_is_not_accused() -> None:
    report = check(steps_of(10), steps_of(10), [X.float()])
    assert report.ok, str(report)
    assert any("where the twin's own is" in note for note in report.notes)
    assert not check(steps_of(9), steps_of(10), [X.float()]).ok


def test_a_function_that_declines_inputs_with_a_gradient_is_judged_in_values_and_says_so() -> None:
    def forward(x: Any) -> Any:
        if x.requires_grad:
            raise NotImplementedError("no backward on this device")
        return torch.sin(x)

    report = check(forward, torch.sin)
    assert report.ok
    assert any("gradients are not judged" in note and "no backward on this device" in note for note in report.notes)


def test_what_a_module_has_changed_is_put_back() -> None:
    module = Scaled(lambda module: module.calls.add_(1)).eval()
    check(lambda x: module(x), times)
    assert not torch.any(module.get_buffer("calls"))
    assert not module.training
    assert torch.is_grad_enabled()


def test_the_tensors_of_the_caller_stay() -> None:
    mine = X.clone().requires_grad_()
    check(lambda x: x.sin(), torch.sin, [mine])
    assert torch.equal(mine, X)
    assert mine.grad is None


def test_code_of_arrays_cannot_claim_bfloat16() -> None:
    with pytest.raises(UsageError, match="got 'bfloat16'"):
        check(np.tanh, torch.tanh, [X.numpy()], dtypes=("bfloat16",))


def test_bfloat16_is_rounded_as_torch_rounds_it() -> None:
    numbers = np.concatenate([X.numpy().ravel() * 10.0**k for k in (-40, -3, 0, 30, 39)] + [[np.nan, np.inf, -0.0]])
    expected = torch.from_numpy(numbers).to(torch.bfloat16).double().numpy()
    got = rounded(numbers, BFLOAT16)
    assert np.array_equal(got, expected, equal_nan=True)
    assert np.signbit(got[-1])
    assert got.dtype == np.float32


@pytest.mark.parametrize("p", PRECISIONS.values(), ids=lambda p: p.name)
def test_an_array_says_what_it_carries(p: Any) -> None:
    made = [rounded(X.numpy(), p), from_tensor(X.to(getattr(torch, p.name)))]
    assert [dtype_name(x) for x in made] == [p.name] * 2
    assert [x.dtype.name for x in made] == [p.carrier] * 2
    assert dtype_name(made[0].astype(np.float64)) == "float64"


def test_code_runs_on_the_device_of_its_tensors_unless_another_is_named() -> None:
    elsewhere = torch.empty(2, device="meta")
    assert as_asked(Conditions(), [X, elsewhere]).device == "meta"
    assert as_asked(Conditions(device="cuda:1"), [elsewhere]).device == "cuda:1"
    assert as_asked(Conditions(), [X]).device == "cpu"
