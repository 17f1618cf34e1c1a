"""Derivatives of functions of tensors as functions of tensors: a gradient, and what a product makes of a direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from gradtwin.core.call import Code, StructureError, enter
from gradtwin.forms.tensors import LOST, graph_nodes

__all__ = ["Gradient", "Graph", "Slope", "Tangent", "floating", "in_steps"]

Tensors = tuple[torch.Tensor, ...]
Tensor = torch.Tensor

NO_SECOND = "Error"
"""What autograd calls the node behind a gradient that stands under ``once_differentiable``."""


@dataclass(frozen=True)
class Graph:
    """What leads from the gradients of a function back to what they are made of.

    Parameters
    ----------
    reached : tuple of bool
        Whether the inputs with a gradient, and then the cotangents, are reached.
    is_closed : bool
        Whether a backward on the way does not allow a second derivative.
    """

    reached: tuple[bool, ...]
    is_closed: bool


@dataclass(frozen=True)
class Gradient:
    """The gradients of a function as a function of its inputs and of the cotangents of its outputs.

    Whatever they do not depend on has a derivative of zero, which is what it is; autograd would have none.

    Parameters
    ----------
    function : callable
        Takes and returns tensors.
    wanted : tuple of bool
        Which inputs get a gradient.
    count : int
        How many floating outputs there are.
    live : tuple of int
        Those of them that get a cotangent; the others get none.
    """

    function: Code
    wanted: tuple[bool, ...]
    count: int
    live: tuple[int, ...]

    def __call__(self, *arguments: Any, **options: Any) -> Tensors:
        inputs, cotangents = arguments[: len(self.wanted)], arguments[len(self.wanted) :]
        targets, cotangents = _leaves(_chosen(inputs, self.wanted)), _leaves(cotangents)
        gradients = _pulled(self._of(inputs, options), targets, cotangents)
        return _tied(_whole(gradients, targets), (*targets, *cotangents))

    def graph(self, *arguments: Any, **options: Any) -> Graph:
        """Return what leads from the gradients back to the inputs and the cotangents."""
        inputs, cotangents = arguments[: len(self.wanted)], arguments[len(self.wanted) :]
        leaves = [_leaves(part) for part in (_chosen(inputs, self.wanted), cotangents)]
        gradients = _pulled(self._of(inputs, options), *leaves)
        nodes = list(graph_nodes([g.grad_fn for g in gradients if g is not None and g.grad_fn is not None]))
        ends = {id(node.variable) for node in nodes if hasattr(node, "variable")}
        # A gradient may be what was passed back itself, which has no node.
        ends |= {id(g) for g in gradients if g is not None}
        reached = tuple(id(x) in ends for part in leaves for x in part)
        return Graph(reached, any(type(node).__name__ == NO_SECOND for node in nodes))

    def _of(self, inputs: Sequence[Any], options: dict[str, Any]) -> Callable[..., Tensors]:
        """Return the outputs with a cotangent as a function of the inputs with a gradient."""

        def outputs(*targets: Tensor) -> Tensors:
            results = floating(enter(self.function, *_placed(inputs, self.wanted, targets), **options))
            if len(results) != self.count:
                raise StructureError(f"returns {len(results)} floating arrays where the twin returns {self.count}")
            return tuple(results[i] for i in self.live)

        return outputs


@dataclass(frozen=True)
class Slope:
    """The gradient of a function that returns one number, as a function of its inputs.

    Parameters
    ----------
    gradient : Gradient
        The gradient of the function, with a cotangent.
    """

    gradient: Gradient

    def __call__(self, *inputs: Any, **options: Any) -> Tensors:
        outputs = floating(enter(self.gradient.function, *inputs, **options))
        return self.gradient(*inputs, *map(torch.ones_like, outputs), **options)


@dataclass(frozen=True)
class Tangent:
    """The Jacobian of a function times a direction, as a function of its inputs and of the direction.

    It is the derivative of the gradient by the cotangent, in which the gradient is linear.

    Parameters
    ----------
    gradient : Gradient
        The gradient of the function, with a cotangent for every output.
    """

    gradient: Gradient

    def __call__(self, *arguments: Any, **options: Any) -> Tensors:
        count = len(self.gradient.wanted)
        inputs, direction = arguments[:count], arguments[count:]
        outputs = floating(enter(self.gradient.function, *inputs, **options))
        zeros = _leaves([torch.zeros_like(x) for x in outputs])

        def gradients(*cotangents: Tensor) -> Tensors:
            return self.gradient(*inputs, *cotangents, **options)

        return _whole(_pulled(gradients, zeros, direction), zeros)


def in_steps(function: Code) -> Code:
    """Return a function whose attention is computed in steps, since the kernels for it have no second derivative."""

    def call(*arguments: Any, **options: Any) -> Any:
        with sdpa_kernel(SDPBackend.MATH):
            return enter(function, *arguments, **options)

    return call


def floating(value: Any) -> Tensors:
    """Return the floating tensors of a result."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return tuple(x for x in parts if isinstance(x, Tensor) and x.is_floating_point())


