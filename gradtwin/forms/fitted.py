"""Models that were fitted: what they show and what they answer, whether they are objects or functions."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import is_tensor
from gradtwin.core.contents import bits
from gradtwin.core.errors import UsageError
from gradtwin.core.results import mapped
from gradtwin.forms.learned import attributes_of, leaves, shown_by

__all__ = ["Estimator", "Fitted", "Functions", "Learner", "methods_of", "name_of", "unrecognised", "without_modes"]

ANSWERS = ("decision_function", "predict_proba", "transform", "predict")
"""What something fitted can be asked, in the order of the outputs: labels, which a margin decides, come last."""
FORMS = (
    "Expected {argument} to be an estimator, an object or a class with fit(X, y), which learns into attributes, and "
    "predict(X), decision_function(X), predict_proba(X) or transform(X), or a module with fit(X, y), which returns a "
    "NamedTuple, and predict(fitted, X); got {value}, {why}. Two lines make such a module of other code:\n"
    '    Fitted = collections.namedtuple("Fitted", "weight bias")\n'
    "    model = types.SimpleNamespace(fit=lambda X, y: Fitted(*train(X, y)), predict=lambda fitted, X: use(fitted, X))"
)


@dataclass(frozen=True)
class Fitted:
    """What a model is after a fit.

    Parameters
    ----------
    whole : object
        What was returned, or the object that has learned: what a margin is given.
    attributes : mapping
        What it shows, by name.
    learned : collection of str
        The names among them that the fit has set or changed.
    ask : callable
        ``ask(name, X)`` returns what a method of it answers.
    """

    whole: Any
    attributes: Mapping[str, Any]
    learned: frozenset[str]
    ask: Callable[[str, Any], Any]

    def leaves_of(self, names: Sequence[str], like: Any) -> dict[str, Any]:
        """Return the arrays and numbers in these attributes, by name; those of Python's of the type of `like`."""
        return {leaf: x for name in names for leaf, x in leaves(name, self.attributes.get(name), like)}

    def answers_of(self, names: Sequence[str], X: Any, like: Any) -> dict[str, Any]:
        """Return the arrays in what it answers, by the name of the question."""
        return {leaf: x for name in names for leaf, x in leaves(name, self.ask(name, X), like)}


