"""What a user can accept by name where suspect and twin differ and both have a right to."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import K, Precision
from gradtwin.core.errors import GradtwinError, one_of
from gradtwin.core.report import Finding, Report

__all__ = [
    "CONVENTIONS",
    "accepted",
    "apart",
    "by_convention",
    "by_name",
    "explained_by",
    "explains",
    "is_near",
    "is_of_numbers",
]

Array = NDArray[Any]
T = TypeVar("T")

CONVENTIONS = {
    "twin": "where the twin's gradient is no derivative of its forward, what the twin returns",
    "mathematics": "where the twin's gradient is no derivative of its forward, the derivative",
    "as good as the twin": "an error of at most twice the twin's own, at its largest and in its root mean square",
    "another subgradient": "at a kink or a tie, whatever lies between the twin's slopes on both sides",
    "sum for mean": "a sum where the twin takes a mean, of all elements or over one axis",
    "mean for sum": "a mean where the twin takes a sum, of all elements or over one axis",
    "sum over rows for mean": "a sum over one axis where the twin takes the mean over it, and the mean over the others",
    "mean over rows for sum": "a mean over one axis where the twin takes the sum over it, and the sum over the others",
    "half of the square": "half of a square where the twin takes the whole, or the whole where the twin takes half",
    "intercept penalized": "a penalty of all weights where the twin leaves out the first or the last, the intercept",
    "intercept spared": "a penalty without the first or the last weight, the intercept, where the twin takes in all",
    "gradient by row": "the gradient of a matrix is transposed, that of a vector may be one row",
    "gradient without the conjugate": "of complex numbers, the derivative itself where torch takes its conjugate",
    "population variance for sample variance": "a variance divided by n where the twin divides by n - 1",
    "sample variance for population variance": "a variance divided by n - 1 where the twin divides by n",
    "eps inside the root": "sqrt(v + eps) where eps stands outside of the twin's root",
    "eps outside the root": "sqrt(v) + eps where eps stands inside the twin's root",
    "eps added": "x + eps where the twin takes the larger of x and eps",
    "eps as a floor": "the larger of x and eps where the twin takes x + eps",
    "eps inside the logarithm": "log(x + eps) where the twin takes log(x)",
    "clipped probabilities": "the logarithm of a probability clipped to [eps, 1 - eps], which the twin does not clip",
    "bits": "logarithms to the base 2 where the twin takes natural ones",
    "nats": "natural logarithms where the twin takes those to the base 2",
    "GELU by tanh for GELU by erf": "GELU by its approximation with tanh where the twin takes erf",
    "GELU by erf for GELU by tanh": "GELU by erf where the twin takes the approximation with tanh",
    "GELU by sigmoid for GELU by erf": "GELU by its approximation x sigmoid(1.702 x) where the twin takes erf",
    "eps before the bias correction": "eps added to the root of the moment before it is corrected, as Adam's eps hat",
    "coupled decay for decoupled decay": "weight decay added to the gradient where the twin shrinks the parameter",
    "decoupled decay for coupled decay": "a parameter that shrinks where the twin adds weight decay to the gradient",
    "momentum dampening": "a velocity that takes 1 - momentum of each gradient but the first, where the twin takes all",
    "momentum as a running mean": "a velocity that takes 1 - momentum of each gradient, where the twin takes all",
    "lr inside the velocity": "a velocity of gradients times lr where the twin's is of gradients",
    "rate of the step after": "the rate of step t + 1 at step t: steps counted from 1, or taken before the optimizer's",
    "rate of the step before": "the rate of step t - 1 at step t: a milestone that counts from the step after it on",
    "end at the last step": "a schedule of n steps that ends at step n - 1 where the twin's ends at step n",
    "decay at every step": "a rate that decays a little at every step where the twin's decays after a number of steps",
    "patience reached": "a rate that is reduced once as many steps are bad as the twin has patience with",
    "factor for rate": "a factor of the base rate where the twin gives the rate, as for LambdaLR",
    "align_corners": "corners aligned where the twin does not align them, or the other way round",
    "count_include_pad": "padding counted in a mean where the twin does not count it, or the other way round",
    "convolution for cross-correlation": "a convolution with the kernel reversed, which the twin does not reverse",
    "halves away from zero": "halves rounded away from zero where the twin rounds them to even",
}
"""Every name that `accept` takes, and what it accepts."""
NUMBERS = ("structure", "mismatch", "disputed", "unstable", "imprecise")
"""The verdicts on what came back: no convention explains a crash, or an argument that was changed."""


def accepted(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names as a tuple, or raise a UsageError at one that is none of `CONVENTIONS`."""
    return tuple(one_of("accept", name, CONVENTIONS) for name in ((names,) if isinstance(names, str) else names))


