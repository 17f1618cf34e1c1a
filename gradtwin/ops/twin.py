"""Running the PyTorch twin: at the precision under test, in float64 for the truth, and as shadow runs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import K, Precision, spread_of
from gradtwin.core.compare import Expectation
from gradtwin.core.errors import UsageError
from gradtwin.core.noise_torch import TorchShadow, under

__all__ = ["Evaluation", "Twin"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Evaluation:
    """The outputs of one run and the gradients it left at the differentiable inputs (None where there is none)."""

    outputs: tuple[Array, ...]
    gradients: tuple[Array | None, ...] = ()


class Twin:
    """A PyTorch function whose gradients autograd provides.

    Parameters
    ----------
    function : callable
        Takes tensors as the suspect takes arrays, and the same options; returns a tensor or a tuple of them.
    options : mapping
        Keyword arguments for every call.
    """

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
        self.function = function
        self.options = dict(options)

    def run(
        self,
        inputs: Sequence[Any],
        dtype: str,
        *,
        wanted: Sequence[bool],
        cotangents: Sequence[Array] | None = None,
        device: str = "cpu",
        shadow: TorchShadow | None = None,
    ) -> Evaluation:
        """Run once; with `cotangents`, one an output, also backward to the inputs that `wanted` marks."""
        torch_dtype = getattr(torch, dtype)

        def leaf(x: Any, differentiable: bool = False) -> Any:
            if not isinstance(x, np.ndarray):
                return x
            t = torch.from_numpy(np.array(x))
            if t.is_floating_point():
                t = t.to(torch_dtype)
                t = shadow.perturb_input(t) if shadow is not None else t
            return t.to(device).requires_grad_(differentiable and cotangents is not None)

        leaves = [leaf(x, w) for x, w in zip(inputs, wanted, strict=True)]
        options = {k: leaf(v) for k, v in self.options.items()}
        seeds = None if cotangents is None else [leaf(c).detach() for c in cotangents]
        with under(shadow):
            return self._evaluate(leaves, options, wanted, seeds)

    def _evaluate(
        self, leaves: list[Any], options: dict[str, Any], wanted: Sequence[bool], seeds: list[torch.Tensor] | None
    ) -> Evaluation:
        out = self.call(leaves, options)
        outputs = tuple(o for o in (out if isinstance(out, (tuple, list)) else (out,)) if o is not None)
        results = tuple(_to_numpy(o) for o in outputs)
        if seeds is None:
            return Evaluation(results)
        live = [(o, s) for o, s in zip(outputs, seeds, strict=True) if o.requires_grad]
        targets = [t for t, w in zip(leaves, wanted, strict=True) if w]
        if not targets or not live:
            return Evaluation(results, tuple(None for _ in leaves))
        found = iter(torch.autograd.grad([o for o, _ in live], targets, [s for _, s in live], allow_unused=True))
        gradients = [next(found) if w else None for w in wanted]
        return Evaluation(results, tuple(None if g is None else _to_numpy(g) for g in gradients))

    def call(self, leaves: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Call the function, and say clearly where it does not take what the suspect takes."""
        try:
            return self.function(*leaves, **options)
        except TypeError as error:
            raise UsageError(
                f"Expected twin {_name(self.function)} to take the suspect's arguments, {len(leaves)} inputs and "
                f"options {sorted(self.options)}; it takes {_signature(self.function)} and answered: {error}"
            ) from error
        except Exception as error:  # whatever the twin raises, the inputs are not ones that it can judge
            raise UsageError(
                f"Expected twin {_name(self.function)} to accept the inputs; it raised {type(error).__name__}: {error}"
            ) from error

    def expect(
        self,
        inputs: Sequence[Any],
        p: Precision,
        *,
        wanted: Sequence[bool],
        cotangents: Sequence[Array] | None,
        device: str,
        seed: int,
        runs: int,
        exact: bool = False,
    ) -> tuple[tuple[Expectation, ...], tuple[Expectation | None, ...]]:
        """Return what the twin says of the outputs and of the gradients, with the spread of `runs` shadow runs."""
        arguments: dict[str, Any] = {"wanted": wanted, "cotangents": cotangents}
        truth = self.run(inputs, "float64", **arguments)
        native = self.run(inputs, p.name, device=device, **arguments)
        noises = [TorchShadow(K * p.unit, K * p.eta, seed + i) for i in range(0 if exact else runs)]
        try:
            shadows = [self.run(inputs, "float64", shadow=noise, **arguments) for noise in noises]
        except UsageError as error:
            raise UsageError(
                f"Expected inputs at which the twin gives a result however it rounds at {p.name}; "
                f"without noise it does, with noise: {error}"
            ) from error

        def expectation(t: Array, n: Any, s: Sequence[Any]) -> Expectation:
            t = np.asarray(t, np.float64)
            return Expectation(t, spread_of(t, s), n, p, exact)

        outputs = tuple(
            expectation(t, native.outputs[i], [s.outputs[i] for s in shadows]) for i, t in enumerate(truth.outputs)
        )
        columns = zip(truth.gradients, native.gradients, *(s.gradients for s in shadows), strict=True)
        gradients = tuple(None if t is None else expectation(t, n, s) for t, n, *s in columns)
        return outputs, gradients


def _to_numpy(t: torch.Tensor) -> Array:
    t = t.detach().cpu()
    return np.asarray((t.to(torch.float32) if t.dtype is torch.bfloat16 else t).resolve_conj().numpy())


def _name(function: Any) -> str:
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


def _signature(function: Any) -> str:
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "arguments of its own"
