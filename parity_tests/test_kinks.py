"""The table of docs/kinks.md, line by line: torch's gradient, the scratch gradient and the slopes on both sides."""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from gradtwin.rows import Op
from parity_tests.rows import PAIRS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "kinks.md"
STEP = 2.0**-20
SIZES = ("kernel_size", "output_size")
OF_OTHERS = {"engine"}
"""Rows whose kink is that of another row's function: the graph's is relu's."""
LINE = re.compile(r"\| `(\w+)` \| `(.+)` \| `(\w+)(?:\[(\d+)\])?` \| (\S+) \| (\S+) \| (\S+) \|")


class Kink(NamedTuple):
    """A line of the table: the gradient of one element of one input at a point, between the slopes on its two sides."""

    name: str
    arguments: str
    input: str
    element: int
    torch: float
    left: float
    right: float


def _kinks() -> list[Kink]:
    found = []
    for name, arguments, input, element, *numbers in LINE.findall(PAGE.read_text(encoding="utf-8")):
        found.append(Kink(name, arguments, input, int(element or 0), *(float(eval(n, {})) for n in numbers)))
    return found


KINKS = _kinks()
ROWS = {row.name.split(".")[1]: row for row in PAIRS if isinstance(row, Op)}


def _arguments(kink: Kink, move: float = 0.0) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arrays and the options of a line, with the element in question moved."""
    parameters = inspect.signature(_module(kink, "suspect").forward).parameters
    given = eval(f"dict({kink.arguments})", {})
    plain = (inspect.Parameter.empty, None)
    options = {k: v for k, v in given.items() if k in SIZES or parameters[k].default not in plain}
    arrays = {k: np.array(v) for k, v in given.items() if k not in options}
    arrays[kink.input].reshape(-1)[kink.element] += move
    return arrays, options


def _module(kink: Kink, side: str) -> Any:
    return importlib.import_module(getattr(ROWS[kink.name], side))


def _of_torch(kink: Kink, move: float = 0.0) -> float:
    arrays, options = _arguments(kink, move)
    tensors = {k: torch.from_numpy(v) for k, v in arrays.items()}
    leaf = tensors[kink.input].requires_grad_()
    (gradient,) = torch.autograd.grad(_module(kink, "twin").forward(**tensors, **options).sum(), leaf)
    return float(gradient.flatten()[kink.element])


def _of_scratch(kink: Kink) -> float:
    arrays, options = _arguments(kink)
    module = _module(kink, "suspect")
    gradient = module.backward(np.ones_like(module.forward(**arrays, **options)), **arrays, **options)
    return float(np.ravel(getattr(gradient, kink.input, gradient))[kink.element])


@pytest.mark.parametrize("kink", KINKS, ids=lambda k: f"{k.name}({k.arguments})-{k.input}")
def test_the_table_tells_what_both_sides_do(kink: Kink) -> None:
    assert _of_torch(kink) == kink.torch
    assert _of_scratch(kink) == kink.torch


@pytest.mark.parametrize("kink", KINKS, ids=lambda k: f"{k.name}({k.arguments})-{k.input}")
def test_the_table_tells_the_slopes_on_both_sides(kink: Kink) -> None:
    assert abs(_of_torch(kink, -STEP) - kink.left) <= 4 * STEP
    assert abs(_of_torch(kink, STEP) - kink.right) <= 4 * STEP


def test_every_row_with_kinks_stands_in_the_table() -> None:
    kinked = {row.name.split(".")[1] for row in ROWS.values() if row.kinks and row.gradient}
    assert kinked - {k.name for k in KINKS} == OF_OTHERS
