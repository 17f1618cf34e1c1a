"""NumPy code as a function of tensors, which autograd can differentiate: its operations are traced by torch.compile.

What is traced is the code as it stands, at each shape and type of its inputs anew; the operations are then run as they
were recorded, one by one, so that noise can come between them. Not all code can be traced: branches that depend on
numbers, functions of SciPy, and methods of ufuncs cannot.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import is_tensor

if TYPE_CHECKING:
    import torch

__all__ = ["TracedCode", "UntraceableError"]

Key = tuple[Any, ...]
Graph = Callable[..., "tuple[torch.Tensor, ...]"]
COUNT = itertools.count()


class UntraceableError(Exception):
    """Code that torch.compile cannot trace, or whose results are not those of what was traced."""


@dataclass(frozen=True)
class TracedCode:
    """NumPy code as a function of tensors, traced once for each kind of inputs.

    Parameters
    ----------
    function : callable
        Takes and returns arrays and numbers.

    Raises
    ------
    UntraceableError
        When it is called, if it cannot be traced.
    """

    function: Code
    _graphs: dict[Key, Graph] = field(default_factory=dict, repr=False)

    def __call__(self, /, *arguments: Any, **options: Any) -> tuple[torch.Tensor, ...]:
        values = (*arguments, *options.values())
        places = [i for i, x in enumerate(values) if is_tensor(x)]
        tensors = [values[i] for i in places]
        key = _key(values, options)
        if key not in self._graphs:
            self._graphs[key] = _traced(_of_tensors(self.function, values, tuple(options), places), tensors)
        return self._graphs[key](*tensors)


def _key(values: Sequence[Any], options: Mapping[str, Any]) -> Key:
    """Return what a trace depends on: shapes and types of tensors, and everything else as it is."""
    kinds = [(tuple(x.shape), str(x.dtype)) if is_tensor(x) else (type(x), repr(x)) for x in values]
    return (*kinds, *options)


def _of_tensors(function: Code, values: Sequence[Any], names: Sequence[str], places: Sequence[int]) -> Code:
    """Return a function of the tensors among some values, which calls NumPy code with all of them."""
    fixed = list(values)
    first = len(fixed) - len(names)

    def traced(*tensors: Any) -> list[Any]:
        everything = list(fixed)
        for i, x in zip(places, tensors, strict=True):
            everything[i] = x.numpy()
        options = {name: everything[first + i] for i, name in enumerate(names)}
        value = enter(function, *everything[:first], **options)
        return list(value) if isinstance(value, (tuple, list)) else [value]

    # Traces are kept by the code that was traced, and only so many of one: each gets its own.
    code = traced.__code__.replace(co_name=f"traced_{next(COUNT)}")
    return FunctionType(code, traced.__globals__, code.co_name, traced.__defaults__, traced.__closure__)


def _traced(function: Code, tensors: Sequence[torch.Tensor]) -> Graph:
    """Return a function of tensors as the graph of its operations."""
    import torch

    calls: list[tuple[Any, Sequence[Any], Sequence[Any]]] = []

    def backend(graph: Any, examples: Any) -> Any:
        def run(*inputs: Any) -> Any:
            outputs = graph(*inputs)
            calls.append((graph, inputs, outputs))
            return outputs

        return run

    # Copies, and never differentiated: the code may write into its arguments, and keep what it computes.
    arguments = [x.detach().clone() for x in tensors]
    try:
        compiled = torch.compile(function, backend=backend, fullgraph=True, dynamic=False)
        with _without_logs():
            results = [x for x in enter(compiled, *arguments) if x is not None]
    except Exception as error:  # torch.compile has many ways to say no, and so has the code itself
        raise UntraceableError(f"{type(error).__name__}: {error}") from error
    if len(calls) != 1:
        raise UntraceableError("no operation of an array was seen")
    graph, inputs, outputs = calls[0]
    return _Recording(
        _keeping_graphs(graph),
        [_place(x, arguments) for x in inputs],
        [x.detach() for x in inputs],
        _places_of(results, outputs),
    )


@dataclass(frozen=True)
class _Recording:
    """A recorded graph, with what it takes and what of its outputs the code returns."""

    graph: Any
    sources: Sequence[int | None]
    constants: Sequence[Any]
    results: Sequence[int]

    def __call__(self, *tensors: torch.Tensor) -> tuple[torch.Tensor, ...]:
        pairs = zip(self.sources, self.constants, strict=True)
        # A copy of what comes in: code may write into its arguments, and a leaf must not be written into.
        inputs = [constant.clone() if i is None else tensors[i].to("cpu", copy=True) for i, constant in pairs]
        with _with_plain_exponents():
            outputs = self.graph(*inputs)
        device = tensors[0].device if tensors else "cpu"
        return tuple(outputs[i].to(device) for i in self.results)


def _keeping_graphs(graph: Any) -> Any:
    """Return a graph in which numbers that were taken out of arrays stay tensors, with the gradient that they have."""
    import torch

    for node in list(graph.graph.nodes):
        number = None
        if getattr(node.target, "method", None) == "item":
            with graph.graph.inserting_before(node):
                number = graph.graph.call_method("reshape", (node.args[0], ()))
        elif node.target is torch.scalar_tensor:
            number = node.args[0]
        if number is not None:
            node.replace_all_uses_with(number)
            graph.graph.erase_node(node)
    graph.recompile()
    return graph


@contextlib.contextmanager
def _without_logs() -> Iterator[None]:
    """Keep torch from telling on the console what it cannot trace, which is no fault of anybody's."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _with_plain_exponents() -> Any:
    """Return a mode in which an exponent that is one constant is a number, as it is in code of tensors.

    As a tensor it would be rounded on the way back, and a negative number has no power that is not whole.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    class PlainExponents(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func in (torch.pow, torch.Tensor.pow, torch.Tensor.pow_) and len(args) == 2 and _is_constant(args[1]):
                args = (args[0], args[1].item())
            return func(*args, **(kwargs or {}))

    return PlainExponents()


def _is_constant(x: Any) -> bool:
    return is_tensor(x) and x.dim() == 0 and not x.requires_grad


def _place(x: Any, among: Sequence[Any]) -> int | None:
    return next((i for i, y in enumerate(among) if x is y), None)


def _places_of(results: Sequence[Any], outputs: Sequence[Any]) -> list[int]:
    """Return which outputs of a graph the results of the code are: arrays by their memory, numbers in their order."""
    arrays = {x.data_ptr(): i for i, x in enumerate(outputs) if is_tensor(x)}
    known = [arrays.get(_address(x)) if isinstance(x, np.ndarray) else None for x in results]
    numbers = iter([i for i in range(len(outputs)) if i not in known])
    places = [next(numbers, None) if i is None else i for i in known]
    if not places or None in places:
        raise UntraceableError("not all that is returned is computed from its inputs")
    return [i for i in places if i is not None]


def _address(x: Any) -> int:
    return int(x.__array_interface__["data"][0])
