"""Defects of the oracle: each takes one of its rules away, and names a check whose answer needs that rule.

What a defect puts in the place of a function is that function without the rule, or the least that stands in for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin import Report, check
from gradtwin.core import controls, coverage, hold, truth
from gradtwin.core.bound import K, accumulator_of, allowed
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.ops import acquittal, contested
from parity_tests.oracle.disputes import JUDGEMENTS
from parity_tests.oracle.known_wrong import SLIPS

Array = NDArray[Any]
Code = Callable[..., Any]
Call = Callable[[], Report]
F = torch.nn.functional
X = np.random.default_rng(5).standard_normal((5, 3))
REFUSED = "usage error"
"""What stands for a verdict where the check is answered with a UsageError."""


@dataclass(frozen=True)
class Defect:
    """A rule of the oracle, how it is taken away, and a check whose answer is right only with it.

    Parameters
    ----------
    rule : str
        What holds of the oracle.
    where : str
        The attribute of a module, or of a class in it, that is replaced.
    replacement : object
        What stands there without the rule.
    call : callable
        Makes the check.
    right : str
        Its verdict, or `REFUSED`.
    words : str
        What its report, or its error, holds besides.
    """

    rule: str
    where: str
    replacement: Any
    call: Call
    right: str
    words: str = ""

    def is_answered(self) -> bool:
        """Make the check, and return whether its answer is the right one."""
        try:
            answer = self.call()
        except UsageError as error:
            return self.right == REFUSED and self.words in str(error)
        return answer.verdict == self.right and self.words in str(answer)


def check_of(forward: Code, twin: Code, *inputs: Any, backward: Code | None = None, **how: Any) -> Call:
    """Return a check of code that keeps nothing from one call to the next."""
    return lambda: check(forward, backward, twin=twin, inputs=list(inputs or [X]), **how)


def judgement_of(words: str) -> dict[str, Any]:
    """Return the call, the verdict and the words of a judgement that a reader has made."""
    judgement = next(j for j in JUDGEMENTS if j.id == words)
    return {"call": judgement.judge, "right": judgement.verdict, "words": (*judgement.words, "")[0]}


def slip_of(words: str) -> dict[str, Any]:
    """Return the call, the verdict and the cause of a known slip."""
    slip = next(s for s in SLIPS if s.id == words)
    return {"call": lambda: slip.judge(slip.wrong), "right": slip.verdict, "words": slip.cause}


def _drop(original: Code, *names: str) -> Code:
    """Return a function that yields pairs, without those of these names."""
    return lambda *arguments, **options: (
        pair for pair in original(*arguments, **options) if not any(name in pair[0] for name in names)
    )


# Controls, and what was judged.

ONES = np.ones(4)
BOTH = ("float64", "float32")


def _cancelled(size: float) -> Code:
    """Return a function of which rounding leaves as many digits as so large a number has room for."""
    return lambda x: (x + size) - size


def _standardized(x: Array) -> Any:
    first = x[:, :1]
    far = x - (first + (x - first).mean(-1, keepdims=True))
    return far / np.sqrt((far * far).mean(-1, keepdims=True))


def _standard(x: torch.Tensor) -> torch.Tensor:
    far = x - x.mean(-1, keepdim=True)
    return far / (far * far).mean(-1, keepdim=True).sqrt()


def _beside_what_is_lost(function: Code, library: Any) -> Code:
    """Return a function that joins to its results some that rounding decides."""
    return lambda x: library.concatenate([function(x), (x + 1e20) - 1e20])


def _copies_of_the_suspect(name: str, got: Array, look: Any, copies: Any = None, excuses: Any = None) -> Any:
    comparison = hold.hold(name, got, look, copies, excuses)
    if comparison is None or comparison.finding is not None or copies is None:
        return comparison
    e = comparison.expectation
    altered = controls.altered_copies(replace(e, truth=np.asarray(got, np.float64)), copies)
    outcomes = [(copy, bool(np.any(truth.ratios(values, e) > 1))) for copy, values in altered]
    return replace(comparison, controls=controls.Alterations.of(outcomes))


CONTROLS = (
    Defect(
        "altered copies are made of the truth, not of what came",
        "gradtwin.ops.quantity.hold",
        _copies_of_the_suspect,
        check_of(lambda x: x * 0.75, _cancelled(2.2e14), ONES),
        "inconclusive",
        "one of 4 terms dropped",
    ),
    Defect(
        "a bound that lets an altered copy pass proves nothing",
        "gradtwin.core.controls.Alterations.slipped",
        (),
        check_of(_cancelled(4e14), _cancelled(4e14), ONES),
        "inconclusive",
    ),
    *(
        Defect(
            f"among the altered copies is: {name}",
            "gradtwin.core.controls._copies",
            _drop(controls._copies, name),
            check_of(_cancelled(size), _cancelled(size), values),
            "inconclusive",
            name,
        )
        for name, size, values in (
            ("terms dropped", 4e14, ONES),
            ("permuted", 1e14, np.array([1, 1, 1.05, 1.04])),
            ("transposed", 1e14, np.array([[1, 1.05], [1, 1.05]])),
            ("times 1/2", 8e14, ONES[:2]),
        )
    ),
    Defect(
        "a bound that lets zeros pass proves nothing",
        "gradtwin.core.controls.Alterations.telling",
        True,
        check_of(_cancelled(1e20), _cancelled(1e20), 1e4 * X),
        "inconclusive",
        "zeros would pass as well",
    ),
    Defect(
        "what is zero for rounding alone is no zero by definition",
        "gradtwin.ops.quantity.magnitude",
        lambda arrays, kinds: 0.0,
        check_of(lambda x: 0 * x, lambda x: x * 1e20 - x * 1e20),
        "inconclusive",
    ),
    Defect(
        "an array without elements proves nothing",
        "gradtwin.ops.quantity._is_zero",
        lambda x: not np.any(x),
        check_of(np.sin, torch.sin, X[:0]),
        "inconclusive",
        "there are no elements",
    ),
    Defect(
        "infinities everywhere prove nothing",
        "gradtwin.core.controls.UNTELLING",
        (controls.ONE, controls.SIZE),
        check_of(np.square, torch.square, np.full(3, 1e4, np.float16)),
        "inconclusive",
        "every value is NaN or infinite",
    ),
    Defect(
        "units of which none is alive prove nothing",
        "gradtwin.ops.quantity._is_zero_elsewhere",
        lambda *arguments: True,
        check_of(lambda x: np.maximum(x, 0), torch.relu, -np.abs(X)),
        "inconclusive",
        "every value is zero",
    ),
    Defect(
        "zeros by definition are judged",
        "gradtwin.ops.quantity._is_zero_elsewhere",
        lambda *arguments: False,
        check_of(np.round, torch.round, backward=lambda grad, x: 0 * grad),
        "match",
    ),
    Defect(
        "a twin without a graph proves no gradient",
        "gradtwin.ops.gradients.Coverage",
        lambda unproven=None: coverage.Coverage(),
        check_of(np.sin, torch.no_grad()(torch.sin), backward=lambda grad, x: grad),
        "inconclusive",
        "the twin has no gradient here",
    ),
    Defect(
        "a report of nothing is no match",
        "gradtwin.core.report.Report.verdict",
        property(lambda self: self.findings[0].verdict if self.findings else "match"),
        lambda: Report("nothing"),
        "inconclusive",
    ),
    Defect(
        "what one precision proves another need not",
        "gradtwin.core.coverage.Coverage.within",
        lambda self, dtype: self,
        check_of(np.square, torch.square, np.full(3, 1e30), dtypes=BOTH),
        "inconclusive",
        "output [float32]",
    ),
    Defect(
        "a gradient that nobody asked for is judged",
        "gradtwin.ops.gradients._with_returned",
        lambda subject, outcome, cotangents: subject,
        check_of(
            lambda x, y: x * y,
            lambda x, y: x * y,
            X,
            X + 1,
            backward=lambda grad, x, y: (grad * y, 2 * grad * x),
            differentiable=["x"],
        ),
        "mismatch",
        "gradient of y",
    ),
    Defect(
        "a gradient that nobody asked for is left where the twin has none in numbers",
        "gradtwin.ops.gradients._has_gradients",
        lambda subject, cotangents: True,
        check_of(
            lambda x, y: x.copy(),
            lambda x, y: x * (1 + (y - y).sqrt()),
            X,
            X + 1,
            backward=lambda grad, x, y: (grad.copy(), grad.copy()),
            differentiable=["x"],
        ),
        "match",
    ),
    Defect(
        "what a difference that is no fault leaves must prove itself",
        "gradtwin.ops.judge.covered",
        lambda subject, comparison, got, part, place: coverage.Coverage(),
        check_of(_beside_what_is_lost(_standardized, np), _beside_what_is_lost(_standard, torch), X[:1] * 0 + 0.7),
        "inconclusive",
        "zeros would pass as well",
    ),
    Defect(
        "the first line says what a match covers",
        "gradtwin.core.coverage.Coverage.__str__",
        lambda self: "",
        check_of(np.sin, torch.sin),
        "match",
        "values only, no gradients",
    ),
)


# Disputes, and the third opinion.


def _only_here(subject: Any, outputs: Code) -> bool:
    return acquittal._same(subject, subject.inputs.arrays, outputs)


def _by_one_output(original: Code) -> Code:
    def same(subject: Any, arrays: Any, outputs: Code) -> bool:
        def with_twins(forward: Code, values: Any) -> Any:
            place = replace(subject, inputs=replace(subject.inputs, arrays=tuple(values)))
            own = outputs(forward, values)
            return own and [own[0], *place.truth([]).plain.outputs[1:]]

        return bool(original(subject, arrays, with_twins))

    return same


def _is_narrow(x: Array) -> bool:
    return x.dtype in (np.float32, np.float64)


def _other_sine(x: Array) -> Any:
    """Return the sine, or, in the witness's arithmetic, what the wrong cosine below is the derivative of."""
    return np.sin(x) * (1 if _is_narrow(x) else 1 + 1e-9)


