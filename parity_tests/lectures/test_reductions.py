"""Reductions of many classes to two: what they learn, what they decide on hand-made scores, which bits they bear."""

from collections.abc import Callable, Iterator
from itertools import combinations, product
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import RidgeClassifier
from sklearn.multiclass import OneVsOneClassifier

import gradtwin
from parity_tests.pairs import data
from reference.multiclass import one_versus_one as reference_one_versus_one
from scratch.multiclass import one_versus_all, one_versus_one, output_codes, random_code, tree_reduction

Array = NDArray[Any]


def _right(reduction: ModuleType, y: Array) -> int:
    X, _ = data.iris()
    return int(np.sum(reduction.predict(reduction.fit(X, y), X) == y))


@pytest.mark.parametrize(
    ("reduction", "right"),
    [
        pytest.param(one_versus_all, 127, id="l21"),
        pytest.param(one_versus_one, 147, id="l22"),
        pytest.param(output_codes, 113, id="l23"),
        pytest.param(tree_reduction, 140, id="l24"),
    ],
)
def test_l21_l22_l23_l24_learn_what_there_is_to_learn(reduction: ModuleType, right: int) -> None:
    _, y = data.iris()
    assert _right(reduction, y) == right > 2 * len(y) / 3
    assert _right(reduction, np.random.default_rng(0).permutation(y)) < len(y) / 2


def _deciding(reduction: ModuleType, code: Array) -> Callable[[Any], list[int]]:
    """Return what the reduction predicts from scores: each learner's score is a feature of its own."""
    B = code.shape[1]
    return lambda scores: reduction.predict(reduction.Fitted(np.eye(B), np.zeros(B), code), np.array(scores)).tolist()


def test_l21_the_largest_score_decides_and_ties_go_to_the_smallest_class() -> None:
    fitted = one_versus_all.Fitted(np.eye(3), np.zeros(3))
    scores = np.array([[1.0, 2.0, -1.0], [-3.0, -2.0, -1.0], [0.5, 2.0, 2.0], [-1.0, -1.0, -1.0], [0.0, 0.0, -1.0]])
    assert one_versus_all.predict(fitted, scores).tolist() == [1, 2, 1, 0, 0]


RIDGE = RidgeClassifier(alpha=1.0, fit_intercept=False)


def _beside_scikit_learn(reduction: ModuleType) -> tuple[Array, Array, Array, Array]:
    """Return our weights and scikit-learn's, then our labels and scikit-learn's, on the iris data."""
    X, y = data.iris()
    A, fitted = np.c_[X, np.ones(len(X))], reduction.fit(X, y)
    theirs = (RIDGE if reduction is one_versus_all else OneVsOneClassifier(RIDGE)).fit(A, y)
    learners = [theirs] if reduction is one_versus_all else theirs.estimators_
    sign = 1 if reduction is one_versus_all else -1  # of a pair, scikit-learn's 1 is the second class
    weight = sign * np.vstack([learner.coef_ for learner in learners])
    return np.c_[fitted.weight, fitted.bias], weight, reduction.predict(fitted, X), theirs.predict(A)


def differences() -> Iterator[tuple[str, str, float, int, int]]:
    """Yield model, data, the largest difference of weights, how many labels differ, and of how many."""
    for reduction in (one_versus_all, one_versus_one):
        ours, theirs, labels, their_labels = _beside_scikit_learn(reduction)
        apart, differ = float(np.max(np.abs(ours - theirs))), int(np.sum(labels != their_labels))
        yield reduction.__name__.removeprefix("scratch."), "iris", apart, differ, len(labels)


@pytest.mark.parametrize("reduction", [one_versus_all, one_versus_one])
def test_l21_l22_the_labels_are_those_of_scikit_learn(reduction: ModuleType) -> None:
    ours, theirs, labels, their_labels = _beside_scikit_learn(reduction)
    assert ours.shape == theirs.shape
    assert np.array_equal(labels, their_labels)


PAIRS = np.array([[1, 1, 0], [-1, 0, 1], [0, -1, -1]])


def test_l22_most_votes_win_and_ties_go_to_the_smallest_class() -> None:
    label = _deciding(one_versus_one, PAIRS)
    assert label([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, -1.0, -1.0]]) == [0, 1, 2]
    assert label([[5.0, -1.0, 1.0], [-5.0, 1.0, -1.0]]) == [0, 0]
    assert label([[0.0, 0.0, 0.0], [-1.0, 0.0, 0.0]]) == [0, 1]


