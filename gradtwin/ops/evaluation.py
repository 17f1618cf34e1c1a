"""What a twin is asked, and a run of it: gone forward, and then backward for any choice of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray

from gradtwin.core.carrier import from_tensor
from gradtwin.core.errors import GradtwinError, UsageError, place_of
from gradtwin.core.noise_torch import Mode, under

__all__ = ["Evaluation", "Forward", "Question", "answered"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Question:
    """What a twin is run on.

    Parameters
    ----------
    inputs : sequence
        Arrays, and whatever else both sides take.
    wanted : sequence of bool
        Which inputs get a gradient.
    cotangents : sequence of sequences of arrays
        Choices of cotangents, each with one array an output; none where no gradient is asked.
    """

    inputs: Sequence[Any]
    wanted: Sequence[bool]
    cotangents: Sequence[Sequence[Array]] = ()


@dataclass(frozen=True)
class Evaluation:
    """What a run answers: the outputs, and for each choice of cotangents a gradient an input, None where there is none.

    Of a stack of runs every array has a leading axis of runs. `errors` tell how far each array may be off beside its
    rounding, where it is an estimate.
    """

    outputs: tuple[Array, ...]
    gradients: tuple[tuple[Array | None, ...], ...] = ()
    errors: tuple[Array | None, ...] = ()

    @property
    def arrays(self) -> tuple[Array | None, ...]:
        """All outputs, then all gradients."""
        return (*self.outputs, *(g for choice in self.gradients for g in choice))


@dataclass(frozen=True)
class Forward:
    """A run that has gone forward.

    Parameters
    ----------
    outputs : tuple of tensors
        What came out.
    targets : sequence
        The inputs with a gradient, None at the places of the others.
    tensor : callable
        Makes a tensor of an array, as it was done for the inputs.
    mode : Mode, optional
        That under which it runs.
    """

    outputs: tuple[torch.Tensor, ...]
    targets: Sequence[torch.Tensor | None]
    tensor: Callable[[Any], Any]
    mode: Mode | None

    def answer(self, choices: Sequence[Sequence[Array]]) -> Evaluation:
        """Return the outputs, and the gradients for each choice of cotangents."""
        gradients = [self._gradients([self.tensor(c) for c in choice]) for choice in choices]
        values = self.outputs if self.mode is None else map(self.mode.unrounded, self.outputs)
        return Evaluation(tuple(map(from_tensor, values)), tuple(gradients))

    def _gradients(self, choice: Sequence[torch.Tensor]) -> tuple[Array | None, ...]:
        # autograd refuses an output without a graph, even beside others that have one.
        live = [(o, c) for o, c in zip(self.outputs, choice, strict=True) if o.requires_grad]
        targets = [x for x in self.targets if x is not None]
        if not live or not targets:
            return (None,) * len(self.targets)
        reached, cotangents = zip(*live, strict=True)
        with under(self.mode):  # the graph is kept for the next choice
            gradients = torch.autograd.grad(reached, targets, cotangents, retain_graph=True, allow_unused=True)
        arrays = iter([None if g is None else from_tensor(g) for g in gradients])
        return tuple(None if x is None else next(arrays) for x in self.targets)


def answered(forward: Forward, choices: Sequence[Sequence[Array]], again: Callable[[], Forward]) -> Evaluation:
    """Return what a run answers for all choices; it goes forward again where it cannot go backward twice.

    Raises
    ------
    UsageError
        If the twin cannot go backward at all.
    """
    try:
        return forward.answer(choices)
    except RuntimeError as error:
        if len(choices) < 2:
            raise _blamed(error) from error
    except Exception as error:  # the twin's own backward may raise anything
        raise _blamed(error) from error
    parts = [answered(again(), [choice], again) for choice in choices]
    return Evaluation(parts[0].outputs, tuple(part.gradients[0] for part in parts))


def _blamed(error: Exception) -> GradtwinError:
    """Return the error that the backward of the twin cannot be run."""
    if isinstance(error, GradtwinError):
        return error
    what = f"{type(error).__name__}: {error}{place_of(error)}"
    return UsageError(f"Expected the twin to have a gradient; its own backward raised {what}")
