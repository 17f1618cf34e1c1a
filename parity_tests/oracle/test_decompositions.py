"""What a shadow runs in place of a fused kernel computes the same as the kernel."""

import numpy as np
import pytest

from gradtwin.core.bound import FIRST_LOOK, K, allowed, precision, ratio, spread_of
from gradtwin.core.conditions import Conditions
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.ops.evaluation import Question
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Op
from parity_tests.rows import PAIRS
from scripts.measure.calibrate import APART

OPS = [row for row in PAIRS if isinstance(row, Op)]
P = precision("float64")


def _furthest(trial: Trial) -> float:
    """Return the largest distance of a quiet shadow from the kernel, in units of what noise does to the shadow."""
    assert isinstance(trial.row, Op)
    assert isinstance(trial.case, Case)
    subject = trial.row.subject(trial, trial.case)
    rng = np.random.default_rng(0)
    inputs = subject.inputs
    outputs = subject.twin.run(Question(inputs.arrays, inputs.wanted)).outputs
    question = Question(inputs.arrays, inputs.wanted, [[rng.standard_normal(o.shape) for o in outputs]])

    def run(shadow: TorchShadow | None) -> list[np.ndarray | None]:
        return [*subject.twin.run(question, mode=shadow).arrays]

    worst = 0.0
    noisy = [run(TorchShadow(K * P.unit, K * P.eta, seed)) for seed in range(FIRST_LOOK)]
    for kernel, quiet, *others in zip(run(None), run(TorchShadow(0.0, 0.0, 0)), *noisy, strict=True):
        if kernel is not None and kernel.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                bound = allowed(kernel, spread_of(quiet, others), P)
                apart = np.where(kernel == quiet, 0.0, ratio(kernel - quiet, bound))
            worst = max(worst, float(np.max(np.nan_to_num(apart), initial=0.0)))
    return worst


@pytest.mark.slow
@pytest.mark.parametrize("row", OPS, ids=lambda r: r.name)
def test_a_decomposition_computes_what_its_kernel_does(row: Op) -> None:
    every = [t for t in row.trials(Conditions((P.name,))) if t.family == "typical"]
    worst = max(_furthest(t) for t in every)
    assert (worst > 1) == (row.name in APART), f"{worst:.3g}"
