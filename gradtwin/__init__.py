"""gradtwin: a test oracle for hand-derived code.

`check` judges a forward and its hand-derived backward against a PyTorch twin, `check_optimizer` an optimizer,
`check_scheduler` a learning-rate schedule, `check_training` a whole training run, `check_estimator` a model that is
fitted and predicts, `check_second_order` a gradient that is differentiated once more. Each returns a `Report`;
`assert_match` raises where it is not a match. `bound` returns how far honest rounding can carry a result, and
`assert_close` asserts that a result is within it.

The public modules are `gradtwin`, `gradtwin.rows` (what a project declares its pairs with), `gradtwin.families` (input
families) and `gradtwin.regimes` (gradient regimes). Every other module may change without notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

MODULE_OF = {
    "Finding": "core.report",
    "Report": "core.report",
    "assert_close": "ops.bounds",
    "assert_match": "ops.assertion",
    "bound": "ops.bounds",
    "check": "ops.check",
    "check_estimator": "ops.model",
    "check_optimizer": "training.check",
    "check_scheduler": "training.schedule",
    "check_second_order": "ops.second_order",
    "check_training": "training.check",
    "derivative": "forms.backwards",
    "kernel": "forms.buffers",
    "layer": "forms.layers",
    "value_and_grad": "forms.backwards",
}
"""Where each public name is defined. What needs torch or NumPy is imported only when it is asked for."""

__all__ = ["__version__", *MODULE_OF]

if TYPE_CHECKING:
    from gradtwin.core.report import Finding as Finding
    from gradtwin.core.report import Report as Report
    from gradtwin.forms.backwards import derivative as derivative
    from gradtwin.forms.backwards import value_and_grad as value_and_grad
    from gradtwin.forms.buffers import kernel as kernel
    from gradtwin.forms.layers import layer as layer
    from gradtwin.ops.assertion import assert_match as assert_match
    from gradtwin.ops.bounds import assert_close as assert_close
    from gradtwin.ops.bounds import bound as bound
    from gradtwin.ops.check import check as check
    from gradtwin.ops.model import check_estimator as check_estimator
    from gradtwin.ops.second_order import check_second_order as check_second_order
    from gradtwin.training.check import check_optimizer as check_optimizer
    from gradtwin.training.check import check_training as check_training
    from gradtwin.training.schedule import check_scheduler as check_scheduler
else:

    def __getattr__(name: str) -> Any:
        """Import the module that defines `name`, and return what it calls so."""
        if name not in MODULE_OF:
            raise AttributeError(f"module 'gradtwin' has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(f"gradtwin.{MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    """Return the public names, so that they complete before anything is imported."""
    return sorted(__all__)
