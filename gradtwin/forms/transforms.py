"""An autograd Function beyond a plain backward: inputs that change meanwhile, or are one, and `torch.func`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gradtwin.core.bound import LAST_DIGITS
from gradtwin.core.call import Code, aside, enter
from gradtwin.core.carrier import is_tensor
from gradtwin.forms.examination import Examination

if TYPE_CHECKING:
    import torch

__all__ = ["examined"]

CHANGED = (
    "a gradient is wrong, without an error, if {} changes between forward and backward: "
    "keep tensors by ctx.save_for_backward, which sees that"
)
UNTRANSFORMED = "torch.func cannot transform it ({}): {}"
SHARED = "one tensor for inputs {} and {} gets another answer than two equal ones, of which the gradients are added"
UNSHARED = "one tensor cannot be passed for inputs {} and {}: {}"
OTHERWISE = "torch.func.{} makes something else of it than a call does"

PAIRS = 2
"""How many pairs of inputs are tried as one tensor."""


def examined(function: Code, inputs: Sequence[Any], wanted: Sequence[bool]) -> Examination:
    """Return what goes wrong with a function of tensors whose backward was written by hand.

    Parameters
    ----------
    function : callable
        Takes and returns tensors.
    inputs : sequence
        What it is called with.
    wanted : sequence of bool
        Which inputs get a gradient.
    """
    call = _Call(function, inputs, wanted)
    plain = aside("forward", call.gradients, [], {}, ())
    if plain.findings or plain.value is None:
        return Examination()
    limits = [CHANGED.format(what) for what in ("an input", "the result") if call.is_misled(what, plain.value)]
    faults: list[str] = []
    reasons: dict[str, list[str]] = {}
    for name, transformed in {"vjp": call.by_vjp, "vmap": call.by_vmap}.items():
        outcome = aside("forward", transformed, [], {}, ())
        if outcome.findings:
            reasons.setdefault(_reason(outcome.findings[0].message), []).append(name)
        elif not _are_alike(*outcome.value):
            faults.append(OTHERWISE.format(name))
    limits += [UNTRANSFORMED.format(" and ".join(names), reason) for reason, names in reasons.items()]
    for pair in call.pairs:
        alone, shared = (aside("forward", call.with_equal, [pair, is_shared], {}, ()) for is_shared in (False, True))
        if alone.findings or alone.value is None:
            continue
        if shared.findings:
            limits.append(UNSHARED.format(*pair, _reason(shared.findings[0].message)))
        elif not _are_alike(shared.value, alone.value):
            faults.append(SHARED.format(*pair))
    return Examination(tuple(faults), tuple(limits))


class _Call:
    """A function of tensors on some inputs, called and differentiated in several ways."""

    def __init__(self, function: Code, inputs: Sequence[Any], wanted: Sequence[bool]) -> None:
        self.function, self.inputs = function, inputs
        self.places = [i for i, w in enumerate(wanted) if w]

    def gradients(self, change: Callable[[list[Any], Any], None] | None = None) -> Any:
        """Return the gradients of the sum of all results, after a change that is made once they are there."""
        import torch

        leaves, results = self._results()
        live = [x for x in results if x.requires_grad]
        if not live:
            return None
        cotangents = [torch.ones_like(x) for x in live]
        if change is not None:
            with torch.no_grad():
                change(self._inputs, results)
        gradients = torch.autograd.grad(live, leaves, cotangents, allow_unused=True)
        return [None if g is None else g.detach().clone() for g in gradients]

    def is_misled(self, what: str, plain: Any) -> bool:
        """Return whether gradients are others, and no error comes, if the inputs, or the results, change meanwhile."""

        def change(inputs: list[Any], results: list[Any]) -> None:
            for x in inputs if what == "an input" else results:
                if is_tensor(x) and x.is_floating_point():
                    x.add_(1)

        outcome = aside("forward", self.gradients, [change], {}, ())
        return not outcome.findings and not _are_alike(outcome.value, plain)

    def by_vjp(self) -> Any:
        """Return the gradients that `torch.func.vjp` makes, and those that autograd makes."""
        import torch

        results, pull = torch.func.vjp(self._of_wanted, *self._wanted())  # type: ignore[misc]
        cotangents = tuple(torch.ones_like(x) for x in results)
        return pull(cotangents), self._zeros_for_none(self.gradients())

    def by_vmap(self) -> Any:
        """Return what `torch.vmap` makes of two calls on a stack, and what the calls make."""
        import torch

        other = [x / 2 for x in self._wanted()]
        with torch.no_grad():
            stack = [torch.stack(pair) for pair in zip(self._wanted(), other, strict=True)]
            mapped = torch.vmap(self._of_wanted)(*stack)
            alone = [self._of_wanted(*self._wanted()), self._of_wanted(*other)]
        return mapped, [torch.stack(pair) for pair in zip(*alone, strict=True)]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The first pairs of places of inputs with a gradient that are alike in shape and type."""
        alike = (
            (i, j)
            for i, j in itertools.combinations(self.places, 2)
            if self.inputs[i].shape == self.inputs[j].shape and self.inputs[i].dtype == self.inputs[j].dtype
        )
        return list(itertools.islice(alike, PAIRS))

    def with_equal(self, pair: tuple[int, int], is_shared: bool) -> list[torch.Tensor] | None:
        """Return the results with equal numbers in two places, as one tensor or as two, and what both get together.

        None where the call writes into what it is given.
        """
        import torch

        first, second = pair
        leaves = [self.inputs[first].detach().clone().requires_grad_() for _ in pair]
        leaves = leaves[:1] * 2 if is_shared else leaves
        # Clones of the leaves, which may be written into; of one leaf there is one.
        clones = {id(x): x.clone() for x in leaves}
        inputs = [x.detach().clone() if is_tensor(x) else x for x in self.inputs]
        inputs[first], inputs[second] = (clones[id(x)] for x in leaves)
        results = _tensors(enter(self.function, *inputs))
        live = [x for x in results if x.requires_grad]
        if not live or any(x._version for x in clones.values()):
            return None
        targets = leaves[:1] if is_shared else leaves
        gradients = torch.autograd.grad(live, targets, [torch.ones_like(x) for x in live], allow_unused=True)
        whole = [torch.zeros_like(x) if g is None else g for x, g in zip(targets, gradients, strict=True)]
        return [*(x.detach().clone() for x in live), whole[0] if is_shared else whole[0] + whole[1]]

    def _results(self) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """Return the leaves, and the results of a call on copies of all inputs, which can be changed in place."""
        leaves = [x.requires_grad_() for x in self._wanted()]
        by_place = dict(zip(self.places, leaves, strict=True))
        self._inputs = [by_place.get(i, x).clone() if is_tensor(x) else x for i, x in enumerate(self.inputs)]
        return leaves, _tensors(enter(self.function, *self._inputs))

    def _wanted(self) -> list[torch.Tensor]:
        return [self.inputs[i].detach().clone() for i in self.places]

    def _of_wanted(self, *chosen: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return the real results, as a function of the inputs with a gradient."""
        inputs = list(self.inputs)
        for i, x in zip(self.places, chosen, strict=True):
            inputs[i] = x
        return tuple(x for x in _tensors(enter(self.function, *inputs)) if x.is_floating_point())

    def _zeros_for_none(self, gradients: Sequence[Any]) -> list[torch.Tensor]:
        import torch

        return [torch.zeros_like(x) if g is None else g for x, g in zip(self._wanted(), gradients, strict=True)]


def _tensors(value: Any) -> list[torch.Tensor]:
    return [x for x in (value if isinstance(value, (tuple, list)) else (value,)) if is_tensor(x)]


def _are_alike(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Return whether tensors are the same but for last digits, and None in the same places."""
    return all(
        a is b or (a is not None and b is not None and _are_near(a, b)) for a, b in zip(first, second, strict=True)
    )


def _are_near(a: torch.Tensor, b: torch.Tensor) -> bool:
    import torch

    if a.shape != b.shape or a.dtype != b.dtype:
        return False
    digits = LAST_DIGITS * torch.finfo(a.dtype).eps
    a, b = (torch.view_as_real(x.detach().resolve_conj()) if x.is_complex() else x.detach() for x in (a, b))
    a, b = a.double(), b.double()
    largest = a.nan_to_num(0, 0, 0).abs().max() if a.numel() else 0
    return bool((((a - b).abs() <= digits * largest) | (a == b) | (a.isnan() & b.isnan())).all())


def _reason(message: str) -> str:
    """Return the first sentence of what torch says."""
    return message.removeprefix("raises ").partition("\n")[0].partition(". ")[0]
