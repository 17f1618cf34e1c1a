"""What the judgement of an optimizer still catches: the smallest error in each option, and lines that are wrong.

Eight steps (see `FEWER`) on normal gradients of size 1, 1e-6 and 1e6, of LBFGS on a quadratic as many times as large.
The parameters are of size 1 throughout: what an update changes below their rounding nobody can see.

An option of the suspect is multiplied by 1 - error (d of Adafactor, at least 1, by 1 + error), where the error is
10^-1, 10^-1.5, ... 10^-16. Printed is the smallest that is a mismatch, found by bisection, so that the next smaller one
was tried and is none. Words: ``not seen``, every error tried matches; ``inconclusive``, the right code proves nothing
either; ``refused``, the right code mismatches too. After a figure, ``*`` says that errors below it are
inconclusive: the error was caught in the state, and the parameters do not show the update.
"""

import argparse
import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial, wraps
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from gradtwin import check_optimizer, check_training
from gradtwin.core.errors import one_of
from parity_tests.oracle.known_wrong_steps import LINES, StepSlip
from parity_tests.pairs.problems import quadratic
from parity_tests.rows import PAIRS

STEPS = 8
FEWER = {"adafactor": 3, "sparseadam": 3, "muon": 2, "lbfgs": 1}  # their steps take seconds to judge
SCALES, DTYPES = (1.0, 1e-6, 1e6), ("float64", "float32")
ERRORS = [10 ** (-k / 2) for k in range(2, 33)]
MOMENTS = ("lr", "betas[0]", "betas[1]", "eps")
EPS, DECAY = ("eps",), ("weight_decay",)
BOTH = dict.fromkeys(("coupled decay", "decoupled decay"), DECAY)
OPTIONS: dict[str, dict[str, Sequence[str]]] = {
    "sgd": {"momentum": ("lr", "momentum"), "dampening": ("dampening",), "weight decay": DECAY},
    "adam": {"default": MOMENTS, "eps": EPS, **BOTH},
    "adamw": {"default": (*MOMENTS, "weight_decay"), "eps": EPS},
    "adamax": {"default": MOMENTS, "eps": EPS, "weight decay": DECAY},
    "nadam": {"default": (*MOMENTS, "momentum_decay"), "eps": EPS, **BOTH},
    "radam": {"default": MOMENTS, "eps": EPS, **BOTH},
    "rmsprop": {"default": ("lr", "alpha", "eps"), "eps": EPS, "weight decay": DECAY, "momentum": ("momentum",)},
    "adagrad": {
        "default": ("lr", "eps"),
        "eps": EPS,
        "a falling rate": ("lr_decay",),
        "an initial sum": ("initial_accumulator_value",),
        "weight decay": DECAY,
    },
    "adadelta": {"default": ("lr", "rho", "eps"), "eps": EPS, "weight decay": DECAY},
    "asgd": {"alpha": ("lr", "lambd", "alpha"), "averaged from half a step": ("t0",), "weight decay": DECAY},
    "rprop": {"etas": ("lr", "etas[0]", "etas[1]"), "step sizes": ("step_sizes[0]", "step_sizes[1]")},
    "adafactor": {
        "one eps for all types": ("lr", "beta2_decay", "eps[0]", "eps[1]", "d"),
        "a large eps of the variance": ("eps[0]",),
        "eps of the step": ("eps[1]",),
        "weight decay": DECAY,
    },
    "muon": {"default": ("lr", "momentum", "weight_decay", "ns_coefficients[0]", "eps"), "a large eps": EPS},
    "sparseadam": {"default": MOMENTS, "eps": EPS},
    "lbfgs": {"lr": ("lr", "tolerance_grad", "tolerance_change")},
}
"""By optimizer and case of its row, the options that the case uses."""


