"""Judging a forward and its hand-derived backward against a PyTorch twin."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.bound import K, Precision, precision
from gradtwin.causes import cause_of, shape_cause
from gradtwin.compare import Expectation, compare, ratios, slipping_controls
from gradtwin.errors import ExtraMissingError, UsageError
from gradtwin.noise_numpy import NumpyShadow, plain
from gradtwin.report import Finding, Report, Tally
from gradtwin.suspect import Outcome, arrays_in, input_names, observe
from gradtwin.twin import FIRST_LOOK, SECOND_LOOK, Twin, check_device
from gradtwin.witness import certified_gradient

__all__ = ["check", "seed_from"]

Array = NDArray[Any]
Inputs = Sequence[Any] | Mapping[str, Any]
OWN_RUNS = 8
WITNESS_PLACES = 64
DIAGONAL_SIZE = 256


def seed_from(name: str, seed: int = 0) -> int:
    """Return a seed that depends on the name of a case and on the user's seed."""
    return zlib.crc32(f"{name}/{seed}".encode())


def check(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    twin: Callable[..., Any],
    inputs: Inputs | Callable[[np.random.Generator], Inputs],
    options: Mapping[str, Any] | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    device: str = "cpu",
    seed: int = 0,
    differentiable: Sequence[str] | None = None,
    kinks: Sequence[float] = (),
    exact: bool = False,
    signed_zeros: bool = False,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge `forward`, and `backward` if given, against `twin`.

    Parameters
    ----------
    forward : callable
        ``forward(*inputs, **options)`` returns an array, or a tuple of them.
    backward : callable, optional
        ``backward(grad, *inputs, **options)`` returns the gradient of the one differentiable input, or a NamedTuple
        whose fields are the names of the differentiable inputs (a tuple in their order will do).
    twin : callable
        The PyTorch function; takes tensors where `forward` takes arrays, and the same options. It runs in float64
        on the CPU for the truth, and at each precision on `device`.
    inputs : sequence, mapping, or callable
        Arrays (and None for what is absent), by position or by name, or a function of a `numpy.random.Generator`
        that returns them. Floating arrays are cast to the precision under test.
    options : mapping, optional
        Keyword arguments of both sides.
    dtypes : sequence of str
        The precisions to judge at: ``float64``, ``float32``, ``float16``.
    device : str
        Where the twin runs at the precision under test: ``cpu``, ``cuda`` or ``cuda:N``.
    seed : int
        Seed of the inputs, the cotangents and the shadow runs.
    differentiable : sequence of str, optional
        Names of the inputs with a gradient; all floating inputs if not given.
    kinks : sequence of float
        Inputs at which the function has no derivative; only used to name the cause of a difference.
    exact : bool
        Admit no rounding. For inputs on which both sides compute exactly, as at kinks.
    signed_zeros : bool
        Refuse an output whose zeros have other signs than the twin's; otherwise that is a note.
    name, command : str, optional
        How the report calls the check, and the command that repeats it.

    Returns
    -------
    Report
        ``report.ok`` is True only for a match.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or the twin does not take what the suspect takes.
    DeviceMissingError
        If `device` is not on this machine.
    """
    for argument, value in (("forward", forward), ("backward", backward), ("twin", twin)):
        if not callable(value) and not (argument == "backward" and value is None):
            raise UsageError(f"Expected {argument} to be callable; got {type(value).__name__} {value!r}.")
    if not dtypes or isinstance(dtypes, str):
        raise UsageError(f"Expected dtypes to be a sequence of at least one dtype name; got {dtypes!r}.")
    check_device(device)
    title = name or f"{getattr(forward, '__module__', '?')}:{getattr(forward, '__name__', 'forward')}"
    reports = []
    for dtype in dtypes:
        p = precision(dtype)
        rng = np.random.default_rng(seed_from(title, seed))
        drawn = inputs(rng) if callable(inputs) else inputs
        named = isinstance(drawn, Mapping)
        values = tuple(drawn.values()) if isinstance(drawn, Mapping) else tuple(drawn)
        names = tuple(drawn) if isinstance(drawn, Mapping) else input_names(forward, len(values))
        arrays = tuple(_cast(x, p, n) for n, x in zip(names, values, strict=True))
        trial = _Trial(
            forward=_by_keyword(forward, names) if named else forward,
            backward=_by_keyword(backward, names) if named and backward is not None else backward,
            twin=Twin(_by_keyword(twin, names) if named else twin, options or {}),
            arrays=arrays,
            names=names,
            wanted=_wanted(arrays, names, differentiable, backward),
            options={k: _cast(v, p, k) if isinstance(v, np.ndarray) else v for k, v in (options or {}).items()},
            p=p,
            device=device,
            seed=seed_from(f"{title}/{dtype}", seed),
            kinks=tuple(kinks),
            exact=exact,
            signed_zeros=signed_zeros,
        )
        reports.append(trial.judge().within(dtype))
    return Report.joined(title, reports, command)


def _by_keyword(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return `function` with its last positional arguments passed by these names."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        first = len(arguments) - len(names)
        return function(*arguments[:first], **dict(zip(names, arguments[first:], strict=True)), **options)

    return call


def _cast(x: Any, p: Precision, name: str) -> Any:
    if x is None:
        return None
    if not isinstance(x, (np.ndarray, np.generic, float, int, list)):
        raise UsageError(f"Expected input {name!r} to be an array or None; got {type(x).__name__}.")
    array = np.asarray(x)
    if array.dtype.kind == "f" and array.dtype != p.name:
        with np.errstate(over="ignore"):
            return array.astype(p.name)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"Expected input {name!r} to hold real numbers; got dtype {array.dtype}.")
    return array


def _wanted(arrays: tuple[Any, ...], names: tuple[str, ...], chosen: Any, backward: Any) -> tuple[bool, ...]:
    floating = [isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in arrays]
    for name in chosen or ():
        if name not in names:
            raise UsageError(f"Expected differentiable to name inputs of forward, {', '.join(names)}; got {name!r}.")
        if not floating[names.index(name)] and arrays[names.index(name)] is not None:
            kind = np.asarray(arrays[names.index(name)]).dtype
            raise UsageError(f"Expected input {name!r}, of which a gradient is asked, to be floating; got {kind}.")
    wanted = tuple(f and (chosen is None or n in chosen) for f, n in zip(floating, names, strict=True))
    if backward is not None and not any(wanted):
        kinds = ", ".join(f"{n}: {getattr(x, 'dtype', 'None')}" for n, x in zip(names, arrays, strict=True))
        raise UsageError(f"Expected at least one floating input, since a gradient is asked; got {kinds}.")
    return wanted


@dataclass(frozen=True)
class _Expected:
    """The twin's word on one cotangent, with the second look taken only when somebody is about to be accused."""

    twin: Twin
    arguments: Mapping[str, Any]
    seed: int

    def _look(self, runs: int, seed: int) -> list[Expectation | None]:
        outputs, gradients = self.twin.expect(**self.arguments, runs=runs, seed=seed)
        return [*outputs, *gradients]

    @cached_property
    def first(self) -> list[Expectation | None]:
        return self._look(0 if self.arguments["exact"] else FIRST_LOOK, self.seed)

    @cached_property
    def second(self) -> list[Expectation | None]:
        return self._look(SECOND_LOOK, self.seed + FIRST_LOOK)


@dataclass(frozen=True)
class _Trial:
    """One suspect on one set of inputs at one precision."""

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    twin: Twin
    arrays: tuple[Any, ...]
    names: tuple[str, ...]
    wanted: tuple[bool, ...]
    options: dict[str, Any]
    p: Precision
    device: str
    seed: int
    kinks: tuple[float, ...]
    exact: bool
    signed_zeros: bool

    def judge(self) -> Report:
        """Run, then compare structure, values, gradients and purity, then try the controls."""
        outcome = observe(self.forward, self.arrays, self.options, self.names, "forward")
        if outcome.value is None:
            return Report("", outcome.findings)
        shapes = self.twin.run(self.arrays, self.p.name, wanted=self.wanted).outputs
        outputs = arrays_in(outcome.value)
        wrong = self._structure(["output"] if len(shapes) == 1 else _numbered("output", len(shapes)), outputs, shapes)
        if wrong:
            return Report("", (*outcome.findings, *wrong))
        rng = np.random.default_rng(self.seed)
        random = [self._cotangent(rng, o.shape) for o in shapes]
        expected = self._expected(random)
        reports = [Report("", outcome.findings, notes=outcome.warned)]
        for i, got in enumerate(outputs):
            name = "output" if len(outputs) == 1 else f"output {i}"
            reports.append(self._compare(name, got, expected, i, self.forward, self.arrays, outcome))
            reports.append(self._zeros(name, got, expected.first[i]))
        if self.backward is not None:
            sound = all(r.ok for r in reports if r.tally.checks)
            reports.append(self._gradients("random cotangent", random, expected, sound, prove=True))
            if reports[-1].ok:
                variants = self._variants(rng, random, expected)
                reports += [self._gradients(kind, c, e, sound, prove=False) for kind, c, e in variants]
        return Report.joined("", reports)

    def _expected(self, cotangents: Sequence[Array]) -> _Expected:
        arguments = {
            "inputs": self.arrays,
            "p": self.p,
            "wanted": self.wanted,
            "cotangents": cotangents if self.backward is not None else None,
            "device": self.device,
            "exact": self.exact,
        }
        return _Expected(self.twin, arguments, self.seed)

    def _cotangent(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        drawn = rng.choice([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0], shape) if self.exact else rng.standard_normal(shape)
        return np.asarray(drawn, dtype=self.p.name)

    def _variants(self, rng: Any, random: list[Array], expected: _Expected) -> Any:
        """Yield further cotangents: the random one with gaps in memory, one number expanded, zero."""
        if any(c.size > 1 for c in random):
            yield "strided cotangent", [_with_gaps(c) for c in random], expected
            one = [np.broadcast_to(self._cotangent(rng, ()), c.shape) for c in random]
            yield "expanded cotangent", one, self._expected(one)
        zero = [np.zeros_like(c) for c in random]
        yield "zero cotangent", zero, self._expected(zero)

    def _structure(self, names: Sequence[str], got: Sequence[Array], expected: Sequence[Array]) -> list[Finding]:
        if len(got) != len(expected):
            return [Finding("structure", "output", f"returns {len(got)} arrays where the twin returns {len(expected)}")]
        findings = []
        for name, g, e in zip(names, got, expected, strict=True):
            if g.shape != e.shape:
                findings.append(Finding("structure", name, f"has shape {g.shape} where the twin has {e.shape}"))
            elif g.dtype != e.dtype:
                findings.append(Finding("structure", name, f"has dtype {g.dtype} where the twin has {e.dtype}"))
        return findings

    def _compare(
        self,
        quantity: str,
        got: Array,
        expected: _Expected,
        i: int,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        outcome: Outcome,
        pick: Callable[[Any], Any] | None = None,
        prove: bool = True,
    ) -> Report:
        """Judge one array; `pick` takes it from what the suspect returns (None: the i-th output).

        With `prove`, a match must refuse altered copies. The gradient of one random cotangent has to; that of an
        expanded one need not, since it is zero for every function that a constant does not move.
        """
        e = expected.first[i]
        assert e is not None
        if not self.exact and np.any(ratios(got, e) > K):
            again = expected.second[i]
            assert again is not None
            e = e.widened(again.spread)

        def own() -> Array | None:
            take = pick if pick is not None else lambda value: arrays_in(value)[i]
            return self._own_spread(function, arguments, take, np.asarray(got), outcome.warned)

        finding = compare(quantity, got, e, own)
        finite = ratios(got, e)
        finite = finite[np.isfinite(finite)]
        worst = {self.p.name: float(finite.max(initial=0.0))}
        theirs = ratios(e.native, e)
        twin = {self.p.name: float(theirs.max(initial=0.0))}
        notes = ()
        if np.any(theirs > K):
            notes = (f"the twin's own {self.p.name} {quantity} is {twin[self.p.name] / K:.3g} times outside the bound",)
        if finding is None:
            fired, slipped = slipping_controls(got, e, self._terms()) if prove else (0, [])
            message = f"proves nothing: the bound would let these altered copies pass too: {', '.join(slipped)}"
            found = (Finding("void", quantity, message),) if slipped else ()
            return Report("", found, Tally(1, fired, worst, twin), notes)
        finding = replace(finding, inputs=self._inputs_at(finding.index))
        return Report("", (finding,), Tally(1, 0, {}, twin), notes)

    def _terms(self) -> int:
        return max((x.size for x in self.arrays if isinstance(x, np.ndarray)), default=1)

    def _zeros(self, quantity: str, got: Array, e: Expectation | None) -> Report:
        """Note, or refuse, zeros of the output whose sign is not the twin's."""
        assert e is not None
        zero = (got == 0) & (e.native == 0) & (e.truth == 0)
        other = zero & (np.signbit(got) != np.signbit(e.native))
        if not np.any(other):
            return Report("")
        message = f"{np.count_nonzero(other)} zeros have another sign than the twin's"
        if self.signed_zeros:
            return Report("", (Finding("mismatch", quantity, message),))
        return Report("", notes=(f"{quantity}: {message}",))

    def _gradients(
        self, kind: str, cotangents: list[Array], expected: _Expected, sound: bool, *, prove: bool
    ) -> Report:
        """Judge the gradients of every wanted input for one cotangent; `sound`: the outputs matched."""
        backward = self.backward
        assert backward is not None
        k = len(cotangents)

        def call(*arguments: Any, **options: Any) -> Any:
            return backward(arguments[0] if k == 1 else arguments[:k], *arguments[k:], **options)

        arguments = [*cotangents, *self.arrays]
        labels = [*(["grad"] if k == 1 else _numbered("grad", k)), *self.names]
        outcome = observe(call, arguments, self.options, labels, "backward")
        reports = [Report("", outcome.findings, notes=outcome.warned)]
        if outcome.value is None and outcome.findings:
            return reports[0].within(kind)
        found = self._by_name(outcome.value)
        if isinstance(found, Finding):
            return Report("", (*outcome.findings, found)).within(kind)
        for j, name in enumerate(self.names):
            if not self.wanted[j]:
                continue
            quantity = f"gradient of {name}"
            e, got = expected.first[k + j] if len(expected.first) > k else None, found.get(name)
            if e is None:
                if got is not None and np.any(got):
                    reports.append(Report("", (Finding("structure", quantity, "is given; the twin has none"),)))
                continue
            if got is None:
                reports.append(Report("", (Finding("structure", quantity, "is missing; the twin has one"),)))
                continue
            wrong = self._structure([quantity], [got], [e.native])
            if wrong:
                cause = shape_cause(got.shape, e.truth.shape, cotangents[0].shape)
                reports.append(Report("", tuple(replace(f, cause=cause) for f in wrong)))
                continue

            def pick(value: Any, name: str = name) -> Any:
                named = self._by_name(value)
                return None if isinstance(named, Finding) else named.get(name)

            report = self._compare(quantity, got, expected, k + j, call, arguments, outcome, pick, prove)
            reports.append(self._explain(report, got, j, cotangents, expected, k, sound))
        return Report.joined("", reports).within(kind)

    def _by_name(self, value: Any) -> dict[str, Array | None] | Finding:
        """Return the gradients that backward returned by the names of the inputs, or what is wrong with their form."""
        wanted = [n for n, w in zip(self.names, self.wanted, strict=True) if w]
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            found: dict[str, Any] = {}
            for field, v in zip(value._fields, value, strict=True):
                parts = {f"{field}[{i}]": part for i, part in enumerate(v)} if isinstance(v, (tuple, list)) else {field: v}
                found.update(parts)
            unknown = [n for n in found if n not in self.names and found[n] is not None]
            if unknown:
                message = f"returns fields {', '.join(unknown)}, which are no inputs of forward ({', '.join(self.names)})"
                return Finding("structure", "gradients", message)
        else:
            values = list(value) if isinstance(value, (tuple, list)) else [value]
            order = wanted if len(values) == len(wanted) else list(self.names)
            if len(values) != len(order):
                message = f"returns {len(values)} gradients for the differentiable inputs {', '.join(wanted)}"
                return Finding("structure", "gradients", message)
            found = dict(zip(order, values, strict=True))
        return {n: None if v is None else np.asarray(v) for n, v in found.items()}

    def _explain(
        self, report: Report, got: Array, j: int, cotangents: list[Array], expected: _Expected, k: int, sound: bool
    ) -> Report:
        """Ask the witness before a gradient is accused, and name the cause if it stays accused."""
        if report.ok or report.findings[0].verdict not in ("mismatch", "unstable"):
            return report
        finding, e = report.findings[0], expected.first[k + j]
        assert e is not None
        if finding.verdict == "mismatch" and not self.exact:
            e = expected.first[k + j].widened(expected.second[k + j].spread)  # type: ignore[union-attr]
            side = self._witness(got, e, j, cotangents) if sound and k == 1 else None
            if side == "twin":
                note = f"{finding.quantity}: outside the twin's bound, but certified closer to the truth than the twin"
                return Report("", (), report.tally, (*report.notes, note))
            finding = replace(finding, side=side)
        cause = cause_of(
            got,
            e,
            sizes=self._sizes(),
            kinks=self.kinks,
            at=self.arrays[j],
            diagonal=lambda: self._diagonal(j, cotangents),
        )
        return replace(report, findings=(replace(finding, cause=cause),))

    def _witness(self, got: Array, e: Expectation, j: int, cotangents: list[Array]) -> str | None:
        places = [tuple(int(i) for i in at) for at in np.argwhere(ratios(got, e) > K)]
        if len(places) > WITNESS_PLACES or not all(np.isfinite(got[at]) for at in places):
            return None
        try:
            found = certified_gradient(
                lambda *x: self.forward(*x, **self.options), self.arrays, j, places, cotangents[0].astype(np.float64)
            )
        except ExtraMissingError:
            return None
        if found is None:
            return None
        closer = [abs(float(got[at]) - v) + r < abs(e.truth[at] - v) - r for at, (v, r) in zip(places, found, strict=True)]
        return "twin" if all(closer) else "suspect" if not any(closer) else None

    def _sizes(self) -> dict[str, int]:
        arrays = [(n, x) for n, x in zip(self.names, self.arrays, strict=True) if isinstance(x, np.ndarray) and x.ndim]
        elements = {f"the elements of {n}": x.size for n, x in arrays}
        return {**{f"the length of axis {i} of {n}": s for n, x in arrays for i, s in enumerate(x.shape)}, **elements}

    def _diagonal(self, j: int, cotangents: list[Array]) -> Array | None:
        """Return the gradient of input j that the diagonal of the Jacobian alone would give."""
        grad, x = cotangents[0], self.arrays[j]
        if len(cotangents) != 1 or grad.shape != x.shape or not 1 < x.size <= DIAGONAL_SIZE:
            return None
        out = np.zeros(x.shape)
        for at in np.ndindex(x.shape):
            one = np.zeros(x.shape)
            one[at] = float(grad[at])
            gradient = self.twin.run(self.arrays, "float64", wanted=self.wanted, cotangents=[one]).gradients[j]
            out[at] = 0.0 if gradient is None else gradient[at]
        return out

    def _own_spread(
        self, function: Any, arguments: Sequence[Any], pick: Any, got: Array, warned: tuple[str, ...]
    ) -> Array | None:
        """Return the spread of the suspect's own shadow runs about their median; infinite where it overflows."""
        runs = []
        for i in range(OWN_RUNS):
            shadow = NumpyShadow(K * self.p.unit, K * self.p.eta, self.seed + i)
            try:
                with np.errstate(all="ignore"):
                    run = pick(plain(function(*map(shadow.wrap, arguments), **self.options)))
            except Exception:  # code that cannot run on the subclass has no shadow
                return None
            if run is None or np.shape(run) != got.shape:
                return None
            runs.append(np.asarray(plain(run), np.float64))
        stack = np.stack(runs)
        with np.errstate(invalid="ignore"):
            spread = np.max(np.abs(stack - np.median(stack, axis=0)), axis=0)
        finite = np.isfinite(stack)
        overflowed = any("overflow" in w or "divide" in w for w in warned)
        lost = ~np.isfinite(got) & (np.any(finite, axis=0) | overflowed)
        return np.where(lost, np.inf, np.where(np.isfinite(spread), spread, 0.0))

    def _inputs_at(self, index: tuple[int, ...] | None) -> dict[str, Any]:
        """Return the inputs' values at the worst place, where an input has that place."""
        values = {}
        for name, x in zip(self.names, self.arrays, strict=True):
            if isinstance(x, np.ndarray) and index is not None and x.ndim == len(index):
                try:
                    values[name] = x[index].item()
                except IndexError:
                    continue
        return values


def _numbered(word: str, count: int) -> list[str]:
    return [f"{word} {i}" for i in range(count)]


def _with_gaps(x: Array) -> Array:
    """Return the same values in memory with gaps between them."""
    if x.ndim == 0:
        return x
    out = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)[..., ::2]
    out[...] = x
    return out
