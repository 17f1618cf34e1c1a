"""What one check is about: the suspect, its twin and the inputs, at one precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_LOOK, SECOND_LOOK, K, Precision, allowed
from gradtwin.core.compare import Expectation, ratios
from gradtwin.core.noise_numpy import NumpyShadow, plain
from gradtwin.ops.twin import Twin

__all__ = ["Expected", "Subject", "numbered"]

Array = NDArray[Any]
OWN_RUNS = 8
WIDER = (np.longdouble, np.float64)
"""The types to run a suspect in for more range; not all of SciPy takes the first."""


def numbered(word: str, count: int) -> list[str]:
    """Return the word for one thing, or the word with a number for each of several."""
    return [word] if count == 1 else [f"{word} {i}" for i in range(count)]


@dataclass(frozen=True)
class Expected:
    """The twin's word on the outputs, then on the gradients, for one choice of cotangents.

    The second look, many more shadow runs, is taken only when somebody is about to be accused.
    """

    twin: Twin
    arguments: Mapping[str, Any]
    seed: int

    def _look(self, runs: int, seed: int) -> list[Expectation | None]:
        outputs, gradients = self.twin.expect(**self.arguments, runs=runs, seed=seed)
        return [*outputs, *gradients]

    @cached_property
    def _first(self) -> list[Expectation | None]:
        return self._look(FIRST_LOOK, self.seed)

    @cached_property
    def _second(self) -> list[Expectation | None]:
        return self._look(SECOND_LOOK, self.seed + FIRST_LOOK)

    def at(self, i: int) -> Expectation | None:
        """Return the i-th expectation; None where the twin has no gradient."""
        return self._first[i] if i < len(self._first) else None

    def closer(self, i: int) -> Expectation:
        """Return the i-th expectation after a second look."""
        first, second = self._first[i], self._second[i]
        assert first is not None
        assert second is not None
        return first.widened(second.spread)


@dataclass(frozen=True)
class Subject:
    """A suspect on one set of inputs at one precision.

    Parameters
    ----------
    forward, backward : callable
        The suspect; no backward, no gradients.
    twin : Twin
        Its twin.
    arrays, names, wanted : tuples
        The inputs, their names, and whether each has a gradient.
    options : mapping
        Keyword arguments of the suspect.
    precision : Precision
        The precision under test.
    device : str
        Where the twin runs at that precision.
    seed : int
        Seed of cotangents and shadow runs.
    kinks : tuple of float
        Points without a derivative.
    exact, signed_zeros : bool
        Whether to admit no rounding, and whether to refuse zeros of another sign.
    decides : bool
        Whether the last output is labels, after which the twin returns their margin.
    outputs : tuple of str, optional
        Names of the outputs.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    twin: Twin
    arrays: tuple[Any, ...]
    names: tuple[str, ...]
    wanted: tuple[bool, ...]
    options: Mapping[str, Any]
    precision: Precision
    device: str
    seed: int
    kinks: tuple[float, ...]
    exact: bool
    signed_zeros: bool
    decides: bool = False
    outputs: tuple[str, ...] | None = None

    def called(self, count: int) -> Sequence[str]:
        """Return the names of so many outputs."""
        given = self.outputs
        return given if given is not None and len(given) == count else numbered("output", count)

    def expected(self, cotangents: Sequence[Array]) -> Expected:
        """Return what the twin says for these cotangents, one an output."""
        arguments = {
            "inputs": self.arrays,
            "p": self.precision,
            "wanted": self.wanted,
            "cotangents": cotangents if self.backward is not None else None,
            "device": self.device,
            "exact": self.exact,
        }
        return Expected(self.twin, arguments, self.seed)

    def cotangent(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """Draw a cotangent; powers of two where the comparison is exact."""
        drawn = rng.choice([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0], shape) if self.exact else rng.standard_normal(shape)
        return np.asarray(drawn, dtype=self.precision.name)

    def variants(
        self, rng: np.random.Generator, random: list[Array], expected: Expected
    ) -> Iterator[tuple[str, list[Array], Expected]]:
        """Yield further cotangents: the random ones with gaps in memory, one number expanded, zero."""
        if any(c.size > 1 for c in random):
            yield "strided cotangent", [_with_gaps(c) for c in random], expected
            one = [np.broadcast_to(self.cotangent(rng, ()), c.shape) for c in random]
            yield "expanded cotangent", one, self.expected(one)
        zero = [np.zeros_like(c) for c in random]
        yield "zero cotangent", zero, self.expected(zero)

    @property
    def terms(self) -> int:
        """The largest number of elements of an input: what a mean is most likely to be taken over."""
        return max((x.size for x in self.arrays if isinstance(x, np.ndarray)), default=1)

    @property
    def sizes(self) -> dict[str, int]:
        """The numbers that a reduction may have got wrong, by what they count."""
        arrays = [(n, x) for n, x in zip(self.names, self.arrays, strict=True) if isinstance(x, np.ndarray) and x.ndim]
        axes = {f"the length of axis {i} of {n}": s for n, x in arrays for i, s in enumerate(x.shape)}
        return axes | {f"the elements of {n}": x.size for n, x in arrays}

    def inputs_at(self, index: tuple[int, ...] | None) -> dict[str, Any]:
        """Return the inputs' values at a place, where an input has that place."""
        values = {}
        for name, x in zip(self.names, self.arrays, strict=True):
            if isinstance(x, np.ndarray) and index is not None and x.ndim == len(index):
                if all(i < n for i, n in zip(index, x.shape, strict=True)):
                    values[name] = x[index].item()
        return values

    def size_of(self, arrays: Sequence[Any]) -> float:
        """Return the largest finite magnitude among floating arrays."""
        floating = [x[np.isfinite(x)] for x in arrays if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
        return max((float(np.max(np.abs(x))) for x in floating if x.size), default=0.0)

    def excused(
        self,
        function: Callable[..., Any],
        arguments: Sequence[Any],
        pick: Callable[[Any], Any],
        got: Array,
        e: Expectation,
    ) -> Array:
        """Return where the way of computing, not the formula, explains the suspect's distance from the twin.

        That is where the suspect's own shadow runs reach the twin, where noise decides whether the result is finite,
        and where the suspect agrees with the twin once it is run in a wider type. `function` and `arguments` are the
        suspect's call, and `pick` takes the array in question from what it returns.
        """
        nowhere = np.zeros(e.truth.shape, bool)

        def run(arguments: Sequence[Any]) -> Array | None:
            try:
                with np.errstate(all="ignore"):
                    found = np.asarray(plain(pick(plain(function(*arguments, **self.options)))))
            except Exception:  # code that cannot be run that way has no excuse
                return None
            return found if found.shape == e.truth.shape else None

        wide = [found for t in WIDER if (found := run([_widened(x, t) for x in arguments])) is not None]
        with np.errstate(over="ignore"):
            agrees = ratios(wide[0].astype(np.float64), e) <= K if wide else nowhere
        noise = [NumpyShadow(K * self.precision.unit, K * self.precision.eta, self.seed + i) for i in range(OWN_RUNS)]
        runs = [found for n in noise if (found := run([n.wrap(x) for x in arguments])) is not None]
        if len(runs) < OWN_RUNS:
            return agrees
        stack = np.stack(runs).astype(np.float64)
        with np.errstate(all="ignore"):
            spread = np.max(np.abs(stack - np.median(stack, axis=0)), axis=0)
            near = np.abs(np.asarray(got, np.float64) - e.truth) <= allowed(e.truth, spread, self.precision)
            same = (stack == got) | (np.isnan(stack) & np.isnan(got)) | (np.isfinite(stack) & np.isfinite(got))
        return np.asarray(agrees | near | ~np.all(same, axis=0))


def _widened(x: Any, wider: type) -> Any:
    """Return a floating array in a type of more digits or more range."""
    return x.astype(wider) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _with_gaps(x: Array) -> Array:
    """Return the same values in memory with gaps between them."""
    if x.ndim == 0:
        return x
    out = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)[..., ::2]
    out[...] = x
    return out
