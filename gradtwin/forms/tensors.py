"""Code of tensors as a function of arrays.

The code is called with tensors that lie in the memory of the arrays, where NumPy has their type, so that what it writes
into its arguments is seen. Its gradients are what autograd makes of it.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision
from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.carrier import dtype_name, from_tensor, is_stored, is_tensor
from gradtwin.core.errors import UsageError
from gradtwin.core.results import mapped
from gradtwin.forms.form import Framework, Graph
from gradtwin.forms.nested import outline
from gradtwin.forms.transforms import examined

__all__ = ["LOST", "TENSORS", "Pullback", "TensorCode", "as_array", "graph_nodes"]

LOST = "has no gradient to return: its result has no graph (no_grad, detach, or numbers taken out of tensors)"


def as_array(x: Any, what: str) -> Any:
    """Return a tensor as an array without its graph, and anything else as it is."""
    if not is_tensor(x):
        return x
    try:
        return from_tensor(x)
    except (TypeError, RuntimeError) as error:
        raise UsageError(
            f"Expected {what} to be a tensor whose numbers NumPy can hold; got one of {x.dtype} and {x.layout}."
        ) from error


@dataclass(frozen=True)
class TensorCode:
    """A function of tensors as one of arrays.

    Parameters
    ----------
    function : callable
        Takes and returns tensors.
    precision : Precision
        That of the arrays that carry it; an array of another type becomes a tensor of that type.
    device : str
        Where the tensors lie.
    """

    function: Code
    precision: Precision
    device: str = "cpu"

    def __call__(self, /, *arrays: Any, **options: Any) -> Any:
        tensors = [self.tensor(x) for x in arrays]
        value = enter(self.function, *tensors, **{name: self.tensor(x) for name, x in options.items()})
        for x, t in zip(arrays, tensors, strict=True):
            _write_back(x, t)
        return _arrays(value)

    def tensor(self, x: Any) -> Any:
        """Return an array as a tensor, in tuples and lists too, and anything else as it is."""
        return mapped(self._tensor, x)

    def _tensor(self, x: Any) -> Any:
        import torch

        if not isinstance(x, np.ndarray):
            return x
        if type(x) is not np.ndarray:
            raise TypeError(f"{type(x).__name__} cannot be handed to code of tensors")
        x = x.copy() if min(x.strides, default=0) < 0 else x  # torch has no strides backwards
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of memory that is read-only; whether it is written into is watched
            t = torch.from_numpy(x)
        carries_another = self.precision.carrier != self.precision.name and x.dtype == self.precision.carrier
        name = dtype_name(x) if is_stored(x) else self.precision.name if carries_another else None
        with torch._C.DisableTorchFunction():  # it is no operation of the code, should somebody watch that
            return t.to(self.device, t.dtype if name is None else getattr(torch, name))


@dataclass(frozen=True)
class Pullback:
    """The gradients that autograd makes of a function of tensors, as a backward of arrays.

    Parameters
    ----------
    code : TensorCode
        The function.
    wanted : sequence of bool
        Which inputs get a gradient.
    output : int, optional
        The place of the only output of which a cotangent comes; those of the others are absent, not zeros.
    """

    code: TensorCode
    wanted: Sequence[bool]
    output: int | None = None

    def __call__(self, /, grad: Any, *arrays: Any, **options: Any) -> Any:
        pull = functools.partial(self._pull, grad, arrays, options)
        try:
            gradients = iter(pull(_asked))
        except RuntimeError:
            # What recomputes its forward on the way back is written for .backward() alone, and refuses the other.
            gradients = iter(self._otherwise(pull))
        return tuple(_arrays(next(gradients)) if w else None for w in self.wanted)

    def _otherwise(self, pull: Callable[[Callable[..., Any]], Sequence[Any]]) -> Sequence[Any]:
        """Return the gradients as ``.backward()`` leaves them; what was raised first stands where that raises too."""
        try:
            return pull(_left_in_the_leaves)
        except Exception:
            return pull(_asked)

    def _pull(self, grad: Any, arrays: Sequence[Any], options: Mapping[str, Any], differentiate: Any) -> Sequence[Any]:
        leaves, outputs = self._forward(arrays, options)
        grads = [self.code.tensor(g) for g in map(_whole, grad if isinstance(grad, tuple) else (grad,))]
        pairs = [
            (o, g.to(o.dtype))
            for i, (o, g) in enumerate(zip(outputs, grads, strict=True))
            if _has_graph(o) and self.output in (None, i)
        ]
        if not pairs:
            raise StructureError(LOST)
        live, cotangents = zip(*pairs, strict=True)
        targets = [x for x, w in zip(leaves, self.wanted, strict=True) if w]
        gradients: Sequence[Any] = differentiate(live, targets, cotangents)
        return gradients

    def graph(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> Graph:
        """Return what autograd knows of a result on these inputs."""
        outputs = [x for x in self._forward(arrays, options)[1] if _has_graph(x)]
        return Graph(bool(outputs), any(_is_by_hand(x.grad_fn) for x in outputs))

    def _forward(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """Return the tensors that the function was called with, and those that it returned."""
        import torch

        leaves = [self.code.tensor(x) for x in arrays]
        for x, w in zip(leaves, self.wanted, strict=True):
            if w:
                x.requires_grad_()
        with torch.enable_grad():  # whoever has switched it off has been seen to, forward
            try:
                value = self._value(leaves, options)
            except RuntimeError as error:
                if "leaf" not in str(error):
                    raise
                # What writes into its inputs takes them as they are in a network: results, and no leaves.
                value = self._value([x.clone() if w else x for x, w in zip(leaves, self.wanted, strict=True)], options)
        return leaves, [o for o in outline(value)[1] if o is not None]

    def _value(self, tensors: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return enter(self.code.function, *tensors, **{name: self.code.tensor(x) for name, x in options.items()})


TENSORS = Framework(TensorCode, Pullback, examined)
"""Code of torch's tensors, which autograd differentiates."""


