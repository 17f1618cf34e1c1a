"""Objects with a forward and a backward, with parameters and gradients where people keep them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.forms.layer_forms import layer_form

RNG = np.random.default_rng(0)
X, W, B = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 2)), RNG.standard_normal(2)
V, C = RNG.standard_normal((2, 5)), RNG.standard_normal(5)


def torch_affine(x: Any, W: Any, b: Any) -> Any:
    return torch.addmm(b, x, W)


class Layer:
    """Computes x W + b; `scale` spoils the gradient of b."""

    scale = 1.0

    def gradients(self, x: Any, grad: Any, W: Any) -> tuple[Any, Any, Any]:
        return grad @ W.T, x.T @ grad, self.scale * grad.sum(0)


class Attributes(Layer):
    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b = W, b

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout: Any) -> Any:
        dx, self.dW, self.db = self.gradients(self.x, dout, self.W)
        return dx


class Adding(Attributes):
    def __init__(self, W: Any, b: Any) -> None:
        super().__init__(W, b)
        self.dW, self.db = np.zeros_like(W), np.zeros_like(b)

    def backward(self, dout: Any) -> Any:
        dx, dW, db = self.gradients(self.x, dout, self.W)
        self.dW += dW
        self.db += db
        return dx


class Dicts(Layer):
    def __init__(self, W: Any, b: Any) -> None:
        self.params = {"W": W, "b": b}
        self.grads: dict[str, Any] = {}

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, grad: Any) -> Any:
        dx, self.grads["W"], self.grads["b"] = self.gradients(self.x, grad, self.params["W"])
        return dx


class Lists(Layer):
    """As in a book on deep learning from scratch: gradients are written where they lie."""

    def __init__(self, W: Any, b: Any) -> None:
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.params[0] + self.params[1]

    def backward(self, dout: Any) -> Any:
        dx, dW, db = self.gradients(self.x, dout, self.params[0])
        self.grads[0][...], self.grads[1][...] = dW, db
        return dx


class Parameter:
    def __init__(self, data: Any) -> None:
        self.data, self.grad = data, None


class Objects(Layer):
    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b = Parameter(W), Parameter(b)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.W.data + self.b.data

    def backward(self, dout: Any) -> Any:
        dx, self.W.grad, self.b.grad = self.gradients(self.x, dout, self.W.data)
        return dx


class Keeping(Layer):
    """Returns nothing: results, and the gradient of the input, are kept as well."""

    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b = W, b

    def forward(self, inputs: Any) -> None:
        self.inputs, self.output = inputs, inputs @ self.W + self.b

    def backward(self, dvalues: Any) -> None:
        self.dinputs, self.dW, self.db = self.gradients(self.inputs, dvalues, self.W)


class Returning(Attributes):
    def backward(self, dout: Any) -> Any:
        return dict(zip(("dx", "dW", "db"), self.gradients(self.x, dout, self.W), strict=True))


class InOrder(Attributes):
    def backward(self, dout: Any) -> Any:
        return self.gradients(self.x, dout, self.W)


class Caching(Layer):
    def __init__(self, W: Any, b: Any) -> None:
        self.W, self.b = W, b

    def forward(self, x: Any) -> Any:
        return x @ self.W + self.b, x

    def backward(self, dout: Any, cache: Any) -> Any:
        dx, self.dW, self.db = self.gradients(cache, dout, self.W)
        return dx


class Called(Attributes):
    forward = None  # type: ignore[assignment]

    def __call__(self, x: Any) -> Any:
        self.x = x
        return x @ self.W + self.b


class Passing(Layer):
    """Has methods and attributes of other names, in slots."""

    __slots__ = ("_W", "_b", "_dW", "_db", "_x")

    def __init__(self, W: Any, b: Any) -> None:
        self._W, self._b = W, b

    def forward_pass(self, x: Any) -> Any:
        self._x = x
        return x @ self._W + self._b

    def backward_pass(self, up: Any) -> Any:
        dx, self._dW, self._db = self.gradients(self._x, up, self._W)
        return dx


LAYERS = (Attributes, Adding, Dicts, Lists, Objects, Keeping, Returning, InOrder, Caching, Called, Passing)


def judged(layer: Any, **arguments: Any) -> gradtwin.Report:
    return gradtwin.check(layer, **{"twin": torch_affine, "inputs": [X, W, B], **arguments})


def spoiled(kind: type) -> type:
    return type(f"Spoiled{kind.__name__}", (kind,), {"scale": 0.5})


@pytest.mark.parametrize("kind", LAYERS)
def test_parameters_and_gradients_are_found_where_they_are_kept(kind: type) -> None:
    report = judged(kind(W, B))
    assert report.ok, report
    first = "inputs" if kind is Keeping else "x"
    assert str(report.coverage) == f"values and gradients of {first}, W, b"
    method = "__call__" if kind is Called else "forward_pass" if kind is Passing else "forward"
    assert f"an object of {kind.__name__}: {method}({first})" in report.form
    assert judged(kind(W, B), dtypes=("float32",)).ok


@pytest.mark.parametrize("kind", LAYERS)
def test_a_wrong_gradient_is_refused_wherever_it_is_kept(kind: type) -> None:
    report = judged(spoiled(kind)(W, B))
    assert report.verdict == "mismatch", report
    assert {finding.quantity for finding in report.findings} == {"gradient of b"}


def test_where_gradients_are_is_said() -> None:
    assert "gradients of W in grads['W'], of b in grads['b']" in judged(Dicts(W, B)).form
    assert "gradients of W in grads[0], of b in grads[1]" in judged(Lists(W, B)).form
    assert "gradients of W in W.grad" in judged(Objects(W, B)).form
    assert "add up until they are set to zero" in str(judged(Adding(W, B)))
    assert "add up" not in str(judged(Attributes(W, B)))


def test_a_class_is_made_of_the_inputs_that_it_asks_for() -> None:
    for inputs in ([X, W, B], {"W": W, "b": B, "x": X}):
        assert judged(Attributes, inputs=inputs).ok
        assert judged(spoiled(Attributes), inputs=inputs).verdict == "mismatch"
    with pytest.raises(UsageError, match="W, b; got no W"):
        judged(Attributes, twin=lambda x, v, b: torch.addmm(b, x, v))


def test_two_methods_of_an_object_are_that_object() -> None:
    layer = Attributes(W, B)
    report = gradtwin.check(layer.forward, layer.backward, twin=torch_affine, inputs=[X, W, B])
    assert report.ok, report
    wrong = spoiled(Attributes)(W, B)
    assert gradtwin.check(wrong.forward, wrong.backward, twin=torch_affine, inputs=[X, W, B]).verdict == "mismatch"


def test_an_object_is_left_as_it_was() -> None:
    layer = Attributes(W, B)
    assert judged(layer, inputs=[X, W + 1, B]).ok
    assert set(vars(layer)) == {"W", "b"}
    assert layer.W is W


def test_an_object_that_was_used_before_is_judged_afresh() -> None:
    layer = Adding(W.copy(), B.copy())
    layer.forward(X)
    layer.backward(np.ones((4, 2)))
    assert judged(layer).ok


class Stack:
    def __init__(self, *layers: Any) -> None:
        self.layers = layers

    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad: Any) -> Any:
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class Tanh:
    def forward(self, x: Any) -> Any:
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad: Any) -> Any:
        return grad * (1 - self.y**2)


def torch_stack(x: Any, W: Any, b: Any, V: Any, c: Any) -> Any:
    return torch.addmm(c, torch.tanh(torch.addmm(b, x, W)), V)


def test_parameters_of_layers_in_a_layer_are_told_by_their_numbers() -> None:
    def of(first: Any, second: Any) -> gradtwin.Report:
        return judged(Stack(first(W, B), Tanh(), second(V, C)), twin=torch_stack, inputs=[X, W, B, V, C])

    right = of(Objects, Dicts)
    assert right.ok, right
    assert "of b in layers[0].b.grad, of V in layers[2].grads['W']" in right.form
    assert [f.quantity for f in of(spoiled(Objects), Dicts).findings] == ["gradient of b"]
    assert [f.quantity for f in of(Objects, spoiled(Dicts)).findings] == ["gradient of c"]


class Perceptron:
    """Several layers in lists of weights, as an object of its own."""

    spoils = 1.0

    def __init__(self, sizes: list[int]) -> None:
        self.W = [np.ones(pair) for pair in itertools.pairwise(sizes)]
        self.b = [np.ones(n) for n in sizes[1:]]

    def forward(self, x: Any) -> Any:
        self.a = [x]
        for W, b in zip(self.W, self.b, strict=True):
            self.a.append(np.tanh(self.a[-1] @ W + b))
        return self.a[-1]

    def backward(self, grad: Any) -> Any:
        self.dW, self.db = [0 * W for W in self.W], [0 * b for b in self.b]
        for i in reversed(range(len(self.W))):
            grad = grad * (1 - self.a[i + 1] ** 2)
            self.dW[i], self.db[i] = self.a[i].T @ grad, grad.sum(0) * (self.spoils if i else 1)
            grad = grad @ self.W[i].T
        return grad


def test_parameters_in_lists_may_be_one_input() -> None:
    def twin(x: Any, W: Any, b: Any) -> Any:
        for weight, bias in zip(W, b, strict=True):
            x = torch.tanh(torch.addmm(bias, x, weight))
        return x

    def of(kind: Any, **arguments: Any) -> gradtwin.Report:
        return judged(kind([3, 2, 5]), twin=twin, inputs={"x": X, "W": [W, V], "b": [B, C]}, **arguments)

    assert str(of(Perceptron).coverage) == "values and gradients of x, W[0], W[1], b[0], b[1]"
    wrong = of(type("Spoiled", (Perceptron,), {"spoils": 2.0}))
    assert [f.quantity for f in wrong.findings] == ["gradient of b[1]"]
    one = judged(Dicts(W, B), twin=lambda x, p: torch.addmm(p["b"], x, p["W"]), inputs=[X, {"W": W, "b": B}])
    assert str(one.coverage) == "values and gradients of x, p['W'], p['b']"


def test_gradients_that_are_no_inputs_are_listed() -> None:
    report = judged(Attributes(W, B), twin=lambda x: x @ torch.from_numpy(W) + torch.from_numpy(B), inputs=[X])
    assert report.ok, report
    assert "gradients of W, b are not judged" in str(report)
    assert str(report.coverage) == "values and gradients of x"
    module = torch.nn.Linear(3, 2).double()
    with torch.no_grad():
        module.weight.copy_(torch.from_numpy(W.T))
        module.bias.copy_(torch.from_numpy(B))
    beside = judged(Attributes(W, B), twin=module, inputs=[X])
    assert beside.ok, beside
    assert "parameters weight, bias of the twin are its own" in str(beside)


class Loss:
    def forward(self, prediction: Any, target: Any) -> Any:
        self.error = prediction - target
        return (self.error**2).mean()

    def backward(self) -> Any:
        return 2 * self.error / self.error.size


class SumLoss(Loss):
    def backward(self) -> Any:
        return 2 * self.error


def test_a_loss_needs_no_cotangent() -> None:
    arguments: dict[str, Any] = {"twin": torch.nn.functional.mse_loss, "inputs": [X, X + B.sum()]}
    right = judged(Loss(), **arguments, differentiable="prediction")
    assert right.ok, right
    assert judged(SumLoss(), **arguments, differentiable="prediction").verdict == "mismatch"
    assert "gradients of target are not judged" in str(judged(Loss(), **arguments))


class Norm:
    def __init__(self, size: int) -> None:
        self.gamma, self.beta = np.ones(size), np.zeros(size)
        self.running_mean = np.zeros(size)

    def forward(self, x: Any, training: bool = True) -> Any:
        mean, variance = x.mean(0), x.var(0)
        self.running_mean = 0.9 * self.running_mean + 0.1 * mean
        self.root = np.sqrt(variance + 1e-5)
        self.hat = (x - mean) / self.root
        return self.gamma * self.hat + self.beta

    def backward(self, dout: Any) -> Any:
        self.dgamma, self.dbeta = (dout * self.hat).sum(0), dout.sum(0)
        return self.through(dout * self.gamma)

    def through(self, g: Any) -> Any:
        return (g - g.mean(0) - self.hat * (g * self.hat).mean(0)) / self.root


class NormWithoutMean(Norm):
    def through(self, g: Any) -> Any:
        return (g - self.hat * (g * self.hat).mean(0)) / self.root


def test_a_layer_with_a_state_of_its_own_and_an_option_is_judged() -> None:
    def of(kind: Any) -> gradtwin.Report:
        def twin(x: Any, gamma: Any, beta: Any, training: bool) -> Any:
            return torch.nn.functional.batch_norm(x, None, None, gamma, beta, training)

        inputs = {"x": X, "gamma": X[0], "beta": X[1]}
        return judged(kind(3), twin=twin, inputs=inputs, options={"training": True})

    assert of(Norm).ok
    assert [f.quantity for f in of(NormWithoutMean).findings] == ["gradient of x"]


def test_an_object_is_made_anew_of_other_parameters() -> None:
    form = layer_form(gradtwin.layer(Attributes), ("x", "W", "b"), (X, W, B), {}, None, may_run=True)
    assert np.array_equal(form.entry(X, W, B), X @ W + B)
    assert np.array_equal(form.entry(X, 2 * W, B), X @ (2 * W) + B)
    assert form.backward is not None
    grad = np.ones((4, 2))
    assert np.array_equal(form.backward(grad, X, 3 * W, B)["x"], grad @ (3 * W).T)


class Collecting:
    """Makes its parameters at the first input, and collects inputs and gradients until they are flushed."""

    scale = 1.0

    def __init__(self, size: int) -> None:
        self.size = size
        self.parameters: dict[str, Any] = {}
        self.gradients: dict[str, Any] = {}
        self.seen: list[Any] = []

    def flush_gradients(self) -> None:
        self.seen = []
        self.gradients = {name: np.zeros_like(x) for name, x in self.parameters.items()}

    def forward(self, x: Any, *, keep: bool = True) -> Any:
        if not self.parameters:
            self.parameters = {"W": np.zeros((x.shape[1], self.size)), "b": np.zeros(self.size)}
            self.gradients = {name: np.zeros_like(x) for name, x in self.parameters.items()}
        if keep:
            self.seen.append(x)
        return x @ self.parameters["W"] + self.parameters["b"]

    def backward(self, dout: Any) -> Any:
        for x in self.seen:
            self.gradients["W"] += x.T @ dout
            self.gradients["b"] += self.scale * dout.sum(0)
        return dout @ self.parameters["W"].T


def test_what_an_object_collects_is_flushed_and_what_it_makes_late_is_waited_for() -> None:
    report = judged(Collecting(2))
    assert report.ok, report
    assert "after flush_gradients(), gradients of W in gradients['W'], of b in gradients['b']" in report.form
    assert [f.quantity for f in judged(spoiled(Collecting)(2)).findings] == ["gradient of b"]
    with pytest.raises(UsageError, match="found none of shape"):
        judged(Collecting(3))


class Product:
    """The product of the two arrays in its one input."""

    def forward(self, pair: Any) -> Any:
        self.pair = pair
        return pair[0] * pair[1]

    def backward(self, dout: Any) -> Any:
        return [dout * self.pair[1], dout * self.pair[0]]


class ProductTurned(Product):
    def backward(self, dout: Any) -> Any:
        return super().backward(dout)[::-1]


def test_one_input_may_hold_several_arrays() -> None:
    arguments: dict[str, Any] = {"twin": lambda pair: pair[0] * pair[1], "inputs": [[X, X + 1]]}
    right = judged(Product(), **arguments)
    assert str(right.coverage) == "values and gradients of pair[0], pair[1]"
    assert judged(ProductTurned(), **arguments).verdict == "mismatch"


class FirstInput(Attributes):
    def forward(self, x: Any) -> Any:
        self.x = getattr(self, "x", x)
        return x @ self.W + self.b


class OneBuffer(Attributes):
    def forward(self, x: Any) -> Any:
        self.x = x
        self.out = getattr(self, "out", np.empty((len(x), self.W.shape[1])))
        if self.out.shape[0] != len(x):
            self.out = np.empty((len(x), self.W.shape[1]))
        return np.add(x @ self.W, self.b, out=self.out)


class Learning(Attributes):
    def backward(self, dout: Any) -> Any:
        dx = super().backward(dout)
        self.W = self.W - 0.1 * self.dW
        return dx


class Spending(Attributes):
    def backward(self, dout: Any) -> Any:
        dx = super().backward(dout)
        dout[...] = 0
        return dx


FAULTS = {
    "what it saw first is what it keeps": (FirstInput, ("mismatch", "impure")),
    "one buffer for all results": (OneBuffer, ("impure",)),
    "it learns on the way back": (Learning, ("impure",)),
    "it writes into the cotangent": (Spending, ("impure",)),
}


@pytest.mark.parametrize(("kind", "verdicts"), FAULTS.values(), ids=FAULTS)
def test_what_an_object_does_between_calls_is_seen(kind: type, verdicts: tuple[str, ...]) -> None:
    report = judged(kind(W, B))
    assert report.verdict in verdicts, report


class Forgetful(Attributes):
    def backward(self, dout: Any) -> Any:
        self.dW = self.x.T @ dout
        return dout @ self.W.T


class Empty(Forgetful):
    def __init__(self, W: Any, b: Any) -> None:
        super().__init__(W, b)
        self.db = None


class Twice(Dicts):
    def __init__(self, W: Any, b: Any) -> None:
        super().__init__(W, b)
        self.best = {"W": W + 1}


class Doubled(Attributes):
    def backward(self, dout: Any) -> Any:
        dx = super().backward(dout)
        self.grads = {"W": 2 * self.dW}
        return dx


class Unlike:
    """Has its numbers under names of its own."""

    def __init__(self) -> None:
        self.kernel, self.offset = np.zeros((3, 2)), np.zeros(2)

    def forward(self, x: Any) -> Any:
        self.x = x
        return x @ self.kernel + self.offset

    def backward(self, up: Any) -> Any:
        self.slope_of_kernel, self.slope_of_offset = self.x.T @ up, up.sum(0)
        return up @ self.kernel.T


def test_what_cannot_be_found_is_asked_for() -> None:
    with pytest.raises(UsageError, match=r"gradient of 'b'.*gradtwin\.layer\(forgetful"):
        judged(Forgetful(W, B))
    assert judged(Empty(W, B)).findings[0].message == "leaves no gradient of b in db"
    with pytest.raises(UsageError, match=r"'W'.*got several: params\['W'\], best\['W'\]"):
        judged(Twice(W, B))
    with pytest.raises(UsageError, match=r"gradient of 'W'; got several: dW, grads\['W'\]"):
        judged(Doubled(W, B))
    with pytest.raises(UsageError, match=r"the input 'W'.*found none.*gradtwin\.layer\(unlike"):
        judged(Unlike())
    with pytest.raises(UsageError, match="no backward beside"):
        gradtwin.check(Attributes(W, B), lambda g, x: g, twin=torch_affine, inputs=[X, W, B])


TOLD: dict[str, Any] = {"params": ("kernel", "offset"), "grads": ("slope_of_kernel", "slope_of_offset")}


@pytest.mark.parametrize("make", [Unlike, Unlike()], ids=["a class", "an object"])
def test_places_can_be_told(make: Any) -> None:
    assert judged(gradtwin.layer(make, **TOLD)).ok
    swapped = {**TOLD, "grads": ("slope_of_kernel", "offset")}
    assert not judged(gradtwin.layer(make, **swapped)).ok
    assert judged(gradtwin.layer(Attributes, params=("W", "b"), grads=("dW", "db"))).ok
    assert judged(
        gradtwin.layer(Dicts(W, B), params=("params['W']", "params['b']"), grads=("grads['W']", "grads['b']"))
    ).ok


def test_wrong_places_are_answered() -> None:
    with pytest.raises(UsageError, match="make to be callable"):
        gradtwin.layer(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="one gradient for each of params"):
        gradtwin.layer(Unlike, params=("kernel",), grads=("a", "b"))
    with pytest.raises(UsageError, match="params to be a sequence"):
        gradtwin.layer(Unlike, params="kernel")
    with pytest.raises(UsageError, match=r"a place in an object.*'kernel\['"):
        judged(gradtwin.layer(Unlike(), params=("kernel[", "offset"), grads=("a", "b")))


def test_a_layer_needs_no_twin() -> None:
    inputs = {"x": X, "W": W, "b": B}
    right = gradtwin.check(Attributes(W, B), inputs=inputs)
    assert str(right.coverage) == "gradients of x, W, b"
    wrong = gradtwin.check(spoiled(Attributes)(W, B), inputs=inputs)
    assert {f.quantity for f in wrong.findings} == {"gradient of b"}


def test_a_layer_is_judged_in_a_process_of_its_own_too() -> None:
    assert judged(Attributes(W, B), isolate=True).ok
    assert judged(spoiled(Attributes)(W, B), isolate=True).verdict == "mismatch"
