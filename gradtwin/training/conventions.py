"""Optimizers by another convention than torch's: the twins that would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from gradtwin.core.altered import Alteration, Altered, Instead, TorchCall
from gradtwin.core.call import Code, enter

__all__ = ["TWINS", "other_optimizers"]

Options = Mapping[str, Any]
Convention = Callable[[Any, Options], Any]
"""Returns another class of optimizers in place of a class of torch with these options; None where it has none."""


def other_optimizers(twin: Code, options: Options) -> Iterator[tuple[str, Any]]:
    """Yield the optimizers of other conventions that a class of `torch.optim` with these options has, by name."""
    if isinstance(twin, type):
        for name, convention in TWINS.items():
            other = convention(twin, options)
            if other is not None:
                yield name, other


def _altered(alteration: Alteration) -> Convention:
    """Return what makes a class of torch whose steps make other calls."""

    def step(own: Any, optimizer: Any, closure: Any) -> Any:
        return Altered(own, alteration)(optimizer, closure)

    return lambda twin, options: _stepping(twin, step) if _meets(alteration, twin, options) else None


def _meets(alteration: Alteration, twin: Any, options: Options) -> bool:
    """Return whether a step of an optimizer makes a call that is altered; of one that cannot be tried, that it may."""
    met: list[bool] = []

    def watch(call: TorchCall) -> None:
        met.append(alteration(call) is not None)

    def closure() -> torch.Tensor:
        p.grad = torch.ones_like(p)
        return p.detach().sum()

    p = torch.ones(2, 2, requires_grad=True)
    p.grad = torch.ones_like(p)
    try:
        Altered(enter(twin, [p], **options).step, watch)(closure)
    except Exception:  # whatever it wants that it has not got here
        return True
    return any(met)


def _stepping(twin: Any, step: Callable[[Any, Any, Any], Any]) -> Any:
    """Return a class of torch with another step, which is handed the step of its own; its name stays."""
    return type(twin.__name__, (twin,), {"step": lambda self, closure=None: step(twin.step, self, closure)})


def _with(twin: Any, **options: Any) -> Any:
    """Return a class of torch with options that the suspect is not handed; its name stays."""

    def __init__(self: Any, params: Any, **others: Any) -> None:
        twin.__init__(self, params, **{**others, **options})

    return type(twin.__name__, (twin,), {"__init__": __init__})


def _root_before(call: TorchCall) -> TorchCall | None:
    """Return the call that made what eps is added to: a root, or a root over a correction."""
    made = call.past.maker(call.first) if call.name == "add" and not call.options else None
    root = call.past.maker(made.first) if made is not None and made.name == "div" else made
    return made if root is not None and root.name == "sqrt" else None


def _eps_inside(call: TorchCall) -> Instead | None:
    return None if _root_before(call) is None else lambda: (call.first.square() + call.second).sqrt()


def _eps_uncorrected(call: TorchCall) -> Instead | None:
    made = _root_before(call)
    if made is None or made.name != "div":
        return None
    return lambda: (made.first + call.second) / made.second


def _shrinking(own: Any, optimizer: Any, closure: Any) -> Any:
    """Shrink the parameters that have a gradient, and take a step without decay."""
    decays = [group["weight_decay"] for group in optimizer.param_groups]
    with torch.no_grad():
        for group in optimizer.param_groups:
            for p in (p for p in group["params"] if p.grad is not None):
                p.mul_(1 - group["lr"] * group["weight_decay"])
            group["weight_decay"] = 0.0
    result = own(optimizer, closure)
    for group, decay in zip(optimizer.param_groups, decays, strict=True):
        group["weight_decay"] = decay
    return result


def _other_decay(*, decoupled: bool) -> Convention:
    """Return what makes the optimizer whose decay is decoupled where the twin's is not, or the other way round."""

    def other(twin: Any, options: Options) -> Any:
        if twin is (torch.optim.Adam if decoupled else torch.optim.AdamW):
            decay = enter(twin, [torch.zeros(1)], **options).defaults["weight_decay"]
            return _with(torch.optim.AdamW if decoupled else torch.optim.Adam, weight_decay=decay)
        if twin is torch.optim.SGD and decoupled and options.get("weight_decay"):
            return _stepping(twin, _shrinking)
        return _with(twin, decoupled_weight_decay=decoupled) if twin in DECOUPLING else None

    return other


def _dampened(twin: Any, options: Options) -> Any:
    momentum = options.get("momentum")
    return _with(twin, dampening=momentum) if twin is torch.optim.SGD and momentum else None


def _running_mean(twin: Any, options: Options) -> Any:
    """Return torch's SGD with dampening from the first step on, at which torch takes all of the gradient."""

    def step(own: Any, optimizer: Any, closure: Any) -> Any:
        for p in (p for group in optimizer.param_groups for p in group["params"] if p.grad is not None):
            if optimizer.state[p].get("momentum_buffer") is None:
                optimizer.state[p]["momentum_buffer"] = torch.zeros_like(p)
        return own(optimizer, closure)

    dampened = _dampened(twin, options)
    return None if dampened is None else _stepping(dampened, step)


def _lr_inside(twin: Any, options: Options) -> Any:
    """Return torch's SGD on gradients and decay times lr, with a learning rate of one."""

    def step(own: Any, optimizer: Any, closure: Any) -> Any:
        before = [dict(group) for group in optimizer.param_groups]
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None if p.grad is None else p.grad * group["lr"]
            group.update(lr=1.0, weight_decay=group["weight_decay"] * group["lr"])
        result = own(optimizer, closure)
        for group, values in zip(optimizer.param_groups, before, strict=True):
            group.update(lr=values["lr"], weight_decay=values["weight_decay"])
        return result

    return _stepping(twin, step) if twin is torch.optim.SGD else None


DECOUPLING = (torch.optim.NAdam, torch.optim.RAdam)
"""The other optimizers of torch that can decouple their decay."""
TWINS: Mapping[str, Convention] = {
    "eps inside the root": _altered(_eps_inside),
    "eps before the bias correction": _altered(_eps_uncorrected),
    "coupled decay for decoupled decay": _other_decay(decoupled=False),
    "decoupled decay for coupled decay": _other_decay(decoupled=True),
    "momentum dampening": _dampened,
    "momentum as a running mean": _running_mean,
    "lr inside the velocity": _lr_inside,
}
"""The conventions of optimizers."""