def _asked(outputs: Sequence[Any], targets: Sequence[Any], cotangents: Sequence[Any]) -> Sequence[Any]:
    import torch

    return torch.autograd.grad(outputs, targets, cotangents, allow_unused=True)


def _left_in_the_leaves(outputs: Sequence[Any], targets: Sequence[Any], cotangents: Sequence[Any]) -> Sequence[Any]:
    import torch

    enter(torch.autograd.backward, outputs, cotangents)
    return [x.grad for x in targets]


def _has_graph(x: Any) -> bool:
    return is_tensor(x) and bool(x.requires_grad)


def _is_by_hand(last: Any) -> bool:
    """Return whether some node of a graph, from its last one back, is that of a Function written in Python."""
    import torch

    return any(isinstance(node, torch.autograd.function.BackwardCFunction) for node in graph_nodes([last]))


def graph_nodes(ends: Sequence[Any]) -> Iterator[Any]:
    """Yield the nodes of the graphs that end in these, each once."""
    waiting, visited = list(ends), set(ends)
    while waiting:
        node = waiting.pop()
        yield node
        inner = {n for n, _ in node.next_functions if n is not None} - visited
        visited |= inner
        waiting += inner


def _whole(x: Any) -> Any:
    """Return a number of NumPy's, as arithmetic makes it of an array without axes, as that array again."""
    return np.asarray(x) if isinstance(x, np.generic) else x


def _arrays(value: Any) -> Any:
    """Return the tensors of a result as arrays, in tuples and lists too, and anything else as it is."""
    return mapped(lambda x: from_tensor(x) if is_tensor(x) else x, value)


def _write_back(x: Any, t: Any) -> None:
    """Write into an array what was written into the tensor that was made of it, where they are not one memory."""
    if isinstance(x, np.ndarray) and x.flags.writeable and t.data_ptr() != x.__array_interface__["data"][0]:
        x[...] = from_tensor(t)
