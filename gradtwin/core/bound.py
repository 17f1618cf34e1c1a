"""The bound: how far honest rounding can carry a result, and the constants that verdicts and causes rest on.

A result of precision p is held against the truth (the twin in float64 on the same, already rounded, inputs).
The *spread* is the largest distance from the truth of a handful of shadow runs: runs in float64 whose every
elementary result is multiplied by ``1 + K u r``, with r uniform in [-1, 1] and u the unit roundoff of p. The
allowed difference is

    spread + K u |truth| + floor          and exactly 0 where the truth and the spread are both 0.

What is stored in eight bits (float8) has been computed in a wider format: there the spread is that of the wide
computation, the truth what it was before it was rounded, and in place of K u |truth| and the floor stands half the
distance of two numbers of the format at that size. A wrong rounding is a whole one.

The floor is the smallest normal number of float64, float32 and bfloat16: below it processors may flush to zero, and so
do formulas such as 1 / (1 + exp(x)), whose other half overflows there. In float16, where numbers below 2^-14 are in
everyday use and are not flushed, it is K subnormal steps.

Where the computation is linear in its rounding errors, the spread is K times
what rounding of size u does; where it is not (a unit that sits on the edge of a ReLU), running at amplitude K u is
what makes the spread cover both sides. An amplitude of K u also stays representable in float64 for u = 2^-53, where
noise of one u would round away.

Reported is ``difference / bound``: a ratio above 1 is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.errors import UsageError, one_of

__all__ = [
    "ASIDE",
    "AS_AT_HAND",
    "AS_GOOD",
    "BY_CHANCE",
    "CALL_BYTES",
    "CALL_SECONDS",
    "CAPTURE_DEPTH",
    "CAPTURE_WIDTH",
    "CIRCLE_POINTS",
    "CIRCLE_RADII",
    "CLEAR_TRUTH",
    "CLOSER_LOOKS",
    "COARSER",
    "COARSE_SHARE",
    "COMPLEX_STEP",
    "CONTROL_DISTANCE",
    "DIAGONAL_SIZE",
    "DIFFERENCED",
    "DIRECTIONS",
    "EXACT_EXPONENTS",
    "EXACT_STEPS",
    "FAR",
    "FEWEST_CALLS",
    "FIRST_LOOK",
    "FIRST_STEP",
    "HALVINGS",
    "HANDOVER",
    "HARMLESS",
    "HESSIAN_STEP",
    "HISTORY_BREAKS",
    "HISTORY_CALLS",
    "HISTORY_WORK",
    "HUNT_ELEMENTS",
    "HUNT_JUDGED",
    "HUNT_LARGEST",
    "HUNT_SECONDS",
    "HUNT_SHRUNK",
    "HUNT_WORK",
    "JUDGED_SHARE",
    "JUMP",
    "KINK_PLACES",
    "LARGEST_EPS",
    "LAST_DIGITS",
    "LOOK_CLOSER_ABOVE",
    "MORE_THAN_THE_TWIN",
    "MOST_UNDECIDED",
    "NAMED_FACTOR",
    "NAMED_SLIP",
    "NEARER",
    "NEAR_STEPS",
    "NOISE_STEP",
    "OTHER_DRAWS",
    "OTHER_INPUTS",
    "OUTSIDE_FOR_GOOD",
    "OWN_RUNS",
    "PRECISIONS",
    "QUANTUM",
    "REPEATED",
    "ROUGH",
    "ROUGHEST",
    "SCATTERED",
    "SCATTERED_ELEMENTS",
    "SECOND_LOOK",
    "SMALLER",
    "STACKED_LOOK",
    "STORED",
    "SYSTEMATIC",
    "TELLING_SIZE",
    "TIE_TRIALS",
    "VISIBLE",
    "WATCHED_STEPS",
    "WITNESS_PLACES",
    "K",
    "Precision",
    "accumulator_of",
    "allowed",
    "array_precision",
    "exact_bound",
    "format_of",
    "fragile_at",
    "history_calls",
    "precision",
    "ratio",
    "spread_of",
]

K = 16.0
"""The one constant of the project; `scripts/calibrate` prints the distribution of ratios that it was chosen from."""

FIRST_LOOK = 4
"""Shadow runs behind every bound."""
CLOSER_LOOKS = (4, 8, 20)
"""Further shadow runs before a suspect is accused, in ever larger looks: four runs can all fall short of the spread by
chance, but of large arrays some element nearly always looks as if, and a few more runs are mostly enough."""
SECOND_LOOK = sum(CLOSER_LOOKS)
"""Further shadow runs where they are taken at once."""
LOOK_CLOSER_ABOVE = 1 / 2
"""The ratio from which on a closer look is taken: before the bound, so that the figures of right code stay sharp."""
OUTSIDE_FOR_GOOD = K
"""The ratio from which on the twin is outside whatever a closer look would find: all runs of the first would have had
to fall short of the spread by as much as the bound is wide."""
OWN_RUNS = 8
"""Shadow runs of the suspect itself, which never decide whether it is right, only whether it is unstable."""
OTHER_DRAWS = 16
"""Further runs of a twin that draws random numbers, each with others: in one a dropout may happen to drop nothing."""
LAST_DIGITS = K * K / 2
"""How far apart, in units of the last place of the largest number, two calls of a suspect on the same arguments may be:
products of matrices round otherwise at another place in memory, and what follows makes that larger."""
REPEATED = K * 2.0**-24
"""How far apart, as a share of the largest number, two answers of a twin may be that repeats itself: kernels that sum
in another order at every call move the last digits, and chance moves the first."""
WITNESS_PLACES = 64
"""Elements that the certified witness is asked about at most, two runs of the suspect each."""
KINK_PLACES = 1024
"""Elements at kinks that are looked at, two runs of the twin each: among small whole numbers a third may be at one."""
EXACT_STEPS = 8
"""Steps of a dyadic rational up to the next power of two: few digits, so that the sum of many products stays exact."""
EXACT_EXPONENTS = (-2, 2)
"""Of those dyadic rationals, for the same reason."""
QUANTUM = 2.0**-16
"""Share of the largest result by which two results differ, if they do, where both are computed exactly from numbers of
a few digits. Below it a cancellation may leave the same rounding error in two precisions by chance, or because both add
up in the wider one. Results of which none is as large as this share of the smallest input have all been cancelled."""
OTHER_INPUTS = 3
"""Sets of other inputs at which a twin is asked whether its zeros are zeros by definition."""
FIRST_STEP, HALVINGS = 2.0**-4, 12
"""The first step of extrapolated differences, as a share of the input, and how many steps there are, each half of the
one before: the last, 2^-15, leaves differences half of the digits of float64, and no kink further off matters to it."""
DIFFERENCED = 256
"""Elements of an input that are differentiated one by one where nothing but differences can do it, some thirty runs of
the suspect each."""
ROUGHEST = 2.0**-12
"""How far differences may be off, as a share of the largest derivative: with fewer digits they judge nothing."""
JUDGED_SHARE = 1 / 2
"""How many of the elements that are moved must have a derivative, lest differences that agree by chance judge alone."""
NOISE_STEP = 2.0**-10
"""The step of differences, as a share of the input, in which is measured what noise changes of a slope: what they leave
out is left out with noise and without, and rounding in double precision is far below noise in single."""
HESSIAN_STEP = 2.0**-7
"""The same of second differences, whose rounding is divided by the step twice."""
COMPLEX_STEP = 2.0**-100
"""The imaginary step of a derivative, as a share of the input: its square is far below the last digit, and products of
many small derivatives do not vanish in it."""
CIRCLE_RADII, CIRCLE_POINTS = (2.0**-2, 2.0**-4, 2.0**-7, 2.0**-10), 8
"""Of the circles around which a derivative is averaged, as shares of the input, and points of half of each. The mean of
16 points leaves out what goes with the 16th power of the radius; of the rounding of the function it leaves the more,
the smaller the circle is, but a small one keeps clear of kinks, and of where a function is not analytic."""
DIRECTIONS = 4
"""Random directions in which a gradient is held against the slope of its function. What differs in a single element
differs in every direction that moves it, what differs in several cancels in one direction by chance only."""
NEAR_STEPS = (2.0**-20, 2.0**-26)
"""How near to a place a gradient is looked at, as shares of the input, to see a jump: over the shorter way that of a
smooth function changes 64 times less, a jump stays."""
TIE_TRIALS = 6
"""Orders of an input with a tie in which the twin's pick is looked at: one that follows no rule changes sooner."""
VISIBLE = 0.01
"""An altered copy is a fair control when it changes some element by this share of the largest one, or by a few bounds
of one rounding where that is more."""
SCATTERED = (0.2, 0.8)
"""Differences scatter about zero if their positive share is between these; those of a wrong constant have one sign."""
SCATTERED_ELEMENTS = 16
"""Elements that it takes to tell a scatter from a few that happen to have both signs."""
HUNT_WORK = {"none": 0, "quick": 60, "normal": 700, "deep": 20_000}
"""By effort, how much is tried on inputs that derive from those at hand, in trials of small inputs."""
HUNT_SECONDS = {"none": 0, "quick": 3, "normal": 30, "deep": 900}
"""By effort, after how long no more is tried: many times what that takes, so that it cuts only what is slow itself."""
HUNT_SHRUNK = 200
"""How many simpler inputs are tried, to show a mistake by the simplest."""
HUNT_JUDGED = 25
"""How many trials a judgement costs."""
HUNT_ELEMENTS = 1000
"""The elements of which a trial costs twice what one of no elements does."""
HUNT_LARGEST = 2**16
"""Elements of inputs up to which others are derived from them, and of results up to which these are compared."""
AS_AT_HAND = 4
"""How many times as far from the twin as on the inputs at hand a suspect may be on others before these are judged."""
SMALLER = 1 / 10
"""How many times smaller inputs are from which results much smaller than on the inputs at hand are expected."""
HARMLESS = 1000
"""Up to how many roundings a distance of which nothing came keeps others as large from being judged."""
FAR = K
"""How many bounds a difference must be on inputs that nobody chose: bounds are measured by few runs, of many arrays."""
AS_GOOD = 2
"""How many times the twin's own error that of an algorithm may be which is as good: one bit less."""
SYSTEMATIC, BY_CHANCE = 1 / 32, 1 / 4
"""In units of the bound, how large the mean of the differences of n elements may be: half a rounding, and what chance
leaves of n of them, 1/4 over the root of n, where a difference of right code is about 1/40. Of 6,700 arrays of right
code in float16 none came to it; a result of some hundred elements that is one percent too large in bfloat16 does."""
ROUGH = 1 / 8
"""How large the differences of right code in a format of few digits may be on the whole, in units of the bound: of
10,000 arrays in float16 one in a thousand comes to 1/10, and of those of torch code with more than four times the error
of their twins none to 1/20. Sums of a thousand terms in half precision come to 1/8 and more."""
MORE_THAN_THE_TWIN = 4
"""How many times what its twin shows a suspect has to show to be accused on the whole: both may have a constant that
the format cannot hold."""
ASIDE = 50
"""How much further from the truth than from each other the runs of a stack are before it is run without noise as well:
of four honest runs one in a million is so by chance."""
STACKED_LOOK = 8
"""Shadow runs behind every bound of a training step where they share one pass, and cost little."""
CONTROL_DISTANCE = 4
"""The last control moves one element this many bounds away: far enough to be refused for certain, and no further."""