def _chosen(inputs: Sequence[Any], wanted: Sequence[bool]) -> Tensors:
    return tuple(x for x, w in zip(inputs, wanted, strict=True) if w)


def _placed(inputs: Sequence[Any], wanted: Sequence[bool], chosen: Sequence[Tensor]) -> list[Any]:
    """Return the inputs with others in place of those with a gradient."""
    remaining = iter(chosen)
    return [next(remaining) if w else x for x, w in zip(inputs, wanted, strict=True)]


def _is_transformed() -> bool:
    """Return whether torch.func runs this, under which a graph is not to be had."""
    functorch: Any = torch._C._functorch
    return functorch.peek_interpreter_stack() is not None


def _leaves(tensors: Sequence[Tensor]) -> Tensors:
    """Return tensors that have a graph, in the same memory."""
    if _is_transformed():
        return tuple(tensors)
    return tuple(x if x.requires_grad else x.detach().requires_grad_() for x in tensors)


def _pulled(outputs_of: Callable[..., Tensors], targets: Tensors, cotangents: Sequence[Tensor]) -> Sequence[Any]:
    """Return the gradients of a function at its targets, None where there is none, so that they have gradients too."""
    if _is_transformed():
        _, pull = torch.func.vjp(outputs_of, *targets)  # type: ignore[misc]
        return tuple(pull(tuple(cotangents)))
    with torch.enable_grad():
        pairs = list(zip(outputs_of(*targets), cotangents, strict=True))
        if misfits := [(o, c) for o, c in pairs if o.shape != c.shape]:
            got, expected = (tuple(x.shape) for x in misfits[0])
            raise StructureError(f"returns an array of shape {got} where the twin's has {expected}")
        pairs = [(o, c) for o, c in pairs if o.requires_grad]
        if not pairs:
            raise StructureError(LOST)
        outputs, weights = zip(*pairs, strict=True)
        return torch.autograd.grad(outputs, targets, weights, create_graph=True, allow_unused=True)


def _whole(gradients: Sequence[Tensor | None], targets: Sequence[Tensor]) -> Tensors:
    """Return gradients with zeros for those that are None."""
    return tuple(x.new_zeros(x.shape) if g is None else g for g, x in zip(gradients, targets, strict=True))


def _tied(values: Sequence[Tensor], sources: Sequence[Tensor]) -> Tensors:
    """Return the same values, which depend on all their sources, with a derivative of zero at least."""
    with torch.enable_grad():
        total = torch.stack([x.sum() for x in sources]).sum()
        # A product with zero would make NaN of infinity, here and in the derivative.
        never = torch.zeros((), dtype=torch.bool, device=total.device)
        return tuple(torch.where(never, total.to(x.dtype), x) for x in values)
