"""One optimizer, right or with a slip, in the forms in which people write it, for the tests of the oracle."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch

__all__ = ["FORMS", "OPTIONS", "RIGHT", "SLIPS", "Rule"]

OPTIONS = {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}


@dataclass(frozen=True)
class Rule:
    """AdamW of arrays or of tensors, with what may be wrong about it."""

    corrected: bool = True
    eps_inside: bool = False
    coupled: bool = False
    sign: float = 1.0

    def __call__(self, p: Any, g: Any, t: int, m: Any, v: Any, options: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        lr, (beta1, beta2), eps, decay = (options[name] for name in ("lr", "betas", "eps", "weight_decay"))
        p, g = (p, g + decay * p) if self.coupled else (p * (1 - lr * decay), g)
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        first, second = (m / (1 - beta1**t), v / (1 - beta2**t)) if self.corrected else (m, v)
        root = (second + eps) ** 0.5 if self.eps_inside else second**0.5 + eps
        return p - self.sign * lr * first / root, m, v


RIGHT = Rule()
SLIPS = {
    "no bias correction": (Rule(corrected=False), "the bias correction is missing"),
    "eps inside the root": (Rule(eps_inside=True), 'accept="eps inside the root"'),
    "coupled decay": (Rule(coupled=True), 'accept="coupled decay for decoupled decay"'),
    "wrong sign": (Rule(sign=-1.0), "differs from the twin"),
}
"""Slips, each with the words that name it in a report."""


class Moments(NamedTuple):
    """State by the names of torch."""

    step: int
    exp_avg: Any
    exp_avg_sq: Any


class Other(NamedTuple):
    """State by other names."""

    t: int
    m: Any
    v: Any


@dataclass
class Record:
    """State that can be changed."""

    t: int
    m: Any
    v: Any


@dataclass(frozen=True)
class Frozen:
    """State that cannot."""

    t: int
    m: Any
    v: Any


def _functions(make: Callable[[int, Any, Any], Any], parts: Callable[[Any], Any]) -> Callable[[Rule], Any]:
    """Return the form of two functions with a state that `make` makes and `parts` takes apart."""

    def form(rule: Rule) -> Any:
        def step(p: Any, g: Any, state: Any, **options: Any) -> Any:
            t, m, v = parts(state)
            p, m, v = rule(p, g, t + 1, m, v, options)
            return p, make(t + 1, m, v)

        def init(p: Any) -> Any:
            return make(0, np.zeros_like(p), np.zeros_like(p))

        return SimpleNamespace(init=init, step=step)

    return form


def _dict_filled_by_the_first_step(rule: Rule) -> Any:
    def step(p: Any, g: Any, state: dict[str, Any], **options: Any) -> Any:
        state["t"] = state.get("t", 0) + 1
        m, v = state.setdefault("m", np.zeros_like(p)), state.setdefault("v", np.zeros_like(p))
        p, m[...], v[...] = rule(p, g, state["t"], m, v, options)
        return p

    return SimpleNamespace(init=lambda p, **options: {}, step=step)


class _Base:
    """Keeps the moments of several parameters, by their names or places."""

    rule: Any = RIGHT

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.moments: dict[Any, Any] = {}

    def one(self, key: Any, p: Any, g: Any) -> Any:
        """Return a parameter after a step."""
        t, m, v = self.moments.get(key, (0, 0 * p, 0 * p))
        p, m, v = self.rule(p, g, t + 1, m, v, self.options)
        self.moments[key] = t + 1, m, v
        return p


class _ListsInPlace(_Base):
    def step(self, params: Any, grads: Any) -> None:
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            p[...] = self.one(i, p, g)


class _ListsReturned(_Base):
    def step(self, params: Any, grads: Any) -> Any:
        return [self.one(i, p, g) for i, (p, g) in enumerate(zip(params, grads, strict=True))]


class _DictsInPlace(_Base):
    def update(self, params: Any, grads: Any) -> None:
        for name in params:
            params[name] = self.one(name, params[name], grads[name])


class _DictsReturnedGradientsFirst(_Base):
    def update(self, gradients: Any, weights: Any) -> Any:
        return {name: self.one(name, p, gradients[name]) for name, p in weights.items()}


class _Called(_Base):
    def __call__(self, params: Any, grads: Any) -> Any:
        return tuple(self.one(i, p, g) for i, (p, g) in enumerate(zip(params, grads, strict=True)))


class _OneAtATime(_Base):
    def update(self, w: Any, dw: Any) -> Any:
        return self.one("w", w, dw)


class _ByName(_Base):
    def update(self, param: Any, param_grad: Any, param_name: str, loss: Any = None) -> Any:
        return self.one(param_name, param, param_grad)


class _ByNameWithACounter(_Base):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.t = 0

    def step(self) -> None:
        self.t += 1

    def update(self, key: str, grad: Any, param: Any) -> None:
        _, m, v = self.moments.get(key, (0, 0 * param, 0 * param))
        param[...], m, v = self.rule(param, grad, self.t, m, v, self.options)
        self.moments[key] = self.t, m, v


class _Holding(_Base):
    def __init__(self, params: Any, **options: Any) -> None:
        super().__init__(**options)
        self.params = params

    def step(self, grads: Any) -> None:
        for i, g in enumerate(grads):
            self.params[i][...] = self.one(i, self.params[i], g)


class _HoldingAndReplacing(_Holding):
    def step(self, grads: Any) -> None:
        self.params = [self.one(i, p, g) for i, (p, g) in enumerate(zip(self.params, grads, strict=True))]


class _OfParameterObjects(_Holding):
    def step(self) -> None:  # type: ignore[override]
        for i, p in enumerate(self.params):
            p.data = self.one(i, p.data, p.grad)


class _HoldingAtTheEnd(_Holding):
    def __init__(self, lr: float, betas: Any, eps: float, weight_decay: float, params: Any) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


class _OfTensors(_Holding):
    def __init__(self, params: Any, **options: Any) -> None:
        super().__init__(list(params), **options)
        self.steps = [torch.zeros_like(p) for p in self.params]

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for i, p in enumerate(self.params):
            p.copy_(self.one(i, p.detach(), p.grad))


class _ListsOfTensors(_Base):
    def step(self, params: Any, grads: Any) -> None:
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            p.copy_(self.one(i, p.clone(), g))


class _BeginsWithTheParameters(_ListsInPlace):
    def init(self, params: Any) -> None:
        self.begun = len(params)

    def step(self, params: Any, grads: Any) -> None:
        assert self.begun == len(params)
        super().step(params, grads)


class _OtherNamesOfOptions(_ListsInPlace):
    def __init__(self, learning_rate: float, beta1: float, beta2: float, epsilon: float, wd: float) -> None:
        super().__init__(lr=learning_rate, betas=(beta1, beta2), eps=epsilon, weight_decay=wd)


class _OtherNamesBesideAnyName(_ListsInPlace):
    def __init__(self, step_size: float = 1.0, beta1: float = 0.0, beta2: float = 0.0, **others: Any) -> None:
        super().__init__(lr=step_size, betas=(beta1, beta2), eps=others["eps"], weight_decay=others["weight_decay"])


class _OfLayers(_Base):
    """Steps layers as the book on neural networks from scratch has them: the state is kept on the layer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.iterations = 0
        self.rate = 0.0

    def pre_update_params(self) -> None:
        self.rate = self.options["lr"]

    def update_params(self, layer: Any) -> None:
        if not hasattr(layer, "weight_cache"):
            layer.weight_momentums, layer.weight_cache = np.zeros_like(layer.weights), np.zeros_like(layer.weights)
            layer.bias_momentums, layer.bias_cache = np.zeros_like(layer.biases), np.zeros_like(layer.biases)
        options, t = {**self.options, "lr": self.rate}, self.iterations + 1
        p, m, v = self.rule(layer.weights, layer.dweights, t, layer.weight_momentums, layer.weight_cache, options)
        layer.weights, layer.weight_momentums, layer.weight_cache = p, m, v
        p, m, v = self.rule(layer.biases, layer.dbiases, t, layer.bias_momentums, layer.bias_cache, options)
        layer.biases, layer.bias_momentums, layer.bias_cache = p, m, v

    def post_update_params(self) -> None:
        self.iterations += 1