CLEAR_TRUTH = 4
"""A truth so many bounds away from 0 tells a constant factor: nearer to 0 the quotient is rounding."""
NAMED_FACTOR = K * 2.0**-24
"""How far a factor may lie from the number that names it, as a share: what single precision can tell."""
TELLING_SIZE = 3
"""The smallest number of terms that a factor tells of: any code may be wrong by a factor of 2."""
LARGEST_EPS = 0.1
"""The largest constant beside a root or a norm that is its eps: a larger one is a part of the formula."""
NAMED_SLIP = 2 * K * K
"""In unit roundoffs of the parameter and its step, how far a known slip may lie from a step that it explains.

Wide, since it starts from the moments of the twin, not the suspect's; it names a cause and acquits nothing."""
NEARER = 1 / 2
"""The share of the distance from the twin as it is, within which one by another convention must lie to be a cause."""
DIAGONAL_SIZE = 256
"""Largest input of which the diagonal of the Jacobian is computed, a run of the twin an element, to name a cause."""

HISTORY_CALLS = 9
"""Calls on the same arguments, with four on others between them: state that shows from the third, or from the eleventh
call on shows within them, also where only calls of one shape count."""
HISTORY_BREAKS = (0, 1, 3, 4)
"""Before which of these calls one on other inputs comes: before the first, for what is kept of it; at distances that
are not all alike, for what comes back after a few calls."""
HISTORY_WORK = HISTORY_CALLS * 2**14
"""Elements of all calls on the same arguments together, from which on there are fewer of them."""
FEWEST_CALLS = 2
"""Calls on the same arguments, however large: with one on others between them they still tell."""
CAPTURE_DEPTH = 6
"""How many steps (a helper that it calls, the object that it is bound to, a list there) lead from a function to what it
has captured: a few wrappers around the user's own, and what that keeps."""
CAPTURE_WIDTH = 256
"""Entries of a captured list or dict that are looked at: the parameters of a model are fewer."""

