"""Libraries that teach: layers, activations and losses of NumPy, whose backward was derived by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

import gradtwin
from scripts.measure.published.arrays import Draw, Written
from scripts.measure.published.entry import as_it_is, loaded

__all__ = ["ENTRIES"]

ML = "numpy_ml.neural_nets"


def _rows(rng: np.random.Generator) -> list[Any]:
    return [rng.standard_normal((5, 4))]


def _of(**shapes: tuple[int, ...]) -> Draw:
    """Return what draws normal numbers of these shapes, by name."""
    return lambda rng: {name: rng.standard_normal(shape) for name, shape in shapes.items()}


def _activation(name: str, twin: Callable[..., Any], **options: Any) -> Written:
    return Written(
        "numpy-ml",
        f"{ML}.activations.activations:{name}",
        twin,
        _rows,
        "5 x 4",
        lambda kind: kind(**options),
        lambda made: made.grad,
        gradtwin.derivative,
    )


def _slope(name: str, function: Callable[..., Any]) -> Written:
    """Return an entry of the derivative of an activation, with the second one for its backward."""

    def twin(z: Any) -> Any:
        z = z if z.requires_grad else z.requires_grad_()
        return torch.autograd.grad(function(z).sum(), z, create_graph=True)[0]

    return Written(
        "numpy-ml",
        f"{ML}.activations.activations:{name}",
        twin,
        _rows,
        "grad, grad2",
        lambda kind: kind().grad,
        lambda made: made.__self__.grad2,
        gradtwin.derivative,
    )


def _layer(name: str, sizes: str, twin: Callable[..., Any], inputs: Draw, *values: Any, **options: Any) -> Written:
    place = f"{ML}.layers.layers:{name}"
    return Written("numpy-ml", place, twin, inputs, sizes, lambda kind: kind(*values, **options))


def _first(x: Any) -> Any:
    """Return images with their channels first."""
    return x.permute(0, 3, 1, 2)


def _last(x: Any) -> Any:
    return x.permute(0, 2, 3, 1)


def _convolution(X: Any, W: Any, b: Any, **options: Any) -> Any:
    return _last(F.conv2d(_first(X), W.permute(3, 2, 0, 1), **options)) + b


def _convolution_1d(X: Any, W: Any, b: Any, **options: Any) -> Any:
    return F.conv1d(X.mT, W.permute(2, 1, 0), **options).mT + b


def _padded(X: Any, W: Any, b: Any) -> Any:
    return torch.relu(_convolution(X, W, b, padding=1, stride=2))


def _recurrent(Xt: Any, Wax: Any, Waa: Any, ba: Any, bx: Any) -> Any:
    return torch.tanh(Xt @ Wax + bx.T + ba.T)


def _attention(Q: Any, K: Any, V: Any) -> Any:
    return F.softmax(Q @ K.mT / 2, -1) @ V


def _embedding(rng: np.random.Generator) -> dict[str, Any]:
    return {"X": np.array([[1, 2], [3, 3]]), "W": rng.standard_normal((7, 4))}


def _variational(rng: np.random.Generator) -> dict[str, Any]:
    shares = {name: rng.uniform(0.1, 0.9, (5, 4)) for name in ("y", "y_pred")}
    return shares | {name: rng.standard_normal((5, 2)) for name in ("t_mean", "t_log_var")}


def _bound_of_evidence(y: Any, y_pred: Any, t_mean: Any, t_log_var: Any) -> Any:
    divergence = -0.5 * (1 + t_log_var - t_mean**2 - t_log_var.exp()).sum(1)
    return (F.binary_cross_entropy(y_pred, y, reduction="none").sum(1) + divergence).mean()


def _labelled(rng: np.random.Generator) -> dict[str, Any]:
    return {"y": np.eye(4)[[0, 1, 2, 3, 0]], "y_pred": rng.dirichlet(np.ones(4), 5)}


def _steps(X: Any, Wax: Any, Waa: Any, ba: Any, bx: Any) -> Any:
    states = [torch.zeros(len(X), 3, dtype=X.dtype)]
    for x in X.unbind(2):
        states.append(torch.tanh(x @ Wax + states[-1] @ Waa + bx.T + ba.T))
    return torch.stack(states[1:], 2)


def _loss(name: str, twin: Callable[..., Any], inputs: Draw, sizes: str, of: Any) -> Written:
    place = f"{ML}.losses.losses:{name}"
    return Written(
        "numpy-ml",
        f"{place}.loss",
        twin,
        inputs,
        sizes,
        backward=lambda made: _sibling(place),
        arguments={"differentiable": of},
    )


def _sibling(place: str) -> Any:
    return loaded("numpy-ml", f"{place}.grad")


def _its(name: str) -> Any:
    return loaded("numpy-neural-network", f"numpy_neural_network.activation_methods:{name}")


IMAGES = _of(X=(2, 6, 6, 3))
KERNEL = _of(X=(2, 6, 6, 3), W=(3, 3, 3, 4), b=(1, 1, 1, 4))
KERNEL_1D = _of(X=(2, 9, 3), W=(3, 3, 4), b=(1, 1, 4))
CELL = {"Wax": (4, 3), "Waa": (3, 3), "ba": (3, 1), "bx": (3, 1)}
SCALED = _of(X=(5, 4), scaler=(4,), intercept=(4,))

ENTRIES = (
    _activation("Sigmoid", torch.sigmoid),
    _activation("ReLU", F.relu),
    _activation("LeakyReLU", lambda z: F.leaky_relu(z, 0.3)),
    _activation("Tanh", torch.tanh),
    _activation("Affine", as_it_is),
    _activation("ELU", F.elu),
    _activation("Exponential", torch.exp),
    _activation("SELU", F.selu),
    _activation("HardSigmoid", lambda z: torch.clamp(0.2 * z + 0.5, 0, 1)),
    _activation("SoftPlus", F.softplus),
    _slope("Sigmoid", torch.sigmoid),
    _slope("Tanh", torch.tanh),
    _slope("ELU", F.elu),
    _slope("SELU", F.selu),
    _slope("SoftPlus", F.softplus),
    _slope("Exponential", torch.exp),
    _layer(
        "FullyConnected",
        "5 x 4, 3 units",
        lambda X, W, b: torch.tanh(X @ W + b),
        _of(X=(5, 4), W=(4, 3), b=(1, 3)),
        3,
        act_fn="Tanh",
    ),
    _layer("Softmax", "5 x 4", lambda X: F.softmax(X, -1), _of(X=(5, 4))),
    _layer("Softmax", "5 x 4, dim 0", lambda X: F.softmax(X, 0), _of(X=(5, 4)), 0),
    _layer(
        "LayerNorm1D", "5 x 4", lambda X, scaler, intercept: F.layer_norm(X, X.shape[1:], scaler, intercept), SCALED
    ),
    _layer(
        "LayerNorm2D",
        "2 x 6 x 6 x 3",
        lambda X, scaler, intercept: F.layer_norm(X, X.shape[1:], scaler, intercept),
        _of(X=(2, 6, 6, 3), scaler=(6, 6, 3), intercept=(6, 6, 3)),
    ),
    _layer(
        "BatchNorm1D",
        "5 x 4",
        lambda X, scaler, intercept: F.batch_norm(X, None, None, scaler, intercept, True),
        SCALED,
    ),
    _layer(
        "BatchNorm2D",
        "2 x 6 x 6 x 3",
        lambda X, scaler, intercept: _last(F.batch_norm(_first(X), None, None, scaler, intercept, True)),
        _of(X=(2, 6, 6, 3), scaler=(3,), intercept=(3,)),
    ),
    _layer(
        "Add", "two of 5 x 4", lambda X: torch.tanh(X[0] + X[1]), lambda rng: [_rows(rng) + _rows(rng)], act_fn="Tanh"
    ),
    _layer(
        "Multiply",
        "two of 5 x 4",
        lambda X: torch.tanh(X[0] * X[1]),
        lambda rng: [_rows(rng) + _rows(rng)],
        act_fn="Tanh",
    ),
    _layer("Flatten", "2 x 6 x 6 x 3", lambda X: X.flatten(1), IMAGES),
    _layer("Pool2D", "max", lambda X: _last(F.max_pool2d(_first(X), 2)), IMAGES, (2, 2), stride=2),
    _layer("Pool2D", "average", lambda X: _last(F.avg_pool2d(_first(X), 2)), IMAGES, (2, 2), stride=2, mode="average"),
    _layer("Conv1D", "dilated", lambda X, W, b: _convolution_1d(X, W, b, dilation=2), KERNEL_1D, 4, 3, dilation=1),
    _layer("Conv2D", "3 x 3", _convolution, KERNEL, 4, (3, 3)),
    _layer("Conv2D", "padded, strided", _padded, KERNEL, 4, (3, 3), pad=1, stride=2, act_fn="ReLU"),
    _layer(
        "Deconv2D",
        "3 x 3",
        lambda X, W, b: _last(F.conv_transpose2d(_first(X), W.permute(2, 3, 0, 1))) + b,
        KERNEL,
        4,
        (3, 3),
    ),
    _layer("Embedding", "7 words", lambda X, W: F.embedding(X, W), _embedding, 4, vocab_size=7),
    _layer(
        "Embedding",
        "7 words, summed",
        lambda X, W: F.embedding(X, W).sum(1, keepdim=True),
        _embedding,
        4,
        vocab_size=7,
        pool="sum",
    ),
    _layer(
        "Embedding",
        "7 words, averaged",
        lambda X, W: F.embedding(X, W).mean(1, keepdim=True),
        _embedding,
        4,
        vocab_size=7,
        pool="mean",
    ),
    _layer("DotProductAttention", "2 x 5 x 4", _attention, _of(Q=(2, 5, 4), K=(2, 5, 4), V=(2, 5, 4))),
    _layer("RNNCell", "5 x 4, 3 units", _recurrent, _of(Xt=(5, 4), **CELL), 3),
    _layer("RNN", "2 x 4, 5 steps", _steps, _of(X=(2, 4, 5), **CELL), 3),
    _loss(
        "CrossEntropy",
        lambda y, y_pred: -(y * torch.log(y_pred)).sum(),
        _labelled,
        "5 x 4",
        "y_pred",
    ),
    _loss("VAELoss", _bound_of_evidence, _variational, "in order", ("y_pred", "t_mean", "t_log_var")),
    _loss("VAELoss", _bound_of_evidence, _variational, "as returned", ("y_pred", "t_log_var", "t_mean")),
    Written(
        "numpy-neural-network",
        "numpy_neural_network.activation_methods:sigmoid",
        torch.sigmoid,
        _rows,
        "5 x 4",
        backward=lambda made: _its("sigmoid_prime"),
        reads=gradtwin.derivative,
    ),
    Written(
        "numpy-neural-network",
        "numpy_neural_network.activation_methods:softmax",
        lambda z: F.softmax(z, 0),
        lambda rng: [rng.standard_normal((4, 1))],
        "4 x 1",
        backward=lambda made: _its("softmax_prime"),
        reads=gradtwin.derivative,
    ),
)