class _OfLayersAsKeys(_Base):
    def update(self, layer: Any) -> None:
        layer.W -= layer.W - self.one((layer, "W"), layer.W, layer.dW)
        layer.b[...] = self.one((layer, "b"), layer.b, layer.db)


class _OfPairsInPlace(_Base):
    def apply_gradients(self, grads_and_vars: Any) -> None:
        for g, p in grads_and_vars:
            p[...] = self.one(id(p), p, g)


class _OfVariables(_Base):
    """Steps variables that it has been built for, one after the other, by a method of its own."""

    def build(self, variables: Any) -> None:
        self.moments = {v: (0, np.zeros_like(v.numpy()), np.zeros_like(v.numpy())) for v in variables}

    def apply_gradients(self, pairs: Any) -> None:
        for grad, variable in pairs:
            self.update(grad, variable)

    def update(self, grad: Any, variable: Any) -> None:
        assert variable in self.moments
        variable.assign(self.one(variable, variable.value, grad))


class _OfTorch(torch.optim.Optimizer):
    rule: Any = RIGHT
    names = "step", "exp_avg", "exp_avg_sq"

    def __init__(self, params: Any, lr: float, betas: Any, eps: float, weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                t, m, v = (state.get(name, zero) for name, zero in zip(self.names, (0, 0 * p, 0 * p), strict=True))
                after, m, v = self.rule(p, p.grad, t + 1, m, v, group)
                p.copy_(after)
                state.update(zip(self.names, (t + 1, m, v), strict=True))


class _OfTorchByOtherNames(_OfTorch):
    names = "t", "m", "v"


class _OfTorchCountingInAnAttribute(_OfTorch):
    def __init__(self, params: Any, **options: Any) -> None:
        super().__init__(params, **options)
        self.t = 0

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        self.t += 1
        for group in self.param_groups:
            for p in group["params"]:
                m, v = (self.state[p].get(name, 0 * p) for name in ("m", "v"))
                after, m, v = self.rule(p, p.grad, self.t, m, v, group)
                p.copy_(after)
                self.state[p].update(m=m, v=v)


def _class(base: Any) -> Callable[[Rule], Any]:
    return lambda rule: type(base.__name__, (base,), {"rule": rule})


class ScaleState(NamedTuple):
    """State of all parameters."""

    t: int
    mu: list[Any]
    nu: list[Any]


def _updates(rule: Rule) -> Any:
    def make(**options: Any) -> Any:
        def init(params: list[Any]) -> Any:
            zeros = [[np.zeros_like(p) for p in params] for _ in range(2)]
            return ScaleState(0, *zeros), ()

        def update(grads: list[Any], state: Any, params: list[Any]) -> Any:
            scale, rest = state
            t = scale.t + 1
            parts = zip(params, grads, scale.mu, scale.nu, strict=True)
            rows = [rule(p, g, t, m, v, options) for p, g, m, v in parts]
            changes = [after - p for (after, _, _), p in zip(rows, params, strict=True)]
            return changes, (ScaleState(t, [m for _, m, _ in rows], [v for _, _, v in rows]), rest)

        return SimpleNamespace(init=init, update=update)

    return make


def _several(params: Any, grads: Any, state: Any, rule: Rule, options: Any) -> Any:
    after, kept = {}, {}
    for name, p in params.items():
        t, m, v = state[name]
        after[name], m, v = rule(p, grads[name], t + 1, m, v, options)
        kept[name] = t + 1, m, v
    return after, kept


def _steps_of_dicts(rule: Rule) -> Any:
    def init(params: Any) -> Any:
        return {k: (0, np.zeros_like(p), np.zeros_like(p)) for k, p in params.items()}

    return SimpleNamespace(
        init=init, step=lambda params, grads, state, **options: _several(params, grads, state, rule, options)
    )


def _of_one_tensor(rule: Rule) -> Any:
    def step(p: Any, g: Any, state: Any, **options: Any) -> Any:
        p, m, v = rule(p, g, state.t + 1, state.m, state.v, options)
        return p, Other(state.t + 1, m, v)

    return SimpleNamespace(init=lambda p: Other(0, torch.zeros_like(p), torch.zeros_like(p)), step=step)


def _closure(rule: Rule) -> Any:
    def make(**options: Any) -> Any:
        kept = _ListsReturned(**options)
        kept.rule = rule
        return lambda params, grads: kept.step(params, grads)

    return make


def _instance(rule: Rule) -> Any:
    kept = _ListsInPlace(**OPTIONS)
    kept.rule = rule
    return kept


def _with_config(rule: Rule, library: Any) -> Any:
    """Return the form of a function with a config that it fills by itself, of arrays or of tensors."""

    def adamw(w: Any, dw: Any, config: Any = None) -> Any:
        config = {} if config is None else config
        defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 1e-2, "t": 0}
        for name, value in defaults.items():
            config.setdefault(name, value)
        m, v = (config.get(name, library.zeros_like(w)) for name in ("m", "v"))
        betas = config["beta1"], config["beta2"]
        options = {"lr": config["learning_rate"], "betas": betas, "eps": config["epsilon"]}
        config["t"] += 1
        options["weight_decay"] = config["weight_decay"]
        w, config["m"], config["v"] = rule(w, dw, config["t"], m, v, options)
        return w, config

    return adamw


