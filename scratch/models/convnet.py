"""A small residual network of convolutions and batch normalization.

Source: He, Zhang, Ren and Sun, 2015, arXiv:1512.03385.

Formula:

    h = pool(relu(norm_1(W_1 * x))),   s = norm_2(W_2 * h) + h,   y = V mean relu(s) + b

W * x is a 3x3 convolution with a padding of 1, pool the maximum over 2x2, and the mean that over space. In training
norm takes the statistics of the batch, else the running ones, which `fit` keeps. A bias of a convolution would be
taken out again with the mean, and its gradient is 0: there is none.

Gradient: Every layer's own, from the top down. With m the mean, dL/dm = V' grad, and each of its n places in space has
1/n of that. d = dL/ds is that where s > 0, and 0 elsewhere. Two ways lead from h to s, so dL/dh = d + W_2' norm_2' d,
where W_2' is the backward of the convolution. pool hands dL/dh to the largest of each window, and relu, norm_1 and W_1
follow. The largest is not unique where relu left zeros only, which have no gradient to pass on, and where pixels are
equal, as in the background: there the first takes it.

Options:
    running: the running statistics; None takes and keeps none.
    training: whether norm takes the statistics of the batch.
    momentum: the part of the batch's statistics in the new running ones.

Shapes: `input` (N, K, H, W), `parameters` W_1 (C, K, 3, 3), weight and bias of norm_1 (C,), W_2 (C, C, 3, 3), weight
and bias of norm_2 (C,), V (classes, C), b (classes,); output (N, classes). `running` is (2, 2, C): mean and variance of
each norm; in training with it the output is a pair with its update, which has no gradient.

Errors: ValueError for another number of parameters, shapes that do not fit, and no `running` outside training.

torch: has none; the twin is written with `conv2d`, `batch_norm`, `max_pool2d`, `adaptive_avg_pool2d` and `linear`. The
first of equal pixels takes the gradient there, too.

Example:

>>> rng = np.random.default_rng(0)
>>> x, parameters = rng.standard_normal((5, 1, 4, 4)), init(1, 2, 3, rng)
>>> forward(x, *parameters).shape
(5, 3)
>>> backward(np.ones((5, 3)), x, *parameters).parameters[-1].tolist()
[5.0, 5.0, 5.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import relu
from scratch.layers import adaptive_avg_pool2d, add, batch_norm, conv2d, linear, max_pool2d
from scratch.losses import cross_entropy
from scratch.optimizers import adamw
from scratch.schedulers import one_cycle_lr


class Gradients(NamedTuple):
    """Gradients by input; those of the parameters in their order."""

    input: np.ndarray
    parameters: tuple[np.ndarray, ...]


class Fitted(NamedTuple):
    """The parameters after training, the running statistics, and the loss of every step."""

    parameters: tuple[np.ndarray, ...]
    running: np.ndarray
    losses: tuple[float, ...]


class _Passed(NamedTuple):
    """What the layers compute on the way up, and the running statistics, updated."""

    convolved: np.ndarray
    normalized: np.ndarray
    pooled: np.ndarray
    again: np.ndarray
    added: np.ndarray
    means: np.ndarray
    running: np.ndarray | None


def forward(input, *parameters, running=None, training=True, momentum=0.1):
    """Return the output of the network; in training with running statistics also these, updated."""
    passed = _passed(input, parameters, running, training, momentum)
    output = linear.forward(passed.means, *parameters[6:])
    return (output, passed.running) if training and running is not None else output


def backward(grad, input, *parameters, running=None, training=True, momentum=0.1):
    """Return the gradients of `input` and of all parameters."""
    grad = grad[0] if isinstance(grad, tuple) else grad
    x = _passed(input, parameters, running, training, momentum)
    _, weight_1, bias_1, kernel_2, weight_2, bias_2, *_ = parameters
    (mean_1, var_1), (mean_2, var_2) = _pairs(running)
    top = linear.backward(grad, x.means, *parameters[6:])
    mean_grad = adaptive_avg_pool2d.backward(top.input[..., np.newaxis, np.newaxis], x.added, 1)
    d = relu.backward(mean_grad, x.added)
    sides = add.backward(d, x.again, x.pooled)
    norm_2 = batch_norm.backward(sides.input, x.again, mean_2, var_2, weight_2, bias_2, training)
    conv_2 = conv2d.backward(norm_2.input, x.pooled, kernel_2, padding=1)
    h_grad = sides.other + conv_2.input
    pool_grad = max_pool2d.backward(h_grad, relu.forward(x.normalized), 2)
    relu_grad = relu.backward(pool_grad, x.normalized)
    norm_1 = batch_norm.backward(relu_grad, x.convolved, mean_1, var_1, weight_1, bias_1, training)
    conv_1 = conv2d.backward(norm_1.input, input, parameters[0], padding=1)
    below = (conv_1.weight, norm_1.weight, norm_1.bias, conv_2.weight, norm_2.weight, norm_2.bias)
    return Gradients(conv_1.input, (*below, top.weight, top.bias))


def value_and_grad(parameters, X, y):
    """Return the mean cross-entropy of classes `y` (N,) on inputs `X` in training, and its gradient by parameter."""
    logits = forward(X, *parameters)
    grad = cross_entropy.backward(np.ones((), logits.dtype), logits, y).input
    return cross_entropy.forward(logits, y), list(backward(grad, X, *parameters).parameters)


def init(inputs, channels, classes, rng, dtype="float64"):
    """Return weights uniform in +-1/sqrt(inputs of an output), 1 and 0 for norm, as torch's layers start."""

    def uniform(fan, *shape):
        return rng.uniform(-(fan**-0.5), fan**-0.5, shape)

    norm = np.ones(channels), np.zeros(channels)
    first, second = uniform(9 * inputs, channels, inputs, 3, 3), uniform(9 * channels, channels, channels, 3, 3)
    top = uniform(channels, classes, channels), uniform(channels, classes)
    return [p.astype(dtype) for p in (first, *norm, second, *norm, *top)]


