"""The pytest plugin: a fixture `gradtwin` that judges, and the options that say where and with which seed.

Nothing of torch is imported before a test judges something, unless a device other than the CPU is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, ParamSpec

import pytest

import gradtwin
from gradtwin.core.assertion import report_or_arguments_of
from gradtwin.core.conditions import check_device
from gradtwin.core.errors import GradtwinError

if TYPE_CHECKING:
    from gradtwin import Report

__all__ = ["Judge", "judge", "pytest_addoption", "pytest_configure"]

P = ParamSpec("P")


@dataclass(frozen=True)
class Asserted(Generic[P]):
    """A check as an attribute of a judge: its report is asserted, and what of the judge it takes is its default."""

    load: Callable[[], Callable[P, Report]]
    conditions: Sequence[str] = ("device", "seed")

    def __get__(self, judge: Judge, kind: type[Judge]) -> Callable[P, Report]:
        def asserted(*args: P.args, **kwargs: P.kwargs) -> Report:
            __tracebackhide__ = True
            check: Callable[..., Report] = self.load()
            defaults = {condition: getattr(judge, condition) for condition in self.conditions}
            return gradtwin.assert_match(check(*args, **{**defaults, **kwargs}))

        return asserted


@dataclass(frozen=True)
class Judge:
    """The checks of `gradtwin`, each raising AssertionError with the report as its text unless the verdict is match.

    Parameters
    ----------
    device : str
        Where the twin runs, unless a call says otherwise.
    seed : int
        The seed, unless a call says otherwise.
    """

    device: str
    seed: int

    check = Asserted(lambda: gradtwin.check)
    check_estimator = Asserted(lambda: gradtwin.check_estimator)
    check_optimizer = Asserted(lambda: gradtwin.check_optimizer)
    check_scheduler = Asserted(lambda: gradtwin.check_scheduler, ("seed",))  # a learning rate is on no device
    check_second_order = Asserted(lambda: gradtwin.check_second_order)
    check_training = Asserted(lambda: gradtwin.check_training)

    def assert_close(self, actual: Any, reference: Any, inputs: Any, **kwargs: Any) -> None:
        """Assert that a result is what a reference makes of the inputs, as `gradtwin.assert_close` does."""
        __tracebackhide__ = True
        gradtwin.assert_close(actual, reference, inputs, **{"device": self.device, "seed": self.seed, **kwargs})

    @report_or_arguments_of(lambda: gradtwin.check)
    def assert_match(self, *args: Any, **kwargs: Any) -> Report:
        """Assert a report of any check, or do as `check` does."""
        __tracebackhide__ = True
        return self.check(*args, **kwargs) if kwargs else gradtwin.assert_match(*args)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the fixture."""
    group = parser.getgroup("gradtwin", "hand-derived code beside its PyTorch twin")
    group.addoption("--gradtwin-device", default="cpu", help="where the twin runs: cpu, cuda or cuda:N (default: cpu)")
    group.addoption("--gradtwin-seed", type=int, default=0, help="seed of cotangents and shadow runs (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a device that is unknown or missing, and a negative seed, before the first test, in one line."""
    seed = config.getoption("--gradtwin-seed")
    if seed < 0:
        raise pytest.UsageError(f"--gradtwin-seed: Expected a whole number of 0 or more; got {seed}.")
    try:
        check_device(config.getoption("--gradtwin-device"))
    except GradtwinError as error:
        raise pytest.UsageError(f"--gradtwin-device: {error}") from None


@pytest.fixture(scope="session", name="gradtwin")
def judge(pytestconfig: pytest.Config) -> Judge:
    """Return the checks of `gradtwin` as assertions, with the device and the seed of the command line."""
    return Judge(pytestconfig.getoption("--gradtwin-device"), pytestconfig.getoption("--gradtwin-seed"))
