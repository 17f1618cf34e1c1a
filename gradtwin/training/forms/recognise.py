"""Which form an optimizer has: told by what it is and by the names of what it takes, never by what it computes."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from gradtwin.core.call import aside, enter
from gradtwin.core.captured import libraries_of
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.signatures import needed, positional
from gradtwin.training.arguments import named_options, options_of
from gradtwin.training.forms import configs, coupled, functions, methods, objects, plain, torch_optimizer, updates
from gradtwin.training.forms.form import Form, OptimizerSource
from gradtwin.training.forms.naming import names_a_gradient, names_parameters, several
from gradtwin.training.suspect import is_coupled

__all__ = ["Entry", "entry_of"]

FORMS = (
    "init(param) and step(param, grad, state); init(params) and update(grads, state); a function of (param, grad) or "
    "(param, grad, config); a class, a function that makes an object or an object itself, with step(params, grads), "
    "update(params, grads), update(param, grad, name), update_params(layer), apply_gradients(pairs) or a call; a class "
    "made of params, with step(grads) or step(); a subclass of torch.optim.Optimizer"
)


@dataclass(frozen=True)
class Entry:
    """What the options of an optimizer are handed to, before it is known of which form it is.

    Parameters
    ----------
    taken : mapping, or None
        The options that it takes, each with whether it must be given; None where any name will do.
    form : callable
        ``form(options)`` returns the form, by what comes of these options.
    named : collection of str
        The options that it has names for, where any name will do.
    defaults : mapping
        What it sets options to where nobody gives them, beside what its signature shows.
    """

    taken: Mapping[str, bool] | None
    form: Callable[[Mapping[str, Any]], Form]
    named: Collection[str] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)


def entry_of(optimizer: Any) -> Entry:
    """Return what an optimizer takes, and what tells its form; raise a UsageError for what has none."""
    name = str(getattr(optimizer, "__name__", type(optimizer).__name__))
    if isinstance(optimizer, torch.optim.Optimizer):
        of_instance = torch_optimizer.of_instance(optimizer, name)
        return Entry(None, lambda options: _with_own_options(of_instance, f"the object of {name}"))
    if inspect.isclass(optimizer) and issubclass(optimizer, torch.optim.Optimizer):
        named = named_options(optimizer, 1)
        return Entry(
            options_of(optimizer, 1), lambda options: torch_optimizer.form_of(optimizer, name, optimizer), named
        )
    pair = _pair_of(optimizer)
    if pair is not None:
        source = OptimizerSource(lambda options: pair, "functions", takes_options=False)
        return _of_functions(pair, source) if _has(pair, "step") else _of_updates(pair, source, "update")
    if inspect.isclass(optimizer) or inspect.isroutine(optimizer) or isinstance(optimizer, functools.partial):
        return _of_maker(optimizer, name)
    if methods.methods_of(optimizer):
        return _of_instance(optimizer, name)
    raise not_recognised(optimizer)


def _pair_of(code: Any) -> Any:
    """Return what has `init` and `step` or `update`, as attributes or as a pair of functions; None of anything else."""
    if type(code) is tuple and len(code) == 2 and all(map(callable, code)):
        return SimpleNamespace(init=code[0], update=code[1])
    for method in ("step", "update"):
        if _has(code, "init", method) and not _is_unmade(code, method) and not _keeps_state(code, method):
            return code
    return None


def _of_functions(code: Any, source: OptimizerSource) -> Entry:
    """Return the entry of `init` and `step`: of one parameter, of several if named so, or of all with a closure."""
    if is_coupled(code.step):
        return Entry(functions.taken(code), lambda options: coupled.form_of(code))
    if several(positional(code.step)[:2]) or _is_of_tensors(code):
        return _of_updates(code, source, "step")
    return Entry(functions.taken(code), lambda options: functions.form_of(source))


def _is_of_tensors(code: Any) -> bool:
    """Return whether the code of two functions names torch, and NumPy nowhere."""
    libraries = libraries_of(code.init) | libraries_of(code.step)
    return "torch" in libraries and "numpy" not in libraries


def _of_updates(code: Any, source: OptimizerSource, method: str) -> Entry:
    taken = updates.taken(code, method)
    if taken or taken is None:
        return Entry(taken, lambda options: updates.form_of(source, code, method, options))
    own = replace(source, takes_options=True, of=lambda options: code)
    return Entry(None, lambda options: _with_own_options(updates.form_of(own, code, method, {}), "these functions"))


def _of_maker(maker: Any, name: str) -> Entry:
    """Return the entry of a class, or of a function that makes optimizers, or that steps parameters itself."""
    arguments = [*positional(maker), "", ""]
    holder = _holder_of(maker)
    if not inspect.isclass(maker) and arguments[0] and (_steps(*arguments[:2]) or _steps(*reversed(arguments[:2]))):
        config = configs.config_of(maker)
        if config is not None:
            return _of_function_with_config(maker, name, config)
        return Entry(options_of(maker, 2), lambda options: plain.form_of(maker, name, options))

    def make(options: Mapping[str, Any], *params: Any) -> Any:
        if holder == arguments[0]:
            return enter(maker, *params, **options)
        return enter(maker, **options, **{str(holder): x for x in params})

    source = OptimizerSource(make, f"objects of {name}" if inspect.isclass(maker) else f"what {name} makes")

    def form(options: Mapping[str, Any]) -> Form:
        target = maker.func if isinstance(maker, functools.partial) else maker
        if holder and inspect.isclass(target) and not issubclass(target, torch.optim.Optimizer):
            return _of_product(target, source, options, holds=True)
        trials = [(options, container) for container in _containers()] if holder else [(options,)]
        products = (aside("a trial", source.of, trial, {}, ()).value for trial in trials)
        known = next((product for product in products if product is not None), None)
        if isinstance(known, torch.optim.Optimizer):
            return torch_optimizer.form_of(maker, type(known).__name__, known)
        if holder and known is None:
            return plain.form_of(maker, name, options, holds=True)
        return _of_product(known, source, options, holds=bool(holder))

    leading = int(holder == arguments[0])
    taken, named = options_of(maker, leading), named_options(maker, leading)
    return Entry(None if taken is None else {n: must for n, must in taken.items() if n != holder}, form, named)


def _of_function_with_config(function: Any, name: str, config: str) -> Entry:
    known = configs.options_in(function, name, config)
    form = functools.partial(configs.form_of, function, name, config)
    return Entry(known.taken, form, known.named, known.defaults)


def _containers() -> list[Any]:
    """Return parameters in all the ways in which something could be made of them."""
    return [[torch.zeros(2, requires_grad=True)], [np.zeros(2)], {"weight": np.zeros(2)}]


def _holder_of(maker: Any) -> str | None:
    """Return the argument that a maker takes the parameters by: its first one, or one that it asks for, by its name."""
    first = positional(maker)[:1]
    others = [name for name in needed(maker) if names_parameters(name) and several([name])]
    return next(iter([*filter(names_parameters, first), *others]), None)


def _steps(param: str, grad: str) -> bool:
    """Return whether two arguments are a parameter and its gradient."""
    return names_a_gradient(grad, param) and not names_a_gradient(param)


def _of_product(product: Any, source: OptimizerSource, options: Mapping[str, Any], *, holds: bool) -> Form:
    """Return the form of what a maker makes, or of the class that does; where making it raises, a run will say so."""
    pair = None if product is None or holds else _pair_of(product)
    if pair is not None:
        of_pair = replace(source, of=lambda options: _pair_of(source.of(options)))
        if not _has(pair, "step"):
            return updates.form_of(of_pair, pair, "update", options)
        is_of_one = not (several(positional(pair.step)[:2]) or _is_of_tensors(pair))
        return functions.form_of(of_pair) if is_of_one else updates.form_of(of_pair, pair, "step", options)
    is_known = product is None or (objects.is_steppable(product) if holds else methods.methods_of(product))
    if not is_known:
        raise not_recognised(product)
    if product is not None and not holds:
        return methods.form_of(product, source, options)
    return objects.form_of(source, product, options, holds=holds)


def _of_instance(instance: Any, name: str) -> Entry:
    source = OptimizerSource(lambda options: copy.deepcopy(instance), f"an object of {name}", takes_options=False)

    def form(options: Mapping[str, Any]) -> Form:
        return _with_own_options(methods.form_of(instance, source, {}), f"the object of {name}")

    return Entry(None, form)


def _with_own_options(form: Form, whose: str) -> Form:
    remark = f"the suspect's options are those of {whose}; those that are passed are the twin's alone"
    return replace(form, remarks=(*form.remarks, remark))


def not_recognised(optimizer: Any) -> UsageError:
    """Return the error for what is of no form that is known."""
    return UsageError(
        f"Expected optimizer to be one of these: {FORMS}; got {shown(optimizer)}. These two lines make one of it:\n"
        "    def step(param, grad, state, **options): return new_param, new_state\n"
        "    optimizer = types.SimpleNamespace(init=lambda param, **options: None, step=step)"
    )


def _has(code: Any, *names: str) -> bool:
    return all(callable(getattr(code, name, None)) for name in names)


def _keeps_state(code: Any, method: str) -> bool:
    """Return whether a method takes parameters and gradients and nothing else, so that no state goes through it."""
    names = positional(getattr(code, method))
    return len(names) == 2 and (_steps(*names) or _steps(*reversed(names)))


def _is_unmade(code: Any, method: str) -> bool:
    """Return whether a class has to be called first, since its methods are those of an object."""
    return inspect.isclass(code) and positional(getattr(code, method))[:1] == ["self"]
