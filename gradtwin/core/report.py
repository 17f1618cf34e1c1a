"""What a check says: findings, the report that gathers them, its text and its JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from gradtwin.core.coverage import Coverage
from gradtwin.core.notebook import html_of

__all__ = ["SCHEMA_VERSION", "VERDICTS", "Finding", "Report", "Tally", "times"]

T = TypeVar("T", float, tuple[float, float])

SCHEMA_VERSION = 1

VERDICTS = ("crash", "structure", "impure", "mismatch", "disputed", "unstable", "imprecise", "inconclusive", "match")
"""Every verdict, gravest first: a report takes the gravest of its findings. Only `match` is success."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with the place and the size where it is worst.

    Parameters
    ----------
    verdict : str
        One of `VERDICTS`, never ``match``.
    quantity : str
        What was compared: ``output``, ``gradient of weight``, ``exp_avg of W1``.
    message : str
        What happened, as a sentence.
    context : str
        The case, the precision and the cotangent or the mode under which it happened.
    index : tuple of int, optional
        Place of the worst element.
    inputs : mapping
        The inputs' values at that place, by name, where their shape reaches it.
    expected, got, difference, bound : float, optional
        The truth, the suspect's value, their distance and what rounding explains, all at `index`.
    ratio : float, optional
        The distance in units of the bound; refused above 1.
    ulps : float, optional
        The distance in units in the last place of the truth at the precision under test.
    bits : float, optional
        How many bits the suspect's result really carries.
    wrong, total : int, optional
        How many elements are outside the bound, of how many.
    side : str, optional
        ``suspect`` or ``twin``: which of the two a certified third witness found further from the truth.
    cause : str, optional
        The probable cause, where the pattern of the difference is known.
    step : int, optional
        The first step of a trajectory that differs.
    example : str, optional
        A call, as Python, that shows the same by the simplest inputs that were found.
    """

    verdict: str
    quantity: str
    message: str
    context: str = ""
    index: tuple[int, ...] | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    expected: float | None = None
    got: float | None = None
    difference: float | None = None
    bound: float | None = None
    ratio: float | None = None
    ulps: float | None = None
    bits: float | None = None
    wrong: int | None = None
    total: int | None = None
    side: str | None = None
    cause: str | None = None
    step: int | None = None
    example: str | None = None

    def __str__(self) -> str:
        where = f" [{self.context}]" if self.context else ""
        lines = [f"{self.verdict}: {self.quantity}{where}: {self.message}"]
        if self.step is not None:
            lines.append(f"first at   step {self.step}")
        if self.index is not None:
            at = ", ".join(map(str, self.index))
            count = f", worst of {self.wrong} wrong in {self.total} elements" if self.wrong else ""
            lines.append(f"where      {self.quantity}[{at}]{count}")
        if self.inputs:
            lines.append("inputs     " + ", ".join(f"{k} = {_number(v)}" for k, v in self.inputs.items()))
        if self.expected is not None and self.got is not None:
            lines.append(f"expected   {_number(self.expected)}")
            lines.append(f"got        {_number(self.got)}")
        if self.difference is not None and self.ratio is not None:
            size = f"{self.difference:.3g}, {times(self.ratio)} the bound of {self.bound:.3g}"
            ulps = f", {self.ulps:.3g} ulps" if self.ulps is not None else ""
            bits = f"; about {self.bits:.0f} bits are right" if self.bits is not None else ""
            lines.append(f"off by     {size}{ulps}{bits}")
        if self.side is not None:
            lines.append(f"witness    certified arithmetic finds the {self.side} further from the truth")
        if self.cause is not None:
            lines.append(f"probably   {self.cause}")
        if self.example is not None:
            lines.append(f"again      {self.example}")
        return "\n    ".join(lines)

    def within(self, context: str) -> Finding:
        """Return the finding with `context` written before its own."""
        return replace(self, context=f"{context}, {self.context}" if self.context else context)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data; what does not apply is None, what is not finite is a string."""
        data = dict(vars(self), index=None if self.index is None else list(self.index), inputs=dict(self.inputs))
        return {k: _plain(v) for k, v in data.items()}


