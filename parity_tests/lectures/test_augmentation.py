"""Laws of augmentation: what is undone by what, and which labels it keeps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

import gradtwin
from reference.augmentation import rotate as reference_rotate
from scratch.augmentation import flip, noise, rot90, rotate, shift
from scratch.models import mlp

Array = NDArray[Any]
SEEN = 1000
PIXELS, DIGITS = load_digits(return_X_y=True)
IMAGES = PIXELS.reshape(-1, 8, 8) / 16
NOISE = 0.2 * np.random.default_rng(0).standard_normal(IMAGES[SEEN:].shape)
SIDEWAYS = ((0, 1), (0, -1))


@pytest.mark.parametrize("dims", [(-1,), (-2,), (-2, -1)])
def test_l41_a_flip_undoes_itself(dims: tuple[int, ...]) -> None:
    once = flip.forward(IMAGES, dims)
    assert np.array_equal(flip.forward(once, dims), IMAGES)
    assert not np.array_equal(once, IMAGES)


def test_l41_four_quarter_turns_are_none() -> None:
    turned = [IMAGES]
    for _ in range(4):
        turned.append(rot90.forward(turned[-1]))
    assert [np.array_equal(t, IMAGES) for t in turned] == [True, False, False, False, True]


def test_l41_two_quarter_turns_are_two_flips() -> None:
    assert np.array_equal(rot90.forward(IMAGES, 2), flip.forward(IMAGES, (-2, -1)))


def test_l41_a_shift_and_its_transpose_lose_what_left_the_image() -> None:
    back = shift.backward(shift.forward(IMAGES, (2, -1)), IMAGES, (2, -1))
    kept = np.zeros((8, 8), bool)
    kept[:-2, 1:] = True
    assert np.array_equal(back, np.where(kept, IMAGES, 0))


@pytest.mark.parametrize(("k", "verdict"), [(1, "match"), (-1, "mismatch")])
def test_l41_a_quarter_turn_is_a_rotation_by_that_angle(k: int, verdict: str) -> None:
    report = gradtwin.check(
        lambda x: rot90.forward(x, k),
        lambda grad, x: rot90.backward(grad, x, k),
        twin=lambda x: reference_rotate.forward(x, np.pi / 2),
        inputs=lambda rng: [rng.standard_normal((2, 5, 5))],
        dtypes=("float64", "float32"),
        name="a quarter turn",
    )
    assert report.verdict == verdict, report


def test_l41_the_draw_is_what_is_added() -> None:
    draw = np.arange(4.0)
    assert np.array_equal(noise.forward(np.zeros(4), draw, sigma=0.5), draw / 2)


def _fit(images: Array, digits: Array) -> mlp.Fitted:
    fitted: mlp.Fitted = mlp.fit(images.reshape(len(images), -1), digits, steps=150)
    return fitted


@pytest.fixture(scope="module")
def plain() -> mlp.Fitted:
    return _fit(IMAGES[:SEEN], DIGITS[:SEEN])


def _right(fitted: mlp.Fitted, images: Array) -> float:
    """Return the share of images, not seen in training, whose digit is predicted."""
    return float(np.mean(mlp.predict(fitted, images.reshape(len(images), -1)) == DIGITS[SEEN:]))


@pytest.mark.parametrize(
    ("augment", "kept"),
    [
        (lambda x: rotate.forward(x, 0.2), True),
        (lambda x: noise.forward(x, NOISE, 1.0), True),
        (rot90.forward, False),
        (lambda x: flip.forward(x, (-1,)), False),
    ],
    ids=["a small angle", "little noise", "a quarter turn", "a mirror"],
)
def test_l41_a_digit_keeps_its_class_under_small_changes(
    plain: mlp.Fitted, augment: Callable[[Array], Array], kept: bool
) -> None:
    assert (_right(plain, augment(IMAGES[SEEN:])) > 0.7) == kept


def test_l41_a_network_that_saw_shifted_digits_knows_them(plain: mlp.Fitted) -> None:
    shifted = [IMAGES[:SEEN], *(shift.forward(IMAGES[:SEEN], s) for s in SIDEWAYS)]
    trained = _fit(np.concatenate(shifted), np.tile(DIGITS[:SEEN], 3))
    unseen = shift.forward(IMAGES[SEEN:], SIDEWAYS[0])
    assert _right(plain, unseen) < 0.6 < _right(trained, unseen)
