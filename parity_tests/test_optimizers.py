"""Laws of every optimizer about bad input, and about what torch makes of it."""

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradtwin.rows import Optimizer
from gradtwin.training.suspect import is_coupled
from parity_tests.rows import PAIRS

ROWS = [row for row in PAIRS if isinstance(row, Optimizer)]
OTHERS = ("another shape", "another type")


def _step(row: Optimizer, param: Any, grad: Any, state: Any) -> Any:
    """Take a step in the form of the row: along an array, rows of one, or what a closure returns."""
    module = importlib.import_module(row.suspect)
    if is_coupled(module.step):
        return module.step([param], lambda params: (1.0, [grad]), state)
    return module.step(param, (np.arange(len(grad)), grad) if "rows" in row.cases[0].families else grad, state)


def _start(row: Optimizer, param: Any) -> Any:
    module = importlib.import_module(row.suspect)
    return module.init([param] if is_coupled(module.step) else param)


def _refused(error: type[Exception], name: str, call: Callable[[], Any]) -> None:
    with pytest.raises(error, match=f"^Expected {name} "):
        call()


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_a_gradient_unlike_its_parameter_is_refused(row: Optimizer, other: str) -> None:
    param = np.ones((3, 2))
    grad = np.ones((3, 4)) if other == "another shape" else np.ones((3, 2), np.float32)
    name = "values" if "rows" in row.cases[0].families else "grad"
    _refused(ValueError, name, lambda: _step(row, param, grad, _start(row, param)))
    np.testing.assert_array_equal(param, np.ones((3, 2)))


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_a_state_of_another_optimizer_is_refused(row: Optimizer) -> None:
    param = np.ones((3, 2))
    own = type(_start(row, param))
    states = [_start(other, param) for other in ROWS if other is not row]
    strangers = [state for state in states if not isinstance(state, own)]
    assert len(strangers) >= len(ROWS) - 2  # AdamW's state is one of Adam's
    for state in strangers:
        _refused(TypeError, "state", lambda s=state: _step(row, param, np.ones((3, 2)), s))  # type: ignore[misc]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)
def test_a_step_along_a_gradient_like_its_parameter_is_taken(row: Optimizer) -> None:
    param = np.ones((3, 2))
    after, state = _step(row, param, np.ones((3, 2)), _start(row, param))
    assert np.shape(after)[-2:] == (3, 2)
    assert not np.array_equal(np.reshape(after, (3, 2)), param)
    assert isinstance(state, type(_start(row, param)))