class Setting(NamedTuple):
    """A case of an optimizer's row, at a size of the gradients and a precision."""

    optimizer: str
    case: str
    scale: float
    dtype: str

    @property
    def row(self) -> Any:
        """The row of the optimizer."""
        return next(row for row in PAIRS if row.name == f"optimizers.{self.optimizer}")

    @property
    def module(self) -> Any:
        """The right code."""
        return import_module(self.row.suspect)

    @property
    def options(self) -> Any:
        """The options of the case."""
        return next(c.options for c in self.row.cases if c.name.split(",")[0] == self.case)

    def verdict(self, suspect: Any) -> str:
        """Judge a suspect in the place of the right code."""
        common: Any = {"options": self.options, "dtypes": (self.dtype,), "name": self.optimizer}
        twin, steps = import_module(self.row.twin).optimizer, FEWER.get(self.optimizer, STEPS)
        if self.row.problems:
            setup = quadratic(0)
            batches = [(self.scale * a, self.scale * c) for a, c in setup["batches"][:steps]]
            common |= setup | {"batches": batches}
            return check_training(optimizer=suspect, twin_optimizer=twin, **common).verdict

        def gradients(rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Any:
            values = self.scale * rng.standard_normal(shape)
            return (rng.integers(0, shape[0], shape[0]), values) if self.optimizer == "sparseadam" else values

        arguments = {"shapes": {"weight": (3, 4)}, "gradients": gradients, "steps": steps} | common
        return check_optimizer(suspect, twin=twin, **arguments).verdict


@cache
def unspoiled(setting: Setting) -> str:
    """Return the verdict on the right code."""
    return setting.verdict(setting.module)


def value_of(setting: Setting, option: str) -> float:
    """Return what a case gives to an option, such as ``eps`` or ``betas[1]``."""
    name, index = _place(option)
    defaults = {n: p.default for n, p in inspect.signature(setting.module.init).parameters.items()}
    value = {**defaults, **setting.options}[name]
    return float(value if index is None else value[index])


def spoiled(setting: Setting, option: str, error: float) -> Any:
    """Return the optimizer with an error in one option, whatever it is called with."""
    name, index = _place(option)
    wrong_number = value_of(setting, option) * (1 + error if option == "d" else 1 - error)

    def calling(function: Callable[..., Any]) -> Callable[..., Any]:
        default = inspect.signature(function).parameters[name].default

        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            value = options.get(name, default)
            spoiled_value = wrong_number if index is None else (*value[:index], wrong_number, *value[index + 1 :])
            return function(*args, **{**options, name: spoiled_value})

        return call

    return SimpleNamespace(init=calling(setting.module.init), step=calling(setting.module.step))


def smallest(setting: Setting, option: str) -> str:
    """Return the smallest error in an option that is a mismatch, as it is printed."""
    last, first, below = -1, len(ERRORS), unspoiled(setting)
    if below not in ("match", "inconclusive"):
        return "refused"
    while first - last > 1:
        middle = (last + first) // 2
        verdict = setting.verdict(spoiled(setting, option, ERRORS[middle]))
        if verdict == "mismatch":
            last = middle
        else:
            first, below = middle, verdict
    if last < 0:
        return "not seen" if below == "match" else below
    return f"{ERRORS[last]:.1e}" + ("" if below == "match" else "*")


def judge_slip(setting: Setting, slip: StepSlip) -> str:
    """Return how a slip is judged, as it is printed."""
    verdict = setting.verdict(slip.wrong)
    return {"match": "not seen", "mismatch": "caught"}.get(verdict, verdict)


def _place(option: str) -> tuple[str, int | None]:
    name, _, index = option.rstrip("]").partition("[")
    return name, int(index) if index else None


def _options(name: str) -> Iterator[tuple[str, str, Callable[[Setting], str]]]:
    for case, options in OPTIONS[name].items():
        for option in options:
            what = f"{option} of {value_of(Setting(name, case, 1.0, 'float64'), option):g}"
            yield case, what if case == "default" else f"{what}, {case}", partial(smallest, option=option)


def _slips(name: str) -> Iterator[tuple[str, str, Callable[[Setting], str]]]:
    for slip in (line for line in LINES if line.optimizer == name):
        yield slip.case, slip.name, partial(judge_slip, slip=slip)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="optimizers (default all)")
    names = [one_of("name", name, OPTIONS) for name in parser.parse_args().names] or list(OPTIONS)
    sizes = "".join(f" {size:>8}" for size in ("1", "1e-6", "1e6"))
    for title, lines in (("smallest relative error caught", _options), ("a wrong line", _slips)):
        print(f"{'size of the gradients':57}{sizes}{sizes}\n{title:57} {DTYPES[0]:26} {DTYPES[1]}")
        for name in names:
            for case, what, judge in lines(name):
                cells = "".join(f" {judge(Setting(name, case, s, d)):>8}" for d in DTYPES for s in SCALES)
                print(f"{name:10} {what:46}{cells}", flush=True)


if __name__ == "__main__":
    main()
