"""Optimizers: of NumPy, of JAX, and subclasses of `torch.optim.Optimizer`, those that torch has as well."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import optim

import gradtwin
from scripts.measure.published.entry import Make, Published, as_it_is
from scripts.measure.published.mistakes import options_spoiled

__all__ = ["ENTRIES", "Stepper"]


@dataclass(frozen=True)
class Stepper(Published):
    """An optimizer of a package beside that of torch.

    Parameters
    ----------
    package, place, make
        As of `Published`; what is made is a class, or makes optimizers.
    twin : callable
        The class of `torch.optim`.
    sizes : str
        What is particular about it.
    options : mapping
        Those of both, by the names of torch.
    """

    package: str
    place: str
    twin: Callable[..., Any]
    sizes: str = "defaults"
    options: Mapping[str, Any] = field(default_factory=lambda: {"lr": 0.05})
    make: Make = as_it_is
    dtypes: Sequence[str] = ("float64", "float32")

    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""
        return gradtwin.check_optimizer(suspect, twin=self.twin, options=self.options, dtypes=(dtype,))

    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it with an option that is too small."""
        return options_spoiled(suspect, self.options)


def _with(**options: Any) -> Make:
    """Return what a user writes to set options that torch has not."""
    return lambda maker: functools.partial(maker, **options)


LR = {"lr": 0.05}
VELOCITY = {"lr": 0.05, "momentum": 0.9}
NESTEROV = {**VELOCITY, "nesterov": True}
DECAYED = {"lr": 0.05, "weight_decay": 0.1}
BETAS = {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-6}
OF_NUMPY = "numpy_ml.neural_nets.optimizers.optimizers"


def _ml(name: str, twin: Any, sizes: str, **options: Any) -> Stepper:
    return Stepper("numpy-ml", f"{OF_NUMPY}:{name}", twin, sizes, options)


def _optax(name: str, twin: Any, sizes: str, options: Mapping[str, Any], **own: Any) -> Stepper:
    return Stepper("optax", f"optax:{name}", twin, sizes, options, _with(**own) if own else as_it_is)


def _of_torch(package: str, name: str, twin: Any, sizes: str, options: Mapping[str, Any], **own: Any) -> Stepper:
    place = f"{package.replace('-', '_')}:{name}"
    return Stepper(package, place, twin, sizes, options, _with(**own) if own else as_it_is)


def _heavy_ball(params: Any, lr: float) -> Any:
    return optim.SGD(params, lr, momentum=0.9)


class _DecoupledSGD(optim.SGD):
    """Descent that shrinks the parameters, and adds nothing to the gradients."""

    def step(self, closure: Any = None) -> Any:
        decays = [group["weight_decay"] for group in self.param_groups]
        for group, decay in zip(self.param_groups, decays, strict=True):
            for p in group["params"]:
                p.data.mul_(1 - group["lr"] * decay)
            group["weight_decay"] = 0.0
        result = super().step(closure)
        for group, decay in zip(self.param_groups, decays, strict=True):
            group["weight_decay"] = decay
        return result


def _signs(params: Any, lr: float) -> Any:
    """Return what Lion is without memory: a step along the signs."""
    return optim.Adam(params, lr, betas=(0.0, 0.0), eps=1e-30)


