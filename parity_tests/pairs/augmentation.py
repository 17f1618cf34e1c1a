"""Rows of the augmentation of images."""

import math

from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def _images(draw):
    return (draw((*draw.batch(3), 5, 4)),)


def _noisy(draw):
    shape = (*draw.batch(3), 5, 4)
    return draw(shape), draw(shape)


def _row_of_pixels(draw):
    return (draw((5,)),)


PAIRS = (
    Op(
        "augmentation.shift",
        inputs=_images,
        cases=[
            Case("down and right", {"shifts": (2, 1)}, families=FAMILIES),
            Case("up and right", {"shifts": (-1, 3)}),
            Case("left", {"shifts": (0, -2)}),
            Case("nowhere", {"shifts": (0, 0)}),
            Case("out of the image", {"shifts": (5, -4)}),
        ],
        refusals=[
            Refusal("further than the image", {"shifts": (6, 0)}),
            Refusal("further back", {"shifts": (0, -5)}),
            Refusal("a row of pixels", {"shifts": (1, 1)}, _row_of_pixels),
        ],
    ),
    Op(
        "augmentation.flip",
        inputs=_images,
        cases=[
            Case("left and right", {"dims": (-1,)}, families=FAMILIES),
            Case("up and down", {"dims": (-2,)}),
            Case("both", {"dims": (-2, -1)}),
        ],
        refusals=[
            Refusal("a dimension that is not there", {"dims": (3,)}),
            Refusal("a dimension twice", {"dims": (-1, 2)}),
        ],
    ),
    Op(
        "augmentation.rot90",
        inputs=_images,
        cases=[
            Case("once", families=FAMILIES),
            Case("twice", {"k": 2}),
            Case("back", {"k": -1}),
            Case("five times", {"k": 5}),
            Case("not at all", {"k": 0}),
        ],
        refusals=[Refusal("a row of pixels", inputs=_row_of_pixels)],
    ),
    Op(
        "augmentation.rotate",
        inputs=_images,
        cases=[
            Case("a little", {"angle": 0.3}, families=FAMILIES),
            Case("back", {"angle": -0.3}),
            Case("far", {"angle": 2.0}, families=("typical", "zeros")),
            Case("half a turn", {"angle": math.pi}),
            Case("not at all", {"angle": 0.0}),
            Case("digits", {"angle": math.pi / 6}, lambda draw: (draw((2, 8, 8)),)),
        ],
        refusals=[Refusal("a row of pixels", {"angle": 0.3}, _row_of_pixels)],
    ),
    Op(
        "augmentation.noise",
        inputs=_noisy,
        cases=[
            Case("some", {"sigma": 0.1}, families=FAMILIES, differentiable=("input",)),
            Case("none", {"sigma": 0.0}, differentiable=("input",)),
        ],
        refusals=[Refusal("a draw of another shape", {"sigma": 0.1}, lambda draw: (draw((3, 4)), draw((3, 5))))],
    ),
)
