"""The pytest plugin: a fixture `gradtwin` that judges, and the options that say where and with which seed.

Nothing of torch is imported before a test judges something.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gradtwin.core.report import Report

__all__ = ["Judge", "gradtwin", "pytest_addoption"]


@dataclass(frozen=True)
class Judge:
    """The functions of `gradtwin`, each raising AssertionError with the report as its text unless the verdict is match.

    Parameters
    ----------
    device : str
        Where the twin runs, unless a call says otherwise.
    seed : int
        The seed, unless a call says otherwise.
    """

    device: str
    seed: int

    def check(self, *args: Any, **kwargs: Any) -> Report:
        """Judge as `gradtwin.check` does and return the report of the match."""
        __tracebackhide__ = True
        from gradtwin.ops.check import check

        return self._matching(check, *args, **kwargs)

    def check_model(self, *args: Any, **kwargs: Any) -> Report:
        """Judge as `gradtwin.check_model` does and return the report of the match."""
        __tracebackhide__ = True
        from gradtwin.ops.model import check_model

        return self._matching(check_model, *args, **kwargs)

    def check_optimizer(self, *args: Any, **kwargs: Any) -> Report:
        """Judge as `gradtwin.check_optimizer` does and return the report of the match."""
        __tracebackhide__ = True
        from gradtwin.training.check import check_optimizer

        return self._matching(check_optimizer, *args, **kwargs)

    def check_training(self, *args: Any, **kwargs: Any) -> Report:
        """Judge as `gradtwin.check_training` does and return the report of the match."""
        __tracebackhide__ = True
        from gradtwin.training.check import check_training

        return self._matching(check_training, *args, **kwargs)

    def _matching(self, check: Callable[..., Report], *args: Any, **kwargs: Any) -> Report:
        __tracebackhide__ = True
        report = check(*args, **{"device": self.device, "seed": self.seed, **kwargs})
        if not report.ok:
            raise AssertionError(str(report))
        return report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the fixture."""
    group = parser.getgroup("gradtwin", "hand-derived code beside its PyTorch twin")
    group.addoption("--gradtwin-device", default="cpu", help="where the twin runs: cpu, cuda or cuda:N (default: cpu)")
    group.addoption("--gradtwin-seed", type=int, default=0, help="seed of cotangents and shadow runs (default: 0)")


@pytest.fixture(scope="session")
def gradtwin(pytestconfig: pytest.Config) -> Judge:
    """Return the checks of `gradtwin` as assertions, with the device and the seed of the command line."""
    return Judge(pytestconfig.getoption("--gradtwin-device"), pytestconfig.getoption("--gradtwin-seed"))