CALL_SECONDS = 60
"""How long a call in a process of its own may take, if nobody says otherwise: an ordinary one takes milliseconds, one
that compiles a kernel first some ten seconds, and what takes longer here is taken to go on for ever."""
CALL_BYTES = 4 * 2**30
"""How much memory it may ask for: less than a machine has, so that the process is stopped before all others suffer."""

WATCHED_STEPS = 2
"""Steps of a training run that are watched for changed arguments and for answers that do not repeat.

The first fills the state and the second is the first that has one."""
HANDOVER = 3
"""A run is handed over from one side to the other after so many steps, and goes on for as many.

The third is the first whose state has come from a state that was not empty."""
MOST_UNDECIDED = 1 / 4
"""The share of steps at which rounding may decide the number of inner iterations, before a run proves too little."""
JUMP = 2
"""The step at which the counters jump, where a run is to be judged at a late time: the state is filled by then."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Precision:
    """A floating-point format: its unit roundoff, smallest subnormal and largest number, and the floor of the bound.

    `carrier` is the type of NumPy that holds its numbers: its own, or the narrowest wider one where it has none. What
    is only `stored` in a format was computed in another, and rounded once.
    """

    name: str
    unit: float
    eta: float
    largest: float
    floor: float
    carrier: str
    stored: bool = False

    @property
    def granted(self) -> float:
        """What is granted for rounding beside the spread, as a share of the number: K roundings, or one of storage."""
        return self.unit if self.stored else K * self.unit


PRECISIONS = {
    p.name: p
    for p in (
        Precision("float64", 2.0**-53, 2.0**-1074, float(np.finfo(np.float64).max), 2.0**-1022, "float64"),
        Precision("float32", 2.0**-24, 2.0**-149, float(np.finfo(np.float32).max), 2.0**-126, "float32"),
        Precision("float16", 2.0**-11, 2.0**-24, float(np.finfo(np.float16).max), K * 2.0**-24, "float16"),
        Precision("bfloat16", 2.0**-8, 2.0**-133, (2 - 2.0**-7) * 2.0**127, 2.0**-126, "float32"),
    )
}
"""The precisions that a suspect can claim; one of arrays only those that carry themselves."""

STORED = {
    p.name: p
    for p in (
        Precision("float8_e4m3fn", 2.0**-4, 2.0**-9, 448.0, 0.0, "float32", stored=True),
        Precision("float8_e5m2", 2.0**-3, 2.0**-16, 57344.0, 0.0, "float32", stored=True),
    )
}
"""Formats in which numbers are stored and nothing is computed. K unit roundoffs of them would be as much as the number
itself: what is stored is held against what was about to be, with the spread of that and one rounding."""

COARSE_SHARE = 1 / 4
"""How much of the bound of single precision constants of single precision may take up: they are rounded once, by one u,
and neither inputs nor sums are, where the bound is made for K u in all of them."""

BFLOAT16 = ("bfloat16", "bfloat16", 2.0**-8)
COARSER = {
    "float64": (("float32", "float32", 2.0**-24),),
    "float32": (("float16", "TF32", 2.0**-11), BFLOAT16),
    "float16": (BFLOAT16,),
    "bfloat16": (),
    **dict.fromkeys(STORED, ()),
}
"""The coarser formats that a result of each precision may betray, finest first: the name of the one that it was stored
in, the name of the one that it was computed in, since TF32 has no storage of its own, and the unit roundoff."""


def format_of(name: str, otherwise: Precision) -> Precision:
    """Return the format of that name, computed in or only stored in; of any other name what is passed for it."""
    return PRECISIONS.get(name, STORED.get(name, otherwise))


def precision(name: str) -> Precision:
    """Return the precision of that name, or raise a UsageError."""
    return PRECISIONS[one_of("dtype", name, PRECISIONS)]


def array_precision(name: str) -> Precision:
    """Return the precision of that name, or raise a UsageError where no array of NumPy can have it."""
    p = precision(name)
    if p.carrier != p.name:
        raise UsageError(
            f"Expected dtypes to be types of NumPy, since the suspect takes arrays; got {name!r}. "
            "A suspect that takes tensors can be judged so: let the inputs be tensors."
        )
    return p


def accumulator_of(p: Precision, name: str | None = None) -> Precision:
    """Return the precision in which sums are added up: that of the results, or a finer one.

    Without a name it is float32, as PyTorch promises for float16 and bfloat16.
    """
    return min(p, precision("float32" if name is None else name), key=lambda q: q.unit)


def history_calls(elements: int) -> int:
    """Return how often a function of inputs of so many elements is called on them, between calls on others."""
    return min(HISTORY_CALLS, max(FEWEST_CALLS, HISTORY_WORK // max(elements, 1)))


def allowed(truth: Array, spread: Array, p: Precision) -> Array:
    """Return the largest difference from `truth` that honest rounding at precision `p` explains, elementwise."""
    if p.stored:
        return spread + _half_a_step(np.abs(truth) + spread, p)
    bound = spread + K * p.unit * np.abs(truth) + p.floor
    # Where nothing rounds there is no floor either: a small number in place of a zero would pass for one.
    return np.where((truth == 0) & (spread == 0), 0.0, bound)


def _half_a_step(size: Array, p: Precision) -> Array:
    """Return half of the distance of two numbers of a format at that size."""
    # The fraction of frexp is below 1, so the leading digit stands one lower than its exponent says.
    _, exponent = np.frexp(np.where(np.isfinite(size), size, 0.0))
    return np.asarray(np.where(size == 0, 0.0, np.maximum(np.ldexp(p.unit, exponent - 1), p.eta / 2)))


def exact_bound(truth: Array) -> Array:
    """Return the bound of a comparison that admits no rounding at all."""
    return np.zeros_like(truth)


def ratio(difference: Array, bound: Array) -> Array:
    """Return `difference` in units of the bound: above 1 is refused; 0 where there is no difference."""
    # Where the bound is 0, no difference is 0 of it and any other infinitely many times: not the NaN that 0 / 0 is.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scaled = np.abs(difference) / bound
    return np.where(difference == 0, 0.0, scaled)


def spread_of(truth: Array, shadows: Array | Sequence[Array]) -> Array:
    """Return the largest distance of the shadows from the truth, elementwise, of those that are finite, or 0."""
    with np.errstate(invalid="ignore"):
        distance = np.abs(np.asarray(shadows) - truth)
    return np.asarray(np.max(distance, axis=0, where=np.isfinite(distance), initial=0.0))


def fragile_at(truth: Array, shadows: Array | Sequence[Array]) -> NDArray[np.bool_]:
    """Return where rounding alone decides whether a result is finite: the truth is, and a shadow is not."""
    return np.asarray(np.isfinite(truth) & ~np.all(np.isfinite(np.asarray(shadows)), axis=0))