def _with_merged_config(rule: Rule) -> Any:
    def adamw(grads: Any, weights: Any, *, cfg: Any) -> Any:
        cfg = {"weight_decay": 1e-2, "state": (0, 0 * weights, 0 * weights), **cfg}
        t, m, v = cfg["state"]
        options = {"lr": cfg["eta"], "betas": cfg["betas"], "eps": cfg["eps"], "weight_decay": cfg["weight_decay"]}
        w, m, v = rule(weights, grads, t + 1, m, v, options)
        return w, {**cfg, "state": (t + 1, m, v)}

    return adamw


def _with_config_in_place(rule: Rule) -> Any:
    def adamw(w: Any, dw: Any, config: Any, betas: Any = (0.9, 0.999), weight_decay: float = 1e-2) -> None:
        if "t" not in config:
            config.update(t=0, m=np.zeros_like(w), v=np.zeros_like(w))
        config["t"] += 1
        options = {"lr": config["lr"], "betas": betas, "eps": config["eps"], "weight_decay": weight_decay}
        w[...], config["m"], config["v"] = rule(w, dw, config["t"], config["m"], config["v"], options)

    return adamw


FORMS: Mapping[str, tuple[Callable[[Rule], Any], str]] = {
    "a NamedTuple of torch's names": (_functions(Moments, tuple), "functions: init(param)"),
    "a NamedTuple of other names": (_functions(Other, tuple), "functions: init(param)"),
    "a tuple": (_functions(lambda *s: s, tuple), "functions: init(param)"),
    "a list": (_functions(lambda *s: list(s), tuple), "functions: init(param)"),
    "a dict": (_functions(lambda t, m, v: {"t": t, "mv": [m, v]}, lambda s: (s["t"], *s["mv"])), "functions"),
    "a dataclass": (_functions(Record, lambda s: (s.t, s.m, s.v)), "functions"),
    "a frozen dataclass": (_functions(Frozen, lambda s: (s.t, s.m, s.v)), "functions"),
    "an array": (
        _functions(lambda t, m, v: np.stack([0 * m + t, m, v]), lambda s: (float(s[0].flat[0]), s[1], s[2])),
        "functions",
    ),
    "a dict filled by the first step, in place": (_dict_filled_by_the_first_step, "functions"),
    "lists in place": (_class(_ListsInPlace), "step(params, grads), of lists"),
    "lists returned": (_class(_ListsReturned), "step(params, grads), of lists"),
    "dicts in place": (_class(_DictsInPlace), "update(params, grads), of dicts"),
    "dicts returned, gradients first": (_class(_DictsReturnedGradientsFirst), "update(grads, params), of dicts"),
    "a call": (_class(_Called), "call with (params, grads), of lists"),
    "one parameter at a time": (_class(_OneAtATime), "update(params, grads), one parameter at a time"),
    "one parameter after the other, by name": (
        _class(_ByName),
        "objects of _ByName: update(param, grad, name) for one parameter after the other",
    ),
    "one parameter after the other, with a counter": (
        _class(_ByNameWithACounter),
        "step() once, then update(name, grad, param) for one parameter after the other",
    ),
    "made of the parameters": (_class(_Holding), "made of the parameters, step(grads)"),
    "made of the parameters, which are replaced": (_class(_HoldingAndReplacing), "made of the parameters, step(grads)"),
    "made of objects with grad": (_class(_OfParameterObjects), "made of the parameters, step()"),
    "made of the parameters, which come last": (_class(_HoldingAtTheEnd), "made of the parameters, step(grads)"),
    "made of tensors": (_class(_OfTensors), "made of the parameters, step(), of lists, of tensors"),
    "lists of tensors": (_class(_ListsOfTensors), "step(params, grads), of lists, of tensors"),
    "begun with the parameters": (_class(_BeginsWithTheParameters), "step(params, grads), of lists"),
    "functions of dicts": (_steps_of_dicts, "step(params, grads, state) returns new parameters, of dicts"),
    "functions of a tensor": (_of_one_tensor, "one parameter at a time, of tensors"),
    "a partial that is made of the parameters": (
        lambda rule: functools.partial(_class(_Holding)(rule), **OPTIONS),
        "made of the parameters, step(grads), of lists",
    ),
    "a function that makes what is made of the parameters": (
        lambda rule: lambda params, **options: _class(_Holding)(rule)([p.copy() for p in params], **options),
        "made of the parameters, step(grads), of lists",
    ),
    "options by other names": (_class(_OtherNamesOfOptions), "step(params, grads), of lists"),
    "options by other names, beside any name": (_class(_OtherNamesBesideAnyName), "step(params, grads), of lists"),
    "an object": (_instance, "an object of _ListsInPlace: step(params, grads)"),
    "a closure": (_closure, "what make makes: call with (params, grads)"),
    "a config": (
        lambda rule: _with_config(rule, np),
        "the function adamw(param, grad, config), whose config holds options and state, one parameter at a time",
    ),
    "a config, of tensors": (lambda rule: _with_config(rule, torch), "one parameter at a time, of tensors"),
    "a config that is merged": (_with_merged_config, "adamw(grad, param, cfg), whose cfg holds options and state"),
    "a config in place": (_with_config_in_place, "adamw(param, grad, config), whose config holds options and state"),
    "layers": (
        _class(_OfLayers),
        "objects of _OfLayers: update_params(layer) of layers with weights, biases, dweights, dbiases",
    ),
    "layers as keys": (_class(_OfLayersAsKeys), "update(layer) of layers with W, b, dW, db"),
    "pairs in place": (_class(_OfPairsInPlace), "apply_gradients(pairs of a gradient and its parameter)"),
    "pairs of variables": (_class(_OfVariables), "apply_gradients(pairs of a gradient and its parameter)"),
    "torch's": (_class(_OfTorch), "torch.optim.Optimizer _OfTorch"),
    "torch's by other names": (_class(_OfTorchByOtherNames), "torch.optim.Optimizer"),
    "torch's that counts in an attribute": (_class(_OfTorchCountingInAnAttribute), "torch.optim.Optimizer"),
    "a function that makes torch's": (
        lambda rule: lambda params, **options: _class(_OfTorch)(rule)(params, **options),
        "torch.optim.Optimizer _OfTorch",
    ),
    "updates to be added": (_updates, "init(params) and update(grads, state, params) returns what is added"),
    "a pair of updates": (
        lambda rule: (lambda made: (made.init, made.update))(_updates(rule)(**OPTIONS)),
        "init(params) and update(grads, state, params) returns what is added",
    ),
}
"""What makes each form of a rule, and words of what the report says that it was read as."""
