"""Real data for the rows, standardized: scikit-learn's sets, and a small table of review scores.

scikit-learn is imported where data is read, since listing the rows must be quick.
"""

import numpy as np

# Scores from 1 to 10 that three reviewers gave a paper, and whether it was accepted; made up for the purpose.
REVIEWS = (
    ((8, 7, 9), 1),
    ((6, 7, 7), 1),
    ((9, 8, 6), 1),
    ((7, 7, 5), 1),
    ((5, 8, 8), 1),
    ((6, 6, 7), 1),
    ((8, 5, 6), 0),
    ((4, 6, 5), 0),
    ((3, 5, 4), 0),
    ((5, 5, 6), 0),
    ((6, 4, 3), 0),
    ((2, 6, 7), 0),
    ((7, 3, 5), 0),
    ((4, 4, 6), 0),
)


def standardized(X):
    """Return the columns with mean 0 and variance 1; a constant column becomes 0."""
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation == 0, 1.0, deviation)


def iris():
    """Return 150 flowers of three classes, 50 each in order, by four lengths."""
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    return standardized(X), y


def diabetes():
    """Return 442 patients by ten figures, and the progress of their illness, in hundreds."""
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    return standardized(X), y / 100


def breast_cancer():
    """Return 569 tumours of two classes, mixed, by thirty figures."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    return standardized(X), y


def digits():
    """Return 1,797 images of ten classes, mixed, by 64 pixels."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return standardized(X), y


def reviews():
    """Return the review scores of 14 papers, not standardized, and the decisions: 1 for accepted."""
    return np.array([scores for scores, _ in REVIEWS], float), np.array([decision for _, decision in REVIEWS])
