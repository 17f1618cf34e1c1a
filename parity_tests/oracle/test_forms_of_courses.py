"""Optimizers as courses and books have them: functions with a config, steps of layers, steps of pairs, closures."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError

MOMENTUM: dict[str, Any] = {"lr": 0.1, "momentum": 0.75}
SHAPES = {"weight": (2, 3), "bias": (3,), "scale": ()}


def _judge(optimizer: Any, twin: Any, options: Any = None, **changed: Any) -> gradtwin.Report:
    how: dict[str, Any] = {"options": options, "shapes": SHAPES, "steps": 6, "dtypes": ("float64",)}
    return gradtwin.check_optimizer(optimizer, twin=twin, **{**how, **changed})


def sgd_momentum(w: Any, dw: Any, config: Any = None) -> Any:
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v - config["learning_rate"] * dw
    config["velocity"] = v
    return w + v, config


def sgd_momentum_forgetful(w: Any, dw: Any, config: Any = None) -> Any:
    w, config = sgd_momentum(w, dw, config)
    del config["velocity"]
    return w, config


def sgd_momentum_that_decays(w: Any, dw: Any, config: Any) -> Any:
    w, config = sgd_momentum(w, dw, config)
    config["learning_rate"] *= 0.95
    return w, config


def rmsprop(w: Any, dw: Any, config: Any = None, inside: bool = False) -> Any:
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, **(config or {})}
    rate = config["decay_rate"]
    config["cache"] = cache = rate * config.get("cache", 0) + (1 - rate) * dw**2
    root = np.sqrt(cache + config["epsilon"]) if inside else np.sqrt(cache) + config["epsilon"]
    return w - config["learning_rate"] * dw / root, config


def rmsprop_eps_inside(w: Any, dw: Any, config: Any = None) -> Any:
    return rmsprop(w, dw, config, inside=True)


def adam(w: Any, dw: Any, config: Any = None, behind: int = 0) -> Any:
    config = config or {"t": 1, "m": np.zeros_like(w), "v": np.zeros_like(w)}
    for name, value in {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}.items():
        config.setdefault(name, value)
    for name in ("m", "v"):
        config.setdefault(name, np.zeros_like(w))
    t = config.setdefault("t", 1)
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw * dw
    m, v = config["m"] / (1 - config["beta1"] ** (t + behind)), config["v"] / (1 - config["beta2"] ** (t + behind))
    config["t"] = t + 1
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config


def adam_ahead(w: Any, dw: Any, config: Any = None) -> Any:
    return adam(w, dw, config, behind=1)


class SGDOfLayers:
    def __init__(self, learning_rate: float = 1.0, momentum: float = 0.0) -> None:
        self.learning_rate, self.momentum = learning_rate, momentum

    def update_params(self, layer: Any) -> None:
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums, layer.bias_momentums = np.zeros_like(layer.weights), np.zeros_like(layer.biases)
        layer.weight_momentums = self.momentum * layer.weight_momentums - self.learning_rate * layer.dweights
        layer.bias_momentums = self.of_biases(layer)
        layer.weights += layer.weight_momentums
        layer.biases += layer.bias_momentums

    def of_biases(self, layer: Any) -> Any:
        return self.momentum * layer.bias_momentums - self.learning_rate * layer.dbiases


class SGDOfLayersWithoutMomentumOfBiases(SGDOfLayers):
    def of_biases(self, layer: Any) -> Any:
        return -self.learning_rate * layer.dbiases


class AdamOfLayers:
    def __init__(self, learning_rate: float = 0.001, epsilon: float = 1e-8, beta_1: float = 0.9, beta_2: float = 0.999):
        self.learning_rate, self.epsilon, self.beta_1, self.beta_2 = learning_rate, epsilon, beta_1, beta_2
        self.iterations = 0

    def update_params(self, layer: Any) -> None:
        for p, g in (("weights", "dweights"), ("biases", "dbiases")):
            x, dx = getattr(layer, p), getattr(layer, g)
            m = self.beta_1 * getattr(layer, f"{p}_m", 0) + (1 - self.beta_1) * dx
            v = self.beta_2 * getattr(layer, f"{p}_v", 0) + (1 - self.beta_2) * dx**2
            setattr(layer, f"{p}_m", m)
            setattr(layer, f"{p}_v", v)
            m, v = (y / (1 - beta ** (self.iterations + 1)) for y, beta in ((m, self.beta_1), (v, self.beta_2)))
            x -= self.learning_rate * m / (np.sqrt(v) + self.epsilon)

    def post_update_params(self) -> None:
        self.iterations += 1


class AdamOfLayersThatNeverCounts(AdamOfLayers):
    def post_update_params(self) -> None:
        """Do nothing."""


class RMSpropOfPairs:
    def __init__(self, learning_rate: float = 0.01, rho: float = 0.99, epsilon: float = 1e-8) -> None:
        self.learning_rate, self.rho, self.epsilon = learning_rate, rho, epsilon
        self.squares: dict[Any, Any] = {}

    def apply_gradients(self, grads_and_vars: Any) -> None:
        for g, p in grads_and_vars:
            s = self.squares[p.name] = self.rho * self.squares.get(p.name, 0) + (1 - self.rho) * g**2
            p.assign_sub(self.learning_rate * g / self.root(s))

    def root(self, s: Any) -> Any:
        return np.sqrt(s) + self.epsilon


class RMSpropOfPairsEpsInside(RMSpropOfPairs):
    def root(self, s: Any) -> Any:
        return np.sqrt(s + self.epsilon)


class AdamOfPairs:
    def __init__(self, learning_rate: float = 0.001, beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        self.learning_rate, self.beta_1, self.beta_2, self.iterations = learning_rate, beta_1, beta_2, 0

    def build(self, var_list: Any) -> None:
        self.m, self.v = ([np.zeros_like(p) for p in var_list] for _ in range(2))

    def apply_gradients(self, grads_and_vars: Any) -> None:
        self.iterations += 1
        for i, (g, p) in enumerate(grads_and_vars):
            self.m[i] = self.beta_1 * self.m[i] + (1 - self.beta_1) * g
            self.v[i] = self.beta_2 * self.v[i] + (1 - self.beta_2) * g**2
            m, v = self.m[i] / (1 - self.beta_1**self.iterations), self.v[i] / (1 - self.beta_2**self.iterations)
            p.assign_add(-self.learning_rate * m / (np.sqrt(v) + 1e-8))
            self.count()

    def count(self) -> None:
        """Do nothing: it is one step for all."""


class AdamOfPairsThatCountsEach(AdamOfPairs):
    def count(self) -> None:
        self.iterations += 1


PAIRS = [
    (sgd_momentum, sgd_momentum_forgetful, torch.optim.SGD, MOMENTUM, "differs from the twin"),
    (sgd_momentum, sgd_momentum_that_decays, torch.optim.SGD, MOMENTUM, "differs from the twin"),
    (rmsprop, rmsprop_eps_inside, torch.optim.RMSprop, {"eps": 1e-4}, 'accept="eps inside the root"'),
    (adam, adam_ahead, torch.optim.Adam, {"lr": 0.01}, "t is one step ahead in the bias correction"),
    (SGDOfLayers, SGDOfLayersWithoutMomentumOfBiases, torch.optim.SGD, MOMENTUM, "bias"),
    (AdamOfLayers, AdamOfLayersThatNeverCounts, torch.optim.Adam, {"lr": 0.01}, "first at   step 1"),
    (RMSpropOfPairs, RMSpropOfPairsEpsInside, torch.optim.RMSprop, {"eps": 1e-4}, 'accept="eps inside the root"'),
    (AdamOfPairs, AdamOfPairsThatCountsEach, torch.optim.Adam, {"lr": 0.01}, "differs from the twin"),
]


@pytest.mark.parametrize(("right", "wrong", "twin", "options", "words"), PAIRS)
def test_the_right_one_matches_and_the_wrong_one_is_refused(
    right: Any, wrong: Any, twin: Any, options: Any, words: str
) -> None:
    report = _judge(right, twin, options)
    assert report.ok, report
    report = _judge(wrong, twin, options)
    assert report.verdict == "mismatch", report
    assert words in str(report)


@pytest.mark.parametrize(
    ("function", "twin", "words"),
    [
        (sgd_momentum, torch.optim.SGD, "learning_rate=0.01, the twin's lr=0.001"),
        (rmsprop, torch.optim.RMSprop, ""),
        (adam, torch.optim.Adam, ""),
    ],
)
def test_the_defaults_that_a_function_writes_into_its_config_are_told(function: Any, twin: Any, words: str) -> None:
    report = _judge(function, twin)
    assert report.ok == (not words), report
    assert words in str(report)
    assert ("left to the defaults, which differ" in str(report)) == bool(words)


def test_an_option_that_a_config_is_asked_for_without_a_default_must_be_given() -> None:
    def sgd(w: Any, dw: Any, config: Any) -> Any:
        return w - config["learning_rate"] * dw, config

    assert _judge(sgd, torch.optim.SGD, {"lr": 0.1}).ok
    with pytest.raises(UsageError, match="options to hold learning_rate, which the suspect asks for"):
        _judge(sgd, torch.optim.SGD)
    with pytest.raises(UsageError, match="'momentum': the suspect does not take it"):
        _judge(sgd, torch.optim.SGD, MOMENTUM)


LOOKUPS: dict[str, Any] = {
    "get": lambda config: config.get("learning_rate", 0.001),
    "pop": lambda config: config.pop("learning_rate", 0.001),
    "in": lambda config: config["learning_rate"] if "learning_rate" in config else 0.001,
    "a copy": lambda config: config.copy().get("learning_rate", 0.001),
    "an empty one is none": lambda config: (config or {}).get("learning_rate", 0.001),
    "a copy without a default": lambda config: dict(config)["learning_rate"],
}


@pytest.mark.parametrize("lookup", LOOKUPS)
def test_the_names_of_options_in_a_config_are_those_that_it_is_asked_for(lookup: str) -> None:
    def sgd(w: Any, dw: Any, config: Any) -> Any:
        return w - LOOKUPS[lookup](config) * dw, config

    report = _judge(sgd, torch.optim.SGD, {"lr": 0.1})
    assert report.ok, report
    assert "lr is passed as learning_rate" in report.notes


def test_an_option_in_a_config_and_beside_it_has_two_readings() -> None:
    def sgd(w: Any, dw: Any, config: Any, learning_rate: float = 0.001) -> Any:
        return w - config.get("learning_rate", learning_rate) * dw, config

    with pytest.raises(UsageError, match="either in config or an argument of its own; got 'learning_rate' as both"):
        _judge(sgd, torch.optim.SGD)


@pytest.mark.parametrize(
    ("result", "words"),
    [(lambda w, v: (w, v), "ndarray, ndarray where the parameter and its config are due"), (lambda w, v: None, "")],
)
def test_what_comes_back_is_a_parameter_and_its_config(result: Any, words: str) -> None:
    report = _judge(lambda w, dw, config: result(w - dw, dw), torch.optim.SGD)
    assert report.verdict == ("structure" if words else "mismatch"), report
    assert words in str(report)


def test_options_that_a_state_holds_are_not_rounded_where_it_is_handed_over() -> None:
    def step(p: Any, g: Any, state: Any) -> Any:
        state = {"beta1": 0.9, "beta2": 0.999, "t": 0, "m": 0 * p, "v": 0 * p} | state
        t, beta1, beta2 = state["t"] + 1, state["beta1"], state["beta2"]
        m, v = beta1 * state["m"] + (1 - beta1) * g, beta2 * state["v"] + (1 - beta2) * g * g
        after = p - 1e-3 * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
        return after, state | {"t": t, "m": m, "v": v}

    pair = SimpleNamespace(init=lambda p: {}, step=step)
    report = _judge(pair, torch.optim.Adam, shapes=None, steps=20, dtypes=("float32",))
    assert report.ok, report
    assert report.tally.steps > 20


@pytest.mark.parametrize("shapes", [{"weight": (2, 3)}, {"weight": (2, 3), "bias": (1, 3)}])
def test_layers_are_made_of_any_number_of_parameters(shapes: Any) -> None:
    assert _judge(SGDOfLayers, torch.optim.SGD, MOMENTUM, shapes=shapes).ok
    report = _judge(SGDOfLayersWithoutMomentumOfBiases, torch.optim.SGD, MOMENTUM, shapes=shapes)
    assert report.ok == (len(shapes) == 1), report
    assert "one that is left over is both of a layer, of which the first is judged" in report.form


def test_two_methods_that_step_parameters_are_two_readings() -> None:
    class Both(RMSpropOfPairs):
        def update(self, params: Any, grads: Any) -> None: ...

    message = r"one method that steps parameters; got apply_gradients\(grads_and_vars\) and update\(params, grads\)"
    with pytest.raises(UsageError, match=message):
        _judge(Both, torch.optim.RMSprop)
    own = Both()
    assert _judge(SimpleNamespace(apply_gradients=own.apply_gradients), torch.optim.RMSprop).ok


X = np.random.default_rng(0).standard_normal((6, 3))
Y = X @ np.array([1.0, -2.0, 0.5])


def _squares(params: Any, x: Any, y: Any) -> Any:
    return ((x @ params[0] - y) ** 2).mean()


def _with_gradient(params: Any, x: Any, y: Any) -> Any:
    return _squares(params, x, y), [2 * x.T @ (x @ params[0] - y) / len(y)]


class WithClosure(torch.optim.Optimizer):
    """Descent with momentum that keeps what it needs in attributes, and asks for its gradients."""

    gain = 1.0

    def __init__(self, params: Any, lr: float = 1e-3, momentum: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})
        self.velocities = [torch.zeros_like(p) for p in self.param_groups[0]["params"]]

    @torch.no_grad()
    def step(self, closure: Any) -> Any:  # type: ignore[override]
        with torch.enable_grad():
            loss = closure()
        (group,) = self.param_groups
        for p, v in zip(group["params"], self.velocities, strict=True):
            v.mul_(group["momentum"]).add_(p.grad, alpha=self.gain)
            p -= group["lr"] * v
        return loss


class WithClosureAveraged(WithClosure):
    gain = 0.25


class LBFGS(torch.optim.LBFGS):
    """Torch's own."""