def _on_the_boundary() -> tuple[Array, Array, Array]:
    """Return the iris data, and queries: thirty flowers, and three points at which one pair of classes is undecided."""
    X, y = data.iris()
    w, b = one_versus_one.fit(X, y)[:2]
    return X, y, np.concatenate([X[::5], -w * (b / np.sum(w * w, axis=1))[:, np.newaxis]])


@pytest.mark.parametrize(("rows", "verdict"), [([], "match"), ([30, 31, 32], "match"), ([12], "mismatch")])
def test_l22_a_point_on_a_boundary_is_too_close_to_call(rows: list[int], verdict: str) -> None:
    def predict(fitted: Any, X: Array) -> Any:
        labels = one_versus_one.predict(fitted, X)
        labels[rows] = (labels[rows] + 1) % 3
        return labels

    twin, model = reference_one_versus_one, SimpleNamespace(fit=one_versus_one.fit, predict=predict)
    report = gradtwin.check_estimator(
        model, twin=twin, margin=twin.margin, inputs=_on_the_boundary(), dtypes=("float64", "float32"), name="pairs"
    )
    assert report.verdict == verdict, report
    assert (report.tally.points, report.tally.close) == (66, 6) or verdict == "mismatch"


def _exhaustive(classes: int) -> Array:
    return np.asarray(output_codes.fit(np.eye(classes), np.arange(classes)).code)


@pytest.mark.parametrize("classes", [2, 3, 4, 5, 6])
def test_l23_the_exhaustive_code_holds_every_division_once_and_its_words_are_far_apart(classes: int) -> None:
    code = _exhaustive(classes)
    assert {tuple(bit) for bit in code.T} == set(product([1], *[[-1, 1]] * (classes - 1))) - {(1,) * classes}
    assert code.shape == (classes, 2 ** (classes - 1) - 1)
    assert {int(np.sum(a != b)) for a, b in combinations(code, 2)} == {2 ** (classes - 2)}


def _wrong(code: Array, bits: int) -> int:
    """Return how many labels change when so many bits of a word are turned, in every way."""
    turned = np.array([[-1.0 if b in chosen else 1.0 for b in range(15)] for chosen in combinations(range(15), bits)])
    label = _deciding(output_codes, code)
    return sum(label(word * t) != [k] for k, word in enumerate(code[:, np.newaxis]) for t in turned)


def test_l23_words_eight_bits_apart_bear_three_wrong_bits_and_not_four() -> None:
    code = _exhaustive(5)
    assert [_wrong(code, bits) for bits in range(4)] == [0, 0, 0, 0]
    assert _wrong(code, 4) > 0


def test_l23_of_the_nearest_words_that_of_the_smallest_class_wins() -> None:
    label = _deciding(output_codes, np.array([[1, 1, 1, 1], [-1, -1, 1, 1], [-1, -1, -1, -1]]))
    assert label([[1, -1, 1, 1], [-1, -1, -1, 1], [0, -1, -1, -1], [-1, -1, -1, -1]]) == [0, 1, 2, 2]


def test_l23_of_random_codes_the_one_with_the_farthest_words_is_taken() -> None:
    uniform = np.random.default_rng(0).random((50, 5, 8))
    apart = [_nearest(np.where(u < 1 / 2, -1, 1)) for u in uniform]
    assert _nearest(random_code.forward(uniform)) == max(apart) > np.median(apart)


def _nearest(code: Array) -> int:
    """Return the distance of the two nearest words, 0 if a bit is the same for all."""
    return 0 if np.any(np.ptp(code, axis=0) == 0) else min(int(np.sum(a != b)) for a, b in combinations(code, 2))


def test_l24_the_nodes_on_the_path_decide_and_no_others() -> None:
    code = tree_reduction.fit(np.eye(5), np.arange(5)).code
    label, lengths = _deciding(tree_reduction, code), np.count_nonzero(code, axis=1)
    for signs in product([-1.0, 1.0], repeat=4):
        turned = np.array(signs) * (1 - 2 * np.eye(4))
        (k,), moved = label([signs]), np.array(label(turned)) != label([signs])[0]
        assert np.array_equal(moved, code[k] != 0)
    assert (lengths.min(), lengths.max()) == (2, 3)


def test_l24_a_score_of_0_goes_to_the_first_branch() -> None:
    code = tree_reduction.fit(np.eye(4), np.arange(4), tree=((3, 1), (0, 2))).code
    assert _deciding(tree_reduction, code)([[0, 0, 0], [0, -1, 0], [-1, 0, 0], [-1, 0, -1]]) == [3, 1, 0, 2]
