"""Keys: the names of the numbers of a training run, with the role of each apart from what a user calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["COUNTER", "LOSS", "Key", "gradient_of", "parameter"]

Role = Literal["parameter", "gradient", "state", "loss"]

COUNTER = "step"
"""The quantity of an optimizer's state that counts, and is never rounded."""


@dataclass(frozen=True)
class Key:
    """The name of one quantity: of an optimizer's state, unless another role is given.

    Two keys of different roles are never equal, whatever parameters and fields of the state are called.

    Parameters
    ----------
    quantity : str
        What it is, such as ``exp_avg``.
    owner : str
        The parameter that it belongs to; empty for the loss.
    role : str
        ``parameter``, ``gradient``, ``state`` or ``loss``.
    """

    quantity: str
    owner: str
    role: Role = "state"

    @property
    def is_counter(self) -> bool:
        """Whether this is a step counter."""
        return self.role == "state" and self.quantity == COUNTER

    def __str__(self) -> str:
        if self.role == "parameter":
            return self.owner
        return self.quantity if self.role == "loss" else f"{self.quantity} of {self.owner}"


LOSS = Key("loss", "", "loss")
"""The loss of a training step."""


def parameter(name: str) -> Key:
    """Return the key of a parameter."""
    return Key("parameter", name, "parameter")


def gradient_of(name: str) -> Key:
    """Return the key of the gradient of a parameter."""
    return Key("gradient", name, "gradient")
