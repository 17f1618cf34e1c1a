"""Calling a twin, with the state of its modules put back before every call, and its errors in words."""

from __future__ import annotations

import inspect
from typing import Any

from gradtwin.core.call import Code, enter
from gradtwin.core.captured import modules_in
from gradtwin.core.errors import GradtwinError, UsageError, place_of

__all__ = ["TwinCode"]


class TwinCode:
    """A twin of which every call is the first: buffers of its modules and torch's random numbers are put back before.

    Parameters
    ----------
    function : callable
        A function of tensors, a module, or a method of one.
    """

    def __init__(self, function: Code) -> None:
        import torch

        self.function = function
        modules = {id(m): m for module in modules_in(function) for m in module.modules()}
        self._modes = [(m, m.training) for m in modules.values()]
        tensors = [x for m in modules.values() for x in (*m.parameters(False), *m.buffers(False))]
        self._kept = [(x, x.detach().clone()) for x in tensors]
        self._random = torch.get_rng_state()

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        """Call the twin, and say clearly where it does not take what the suspect takes."""
        self._put_back()
        try:
            return enter(self.function, *arguments, **options)
        except GradtwinError:
            raise
        except TypeError as error:
            raise UsageError(
                f"Expected twin {_name(self.function)} to take the suspect's arguments, {len(arguments)} inputs and "
                f"options {sorted(options)}; it takes {_signature(self.function)} and answered: {error}"
                f"{place_of(error)}"
            ) from error
        except Exception as error:  # whatever the twin raises, the inputs are not ones that it can judge
            raise UsageError(
                f"Expected twin {_name(self.function)} to accept the inputs; it raised {type(error).__name__}: {error}"
                f"{place_of(error)}"
            ) from error

    def _put_back(self) -> None:
        import torch

        torch.set_rng_state(self._random)
        for module, training in self._modes:
            module.training = training
        with torch.no_grad():
            for x, kept in self._kept:
                x.copy_(kept)


def _name(function: Any) -> str:
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


def _signature(function: Any) -> str:
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "arguments of its own"
