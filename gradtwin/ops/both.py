"""What both sides of a subject answer to one call that nobody observes, by quantity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import precision
from gradtwin.core.call import attempt
from gradtwin.core.carrier import rounded
from gradtwin.core.errors import UsageError
from gradtwin.core.formats import Wide
from gradtwin.core.report import Finding
from gradtwin.core.results import arrays_in
from gradtwin.ops.gradients import gradients_by_name, of_outputs
from gradtwin.ops.subject import Subject

__all__ = ["GRADIENT", "Results", "of_suspect", "of_twin"]

Array = NDArray[Any]
Results = dict[str, Array]

GRADIENT = "gradient of "
COTANGENTS = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
"""The numbers of cotangents, products with which do not round."""


def _cast(x: Any, dtype: str) -> Any:
    return rounded(x, precision(dtype)) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def of_twin(subject: Subject, dtype: str, cotangents: list[Array]) -> Results | None:
    """Return the twin's results by name, and draw the cotangents at the first call; None where it does not run."""
    inputs = subject.inputs
    # Of a twin that casts on its own every precision gives what it has rounded: what it has not, only a wide run tells.
    own = subject.precision
    is_wide = dtype != own.name and bool(subject.twin.formats(inputs.arrays, own.name))
    mode = Wide(own) if is_wide else None
    try:
        forward = subject.twin.start(inputs.arrays, subject.wanted, "float64" if is_wide else dtype, mode=mode)
        if not cotangents:
            rng = np.random.default_rng(subject.seed)
            cotangents += [rng.choice(COTANGENTS, x.shape) for x in forward.outputs]
        evaluation = forward.answer([cotangents])
    except (UsageError, RuntimeError):
        return None
    names = subject.manner.names_of(len(evaluation.outputs))
    gradients = {} if subject.backward is None else dict(zip(inputs.names, evaluation.gradients[0], strict=True))
    return dict(zip(names, evaluation.outputs, strict=True)) | {
        f"{GRADIENT}{name}": g for name, g in gradients.items() if g is not None
    }


def of_suspect(subject: Subject, dtype: str, cotangents: list[Array]) -> Results | None:
    """Return the suspect's results by name; None where it raises, which is not asked here."""
    arrays = [_cast(x, dtype) for x in subject.inputs.arrays]
    options = {name: _cast(x, dtype) for name, x in subject.inputs.options.items()}
    with np.errstate(all="ignore"):
        outcome = attempt("forward", subject.forward, *arrays, **options)
    outputs = [] if outcome.findings else arrays_in(outcome.value)
    results = dict(zip(subject.manner.names_of(len(outputs)), outputs, strict=True))
    if outcome.findings or subject.backward is None:
        return None if outcome.findings else results
    backward, choice = of_outputs(subject.backward, len(cotangents)), [_cast(c, dtype) for c in cotangents]
    with np.errstate(all="ignore"):
        outcome = attempt("backward", backward, *choice, *arrays, **options)
    gradients = None if outcome.findings else gradients_by_name(subject, outcome.value)
    if gradients is None or isinstance(gradients, Finding):
        return None
    return results | {f"{GRADIENT}{name}": g for name, g in gradients.items() if g is not None}