def fit(X, y, *, channels=6, steps=200, batch_size=16, max_lr=0.1, weight_decay=0.01, momentum=0.1, seed=0):
    """Return the network trained on classes `y` by AdamW in one cycle; `momentum` is that of running statistics.

    A step takes `batch_size` images that the generator of `seed` draws, which also draws the parameters.
    """
    rng = np.random.default_rng(seed)
    parameters = init(X.shape[1], channels, int(np.max(y)) + 1, rng, X.dtype)
    states = [adamw.init(p) for p in parameters]
    running = np.stack([np.zeros((2, channels)), np.ones((2, channels))], axis=1).astype(X.dtype)
    cycle = {"base_lr": max_lr, "max_lr": max_lr, "total_steps": steps}
    losses = []
    for t in range(steps):
        batch = rng.choice(len(X), batch_size, replace=False)
        _, running = forward(X[batch], *parameters, running=running, momentum=momentum)
        loss, grads = value_and_grad(parameters, X[batch], y[batch])
        rates = one_cycle_lr.lr(t, **cycle), (one_cycle_lr.momentum(t, **cycle), 0.999)
        moved = zip(parameters, grads, states, strict=True)
        stepped = [adamw.step(p, g, s, *rates, weight_decay=weight_decay) for p, g, s in moved]
        parameters, states = [p for p, _ in stepped], [s for _, s in stepped]
        losses.append(float(loss))
    return Fitted(tuple(parameters), running, tuple(losses))


def predict(fitted, X):
    """Return the most probable class of each image of `X`."""
    return np.argmax(forward(X, *fitted.parameters, running=fitted.running, training=False), axis=-1)


def _pairs(running):
    """Return the running mean and variance of each norm."""
    return ((None, None), (None, None)) if running is None else running


def _normalize(x, running, weight, bias, training, momentum):
    """Return the normalized `x`, and the running statistics, updated in training."""
    mean, var = running
    result = batch_norm.forward(x, mean, var, weight, bias, training, momentum)
    return (result[0], result[1:]) if isinstance(result, tuple) else (result, running)


def _passed(input, parameters, running, training, momentum):
    if len(parameters) != 8:
        raise ValueError(f"Expected parameters to be eight arrays; got {len(parameters)}.")
    kernel_1, weight_1, bias_1, kernel_2, weight_2, bias_2, *_ = parameters
    first, second = _pairs(running)
    convolved = conv2d.forward(input, kernel_1, padding=1)
    normalized, first = _normalize(convolved, first, weight_1, bias_1, training, momentum)
    pooled = max_pool2d.forward(relu.forward(normalized), 2)
    again = conv2d.forward(pooled, kernel_2, padding=1)
    renormalized, second = _normalize(again, second, weight_2, bias_2, training, momentum)
    added = add.forward(renormalized, pooled)
    means = adaptive_avg_pool2d.forward(relu.forward(added), 1)[..., 0, 0]
    updated = None if running is None else np.stack([first, second])
    return _Passed(convolved, normalized, pooled, again, added, means, updated)