@dataclass(frozen=True)
class Tally:
    """What was done and how close it came: the figures of a report.

    Parameters
    ----------
    checks : int
        Arrays compared.
    controls : int
        Altered copies that were tried and refused.
    worst : mapping
        Worst difference / bound of the suspect, by precision; refused above 1.
    twin : mapping
        Worst ratio of the twin's own run at that precision and device, by precision.
    steps : int
        Training steps compared.
    horizons : mapping
        By free run, the first step from which on its comparison proves nothing, or None where it proves to the end.
    metrics : mapping
        Figures of merit by run and name: what the suspect reached and what the twin reached.
    points, close : int
        Labels compared, and how many of them were too close to call.
    outside : mapping
        Its worst ratio by precision and then quantity, of the quantities where it is outside the bound.
    beside : mapping
        How many times as large as the twin's own the suspect's error is, by precision and then quantity: at its
        largest, and in the root of its mean square.
    """

    checks: int = 0
    controls: int = 0
    worst: Mapping[str, float] = field(default_factory=dict)
    twin: Mapping[str, float] = field(default_factory=dict)
    steps: int = 0
    horizons: Mapping[str, int | None] = field(default_factory=dict)
    metrics: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    points: int = 0
    close: int = 0
    outside: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    beside: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)

    @classmethod
    def total(cls, parts: Sequence[Tally]) -> Tally:
        """Return the figures of several as those of one."""
        return cls(
            checks=sum(t.checks for t in parts),
            controls=sum(t.controls for t in parts),
            worst=_largest(t.worst for t in parts),
            twin=_largest(t.twin for t in parts),
            steps=sum(t.steps for t in parts),
            horizons={run: step for t in parts for run, step in t.horizons.items()},
            metrics={run: figures for t in parts for run, figures in t.metrics.items()},
            points=sum(t.points for t in parts),
            close=sum(t.close for t in parts),
            outside=_largest_by_precision([t.outside for t in parts]),
            beside=_largest_by_precision([t.beside for t in parts]),
        )

    def of_twin(self) -> list[str]:
        """Return what is to be said of a twin whose own run is outside the bound, in a sentence for each precision."""
        said = []
        for p, quantities in self.outside.items():
            finite = {quantity: far for quantity, far in quantities.items() if math.isfinite(far)}
            if finite:
                far = ", ".join(f"{quantity} {far:.3g} times" for quantity, far in finite.items())
                said.append(f"the twin's own {p} run is outside the bound: {far}")
            if len(finite) < len(quantities):
                others = ", ".join(quantity for quantity in quantities if quantity not in finite)
                said.append(f"the twin's own {p} run is not finite where the truth is: {others}")
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        return {k: _plain(v) for k, v in vars(self).items()}


