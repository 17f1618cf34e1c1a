"""gradtwin: a test oracle for hand-derived code.

`check` judges a forward and its hand-derived backward against a PyTorch twin, `check_optimizer` an optimizer,
`check_scheduler` a learning-rate schedule, `check_training` a whole training run, `check_model` a model that is fitted
and predicts. Each returns a `Report`; `assert_match` raises where it is not a match.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gradtwin.core.report import Finding, Report
    from gradtwin.ops.check import check
    from gradtwin.ops.model import check_model
    from gradtwin.training.check import check_optimizer, check_training
    from gradtwin.training.schedule import check_scheduler

__all__ = [
    "Finding",
    "Report",
    "__version__",
    "assert_match",
    "check",
    "check_model",
    "check_optimizer",
    "check_scheduler",
    "check_training",
]

__version__ = "0.1.0"

_LAZY = {
    "Finding": "core.report",
    "Report": "core.report",
    "check": "ops.check",
    "check_model": "ops.model",
    "check_optimizer": "training.check",
    "check_scheduler": "training.schedule",
    "check_training": "training.check",
}


def __getattr__(name: str) -> Any:
    """Import what needs torch or NumPy only when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module 'gradtwin' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"gradtwin.{_LAZY[name]}"), name)


def assert_match(*args: Any, **kwargs: Any) -> Report:
    """Judge as `check` does, with the same arguments, and raise AssertionError with the report unless it matches.

    Returns
    -------
    Report
        The report of the match.

    Raises
    ------
    AssertionError
        If the verdict is anything but ``match``; its text is the report.
    """
    from gradtwin.ops.check import check

    report = check(*args, **kwargs)
    if not report.ok:
        raise AssertionError(str(report))
    return report
