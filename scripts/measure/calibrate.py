"""The distribution of difference / bound that K was chosen from.

Every operation row is run on several seeds; each element of each output and gradient gives one ratio, with the four
shadow runs of a first look. Prints quantiles for the scratch code and for torch's own run at that precision.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_LOOK, K
from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.core.results import arrays_in
from gradtwin.core.truth import ratios
from gradtwin.ops.gradients import gradients_by_name
from gradtwin.ops.subject import Subject
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Op
from parity_tests.rows import PAIRS

QUANTILES = (0.5, 0.9, 0.99, 0.999, 0.9999, 1.0)
APART = {"activations.hardsigmoid": "the kernel rounds 1/6 to float32, the decomposition does not"}
"""Rows whose twin computes two things, and whose ratios say how far these are apart."""
Ratios = NDArray[np.float64]


def of_trial(trial: Trial) -> Iterator[tuple[str, Ratios]]:
    """Yield the ratios of one trial, those of the scratch code as ``scratch`` and of torch's own run as ``torch``."""
    row, case = trial.row, trial.case
    assert isinstance(row, Op)
    assert isinstance(case, Case)
    subject = row.subject(trial, case)
    inputs = subject.inputs
    with np.errstate(all="ignore"):
        outputs = arrays_in(subject.forward(*inputs.arrays, **inputs.options))
        choices = subject.cotangents([x.shape for x in outputs])
        gradients = {} if subject.backward is None else _gradients(subject, choices[0])
    truth = subject.truth(choices)
    looks = [
        *((got, truth.output(i)) for i, got in enumerate(outputs)),
        *((gradients[name], truth.gradient(0, j)) for j, name in enumerate(inputs.names) if name in gradients),
    ]
    for got, look in looks:
        e = look.first()
        if got is not None and e is not None:
            yield "scratch", ratios(got, e).ravel()
            yield "torch", ratios(e.native, e).ravel()


def _gradients(subject: Subject, cotangents: Sequence[Ratios]) -> Mapping[str, Ratios | None]:
    """Return the gradients of the scratch code by the names of the inputs."""
    assert subject.backward is not None
    grad = cotangents[0] if len(cotangents) == 1 else tuple(cotangents)
    gradients = gradients_by_name(subject, subject.backward(grad, *subject.inputs.arrays, **subject.inputs.options))
    assert not isinstance(gradients, Finding)
    return gradients


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="seeds for each trial (default 20)")
    seeds = parser.parse_args().seeds
    ratios_by_side: dict[tuple[str, str], list[Ratios]] = {}
    without: set[str] = set()
    for row in PAIRS:
        if not isinstance(row, Op) or row.name in APART:
            continue
        for seed in range(seeds):
            for trial in row.trials(Conditions(("float64", "float32", "float16"), seed=seed)):
                if not isinstance(trial.case, Case) or trial.family in ("kinks", "empty"):
                    continue
                try:
                    for who, r in of_trial(trial):
                        ratios_by_side.setdefault((trial.dtype, who), []).append(r[np.isfinite(r)])
                except (UsageError, ValueError, TypeError):
                    if trial.dtype != "float16":
                        raise
                    without.add(row.name)  # no kernel, or an option that is too large for it
    print(f"K = {K:g}; difference / bound by precision, {seeds} seeds, {FIRST_LOOK} shadow runs, no second look")
    print(
        f"{'precision':10} {'who':8} {'elements':>10} "
        + " ".join(f"{q:>10.4%}" for q in QUANTILES)
        + f" {'above 1':>8}"
    )
    for (dtype, who), parts in sorted(ratios_by_side.items(), reverse=True):
        r = np.concatenate(parts)
        figures = " ".join(f"{x:10.4f}" for x in np.quantile(r, QUANTILES))
        print(f"{dtype:10} {who:8} {r.size:10d} {figures} {np.count_nonzero(r > 1):8d}")
    print(f"left out: {', '.join(APART)}")
    print(f"not in float16: {', '.join(sorted(without)) or 'none'}")


if __name__ == "__main__":
    main()
