"""Calling a function with other tensors in place of those of the modules that it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gradtwin.core.call import Code, enter

if TYPE_CHECKING:
    import torch

__all__ = ["call_with"]


def call_with(
    function: Code,
    modules: Sequence[torch.nn.Module],
    tensors: dict[tuple[int, str], torch.Tensor],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
) -> Any:
    """Return what a function answers while modules hold other tensors; what it leaves in them stands in `tensors`.

    Parameters
    ----------
    function : callable
        One of the modules, or what calls them.
    modules : sequence of Module
        Those that it uses.
    tensors : dict
        What stands in place of a parameter or a buffer, by the place of its module and its name.
    arguments, options : sequence, mapping
        What the function is called with.
    """
    import torch

    class Holder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.modules_of_function = torch.nn.ModuleList(modules)

        def forward(self, *inputs: Any, **settings: Any) -> Any:
            return enter(function, *inputs, **settings)

    names = {key: f"modules_of_function.{key[0]}.{key[1]}" for key in tensors}
    state = {names[key]: x for key, x in tensors.items()}
    value = torch.func.functional_call(Holder(), state, tuple(arguments), dict(options))
    # torch writes into this dict what a call has bound in place of a buffer.
    tensors.update({key: state[name] for key, name in names.items()})
    return value
