"""Rows of the networks out of other layers than linear ones: as functions, and in training on real data."""

import numpy as np

from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs._run import run

IMAGE_STEPS = 100
SEQUENCE_STEPS = 50
BATCH = 16
HELD_OUT = 360
FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")
RUNNING = np.array([[[0.25, -0.5, 0.0], [1.0, 0.5, 2.0]], [[-1.0, 0.125, 0.5], [0.75, 1.5, 3.0]]])
KEPT = np.arange(24).reshape(6, 4) % 5 > 0


def _images(*shape, **replaced):
    """Return inputs of a convolutional network of three channels and two classes; a batch holds an image at least."""

    def inputs(draw):
        samples = draw.batch(shape[0]) or (1,)
        norm = {"weight": (3,), "bias": (3,)}
        shapes = {"input": (*samples, *shape[1:]), "first": (3, shape[1], 3, 3)}
        shapes |= {f"{k} 1": s for k, s in norm.items()} | {"second": (3, 3, 3, 3)}
        shapes |= {f"{k} 2": s for k, s in norm.items()} | {"top": (2, 3), "top bias": (2,)}
        return tuple(draw(s) for s in {**shapes, **replaced}.values() if s is not None)

    return inputs


def _sequences(*shape, **replaced):
    """Return inputs of a recurrent network of four hidden units and two classes."""

    def inputs(draw):
        *samples, steps, features = shape
        shapes = {"input": (*draw.batch(*samples), steps, features), "w_ih": (16, features), "w_hh": (16, 4)}
        shapes |= {"b_ih": (16,), "b_hh": (16,), "weight": (2, 4), "bias": (2,)}
        return tuple(draw(s) for s in {**shapes, **replaced}.values() if s is not None)

    return inputs


def _digits(seed):
    """Return the 1,797 handwritten digits of scikit-learn, in an order of their own, their classes, and a generator."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(X))
    return X[order].reshape(-1, 8, 8) / 16, y[order], rng


def images(seed):
    """Return parameters, mini-batches and the test accuracy of a convolutional network on the digits."""
    from scratch.models import convnet

    X, y, rng = _digits(seed)
    X = X[:, np.newaxis]
    train = len(X) - HELD_OUT
    names = ("W1", "weight1", "bias1", "W2", "weight2", "bias2", "V", "b")
    arrays = convnet.init(1, 6, 10, rng)

    def test_accuracy(parameters):
        """Rate with the statistics of all that was trained on, which a momentum of 1 puts in the place of others."""
        _, running = convnet.forward(X[:train], *parameters, running=np.zeros((2, 2, 6)), momentum=1.0)
        fitted = convnet.Fitted(tuple(parameters), running, ())
        return float(np.mean(convnet.predict(fitted, X[train:]) == y[train:]))

    chosen = [rng.choice(train, BATCH, replace=False) for _ in range(IMAGE_STEPS)]
    return {
        "params": dict(zip(names, arrays, strict=True)),
        "batches": [(X[rows], y[rows]) for rows in chosen],
        "metric": test_accuracy,
    }


def sequences(seed):
    """Return parameters, mini-batches with masks, and the test accuracy of an LSTM that reads two rows a step."""
    from scratch.models import recurrent

    X, y, rng = _digits(seed)
    X = X.reshape(-1, 4, 16)
    train = len(X) - HELD_OUT
    names = ("w_ih", "w_hh", "b_ih", "b_hh", "V", "b")
    arrays = recurrent.init(16, 16, 10, rng)

    def test_accuracy(parameters):
        fitted = recurrent.Fitted(tuple(parameters), ())
        return float(np.mean(recurrent.predict(fitted, X[train:]) == y[train:]))

    chosen = [rng.choice(train, BATCH, replace=False) for _ in range(SEQUENCE_STEPS)]
    return {
        "params": dict(zip(names, arrays, strict=True)),
        "batches": [(X[rows], y[rows], rng.random((BATCH, 16)) >= 0.25) for rows in chosen],
        "metric": test_accuracy,
    }


convnet = Op(
    "models.convnet",
    inputs=_images(4, 1, 4, 4),
    cases=[
        Case("training", families=FAMILIES),
        Case("running", {"running": RUNNING}, families=FAMILIES),
        Case("momentum", {"running": RUNNING, "momentum": 0.7}),
        Case("evaluation", {"running": RUNNING, "training": False}, families=FAMILIES),
        Case("two channels, uneven", inputs=_images(3, 2, 5, 6)),
    ],
    refusals=[
        Refusal("a parameter too few", inputs=_images(4, 1, 4, 4, **{"top bias": None})),
        Refusal("a parameter too many", inputs=_images(4, 1, 4, 4, more=(2,))),
        Refusal("other channels", inputs=_images(4, 1, 4, 4, input=(4, 2, 4, 4))),
        Refusal("an image without a place for a window", inputs=_images(4, 1, 1, 1)),
        Refusal("a weight of another shape", inputs=_images(4, 1, 4, 4, **{"weight 2": (2,)})),
        Refusal("evaluation without statistics", {"training": False}),
        Refusal("statistics of other channels", {"running": RUNNING[..., :2]}),
        Refusal("statistics of one norm", {"running": RUNNING[:1]}),
    ],
)

recurrent = Op(
    "models.recurrent",
    inputs=_sequences(6, 3, 2),
    cases=[
        Case("evaluation", families=FAMILIES),
        Case("dropout", {"mask": KEPT}, families=("typical", "zeros", "strided", "read-only")),
        Case("more dropout", {"mask": KEPT, "p": 0.5}),
        Case("dropout of one", {"mask": KEPT[0]}, _sequences(3, 2)),
        Case("eight steps", {"mask": KEPT}, _sequences(6, 8, 2)),
        Case("one step", inputs=_sequences(6, 1, 2)),
    ],
    refusals=[
        Refusal("a parameter too few", inputs=_sequences(6, 3, 2, bias=None)),
        Refusal("a parameter too many", inputs=_sequences(6, 3, 2, more=(2,))),
        Refusal("other features", inputs=_sequences(6, 3, 2, input=(6, 3, 4))),
        Refusal("one dimension", inputs=_sequences(6, 3, 2, input=(2,))),
        Refusal("no steps", inputs=_sequences(6, 0, 2)),
        Refusal("a weight of another shape", inputs=_sequences(6, 3, 2, weight=(2, 3))),
        Refusal("a p above 1", {"mask": KEPT, "p": 1.5}),
        Refusal("a mask of another shape", {"mask": KEPT[:5]}),
        Refusal("a mask of numbers", {"mask": KEPT * 1.0}),
    ],
)

PAIRS = (
    convnet,
    recurrent,
    run(
        "convnet",
        "convnet",
        "networks:images",
        "adamw",
        {"lr": 0.1},
        "one_cycle_lr",
        {"max_lr": 0.1, "total_steps": IMAGE_STEPS},
    ),
    run("recurrent", "recurrent", "networks:sequences", "rmsprop", {"lr": 0.01}, "exponential_lr", {"gamma": 0.98}),
)