class Estimator(Protocol):
    """A model in some form."""

    @property
    def side(self) -> Any:
        """The model as it came."""

    @property
    def words(self) -> str:
        """What it was taken for."""

    @property
    def answers(self) -> tuple[str, ...]:
        """Those of `ANSWERS` that it has."""

    @property
    def by_functions(self) -> bool:
        """Whether it is no object but functions."""

    @property
    def taker(self) -> Code:
        """What takes the data."""

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that its fit takes beside them."""

    def fit(self, data: Sequence[Any], by_name: Mapping[str, Any]) -> Fitted:
        """Return what it is after a fit to the data, whatever came before."""

    def kept(self) -> Estimator:
        """Return the same model, of which one object stays and is fitted again each time."""


@dataclass(frozen=True)
class Functions:
    """Two functions: what the first one returns is given to the second."""

    argument: str
    side: Any
    options: Mapping[str, Any]
    answers = ("predict",)
    by_functions = True
    words = "functions: fit returns what is learned, predict takes it with X"

    @property
    def taker(self) -> Code:
        """What takes the data."""
        return self.side.fit  # type: ignore[no-any-return]

    def kept(self) -> Functions:
        """Return the model itself: it has no object."""
        return self

    def fit(self, data: Sequence[Any], by_name: Mapping[str, Any]) -> Fitted:
        """Return what ``fit`` returns."""
        fitted = enter(self.side.fit, *data, **by_name, **self.options)
        if not (isinstance(fitted, tuple) and hasattr(fitted, "_fields")):
            why = f"whose fit returns a {type(fitted).__name__}"
            raise unrecognised(self.argument, self.side, why)
        attributes = dict(zip(fitted._fields, fitted, strict=True))
        return Fitted(fitted, attributes, frozenset(attributes), lambda name, X: enter(self.side.predict, fitted, X))


@dataclass(frozen=True, slots=True)
class Learner:
    """An object that learns into its attributes: a fresh one for each fit.

    It has slots, so that what the object holds is hidden from whoever looks for what a twin has captured: that is seen
    to here, on the fresh one.

    Parameters
    ----------
    side : object
        The object, or the class, as it came.
    make : callable
        Returns an object that has not learned yet.
    maker : str
        How it comes about, in words.
    answers : tuple of str
        What it can be asked.
    """

    side: Any
    make: Callable[[], Any]
    maker: str
    answers: tuple[str, ...]
    by_functions = False

    @property
    def words(self) -> str:
        """What it was taken for."""
        asked = ", ".join(f"{name}(X)" for name in self.answers)
        return f"an estimator, {self.maker} for each fit: it learns into its attributes and answers by {asked}"

    @property
    def options(self) -> Mapping[str, Any]:
        """The options that its fit takes: none, since its constructor takes them."""
        return {}

    @property
    def taker(self) -> Code:
        """What takes the data."""
        return self.make().fit  # type: ignore[no-any-return]

    def kept(self) -> Learner:
        """Return the same model, of which one object is fitted again each time, with random numbers from the start."""
        kept, fresh = self.make(), self.make

        def again() -> Any:
            begun = copy.deepcopy({n: x for n, x in attributes_of(fresh()).items() if isinstance(x, _generators())})
            for name, generator in begun.items():
                setattr(kept, name, generator)
            return kept

        return Learner(self.side, again, self.maker, self.answers)

    def fit(self, data: Sequence[Any], by_name: Mapping[str, Any]) -> Fitted:
        """Return the object after ``fit``, or what that returns if this can be asked in its place."""
        made = self.make()
        with without_modes():
            _widen(made, [x for x in (*data, *by_name.values()) if is_tensor(x) and x.is_floating_point()])
        before = {name: bits(x) for name, x in shown_by(made).items()}
        returned = enter(made.fit, *data, **by_name)
        is_other = returned is not None and returned is not made and bool(methods_of(returned))
        whole = returned if is_other else made
        attributes = shown_by(whole)
        learned = {
            name for name, x in attributes.items() if is_other or _is_of_fit(name) or before.get(name) != bits(x)
        }
        return Fitted(whole, attributes, frozenset(learned), lambda name, X: enter(getattr(whole, name), X))


def without_modes() -> AbstractContextManager[Any]:
    """Return a context in which no mode, as that of noise, sees what torch does."""
    from torch.utils._python_dispatch import _disable_current_modes

    return _disable_current_modes()


def _widen(made: Any, data: Sequence[Any]) -> None:
    """Give the modules that an object holds the precision of its data, and its other tensors that of float64 data.

    These are rounded nowhere: what is narrower for good must stay so.
    """
    import torch

    if not data:
        return
    like = data[0]

    def wide(x: Any) -> Any:
        if isinstance(x, torch.nn.Module):
            return x.to(like.device, like.dtype)
        if is_tensor(x) and x.is_floating_point() and x.is_leaf and like.dtype == torch.float64:
            return x.detach().to(like.device, like.dtype).requires_grad_(x.requires_grad)
        return x

    if isinstance(made, torch.nn.Module):
        made.to(like.device, like.dtype)
        return
    for name, x in attributes_of(made).items():
        widened = mapped(wide, x)
        if widened is not x:
            setattr(made, name, widened)


def _is_of_fit(name: str) -> bool:
    """Return whether a name is one of what a fit sets, as scikit-learn has it."""
    return name.endswith("_")


def _generators() -> tuple[type, ...]:
    """Return the types of objects that draw random numbers."""
    import torch

    return (np.random.Generator, np.random.RandomState, random.Random, torch.Generator)


def methods_of(side: Any) -> tuple[str, ...]:
    """Return those of `ANSWERS` that a model has."""
    return tuple(name for name in ANSWERS if callable(getattr(side, name, None)))


def name_of(side: Any) -> str:
    """Return how a model is called."""
    return str(getattr(side, "__name__", type(side).__name__))


def unrecognised(argument: str, side: Any, why: str) -> UsageError:
    """Return the error of a model in no form that is known: what came, which forms there are, how to adapt it."""
    return UsageError(FORMS.format(argument=argument, value=name_of(side), why=why))
