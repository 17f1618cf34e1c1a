"""The figures of docs/measured.md on optimizers: what they say is caught is refused, and a tenth of it passes."""

import pytest

from scripts.measure.sensitivity_of_optimizers import Setting, smallest, spoiled

CAUGHT = (
    (Setting("adam", "default", 1.0, "float64"), "eps", 10**-5.5),
    (Setting("sgd", "momentum", 1e6, "float32"), "lr", 10**-5.5),
    (Setting("rprop", "etas", 1.0, "float64"), "etas[0]", 10**-14.5),
)


@pytest.mark.parametrize(("setting", "option", "error"), CAUGHT, ids=lambda x: str(x))
def test_the_smallest_error_is_refused_and_a_tenth_of_it_passes(setting: Setting, option: str, error: float) -> None:
    assert setting.verdict(spoiled(setting, option, error)) == "mismatch"
    assert setting.verdict(spoiled(setting, option, error / 10)) == "match"


def test_what_is_printed_tells_inconclusive_from_not_seen_and_from_caught_in_the_state() -> None:
    sgd = Setting("sgd", "momentum", 1e-6, "float32")
    assert smallest(sgd, "lr") == "inconclusive"
    assert smallest(sgd, "momentum").endswith("*")
    assert smallest(Setting("adam", "default", 1e6, "float32"), "eps") == "not seen"
