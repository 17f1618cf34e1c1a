"""Right code in another convention: refused with the name of it, and a match by that name, which wrong code is not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import gradtwin
from gradtwin.core.alterations import ALTERATIONS
from gradtwin.core.bound import precision
from gradtwin.core.conventions import CONVENTIONS, is_near

Function = Callable[..., Any]

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3))
IMAGE, KERNEL = RNG.standard_normal((2, 3, 6, 5)), RNG.standard_normal((4, 3, 3, 2))
CLASSES = np.array([2, 0, 1, 2])
SMALL = 1e-3 * X
CERTAIN = np.array([0.2, 0.0, 1.0, 0.7, 1e-9, 1 - 1e-9])
TARGETS = np.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0])


def coded(function: Function, factor: float = 1.0) -> tuple[Function, Function]:
    """Return a forward on arrays and its backward, of which the gradients are wrong by a factor."""

    def tensors(arrays: Any) -> list[torch.Tensor]:
        return [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]

    def forward(*arrays: Any) -> Any:
        return function(*tensors(arrays)).detach().numpy()

    def backward(grad: Any, *arrays: Any) -> Any:
        inputs = tensors(arrays)
        function(*inputs).backward(torch.tensor(grad))
        return tuple(factor * np.asarray(x.grad) for x in inputs if x.requires_grad)

    return forward, backward


@dataclass(frozen=True)
class Case:
    """A function by the twin, by another convention, and by neither though it looks as if.

    Parameters
    ----------
    name : str
        The convention.
    twin, own, wrong : callable
        Functions of tensors.
    inputs : tuple of arrays
        What they are called with.
    """

    name: str
    twin: Function
    own: Function
    wrong: Function
    inputs: tuple[Any, ...] = (X, Y)

    def judge(self, function: Function, factor: float = 1.0, **arguments: Any) -> gradtwin.Report:
        return gradtwin.check(*coded(function, factor), twin=self.twin, inputs=self.inputs, name=self.name, **arguments)


def squares(x: Any, y: Any) -> Any:
    return (x - y).square()


def standard(x: Any, root: Function, correction: int = 0) -> Any:
    return (x - x.mean(-1, keepdim=True)) / root(x.var(-1, correction=correction, keepdim=True))


def clipped(p: Any, y: Any, eps: float, upper: float) -> Any:
    q = p.clamp(eps, upper)
    return -(y * q.log() + (1 - y) * (1 - q).log()).mean()


def base(function: Function, number: float) -> Function:
    return lambda *inputs: function(*inputs) / np.log(number)


def tanh_gelu(x: Any, cubic: float = 0.044715) -> Any:
    return x / 2 * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (x + cubic * x**3)))


def hand_interpolated(x: Any, corners: bool) -> Any:
    return F.interpolate(x, size=(9, 8), mode="bilinear", align_corners=corners)


CASES = (
    Case("sum for mean", F.mse_loss, lambda x, y: squares(x, y).sum(), lambda x, y: 2 * squares(x, y).sum()),
    Case(
        "sum for mean",
        lambda x, y: squares(x, y).mean(0),
        lambda x, y: squares(x, y).sum(0),
        lambda x, y: squares(x, y).sum(0) / 5,
    ),
    Case(
        "sum for mean",
        lambda x, y: squares(x, y).sum() / len(x),
        lambda x, y: squares(x, y).sum(),
        lambda x, y: squares(x, y).sum() / 5,
    ),
    Case(
        "sum for mean",
        F.cross_entropy,
        lambda x, y: F.cross_entropy(x, y, reduction="sum"),
        lambda x, y: F.cross_entropy(x, y, reduction="sum") / 2,
        (X, CLASSES),
    ),
    Case(
        "sum for mean",
        lambda x, y: torch.einsum("ij,ij->", x, y) / 12.0,
        lambda x, y: (x * y).sum(),
        lambda x, y: (x * y).sum() / 5,
    ),
    Case(
        "sum over rows for mean",
        F.l1_loss,
        lambda x, y: (x - y).abs().sum(1).mean(),
        lambda x, y: (x - y).abs().sum(1).mean() / 5,
    ),
    Case(
        "mean for sum",
        lambda x, y: squares(x, y).sum(),
        lambda x, y: squares(x, y).mean(),
        lambda x, y: squares(x, y).sum() / 5,
    ),
    Case(
        "mean for sum",
        lambda x, y: -(y * x.log_softmax(1)).sum(),
        lambda x, y: -(y * x.log_softmax(1)).mean(),
        lambda x, y: -(y * x.log_softmax(1)).mean() / 5,
    ),
    Case(
        "mean over rows for sum",
        lambda x, y: squares(x, y).sum(),
        lambda x, y: squares(x, y).sum(1).mean(),
        lambda x, y: squares(x, y).sum(1).mean() / 5,
    ),
    Case(
        "half of the square", F.mse_loss, lambda x, y: squares(x, y).mean() / 2, lambda x, y: squares(x, y).mean() / 4
    ),
    Case(
        "half of the square",
        lambda x, y: (x @ y.T).sum() + 0.5 * (x * x).sum(),
        lambda x, y: (x @ y.T).sum() + (x**2).sum(),
        lambda x, y: 2 * (x @ y.T).sum() + (x**2).sum(),
    ),
    Case(
        "half of the square",
        lambda x, y: (x - y).abs().sum() + 0.05 * x.square().sum(),
        lambda x, y: (x - y).abs().sum() + 0.1 * (x * x).sum(),
        lambda x, y: (x - y).abs().sum() + 0.15 * (x * x).sum(),
    ),
    Case(
        "intercept penalized",
        lambda w, b: (w[torch.arange(3)] @ b) + (w[1:] @ w[1:]) / 2,
        lambda w, b: (w @ b) + (w @ w) / 2,
        lambda w, b: (w @ b) + (w @ w) / 3,
        (X[0], Y[0]),
    ),
    Case(
        "intercept spared",
        lambda w, b: (w @ b) + w.square().sum(),
        lambda w, b: (w @ b) + w[:-1].square().sum(),
        lambda w, b: (w @ b) + w[1:-1].square().sum(),
        (X[0], Y[0]),
    ),
    Case(
        "population variance for sample variance",
        lambda x, y: (x * y).std(0),
        lambda x, y: (x * y).std(0, correction=0),
        lambda x, y: (x * y).std(0, correction=2),
    ),
    Case(
        "population variance for sample variance",
        lambda x: squares(x, x.mean()).sum() / 11,
        lambda x: x.var(correction=0),
        lambda x: x.var(correction=2),
        (X,),
    ),
    Case(
        "sample variance for population variance",
        lambda x, y: F.layer_norm(x, (3,), y[0], y[1]),
        lambda x, y: standard(x, lambda v: (v + 1e-5).sqrt(), 1) * y[0] + y[1],
        lambda x, y: standard(x, lambda v: (v + 1e-4).sqrt(), 1) * y[0] + y[1],
    ),
    Case(
        "eps inside the root",
        lambda x: x / (x.norm(dim=1, keepdim=True) + 1e-3),
        lambda x: x / (x.square().sum(1, keepdim=True) + 1e-3).sqrt(),
        lambda x: x / (x.square().sum(1, keepdim=True) + 1e-4).sqrt(),
        (X,),
    ),
    Case(
        "eps inside the root",
        lambda x: standard(x, lambda v: v.sqrt() + 1e-5),
        lambda x: standard(x, lambda v: (v + 1e-5).sqrt()),
        lambda x: standard(x, lambda v: (v + 2e-5).sqrt()),
        (X,),
    ),
    Case(
        "eps outside the root",
        lambda x: F.layer_norm(x, (3,)),
        lambda x: standard(x, lambda v: v.sqrt() + 1e-5),
        lambda x: standard(x, lambda v: v.sqrt() + 2e-5),
        (X,),
    ),
    Case(
        "eps outside the root",
        lambda x: x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5),
        lambda x: x / (x.square().mean(-1, keepdim=True).sqrt() + 1e-5),
        lambda x: x / (x.square().mean(-1, keepdim=True).sqrt() + 2e-5),
        (X,),
    ),
    Case(
        "eps added",
        lambda x: F.normalize(x, eps=1e-3),
        lambda x: x / (x.square().sum(1, keepdim=True).sqrt() + 1e-3),
        lambda x: x / (x.square().sum(1, keepdim=True).sqrt() + 2e-3),
        (X,),
    ),
    Case(
        "eps as a floor",
        lambda x: x / (x.abs().sum(1, keepdim=True) + 1e-3),
        lambda x: x / x.abs().sum(1, keepdim=True).clamp(min=1e-3),
        lambda x: x / x.abs().sum(1, keepdim=True).clamp(min=1.0),
        (SMALL,),
    ),
    Case(
        "eps inside the logarithm",
        lambda x: (x * x.log()).sum(1),
        lambda x: (x * (x + 1e-8).log()).sum(1),
        lambda x: (x * (x + 3e-8).log()).sum(1),
        (np.abs(X),),
    ),
    Case(
        "clipped probabilities",
        F.binary_cross_entropy,
        lambda p, y: clipped(p, y, 1e-6, 1 - 1e-6),
        lambda p, y: clipped(p, y, 3e-6, 1 - 1e-6),
        (CERTAIN, TARGETS),
    ),
    Case(
        "bits",
        F.cross_entropy,
        base(F.cross_entropy, 2),
        base(F.cross_entropy, 10),
        (X, CLASSES),
    ),
    Case(
        "nats",
        lambda x: -(x * x.log2()).sum(1),
        lambda x: -(x * x.log()).sum(1),
        lambda x: -(x * x.log10()).sum(1),
        (np.abs(X),),
    ),
    Case("GELU by tanh for GELU by erf", F.gelu, tanh_gelu, lambda x: tanh_gelu(x, 0.04715), (X,)),
    Case(
        "GELU by erf for GELU by tanh",
        torch.nn.GELU(approximate="tanh"),
        lambda x: x / 2 * (1 + torch.erf(x / 2**0.5)),
        lambda x: x / 2 * (1 + torch.erf(x)),
        (X,),
    ),
    Case(
        "GELU by sigmoid for GELU by erf",
        F.gelu,
        lambda x: x * torch.sigmoid(1.702 * x),
        lambda x: x * torch.sigmoid(1.7 * x),
        (X,),
    ),
    Case(
        "align_corners",
        lambda x: hand_interpolated(x, False),
        lambda x: hand_interpolated(x, True),
        lambda x: F.interpolate(x, size=(9, 8), mode="bicubic", align_corners=True),
        (IMAGE,),
    ),
    Case(
        "count_include_pad",
        lambda x: F.avg_pool2d(x, 2, padding=1),
        lambda x: F.avg_pool2d(x, 2, padding=1, count_include_pad=False),
        lambda x: F.avg_pool2d(x, 2, padding=1, divisor_override=3),
        (IMAGE,),
    ),
    Case(
        "convolution for cross-correlation",
        F.conv2d,
        lambda x, w: F.conv2d(x, w.flip(2, 3)),
        lambda x, w: F.conv2d(x, w.flip(3)),
        (IMAGE, KERNEL),
    ),
)
"""Of every convention that a twin can be altered to."""


def _id(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_another_convention_is_refused_by_its_name(case: Case) -> None:
    report = case.judge(case.own)
    assert report.verdict == "mismatch", report
    assert "another convention" in report.findings[0].message, report
    assert case.name in report.findings[0].message, report
    assert f"{case.name}: {CONVENTIONS[case.name]}" in report.notes


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_an_accepted_convention_is_a_match_that_says_so(case: Case) -> None:
    report = case.judge(case.own, accept=case.name)
    assert report.ok, report
    assert any(f"by the convention {case.name}" in note for note in report.notes)
    assert case.judge(case.twin, accept=case.name).ok


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=_id)
def test_wrong_code_is_refused_by_an_accepted_convention_too(case: Case) -> None:
    for report in (case.judge(case.wrong, accept=case.name), case.judge(case.own, 1.5, accept=case.name)):
        assert not report.ok, report
        assert "another convention" not in str(report)


def by_row(grad: Any, x: Any, w: Any, b: Any) -> Any:
    """Return the gradients of a linear layer, those of its weight and bias by row."""
    return grad @ w, (grad.T @ x).T, grad.sum(0)[np.newaxis]


@pytest.mark.parametrize("rows", [3, 5], ids=["a square matrix", "an oblong matrix"])
def test_gradients_by_row_are_named_and_accepted_and_wrong_ones_are_not(rows: int) -> None:
    inputs = [X, RNG.standard_normal((rows, 3)), RNG.standard_normal(rows)]

    def judged(backward: Function, accept: str = "") -> gradtwin.Report:
        accepted = (accept,) if accept else ()
        return gradtwin.check(lambda x, w, b: x @ w.T + b, backward, twin=F.linear, inputs=inputs, accept=accepted)

    refused = judged(by_row)
    assert not refused.ok
    assert "another convention: gradient by row" in refused.findings[0].message, refused
    assert judged(by_row, "gradient by row").ok
    for factors in ((1.5, 1, 1), (1, 1.5, 1), (1, 1, -1)):
        wrong = judged(lambda *a, f=factors: [g * n for g, n in zip(by_row(*a), f, strict=True)], "gradient by row")
        assert wrong.verdict in ("mismatch", "structure"), wrong
        assert "another convention" not in str(wrong)


def test_rounding_of_halves_is_a_convention_of_values() -> None:
    halves = np.array([0.5, 1.5, 2.5, -0.5, -2.5, 0.2, 3.7])

    def judged(function: Function, accept: tuple[str, ...] = ()) -> gradtwin.Report:
        return gradtwin.check(function, twin=torch.round, inputs=[halves], exact=True, accept=accept)

    def away(x: Any) -> Any:
        return np.sign(x) * np.floor(np.abs(x) + 0.5)

    assert "another convention: halves away from zero" in judged(away).findings[0].message
    assert judged(away, ("halves away from zero",)).ok
    assert not judged(lambda x: np.floor(x + 0.5), ("halves away from zero",)).ok


def test_two_conventions_at_once_are_named_and_accepted_together_only() -> None:
    both = "sum for mean", "half of the square"
    case = Case("both", F.mse_loss, lambda x, y: squares(x, y).sum() / 2, F.mse_loss)
    assert f"another convention: {' and '.join(both)}; accept={both}" in case.judge(case.own).findings[0].message
    assert case.judge(case.own, accept=both).ok
    assert not any(case.judge(case.own, accept=name).ok for name in both)
    by_row = Case("both", F.mse_loss, lambda x, y: squares(x, y).sum(1).mean() / 2, F.mse_loss)
    assert "sum over rows for mean and half of the square" in by_row.judge(by_row.own).findings[0].message


def test_a_convention_holds_on_gradients_as_on_outputs() -> None:
    summed, _ = coded(lambda x: x.square().sum())
    _, averaged = coded(lambda x: x.square().mean())
    for accept in ((), ("sum for mean",)):
        report = gradtwin.check(summed, averaged, twin=lambda x: x.square().mean(), inputs=[X], accept=accept)
        assert report.verdict == "mismatch"
        assert "another convention" not in str(report)


def test_a_single_number_is_explained_by_no_convention() -> None:
    report = gradtwin.check(lambda x: np.sum(x**2), twin=lambda x: x.square().mean(), inputs=[X])
    assert report.verdict == "mismatch"
    assert "another convention" not in str(report)
    accepted = gradtwin.check(
        lambda x: np.sum(x**2), twin=lambda x: x.square().mean(), inputs=[X], accept="sum for mean"
    )
    assert accepted.ok, accepted


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_holds_at_one_precision_only_is_no_convention(dtype: str) -> None:
    def forward(x: Any) -> Any:
        return x.sum(0) if x.dtype == dtype else x.mean(0)

    both = ("float64", "float32")
    report = gradtwin.check(forward, twin=lambda x: x.mean(0), inputs=[X], accept="sum for mean", dtypes=both)
    assert not report.ok


def test_a_convention_that_the_twin_does_not_know_changes_nothing() -> None:
    wrong = gradtwin.check(np.cos, twin=torch.sin, inputs=[X], accept=["bits", "align_corners", "gradient by row"])
    assert wrong.verdict == "mismatch"
    assert gradtwin.check(np.sin, twin=torch.sin, inputs=[X], accept=["bits", "align_corners"]).notes == ()


def test_a_module_is_altered_too_and_is_afterwards_what_it_was() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.LayerNorm(3)).double()
    before = {name: x.clone() for name, x in module.state_dict().items()}
    weight, bias = (before[f"0.{n}"].numpy() for n in ("weight", "bias"))

    def forward(x: Any) -> Any:
        h = x @ weight.T + bias
        h = h - h.mean(-1, keepdims=True)
        return h / (np.sqrt(np.square(h).mean(-1, keepdims=True)) + 1e-5)

    report = gradtwin.check(forward, twin=module, inputs=[X], dtypes=("float64",), accept="eps outside the root")
    assert report.ok, report
    assert all(torch.equal(x, module.state_dict()[name]) for name, x in before.items())


def test_every_convention_that_alters_a_twin_is_tried() -> None:
    values_only = {"halves away from zero"}
    assert {case.name for case in CASES} == ALTERATIONS.keys() - values_only
    assert ALTERATIONS.keys() < CONVENTIONS.keys()


@pytest.mark.parametrize("size", [1.0, 1e78])
def test_a_convention_that_would_explain_anything_is_not_named(size: float) -> None:
    """By "sum for mean" the first output is zero, and rounding is as large as the inputs: anything small is within."""

    def forward(x: Any) -> Any:
        return np.full(3, 1e-16), 2 * x

    report = gradtwin.check(forward, twin=lambda x: (x.mean(0) - x.sum(0), 2 * x), inputs=[size * X])
    assert report.verdict == "mismatch"
    assert "another convention" not in str(report)


def test_numbers_that_are_not_finite_are_explained_by_no_convention() -> None:
    nan, number = np.full(3, np.nan), np.ones(3)
    assert not is_near(nan, number, precision("float64"), 1.0)
    assert is_near(np.append(nan, number), np.append(number, number), precision("float64"), 1.0)


def test_a_twin_that_goes_on_and_on_by_a_convention_is_not_run_to_its_end() -> None:
    rounds: list[int] = []

    def centred(x: torch.Tensor) -> torch.Tensor:
        rounds.append(0)
        z = x - x.mean()
        while float(z.mean().abs()) > precision("float32").unit and bool(torch.isfinite(z).all()):
            rounds[-1] += 1
            z = z - z.mean()
            for _ in range(20):
                with torch.no_grad():  # of whose calls one is the last, most likely
                    pass
        return z

    assert not gradtwin.check(lambda x: 1.5 * (x - x.mean()), twin=centred, inputs=[X]).ok
    assert torch.is_grad_enabled()  # wherever it was stopped
    assert 0 < max(rounds) < 32  # with a sum for the mean the numbers grow for hundreds of rounds, until they overflow
