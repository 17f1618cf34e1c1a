"""Running the PyTorch twin: at the precision under test, in float64 for the truth, and as shadow runs."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.attention import SDPBackend, sdpa_kernel

from gradtwin.core.altered import Altered, TorchCall
from gradtwin.core.bound import PRECISIONS, Precision, precision
from gradtwin.core.call import Code
from gradtwin.core.carrier import from_tensor, is_stored, to_tensor
from gradtwin.core.errors import UsageError
from gradtwin.core.formats import Formats, OfWholeNumbers, Wide
from gradtwin.core.noise_torch import Mode, TorchShadow, under
from gradtwin.core.stack import stacked
from gradtwin.core.twin_code import TwinCode
from gradtwin.forms.nested import outline
from gradtwin.ops.evaluation import Evaluation, Forward, Question, answered

__all__ = ["Twin"]

Array = NDArray[Any]


class Twin:
    """A PyTorch function whose gradients autograd provides.

    `draws` tells whether some run has drawn random numbers of torch's, `layout` the names of the outputs of the last
    run, where it returned a dict, a dataclass or tuples in a tuple.

    Parameters
    ----------
    function : callable
        Takes tensors as the suspect takes arrays, and the same options; returns a tensor or a tuple of them.
    options : mapping
        Keyword arguments for every call.
    pairs : sequence of bool
        Which inputs hold complex numbers as pairs; none if not given. Complex outputs come as pairs.
    """

    is_estimate = False
    """Whether it differentiates by differences, with errors of its own."""

    def __init__(self, function: Code, options: Mapping[str, Any], pairs: Sequence[bool] = ()) -> None:
        self.function = function
        self.pairs = pairs
        self.complex_outputs: tuple[bool, ...] = ()
        self.layout: tuple[str, ...] | None = None
        self.code: Any = TwinCode(function)
        self._own: TwinCode = self.code
        self.options = dict(options)
        self.draws = False
        self._formats: dict[str, tuple[Precision, ...]] = {}
        self._random = torch.get_rng_state()

    def with_options(self, options: Mapping[str, Any]) -> Twin:
        """Return the same twin with other options."""
        twin = copy.copy(self)
        twin.options = dict(options)
        return twin

    def altered(self, code: Any) -> Twin:
        """Return the twin with other code around its own, and the same options and state."""
        twin = copy.copy(self)
        twin.code = code
        return twin

    def formats(self, inputs: Sequence[Any], dtype: str) -> tuple[Precision, ...]:
        """Return the formats in which the twin computes at a precision, where they are not that one alone.

        In float64 it is not asked, and otherwise once: what it says of some inputs it says of all.
        """
        if dtype not in self._formats:
            self._formats[dtype] = () if dtype == "float64" else self._seen(inputs, dtype)
        return self._formats[dtype]

    def _seen(self, inputs: Sequence[Any], dtype: str) -> tuple[Precision, ...]:
        formats = Formats()

        def watched(*arguments: Any, **options: Any) -> Any:
            with formats:
                return self.code(*arguments, **options)

        try:
            self.altered(watched)._started(inputs, [False] * len(inputs), dtype)
        except UsageError:
            return ()
        own = precision(dtype)
        if formats.seen <= {own} and not any(map(is_stored, inputs)):
            return ()
        return tuple(p for p in formats.seen if not p.stored) or (own,)

    def truth(self, question: Question, dtype: str) -> Evaluation:
        """Run once in float64, for what is judged at that precision."""
        self.formats(question.inputs, dtype)
        return self.run(question)

    def _wide(self) -> Mode | None:
        """Return the mode in which a twin of several formats is run in float64, once it is known to be one."""
        return next((Wide(precision(dtype)) for dtype, formats in self._formats.items() if formats), None)

    def start(
        self,
        inputs: Sequence[Any],
        wanted: Sequence[bool],
        dtype: str,
        device: str = "cpu",
        mode: Mode | None = None,
    ) -> Forward:
        """Run forward, under a mode if one is given; what comes back can be run backward for any cotangents.

        Raises
        ------
        UsageError
            If the twin cannot be run so; where it is the precision that it does not take, that is said.
        """
        if mode is not None:
            return self._started(inputs, wanted, dtype, device, mode)
        try:
            forward = self._started(inputs, wanted, dtype, device)
        except UsageError as error:
            working = [name for name in PRECISIONS if name != dtype and self._runs(inputs, wanted, name)]
            if not working:
                raise
            needed = (
                " Without it there is no truth: give tensors that it makes the dtype of its inputs."
                if dtype == "float64"
                else ""
            )
            raise UsageError(
                f"Expected the twin to run in {dtype}, as it does in {', '.join(working)}.{needed} {error}"
            ) from error.__cause__
        self.draws = self.draws or not torch.equal(self._random, torch.get_rng_state())
        return forward

    def _started(
        self,
        inputs: Sequence[Any],
        wanted: Sequence[bool],
        dtype: str,
        device: str = "cpu",
        mode: Mode | None = None,
    ) -> Forward:
        def tensor(x: Any, differentiable: bool = False) -> Any:
            t = _tensor(x, dtype)
            t = mode.perturb_input(t) if mode is not None and _is_real(t) else t
            # Moved first: a tensor that is moved while it requires a gradient becomes a result, and is no leaf.
            return t.to(device).requires_grad_(differentiable) if isinstance(t, torch.Tensor) else t

        leaves = [tensor(x, w) for x, w in zip(inputs, wanted, strict=True)]
        options = {name: tensor(x) for name, x in self.options.items()}
        with under(mode), self._own.at(dtype, device):
            outputs = self._outputs(leaves, options)
        return Forward(outputs, [x if w else None for x, w in zip(leaves, wanted, strict=True)], tensor, mode)

    def _outputs(self, leaves: Sequence[Any], options: Mapping[str, Any]) -> tuple[torch.Tensor, ...]:
        """Return the outputs for these inputs, complex ones as pairs on both sides."""
        places = [i for i, is_pair in enumerate(self.pairs) if is_pair]
        if any(leaves[i].dtype == torch.bfloat16 for i in places):
            raise UsageError("Expected complex inputs in a precision of which torch has complex numbers; got bfloat16.")
        inputs = [torch.view_as_complex(x) if i in places else x for i, x in enumerate(leaves)]
        self.layout, outputs = _outputs(self.code(*inputs, **options))
        self.complex_outputs = tuple(o.is_complex() for o in outputs)
        return tuple(torch.view_as_real(o.resolve_conj()) if o.is_complex() else o for o in outputs)

    def takes_shapes(self, inputs: Sequence[Any], dtype: str) -> bool:
        """Return whether it takes inputs of these shapes, by a run without numbers.

        Some kernels of torch write beyond their arrays where shapes do not fit. Attention goes through the one that
        looks at them.
        """
        try:
            with torch.device("meta"), sdpa_kernel(SDPBackend.MATH):
                self._started(inputs, [False] * len(inputs), dtype, "meta")
        except (UsageError, NotImplementedError):
            return False
        return True

    def calls(self, inputs: Sequence[Any], dtype: str) -> frozenset[str]:
        """Return the names of the functions of torch that it calls on these inputs, by itself or inside of a module."""
        names = set[str]()

        def noted(call: TorchCall) -> None:
            names.add(call.name)

        self.altered(Altered(self.code, noted))._started(inputs, [False] * len(inputs), dtype)
        return frozenset(names)

    def narrows(self, inputs: Sequence[Any], p: Precision) -> bool:
        """Return whether it computes something of whole numbers in a format coarser than a precision."""
        with OfWholeNumbers() as seen:
            self._started(inputs, [False] * len(inputs), p.name)
        return any(other.unit > p.unit for other in seen.seen)

    def _runs(self, inputs: Sequence[Any], wanted: Sequence[bool], dtype: str) -> bool:
        try:
            self._started(inputs, wanted, dtype)
        except UsageError:
            return False
        return True

    def run(
        self, question: Question, dtype: str = "float64", device: str = "cpu", mode: Mode | None = None
    ) -> Evaluation:
        """Run once, forward and then backward for each choice of cotangents, under a mode if one is given."""
        mode = self._wide() if mode is None and dtype == "float64" else mode

        def started() -> Forward:
            return self.start(question.inputs, question.wanted, dtype, device, mode)

        return answered(started(), question.cotangents, started)

    def stack(self, question: Question, shadow: TorchShadow | None, runs: int) -> Evaluation:
        """Run many shadow runs in one pass, or that many plain ones without a shadow.

        Raises
        ------
        NotStackableError
            If the twin cannot be run so.
        """
        inputs, choices = question.inputs, question.cotangents
        flat = (*inputs, *self.options.values(), *(c for choice in choices for c in choice))
        values = [_tensor(x, "float64") for x in flat]
        on_stack = [i for i, x in enumerate(values) if isinstance(x, torch.Tensor)]
        targets = [i for i, w in enumerate(question.wanted) if w and choices]
        first = len(inputs) + len(self.options)

        def answer(*tensors: torch.Tensor) -> list[torch.Tensor]:
            for i, x in zip(on_stack, tensors, strict=True):
                values[i] = x
            options = dict(zip(self.options, values[len(inputs) : first], strict=True))

            def outputs_of(*chosen: torch.Tensor) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
                leaves = list(values[: len(inputs)])
                for i, x in zip(targets, chosen, strict=True):
                    leaves[i] = x
                with self._own.at("float64", "cpu"):
                    outputs = self._outputs(leaves, options)
                # vjp takes floating outputs alone; all of them come beside these.
                return tuple(filter(_is_real, outputs)), outputs

            if not targets:
                return list(outputs_of()[1])
            _, pull, outputs = torch.func.vjp(  # type: ignore[misc]
                outputs_of, *(values[i] for i in targets), has_aux=True
            )
            gradients = []
            for k in range(len(choices)):
                choice = values[first + k * len(outputs) : first + (k + 1) * len(outputs)]
                gradients += pull(tuple(c for c, o in zip(choice, outputs, strict=True) if _is_real(o)))
            return [*outputs, *gradients]

        results = [from_tensor(x) for x in stacked(answer, [values[i] for i in on_stack], shadow, runs)]
        # The number of outputs shows only now. A step of 0 is refused even where there is nothing to go through.
        count = len(results) - len(choices) * len(targets)
        parts = [results[start : start + len(targets)] for start in range(count, len(results), len(targets) or 1)]
        return Evaluation(tuple(results[:count]), tuple(_placed(part, question.wanted) for part in parts))


def _outputs(answer: Any) -> tuple[tuple[str, ...] | None, tuple[torch.Tensor, ...]]:
    """Return the names of the outputs of a twin, if they have names, and the outputs, without those that are None."""
    names, arrays = outline(answer)
    names = None if names is None else tuple(n for n, o in zip(names, arrays, strict=True) if o is not None)
    outputs = tuple(o for o in arrays if o is not None)
    if not outputs:
        raise UsageError("Expected the twin to return a tensor or a tuple of tensors; got none.")
    for output in outputs:
        if not isinstance(output, torch.Tensor):
            raise UsageError(
                f"Expected the twin to return a tensor or a tuple of tensors; got {type(output).__name__}."
            )
    return names, outputs


def _placed(gradients: Sequence[Array | None], wanted: Sequence[bool]) -> tuple[Array | None, ...]:
    """Return the gradients of the wanted inputs at the places of these among all inputs."""
    remaining = iter(gradients)
    return tuple(next(remaining) if w else None for w in wanted)


def _tensor(x: Any, dtype: str) -> Any:
    """Return an array as a tensor, of that type if it is real; anything else as it is."""
    return to_tensor(x, dtype) if isinstance(x, np.ndarray) else x


def _is_real(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point()
