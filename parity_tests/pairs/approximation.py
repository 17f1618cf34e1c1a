"""Rows of universal approximation: points of [0, 1] or of the unit square, and the numbers of the lecture."""

import numpy as np

from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _line(*numbers, low=0.0, high=1.0):
    """Return points between `low` and `high`, and these numbers."""
    return lambda draw: (draw(draw.batch(30), low, high), *(np.array(n, draw.dtype) for n in numbers))


def _square(*numbers):
    """Return points of the unit square, and these numbers."""
    return lambda draw: (draw((*draw.batch(30), 2), 0.0, 1.0), *(np.array(n, draw.dtype) for n in numbers))


def _sides(*numbers):
    """Return points near a low and a high side of a rectangle from (0.2, 0.3) to (0.6, 0.9), and these numbers."""

    def inputs(draw):
        low = np.stack([draw((20,), 0.199, 0.201), draw((20,), 0.5, 0.7)], axis=-1)
        high = np.stack([draw((20,), 0.3, 0.5), draw((20,), 0.899, 0.901)], axis=-1)
        return np.concatenate([low, high]), *(np.array(n, draw.dtype) for n in numbers)

    return inputs


def _drawn_bumps(draw):
    """Return points, and three bumps anywhere, of any sign and wide enough to overlap."""
    return draw((4, 5), 0.0, 1.0), draw((3, 2), 0.0, 1.0), draw((3,)), draw((), 5.0, 20.0)


def _drawn_towers(draw):
    return draw((4, 5, 2), 0.0, 1.0), draw((3, 2), 0.0, 0.5), draw((3, 2), 0.5, 1.0), draw((3,)), draw((), 5.0, 20.0)


_FIRST = [100.0, 100.0], [-20.0, -40.0], [1.0, -1.0]
_SECOND = [100.0, 100.0], [-60.0, -80.0], [2.0, -2.0]
_LOW, _HIGH = [[0.1, 0.1], [0.5, 0.1]], [[0.5, 0.9], [0.9, 0.9]]

PAIRS = (
    Op(
        "approximation.step",
        inputs=_line(100.0, -20.0, low=0.1, high=0.3),
        cases=[
            Case("at 0.2", families=FAMILIES),
            Case("down", inputs=_line(-50.0, 25.0)),
            Case("drawn", inputs=lambda draw: (draw((4, 5)), draw(()), draw(())), families=("typical", "zeros")),
        ],
        refusals=[Refusal("two weights", inputs=_line([100.0, 50.0], -20.0))],
    ),
    Op(
        "approximation.bump",
        inputs=_line(*_FIRST, low=0.1, high=0.5),
        cases=[
            Case("first", families=FAMILIES),
            Case("second", inputs=_line(*_SECOND)),
            Case("drawn", inputs=lambda draw: (draw((4, 5)), *(draw((2,)) for _ in range(3)))),
        ],
        refusals=[Refusal("three steps", inputs=_line([100.0] * 3, [-20.0, -40.0, -60.0], [1.0, -1.0, 0.0]))],
    ),
    Op(
        "approximation.bumps",
        inputs=_line([[0.2, 0.4], [0.6, 0.8]], [1.0, 2.0], 100.0),
        cases=[
            Case("two", families=FAMILIES),
            Case("side by side", inputs=_line([[-0.5, 0.25], [0.25, 0.5], [0.5, 1.5]], [0.5, -1.0, 2.0], 80.0)),
            Case("drawn", inputs=_drawn_bumps),
        ],
        refusals=[
            Refusal("a height too many", inputs=_line([[0.2, 0.4]], [1.0, 2.0, 3.0], 100.0)),
            Refusal("three edges", inputs=_line([[0.2, 0.4, 0.6]], [1.0], 100.0)),
            Refusal("two steepnesses", inputs=_line([[0.2, 0.4]], [1.0], [100.0, 50.0])),
        ],
    ),
    Op(
        "approximation.tower",
        inputs=_square([0.2, 0.3], [0.6, 0.9], 3.0, 10.0),
        cases=[
            Case("blunt", families=FAMILIES),
            Case("steep", inputs=_sides([0.2, 0.3], [0.6, 0.9], 3.0, 100.0)),
            Case("a hole", inputs=_square([0.2, 0.3], [0.6, 0.9], -2.0, 20.0)),
        ],
        refusals=[
            Refusal("three edges", inputs=_square([0.2, 0.3, 0.4], [0.6, 0.9, 1.0], 3.0, 100.0)),
            Refusal("two heights", inputs=_square([0.2, 0.3], [0.6, 0.9], [3.0, 2.0], 100.0)),
            Refusal("points of a line", inputs=_line([0.2, 0.3], [0.6, 0.9], 3.0, 100.0)),
        ],
    ),
    Op(
        "approximation.towers",
        inputs=_square(_LOW, _HIGH, [1.0, 3.0], 20.0),
        cases=[Case("two", families=FAMILIES), Case("drawn", inputs=_drawn_towers)],
        refusals=[
            Refusal("a height too many", inputs=_square(_LOW, _HIGH, [1.0, 2.0, 3.0], 20.0)),
            Refusal("no low edges of one", inputs=_square(_LOW[:1] * 3, _HIGH, [1.0, 3.0], 20.0)),
        ],
    ),
)