def is_of_numbers(report: Report) -> bool:
    """Return whether a report refuses nothing but what came back."""
    return bool(report.findings) and all(finding.verdict in NUMBERS for finding in report.findings)


def by_name(report: Report, names: Sequence[str]) -> Report:
    """Return the report of a match with the conventions that made it one."""
    notes = tuple(f"by the convention {name}: {CONVENTIONS[name]}" for name in names)
    return replace(report, remarks=(*notes, *report.remarks))


def explains(report: Report, plain: Report) -> bool:
    """Return whether the report by a convention explains what another refuses: a match that other values would not be.

    Where a convention comes to zeros, anything below what rounding leaves of them would match.
    """
    wrong = {finding.quantity for finding in plain.findings}
    return report.ok and wrong.isdisjoint(str(part._replace(dtype="")) for part in report.coverage.zeros)


def explained_by(report: Report, held: Sequence[tuple[str, ...]]) -> Report:
    """Return a report that refuses with the conventions that explain it, if any: each is one, or several at once."""
    if not held:
        return report
    either = ", or ".join(" and ".join(names) for names in held)
    accept = f'"{held[0][0]}"' if len(held[0]) == 1 else str(held[0])
    message = f"another convention: {either}; accept={accept} makes it a match"
    notes = tuple(f"{name}: {CONVENTIONS[name]}" for name in dict.fromkeys(name for names in held for name in names))
    return replace(
        report, findings=tuple(_in_words(f, message) for f in report.findings), remarks=(*notes, *report.remarks)
    )


def by_convention(
    judge: Callable[[T], Report], twin: T, others: Iterable[tuple[tuple[str, ...], T]], names: Sequence[str]
) -> Report:
    """Return the report beside a twin, or beside that of accepted conventions; else with the names of those that hold.

    Parameters
    ----------
    judge : callable
        Returns the report beside a twin.
    twin : object
        The twin.
    others : iterable
        The twins of other conventions, with their names, most likely first; made only where `twin` is not matched.
    names : sequence of str
        Names of `CONVENTIONS` that are accepted.
    """
    plain = judge(twin)
    if plain.ok or not is_of_numbers(plain):
        return plain
    closest = plain
    for used, other in sorted(others, key=lambda pair: not set(pair[0]) <= set(names)):
        try:
            report = judge(other)
        except GradtwinError:  # a twin that cannot be run so
            continue
        if set(used) <= set(names):
            if report.ok:
                return by_name(report, used)
            # What is compared before something differs tells how near a convention comes.
            further = is_of_numbers(report) and report.tally.checks > closest.tally.checks
            closest = report if further else closest
        elif explains(report, plain):
            return explained_by(plain, [used])
    return closest


def is_near(got: Array, truth: Array, p: Precision, size: float) -> bool:
    """Return whether an array has half of the digits of another, or is zero as it but for rounding of that size."""
    return apart(got, truth, K * p.unit * size) <= math.sqrt(p.unit)


@np.errstate(all="ignore")
def apart(got: Array, truth: Array, granted: float) -> float:
    """Return how far an array is from another, beyond what is granted, as a share of the largest of its numbers.

    What is not finite is left out; where nothing else is there, or the shapes differ, they are infinitely far apart.
    """
    if got.shape != truth.shape:
        return math.inf
    finite = np.isfinite(got) & np.isfinite(truth)
    if got.size and not np.any(finite):
        return math.inf
    largest = float(np.max(np.abs(truth), where=finite, initial=0.0))
    distance = float(np.max(np.abs(np.asarray(got, np.float64) - truth), where=finite, initial=0.0)) - granted
    return 0.0 if distance <= 0 else distance / largest if largest else math.inf


def _in_words(finding: Finding, message: str) -> Finding:
    if finding.verdict == "structure":
        return replace(finding, message=f"{finding.message}: {message}")
    return replace(finding, verdict="mismatch", message=message)
