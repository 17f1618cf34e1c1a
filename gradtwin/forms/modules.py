"""An `nn.Module`, whose parameters are inputs and, in training mode, whose buffers are outputs, if the twin shows them.

Both sides are then functions of the same numbers: those that the suspect's parameters and buffers hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gradtwin.core.call import Code
from gradtwin.core.captured import modules_in
from gradtwin.core.holder import call_with
from gradtwin.forms.form import Form
from gradtwin.forms.tensors import TENSORS

if TYPE_CHECKING:
    import torch

__all__ = ["Pair", "paired", "read"]


def read(suspect: Any) -> Form | None:
    """Return how a module is read; None of anything else."""
    import torch

    if isinstance(suspect, torch.export.ExportedProgram):
        return replace(_of_module(suspect.module()), words="torch.export.ExportedProgram")
    return _of_module(suspect) if isinstance(suspect, torch.nn.Module) else None


def _of_module(suspect: torch.nn.Module) -> Form:
    mode = "training" if suspect.training else "evaluation"
    words = f"torch.nn.Module {type(suspect).__name__} in {mode} mode"
    return Form(words, suspect, suspect.forward, TENSORS, promises=True)


@dataclass(frozen=True)
class Pair:
    """What a module and its twin have in common besides the inputs.

    Parameters
    ----------
    forward, twin : callable
        Both sides, as functions of the inputs and then of `parameters`.
    parameters : mapping
        The suspect's parameters that the twin has under the same name and of the same shape.
    buffers : tuple of str
        The names of the buffers that both return after their outputs.
    faults, remarks : tuple of str
        What cannot be right about the names, and what is not judged.
    """

    forward: Code
    twin: Code
    parameters: Mapping[str, Any] = field(default_factory=dict)
    buffers: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def paired(suspect: Any, forward: Code, twin: Code) -> Pair:
    """Return both sides as functions of their inputs and of the parameters that they share by name and shape.

    Parameters
    ----------
    suspect : object
        What may be a module.
    forward, twin : callable
        What is called of it, and its twin, with the inputs by position.
    """
    import torch

    if not isinstance(suspect, torch.nn.Module):
        return Pair(forward, twin)
    ours, others = _tensors(suspect), list(modules_in(twin))
    if not ours or len(others) != 1:
        names = ", ".join(dict(suspect.named_parameters()))
        unseen = f"the parameters {names} of the suspect are not judged: the twin shows no parameters"
        return Pair(forward, twin, remarks=(unseen,) if names else ())
    (other,) = others
    theirs = _tensors(other)
    # A name that means two things would make a parameter of one side pass for a constant of the other.
    faults = tuple(
        f"is a {_kind(ours[n])} of the suspect and a {_kind(theirs[n])} of the twin: {n}"
        for n in ours
        if n in theirs and _kind(ours[n]) != _kind(theirs[n])
    )
    shared = [n for n in ours if n in theirs and ours[n].shape == theirs[n].shape] if not faults else []
    parameters = {n: ours[n].detach() for n in shared if _kind(ours[n]) == "parameter"}
    buffers = {n: ours[n].detach() for n in shared if n not in parameters}
    # In evaluation mode buffers are read and stay; whether they do is watched where the suspect is called.
    returned = tuple(buffers) if suspect.training and other.training else ()
    alone = [n for n in (*ours, *theirs) if n not in shared and _kind((ours | theirs)[n]) == "parameter"]
    different = [n for n in shared if not torch.equal(ours[n].cpu().double(), theirs[n].cpu().double())]
    return Pair(
        Stateless(forward, suspect, tuple(parameters), buffers, returned),
        Stateless(twin, other, tuple(parameters), buffers, returned),
        parameters,
        returned,
        faults,
        (
            *_remarks("parameters {} are not judged: suspect and twin do not both have them, of one shape", alone),
            *_remarks("both sides run with the numbers that the suspect has in {}", different),
        ),
    )


def _tensors(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return parameters and buffers by name; none of a scripted module, whose tensors cannot be replaced."""
    import torch

    if isinstance(module, torch.jit.ScriptModule):
        return {}
    tensors = dict(module.named_parameters()) | dict(module.named_buffers())
    return {name.removeprefix(_prefix(module)): x for name, x in tensors.items()}


def _prefix(module: torch.nn.Module) -> str:
    return "_orig_mod." if "_orig_mod" in dict(module.named_children()) else ""


def _kind(x: Any) -> str:
    import torch

    return "parameter" if isinstance(x, torch.nn.Parameter) else "buffer"


def _remarks(words: str, names: Sequence[str]) -> tuple[str, ...]:
    return (words.format(", ".join(dict.fromkeys(names))),) if names else ()


@dataclass(frozen=True)
class Stateless:
    """A function that uses a module, as one of its inputs and of the parameters of that module.

    Parameters
    ----------
    function : callable
        The module itself, or what calls it.
    module : Module
        The module.
    parameters : tuple of str
        The names of what is passed after the inputs.
    buffers : mapping
        What the buffers of the module hold before every call.
    returned : tuple of str
        The names of the buffers that are returned after the outputs.
    """

    function: Code
    module: torch.nn.Module
    parameters: tuple[str, ...]
    buffers: Mapping[str, torch.Tensor]
    returned: tuple[str, ...]

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        import torch

        count = len(arguments) - len(self.parameters)
        inputs, passed = arguments[:count], dict(zip(self.parameters, arguments[count:], strict=True))
        leading = next((x for x in arguments if isinstance(x, torch.Tensor) and x.is_floating_point()), None)
        state = {n: _like(x, leading) for n, x in self.buffers.items()}
        tensors = {(0, self.prefix + n): x for n, x in (passed | state).items()}
        value = call_with(self.function, [self.module], tensors, inputs, options)
        if not self.returned:
            return value
        outputs = value if isinstance(value, (tuple, list)) else (value,)
        return (*outputs, *(tensors[0, self.prefix + n].detach() for n in self.returned))

    @property
    def prefix(self) -> str:
        """What stands before the names of the tensors of a module that was compiled."""
        return _prefix(self.module)


def _like(x: torch.Tensor, other: torch.Tensor | None) -> torch.Tensor:
    """Return a copy of a buffer where another tensor lies and, if it is real, of that type."""
    if other is None:
        return x.clone()
    return x.to(other.device, other.dtype if x.is_floating_point() else x.dtype, copy=True)
