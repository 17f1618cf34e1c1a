"""Rows of training runs: a network on real data, with each optimizer and a scheduler."""

import numpy as np

from parity_tests.pairs._run import run

STEPS = 200
BATCH = 32
SIZES = {"breast_cancer": (30, 8, 2), "diabetes": (10, 8, 1), "digits": (64, 32, 10), "wine": (13, 8, 3)}
"""Features, hidden units and outputs, by data set of scikit-learn."""
HELD_OUT = 0.2


def breast_cancer(seed):
    """Return what `gradtwin.check_training` takes, for 569 tumours of two kinds."""
    return _setup("breast_cancer", seed)


def diabetes(seed):
    """Return what `gradtwin.check_training` takes, for the progress of the disease in 442 patients."""
    return _setup("diabetes", seed)


def digits(seed):
    """Return what `gradtwin.check_training` takes, for 1,797 handwritten digits."""
    return _setup("digits", seed)


def wine(seed):
    """Return what `gradtwin.check_training` takes, for 178 wines of three cultivars."""
    return _setup("wine", seed)


def wine_without_biases(seed):
    """Return the same for a network of matrices alone."""
    return _setup("wine", seed, biases=False)


def wine_at_once(seed):
    """Return the same with all of the training set in every batch."""
    return _setup("wine", seed, batch=None)


def standardized(name, rng):
    """Return a data set in random order: inputs, and targets as classes or as numbers in a column."""
    from sklearn import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = rng.permutation(len(X))
    X, y = X[order], y[order]
    X = (X - X.mean(axis=0)) / np.where(X.std(axis=0) == 0, 1, X.std(axis=0))
    return X, y if y.dtype.kind == "i" else ((y - y.mean()) / y.std())[:, np.newaxis]


def _setup(name, seed, *, batch=BATCH, biases=True):
    from scratch.models import mlp

    rng = np.random.default_rng(seed)
    X, y = standardized(name, rng)
    train = round(len(X) * (1 - HELD_OUT))
    arrays = mlp.init(SIZES[name], rng)
    params = dict(zip(("W1", "b1", "W2", "b2"), arrays, strict=True))
    params = {n: p for n, p in params.items() if biases or n.startswith("W")}

    def test_accuracy(parameters):
        fitted = mlp.Fitted(tuple(parameters), "relu", ())
        return float(np.mean(mlp.predict(fitted, X[train:]) == y[train:]))

    def test_error(parameters):
        return float(np.mean((mlp.forward(X[train:], *parameters) - y[train:]) ** 2))

    chosen = [rng.choice(train, batch, replace=False) if batch else np.arange(train) for _ in range(STEPS)]
    return {
        "params": params,
        "batches": [(X[rows], y[rows]) for rows in chosen],
        "metric": test_accuracy if y.dtype.kind == "i" else test_error,
    }


def _mlp(setup, *arguments):
    return run(setup, "mlp", f"training:{setup}", *arguments)


PAIRS = (
    _mlp("digits", "sgd", {"lr": 0.1, "momentum": 0.9}, "one_cycle_lr", {"max_lr": 0.2, "total_steps": STEPS}),
    _mlp("digits", "adam", {"lr": 0.01}, "cosine_annealing_lr", {"T_max": STEPS}),
    _mlp("breast_cancer", "adamw", {"lr": 0.01}, "linear_lr", {"total_iters": 50}),
    _mlp("breast_cancer", "adamax", {"lr": 0.01}, "multi_step_lr", {"milestones": [50, 150], "gamma": 0.5}),
    _mlp("breast_cancer", "rmsprop", {"lr": 0.003}, "exponential_lr", {"gamma": 0.99}),
    _mlp("breast_cancer", "adagrad", {"lr": 0.05}, "constant_lr", {"factor": 0.5, "total_iters": 20}),
    _mlp("wine", "adadelta", {"lr": 1.0}, "polynomial_lr", {"total_iters": STEPS, "power": 0.5}),
    _mlp("wine", "nadam", {"lr": 0.01}, "cosine_annealing_warm_restarts", {"T_0": 40, "T_mult": 2}),
    _mlp("wine", "radam", {"lr": 0.01}, "cyclic_lr", {"base_lr": 0.001, "max_lr": 0.02, "step_size_up": 25}),
    _mlp("wine_without_biases", "muon", {"lr": 0.02}, "step_lr", {"step_size": 60}),
    _mlp("wine_at_once", "lbfgs", {"lr": 0.5, "max_iter": 1}, "exponential_lr", {"gamma": 0.995}),
    _mlp("diabetes", "asgd", {"lr": 0.05, "t0": 100}, "step_lr", {"step_size": 80, "gamma": 0.5}),
    _mlp("diabetes", "rprop", {"lr": 0.001}, "constant_lr", {"total_iters": 10}),
    _mlp("diabetes", "adafactor", {"lr": 0.05, "eps": (1e-7, 1e-3)}, "linear_lr", {"total_iters": 20}),
)