def _other_beside(x: Array) -> Any:
    """Return the sine, or, in the witness's arithmetic, a line that meets it and has the slope below."""
    return np.sin(x) if _is_narrow(x) else np.sin(X) + np.cos(X) * (1 + 1e-9) * (x - X)


def _other_second(x: Array) -> Any:
    return np.sin(x), _other_sine(x)


def _wrong_cosine(grad: Any, x: Array) -> Any:
    """Return the gradient of the sine, wrong by one part in 10^9; of two outputs that of the second."""
    return (grad[0] + grad[1] * (1 + 1e-9) if isinstance(grad, tuple) else grad * (1 + 1e-9)) * np.cos(x)


def _quick_sine(x: torch.Tensor) -> torch.Tensor:
    """Return a sine too quick for differences, with half of its gradient."""
    fast = 1e6 * x
    return torch.sin((fast + fast.detach()) / 2)


DISPUTES = (
    Defect(
        "the witness acquits by a forward that is the suspect's",
        "gradtwin.ops.acquittal._reproduces",
        lambda subject, outputs: True,
        check_of(_other_sine, torch.sin, backward=_wrong_cosine),
        "mismatch",
    ),
    Defect(
        "the witness acquits by a forward that is the suspect's beside the place too",
        "gradtwin.ops.acquittal._reproduces",
        _only_here,
        check_of(_other_beside, torch.sin, backward=_wrong_cosine),
        "mismatch",
    ),
    Defect(
        "the witness acquits by all outputs of a forward",
        "gradtwin.ops.acquittal._same",
        _by_one_output(acquittal._same),
        check_of(_other_second, lambda x: (torch.sin(x), torch.sin(x)), backward=_wrong_cosine),
        "mismatch",
    ),
    Defect(
        "the witness acquits where rounding separates the twin from the truth",
        "gradtwin.ops.acquittal._rounds",
        lambda question, truths: True,
        check_of(
            lambda x: np.sin(1e6 * x), _quick_sine, np.abs(X), backward=lambda grad, x: 1e6 * grad * np.cos(1e6 * x)
        ),
        "mismatch",
    ),
    Defect(
        "the witness acquits where the suspect is closer everywhere",
        "gradtwin.ops.acquittal._further",
        lambda question, truths: "twin",
        **judgement_of("coarse twin: coarser than the twin"),
    ),
    Defect(
        "a suspect closer to the truth than the twin is not accused",
        "gradtwin.ops.blame.third_opinion",
        lambda question, finding: None,
        **judgement_of("coarse twin: all digits"),
    ),
    Defect(
        "a cut graph is disputed",
        "gradtwin.ops.blame.cut_graph",
        lambda question, finding: None,
        **judgement_of("detached gate: differentiated"),
    ),
    Defect(
        "a dispute takes a suspect that is right by its forward",
        "gradtwin.ops.dispute._right",
        lambda question, direction, slope: True,
        **judgement_of("reversed gradient: doubled"),
    ),
    Defect(
        "a twin that rounds is no cut graph",
        "gradtwin.ops.dispute._cut",
        lambda question, direction, slope: True,
        **judgement_of("celu: all digits"),
    ),
    Defect(
        "a branch of the twin is disputed",
        "gradtwin.ops.blame.other_branch",
        lambda branches, finding: None,
        **judgement_of("softplus, logarithm everywhere: derivative"),
    ),
    Defect(
        "a branch is one that single precision does not tell",
        "gradtwin.ops.branch._jump",
        lambda branches, place: 1.0,
        **judgement_of("log-softmax with few digits of its constant: derivative"),
    ),
    Defect(
        "accept decides a dispute",
        "gradtwin.ops.dispute.settled",
        lambda finding, accept, message: contested.Ruling(replace(finding, verdict="disputed")),
        **judgement_of("reversed gradient: passed on, twin accepted"),
    ),
    Defect(
        "a slope where the twin's gradient is NaN is right",
        "gradtwin.ops.blame.undefined",
        lambda question, finding: None,
        **judgement_of("logarithm of what is positive: 0 at 0"),
    ),
)


