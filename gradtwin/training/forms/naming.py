"""What a function takes, told by the names of its arguments: parameters, gradients, or something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradtwin.core.call import Code
from gradtwin.core.signatures import needed, takes_any_number

__all__ = [
    "Order",
    "names_a_config",
    "names_a_gradient",
    "names_a_layer",
    "names_parameters",
    "order_of",
    "several",
]

PARAMETERS = frozenset(
    """param params parameter parameters param_list params_list model_params p ps w ws weight weights theta thetas x xs
    var vars variable variables value values tensors""".split()
)
GRADIENTS = frozenset("g gs grad grads gradient gradients dw dx dp dtheta derivative derivatives updates".split())
CONFIGS = frozenset("config configs cfg conf configuration optim_config optimizer_config update_config".split())
"""What a function calls the dict that holds its options and the state of a parameter."""
LAYERS = frozenset("layer module".split())
LABELS = frozenset("name key param_name parameter_name layer_name param_key parameter_key param_id".split())
"""What a method calls the name of the one parameter that it is handed."""
PLURALS = ("s", "list", "dict")
"""How the names of arguments end that hold several parameters."""


@dataclass(frozen=True)
class Order:
    """What a method takes by position, by the names of its arguments.

    Parameters
    ----------
    count : int
        How many of parameters and gradients it takes, the latter first.
    gradients_first : bool
        Whether gradients come before parameters.
    label : int, or None
        The place at which it takes the name of one parameter, beside that and its gradient.
    """

    count: int
    gradients_first: bool = False
    label: int | None = None

    @property
    def words(self) -> str:
        """The arguments as the report names them."""
        return ", ".join(self.arguments(*(("params", "grads") if self.label is None else ("param", "grad"))))

    def arguments(self, params: Any, grads: Any, name: str = "name") -> tuple[Any, ...]:
        """Return what the method is called with."""
        both = (grads, params) if self.gradients_first else (params, grads)
        arguments = (both, (grads,), ())[2 - self.count]
        return arguments if self.label is None else (*arguments[: self.label], name, *arguments[self.label :])


def order_of(function: Code, *, unbound: bool = False) -> Order:
    """Return what a method takes: parameters and gradients unless their names say the contrary, or gradients alone."""
    names = needed(function)[1 if unbound else 0 :]
    label = next((i for i, name in enumerate(names) if name.lower() in LABELS), None)
    if label is not None and len(names) == 3:
        first, second = (name for i, name in enumerate(names) if i != label)
        return Order(2, names_a_gradient(first, second), label)
    if len(names) > 1 or takes_any_number(function):
        first, second, *_ = [*names, "", ""]
        return Order(2, names_a_gradient(first, second) or (names_parameters(second) and not names_parameters(first)))
    return Order(len(names))


def names_parameters(name: str) -> bool:
    """Return whether an argument of this name holds parameters."""
    return name.lower() in PARAMETERS


def names_a_config(name: str) -> bool:
    """Return whether an argument of this name is a dict of options and state."""
    return name.lower() in CONFIGS


def names_a_layer(name: str) -> bool:
    """Return whether an argument of this name is a layer that holds its parameters."""
    return name.lower() in LAYERS


def names_a_gradient(name: str, parameter: str = "") -> bool:
    """Return whether an argument of this name holds gradients, of a parameter of that name if there is one."""
    lower = name.lower()
    of_parameter = bool(parameter) and lower in (f"d{parameter.lower()}", f"d_{parameter.lower()}")
    return lower in GRADIENTS or of_parameter or lower.startswith("grad") or lower.endswith(("_grad", "_grads"))


def several(arguments: Sequence[str]) -> bool:
    """Return whether one of some arguments is named as several parameters or gradients are."""
    known = [name.lower() for name in arguments if names_parameters(name) or names_a_gradient(name)]
    return any(name.endswith(PLURALS) for name in known)