class LBFGSOfShiftedGradients(torch.optim.LBFGS):
    def step(self, closure: Any) -> Any:  # type: ignore[override]
        def shifted() -> Any:
            loss = closure()
            for group in self.param_groups:
                for p in group["params"]:
                    p.grad += 0.01
            return loss

        return super().step(shifted)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("right", "wrong", "twin", "options"),
    [
        (WithClosure, WithClosureAveraged, torch.optim.SGD, MOMENTUM),
        (LBFGS, LBFGSOfShiftedGradients, torch.optim.LBFGS, {"lr": 0.1}),
        (
            lambda params, lr: LBFGS(params, lr=lr),
            lambda params, lr: LBFGSOfShiftedGradients(params, lr=lr),
            torch.optim.LBFGS,
            {"lr": 0.1},
        ),
    ],
)
@pytest.mark.slow
def test_a_step_that_needs_a_closure_is_judged_where_there_is_a_loss(
    right: Any, wrong: Any, twin: Any, options: Any
) -> None:
    how: dict[str, Any] = {"twin": _squares, "twin_optimizer": twin, "options": options}
    how |= {"params": {"w": np.full(3, 0.1)}, "batches": [(X, Y)] * 6}
    report = gradtwin.check_training(_with_gradient, right, **how)
    assert report.ok, report
    assert "of tensors, whose step takes a closure" in report.form
    assert gradtwin.check_training(_with_gradient, wrong, **how).verdict == "mismatch"
    with pytest.raises(UsageError, match="Expected a loss, since the optimizer's step takes a closure"):
        _judge(right, twin, options)