ENTRIES = (
    _ml("SGD", optim.SGD, "lr", **LR),
    _ml("SGD", optim.SGD, "momentum", **VELOCITY),
    _ml("AdaGrad", optim.Adagrad, "eps", lr=0.05, eps=1e-7),
    _ml("RMSProp", optim.RMSprop, "alpha, eps", lr=0.05, alpha=0.95, eps=1e-7),
    _ml("Adam", optim.Adam, "lr", **LR),
    _ml("Adam", optim.Adam, "betas, eps", **BETAS),
    _optax("sgd", optim.SGD, "lr", LR),
    _optax("sgd", optim.SGD, "momentum", VELOCITY),
    _optax("sgd", optim.SGD, "nesterov", NESTEROV),
    _optax("adam", optim.Adam, "lr", LR),
    _optax("adam", optim.Adam, "betas, eps", BETAS),
    _optax("adamw", optim.AdamW, "lr", LR),
    _optax("adamw", optim.AdamW, "weight_decay", {**BETAS, "weight_decay": 0.1}),
    _optax("amsgrad", lambda params, **o: optim.Adam(params, amsgrad=True, **o), "betas, eps", BETAS),
    _optax("adamax", optim.Adamax, "lr", LR),
    _optax("adadelta", optim.Adadelta, "rho, eps", {"lr": 0.05, "rho": 0.9, "eps": 1e-6}),
    _optax("adagrad", optim.Adagrad, "lr", LR),
    _optax(
        "adagrad",
        optim.Adagrad,
        "accumulator, eps",
        {"lr": 0.05, "initial_accumulator_value": 0.1, "eps": 1e-7},
    ),
    _optax("rmsprop", optim.RMSprop, "alpha", {"lr": 0.05, "alpha": 0.95}),
    _optax("rmsprop", optim.RMSprop, "alpha, eps outside", {"lr": 0.05, "alpha": 0.95}, eps_in_sqrt=False),
    _optax("radam", optim.RAdam, "lr", LR),
    _optax("rprop", optim.Rprop, "lr", LR),
    _optax("adafactor", optim.Adafactor, "lr", LR),
    _of_torch("torch-optimizer", "RAdam", optim.RAdam, "lr", LR),
    _of_torch("torch-optimizer", "SGDW", optim.SGD, "nesterov", NESTEROV),
    _of_torch("torch-optimizer", "SGDW", _DecoupledSGD, "weight_decay", {**VELOCITY, "weight_decay": 0.1}),
    _of_torch("pytorch-optimizer", "SGDW", _DecoupledSGD, "weight_decay", {**VELOCITY, "weight_decay": 0.1}),
    _of_torch("torch-optimizer", "QHM", optim.SGD, "nu = 1", VELOCITY, nu=1.0),
    _of_torch("torch-optimizer", "QHAdam", optim.Adam, "nus = 1", BETAS, nus=(1.0, 1.0)),
    _of_torch("torch-optimizer", "AggMo", _heavy_ball, "one beta", LR, betas=(0.9,)),
    _of_torch("torch-optimizer", "PID", optim.SGD, "without terms", LR, momentum=0.0, integral=0.0, derivative=0.0),
    _of_torch("torch-optimizer", "LARS", optim.SGD, "without decay", VELOCITY),
    _of_torch("pytorch-optimizer", "AdaMax", optim.Adamax, "lr", LR),
    _of_torch("pytorch-optimizer", "AdaDelta", optim.Adadelta, "rho", {"lr": 0.05, "rho": 0.9}),
    _of_torch("pytorch-optimizer", "NAdam", optim.NAdam, "lr", LR),
    _of_torch("pytorch-optimizer", "RAdam", optim.RAdam, "lr", LR),
    _of_torch("pytorch-optimizer", "RAdam", optim.RAdam, "degenerated", LR, degenerated_to_sgd=True),
    _of_torch("pytorch-optimizer", "SGDW", optim.SGD, "momentum", VELOCITY),
    _of_torch("pytorch-optimizer", "SGDW", optim.SGD, "nesterov", NESTEROV),
    _of_torch("pytorch-optimizer", "QHM", optim.SGD, "nu = 1", VELOCITY, nu=1.0),
    _of_torch("pytorch-optimizer", "PAdam", optim.Adam, "partial = 1/2", LR, partial=0.5),
    _of_torch("lion-pytorch", "Lion", _signs, "betas = 0", LR, betas=(0.0, 0.0)),
    _of_torch(
        "prodigyopt",
        "Prodigy",
        optim.AdamW,
        "d = 1",
        {**LR, "weight_decay": 0.0},
        d0=1.0,
        growth_rate=1.0,
        use_bias_correction=True,
    ),
)