@dataclass(frozen=True)
class Report:
    """The answer of a check.

    Parameters
    ----------
    name : str
        What was checked.
    findings : tuple of Finding
        Everything that is wrong, gravest first; empty for a match.
    tally : Tally
        What was done.
    remarks : tuple of str
        What the user may want to know and what is no fault of the suspect; `notes` says of the twin as well where its
        own run is outside the bound.
    command : str
        The command that repeats the check, or an empty string.
    refused : tuple of Finding
        Of formulas that are known to be wrong: how each was refused, as it must be.
    coverage : Coverage
        The quantities at which a wrong result would have been refused, and those at which none would.
    form : str
        What the suspect was taken for; empty where there was nothing to choose.
    limits : tuple of str
        Where the answer does not hold, beyond what was claimed: a match remains one.
    tried : mapping
        By what was varied, on how many inputs besides those at hand both sides were compared.
    """

    name: str
    findings: tuple[Finding, ...] = ()
    tally: Tally = field(default_factory=Tally)
    remarks: tuple[str, ...] = ()
    command: str = ""
    refused: tuple[Finding, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    form: str = ""
    limits: tuple[str, ...] = ()
    tried: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def verdict(self) -> str:
        """The gravest verdict among the findings; ``match`` if there is none, and all that was compared is proven."""
        if self.findings:
            return min((f.verdict for f in self.findings), key=VERDICTS.index)
        return "match" if self.tally.checks and not self.coverage.unproven else "inconclusive"

    @property
    def ok(self) -> bool:
        """True for a match, and for nothing else."""
        return self.verdict == "match"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user may want to know and what is no fault of the suspect."""
        return (*self.tally.of_twin(), *self.remarks)

    @classmethod
    def joined(cls, name: str, reports: Iterable[Report], command: str = "") -> Report:
        """Return one report of several, under one name."""
        parts = tuple(reports)
        # Sorted by gravity, and stably: of two findings alike in it, what was judged first comes first.
        return cls(
            name=name,
            findings=tuple(sorted((f for r in parts for f in r.findings), key=lambda f: VERDICTS.index(f.verdict))),
            tally=Tally.total([r.tally for r in parts]),
            remarks=tuple(dict.fromkeys(n for r in parts for n in r.remarks)),
            command=command,
            refused=tuple(f for r in parts for f in r.refused),
            coverage=Coverage.joined(r.coverage for r in parts),
            limits=tuple(dict.fromkeys(limit for r in parts for limit in r.limits)),
            tried=dict(sum((Counter(r.tried) for r in parts), Counter[str]())),
        )

    @classmethod
    def across(cls, name: str, reports: Mapping[str, Report], command: str = "") -> Report:
        """Return one report of those at several precisions; a finding of more than one of them stands there once."""
        contexts: dict[tuple[str, ...], tuple[Finding, list[str]]] = {}
        for dtype, report in reports.items():
            for finding in report.findings:
                identity = (finding.verdict, finding.quantity, finding.message, finding.context)
                contexts.setdefault(identity, (finding, []))[1].append(dtype)
        findings = Report("", tuple(f.within(" and ".join(dtypes)) for f, dtypes in contexts.values()))
        without_findings = [replace(r, findings=(), coverage=r.coverage.within(dtype)) for dtype, r in reports.items()]
        return cls.joined(name, [findings, *without_findings], command)

    def refusing_limits(self) -> Report:
        """Return the report with each limit as a finding."""
        findings = tuple(Finding("structure", "suspect", limit) for limit in self.limits)
        return Report.joined(self.name, [replace(self, limits=()), Report("", findings)], self.command)

    def within(self, context: str) -> Report:
        """Return the report with `context` written before the context of each finding."""
        return replace(self, findings=tuple(f.within(context) for f in self.findings))

    def __str__(self) -> str:
        tally = self.tally
        worst = ", ".join(f"{dtype} {value:.2g}" for dtype, value in sorted(tally.worst.items(), reverse=True))
        coverage = str(self.coverage)
        figures = [coverage] if coverage and self.ok else []
        figures += [f"{tally.checks} checks", f"{tally.controls} controls fired"]
        figures += [f"{tally.steps} steps"] if tally.steps else []
        figures += [f"{tally.close} of {tally.points} labels too close to call"] if tally.points else []
        figures += [f"worst difference / bound {worst}"] if worst else []
        lines = [f"{self.verdict}  {self.name}  {', '.join(figures)}"]
        lines += [f"  read as  {self.form}"] if self.form else []
        tried = ", ".join(f"{count} {kind}" for kind, count in self.tried.items())
        lines += [f"  tried    {tried} besides the inputs at hand"] if tried else []
        lines += [f"  limit    {limit}" for limit in self.limits]
        for run, step in tally.horizons.items():
            reach = "proves to its last step" if step is None else f"proves nothing from step {step} on"
            lines.append(f"  horizon  {run}: {reach}")
        for run, (ours, theirs) in tally.metrics.items():
            lines.append(f"  metric   {run}: suspect {ours:.6g}, twin {theirs:.6g}")
        for p, errors in tally.beside.items():
            of_each = ", ".join(f"{quantity} {most:.3g} (rms {rms:.3g})" for quantity, (most, rms) in errors.items())
            lines.append(f"  error    {p}, in the twin's own: {of_each}")
        lines += [f"  {finding}" for finding in self.findings]
        lines += [f"  inconclusive: {part}: proves nothing: {why}" for part, why in self.coverage.unproven.items()]
        lines += [f"  note: {note}" for note in self.notes]
        if self.command and not self.ok:
            lines.append(f"  repeat: {self.command}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data that follows `gradtwin/report.schema.json`."""
        return {
            "schema": SCHEMA_VERSION,
            "name": self.name,
            "verdict": self.verdict,
            "ok": self.ok,
            "findings": [f.to_dict() for f in self.findings],
            "tally": self.tally.to_dict(),
            "notes": list(self.notes),
            "command": self.command,
            "refused": [f.to_dict() for f in self.refused],
            "covers": self.coverage.to_dict(),
            "read_as": self.form,
            "limits": list(self.limits),
            "tried": dict(self.tried),
        }


def _largest(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    largest: dict[str, T] = {}
    for figures in parts:
        for name, value in figures.items():
            largest[name] = max(largest.get(name, value), value)
    return largest


def _largest_by_precision(parts: Sequence[Mapping[str, Mapping[str, T]]]) -> dict[str, dict[str, T]]:
    names = dict.fromkeys(p for figures in parts for p in figures)
    return {p: _largest(figures.get(p, {}) for figures in parts) for p in names}


def _plain(value: Any) -> Any:
    """Return `value` as JSON can hold it; NaN and infinities become the strings ``nan``, ``inf`` and ``-inf``."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return value


def _number(value: Any) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)


def times(factor: float) -> str:
    """Return a factor in words."""
    return f"{factor:.3g} times" if math.isfinite(factor) else "infinitely many times"