# Numbers: the bound, exact inputs, what lost its digits, kinks, and what is not finite.


def _halves(*shape: int) -> Array:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float16)


def _half_sum(x: Array) -> Any:
    return np.square(x).sum(axis=0)


def _narrow(x: Array) -> Array:
    """Return numbers of float32 with as many digits as TF32 has."""
    return np.asarray((x.view(np.uint32) + 0x1000 & 0xFFFFE000).view(np.float32))


def _counted(offset: int) -> Code:
    return lambda x: x.argsort(-1).argsort(-1) + 10**7 + offset


def _far(distance: float, mean: Code) -> Code:
    return lambda x: mean((x + distance) - distance)


def _flushed(x: Array) -> Array:
    y = x * 1e-39
    return np.where(np.abs(y) < np.finfo(np.float32).tiny, np.float32(0), y)


def _small_on_the_way(x: Any) -> Any:
    return x * 1e-40 * 1e20 * 1e20


def _height(digit: float) -> Code:
    """Return one more than the height of a triangle, of which rounding decides whether there is one at all."""
    return lambda a, b: (a - b * b * (1 + digit)) ** 0.5 + 1


def _whole_part(x: Array) -> Any:
    return np.floor(x * x.dtype.type(1 / 61) * 61)


def _twice_by_a_detour(x: Array) -> Any:
    """Return twice the numbers, exactly, in a way whose noise is larger than they are, and in no wider type."""
    if x.dtype == np.longdouble:
        raise TypeError("no long doubles")
    return ((x + 8e15) - 8e15) * 2


