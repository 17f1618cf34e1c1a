"""Calling a twin: its modules as they were before every call, its tensors in the precision of the run, its errors."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gradtwin.core.call import Code, enter
from gradtwin.core.captured import captured
from gradtwin.core.errors import GradtwinError, UsageError, place_of
from gradtwin.core.holder import call_with

if TYPE_CHECKING:
    import torch

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
        places = list(captured(function))
        self._outermost = [place.value for place in places if isinstance(place.value, torch.nn.Module)]
        self._free = [place for place in places if isinstance(place.value, torch.Tensor) and place.holder is not None]
        self._target: tuple[torch.dtype, str] | None = None
        modules = {id(m): m for module in self._outermost for m in module.modules()}
        self._modes = [(m, m.training) for m in modules.values()]
        tensors = [x for m in modules.values() for x in (*m.parameters(False), *m.buffers(False))]
        self._kept = [(x, x.detach().clone()) for x in tensors]
        self._random = torch.get_rng_state()

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        """Call the twin, and say clearly where it does not take what the suspect takes."""
        self._put_back()
        try:
            return self._entered(arguments, options)
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

    @contextlib.contextmanager
    def at(self, dtype: str, device: str) -> Iterator[None]:
        """Within it, calls find the numbers of modules in that precision, and on that device.

        Other tensors that the function has captured are widened for a run in float64, and never rounded.
        """
        import torch

        before, self._target = self._target, (getattr(torch, dtype), device)
        try:
            yield
        finally:
            self._target = before

    def _entered(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Enter the function with what it has captured as the run has it, where that is something else."""
        import torch

        if self._target is None:
            return enter(self.function, *arguments, **options)
        dtype, device = self._target
        own_tensors = {
            (i, name): x.detach()
            for i, module in enumerate(self._outermost)
            for name, x in (*module.named_parameters(), *_buffers(module))
        }
        tensors = {key: x.to(device, dtype if x.is_floating_point() else x.dtype) for key, x in own_tensors.items()}
        changes = any(module.training and any(True for _ in module.buffers()) for module in self._outermost)
        are_as_they_are = not changes and all(x is own_tensors[key] for key, x in tensors.items())
        places = [place for place in self._free if _is_otherwise(place.value, dtype, device)]
        try:
            for place in places:
                wide = place.value.to(device, dtype if dtype == torch.float64 else place.value.dtype)
                replace(place, value=wide).bind()
            if are_as_they_are:
                return enter(self.function, *arguments, **options)
            return call_with(self.function, self._outermost, tensors, arguments, options)
        finally:
            for place in places:
                place.bind()

    def _put_back(self) -> None:
        import torch

        torch.set_rng_state(self._random)
        for module, training in self._modes:
            module.training = training
        with torch.no_grad():
            for x, kept in self._kept:
                x.copy_(kept)


def _buffers(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the buffers of a module; where a call changes them, as in training, copies that it may change."""
    for name, x in module.named_buffers():
        yield name, x.clone() if module.training else x


def _is_otherwise(x: torch.Tensor, dtype: Any, device: str) -> bool:
    """Return whether a tensor lies elsewhere, or is a real one that a run in float64 would find too narrow."""
    import torch

    elsewhere = x.device != torch.device(device)
    return elsewhere or (dtype == torch.float64 and x.is_floating_point() and x.dtype != dtype)


def _name(function: Any) -> str:
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


def _signature(function: Any) -> str:
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "arguments of its own"
