"""A model that is fitted twice: whether its second fit starts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradtwin.core.call import Code, Conduct, Outcome, enter, observe
from gradtwin.core.carrier import from_tensor, is_tensor
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import replica
from gradtwin.core.twin_code import TwinCode
from gradtwin.forms.fitted import Estimator
from gradtwin.ops.fitting import SharedQuantities, SuspectFit, TwinFit, as_tensor, called_by
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.subject import Subject

__all__ = ["goes_on"]

GOES_ON = "does not start anew when one object is fitted again, as the twin does: it {message}"
BOTH_GO_ON = "fit of model and fit of twin go on from an earlier fit of the same object: each was judged on a fresh one"


def goes_on(
    model: Estimator, twin: Estimator, common: SharedQuantities, subject: Subject, names: Sequence[str]
) -> Report:
    """Return what is wrong where a fit goes on from an earlier one of its object; a note where the twin does so too."""
    ours = _fitted_again(SuspectFit(model.kept(), common), subject, names, lambda x: x)
    impure = [finding for finding in ours.findings if finding.verdict == "impure"]
    if not impure:
        return Report("")
    of_twin = TwinCode(TwinFit(twin.kept(), common))
    with of_twin.at(subject.precision.name, "cpu"):
        theirs = _fitted_again(of_twin, subject, names, lambda x: as_tensor(x, subject))
    if any(finding.verdict == "impure" for finding in theirs.findings):
        return Report("", remarks=(BOTH_GO_ON,))
    return Report("", (Finding("impure", "fit", GOES_ON.format(message=impure[0].message)),))


def _fitted_again(function: Code, subject: Subject, names: Sequence[str], handed: Code) -> Outcome:
    """Return what is observed of fits of one object, with fits to other data between them."""

    def fit(*arrays: Any) -> tuple[Any, ...]:
        values = enter(called_by(names, function), *(enter(handed, x) for x in arrays))
        # What an object keeps it may write into, when it is fitted again.
        return tuple(from_tensor(x).copy() if is_tensor(x) else replica(x) for x in values)

    def call(inputs: Inputs) -> Code:
        return lambda: enter(fit, *map(replica, inputs.arrays))

    conduct = Conduct(interlude=[call(x) for x in (_otherwise(subject.inputs), *subject.others)])
    return observe(fit, subject.inputs.arrays, {}, subject.inputs.names, "fit", conduct)


def _otherwise(inputs: Inputs) -> Inputs:
    """Return inputs of which each goes with other rows of the rest: half of all may teach the very same."""
    arrays = [np.roll(x, i, axis=0) if isinstance(x, np.ndarray) and x.ndim else x for i, x in enumerate(inputs.arrays)]
    return replace(inputs, arrays=tuple(arrays))