def _without_eta(amplitude: float, eta: float, seed: int, **how: Any) -> Any:
    return TorchShadow(amplitude, 0.0, seed, **how)


SIDES = (np.array([3.0, 5.0, 7.0]), np.array([np.sqrt(3.0), 1.0, 2.0]))
COLUMN = np.array([1.0, 0.5], np.float16)
SINGLES = np.random.default_rng(2).standard_normal((6, 6)).astype(np.float32)
THOUSANDS = 1000 + np.arange(100, dtype=np.float32)
SUMMED = check_of(_half_sum, lambda x: x.square().sum(0), _halves(4096, 2) * COLUMN)
NUMBERS = (
    Defect(
        "a sum in half precision is imprecise beside an accumulator of float32",
        "gradtwin.ops.subject.accumulator_of",
        lambda p, name: p,
        SUMMED,
        "imprecise",
        "accumulator_dtype='float16'",
    ),
    Defect(
        "a sum in half precision is told from a wrong formula",
        "gradtwin.ops.quantity.Look.summing_in",
        lambda self, accumulator: None,
        SUMMED,
        "imprecise",
        "accumulator_dtype='float16'",
    ),
    Defect(
        "a sum in half precision is right where it is declared",
        "gradtwin.ops.subject.accumulator_of",
        lambda p, name: accumulator_of(p),
        check_of(_half_sum, lambda x: x.square().sum(0), _halves(4096, 2) * COLUMN, accumulator_dtype="float16"),
        "match",
    ),
    Defect(
        "exact inputs are in every check",
        "gradtwin.ops.judge.judge_exactly",
        lambda subject: Report(""),
        check_of(lambda x: x[1:].sum(dtype=np.float32).astype(x.dtype), torch.sum, _halves(3000)),
        "mismatch",
        "exact inputs",
    ),
    Defect(
        "another of equal numbers is no difference on exact inputs",
        "gradtwin.ops.exact._is_tie",
        lambda quantity, got, truth, subject: False,
        check_of(lambda x: x.argmax(-1) * 0 + 2 - x[:, ::-1].argmax(-1), lambda x: x.argmax(-1)),
        "match",
    ),
    Defect(
        "whole numbers are right or wrong",
        "gradtwin.core.truth.Expectation.bound",
        property(lambda self: allowed(self.truth, self.spread, self.precision)),
        check_of(_counted(1), _counted(0), X.astype(np.float32)),
        "mismatch",
    ),
    Defect(
        "what a processor flushes to zero is no fault",
        "gradtwin.core.truth.allowed",
        lambda truth, spread, p: spread + K * p.unit * np.abs(truth),
        check_of(_flushed, lambda x: x * 1e-39, SINGLES),
        "match",
    ),
    Defect(
        "noise has an absolute part",
        "gradtwin.ops.truth.TorchShadow",
        _without_eta,
        check_of(lambda x: np.nextafter(_small_on_the_way(x), np.float32(1)), _small_on_the_way, SINGLES),
        "match",
    ),
    Defect(
        "TF32 is named",
        "gradtwin.core.hold._coarser_format",
        lambda value, e, outside: None,
        check_of(lambda x: _narrow(x) @ _narrow(x), lambda x: x @ x, SINGLES),
        "imprecise",
        "TF32",
    ),
    Defect(
        "before a suspect is accused there is a closer look",
        "gradtwin.core.hold.CLOSER_LOOKS",
        (),
        check_of(_whole_part, lambda x: torch.floor(x / 61 * 61), THOUSANDS, name="look"),
        "match",
    ),
    Defect(
        "a wrong constant is no coarser format",
        "gradtwin.core.hold.SCATTERED",
        (-1.0, 2.0),
        check_of(lambda x: np.sin(x) * (1 + np.float32(3e-4)), torch.sin, SINGLES),
        "mismatch",
    ),
    Defect(
        "a right formula that loses digits is unstable",
        "gradtwin.ops.quantity.explained_by_own_rounding",
        lambda subject, call, got, e: np.zeros(got.shape, bool),
        **slip_of("a naive softplus in the left tail"),
    ),
    Defect(
        "a whole multiple of the truth is no loss of digits",
        "gradtwin.ops.blame.is_multiple",
        lambda got, e: False,
        check_of(_twice_by_a_detour, lambda x: x * 1.0, np.array([2.0, 4.0, 8.0])),
        "mismatch",
    ),
    Defect(
        "what is not finite where the truth is is refused",
        "gradtwin.core.hold.ratios",
        lambda got, e: np.where(np.isfinite(got), truth.ratios(got, e), 0.0),
        check_of(lambda x: np.where(x > 0, np.nan, np.sin(x)), torch.sin),
        "mismatch",
    ),
    Defect(
        "rounding may decide whether a result is finite",
        "gradtwin.ops.truth.fragile_at",
        lambda truth, shadows: np.zeros(truth.shape, bool),
        check_of(_height(2.0**-51), _height(0.0), *SIDES),
        "match",
    ),
    Defect(
        "what is not finite where the twin's is nothing but rounding is no fault",
        "gradtwin.ops.blame._singular",
        lambda finding, got, e: None,
        **judgement_of("standardized row of equals: 0 / 0"),
    ),
    Defect(
        "a twin that overflows inside accuses nobody",
        "gradtwin.ops.blame.overflow",
        lambda branches, finding: None,
        **judgement_of("naive softplus: beyond the twin's overflow"),
    ),
    Defect(
        "a kink is named",
        "gradtwin.ops.blame.at_kinks",
        lambda question, finding: None,
        **judgement_of("relu at 0: 1"),
    ),
    Defect(
        "another subgradient is accepted by name",
        "gradtwin.ops.kinks.NAME",
        "",
        **judgement_of("relu at 0, another subgradient accepted: one"),
    ),
    Defect(
        "another subgradient lies between the slopes",
        "gradtwin.ops.kinks._between",
        lambda question: True,
        **judgement_of("relu at 0, another subgradient accepted: two"),
    ),
    Defect(
        "of a tie without a rule the sum is judged",
        "gradtwin.ops.kinks._sums_agree",
        lambda question: False,
        **judgement_of("three largest: last of several"),
    ),
    Defect(
        "of a tie with a rule the pick is judged",
        "gradtwin.ops.kinks._rule",
        lambda question, group: None,
        **judgement_of("largest of a row, first of several: last"),
    ),
    Defect(
        "of tied places without a rule either is right",
        "gradtwin.ops.blame.tied_picks",
        lambda subject, got, e, output, finding: None,
        **judgement_of("where the three largest are: the last of equals"),
    ),
    Defect(
        "of tied places with a rule the pick is judged",
        "gradtwin.ops.picks._arbitrary",
        lambda subject, position, output, axis: True,
        **judgement_of("where the three largest are: the last beside a stable sort"),
    ),
    Defect(
        "a cotangent that does not matter is named",
        "gradtwin.ops.blame._of_cotangent",
        lambda call, got, cotangents: None,
        check_of(np.sin, torch.sin, backward=lambda grad, x: np.cos(x)),
        "mismatch",
        "ignores the cotangent",
    ),
    Defect(
        "a transposed shape is named",
        "gradtwin.ops.gradients.shape_cause",
        lambda got, expected, output, truth: None,
        **{**slip_of("a weight gradient of transposed shape"), "words": "probably   the result is transposed"},
    ),
    Defect(
        "a factor is named",
        "gradtwin.core.causes._name_factor",
        lambda factor, sizes: None,
        **slip_of("a missing 1/N"),
    ),
    Defect(
        "a finding of several precisions is one",
        "gradtwin.core.report.Report.across",
        lambda name, reports, command="": Report.joined(name, [r.within(n) for n, r in reports.items()], command),
        check_of(np.cos, torch.sin, dtypes=BOTH),
        "mismatch",
        "[float64 and float32]",
    ),
    Defect(
        "zeros of gradients with another sign are refused on request",
        "gradtwin.ops.gradients.zeros",
        lambda subject, comparison, got, whose: Report(""),
        check_of(
            lambda x: np.maximum(x, 0),
            torch.relu,
            backward=lambda grad, x: np.where(x > 0, grad, -0.0),
            signed_zeros="gradients",
        ),
        "mismatch",
        "zeros with another sign",
    ),
)
