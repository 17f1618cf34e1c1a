"""Products with a Hessian or a Jacobian: what a hand-written one returns, and which of the two that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, aside, enter
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.coverage import GRADIENTS, PRODUCTS, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.core.results import arrays_in, misfits
from gradtwin.core.signatures import Passed, require_takers
from gradtwin.forms.keywords import by_keyword
from gradtwin.forms.tensors import TensorCode
from gradtwin.ops.derivatives import Gradient, Slope, Tangent, floating, in_steps
from gradtwin.ops.double import KINK, renamed
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.numeric import DifferenceTwin
from gradtwin.ops.numeric_products import NumericProduct
from gradtwin.ops.problem import Problem
from gradtwin.ops.subject import Subject
from gradtwin.ops.twin import Twin

__all__ = ["FORMS", "ProductForm", "Values"]

Array = NDArray[Any]

FORMS = {"hvp": "Hessian-vector product", "jvp": "Jacobian-vector product"}
"""What a product can be, by the name by which a user says it."""


@dataclass(frozen=True)
class ProductForm:
    """A product beside the function whose derivative it holds, as what is judged.

    Parameters
    ----------
    problem : Problem
        The function and its twin.
    product : callable
        Takes the inputs, and a direction for each of those by which to differentiate.
    form : str, optional
        Which of `FORMS` it is; None where its result tells.
    of_tensors, by_name : bool
        Whether it takes tensors, and whether it takes the inputs by name.
    alone : bool
        Whether nothing but the product is judged, as of a function that is its own twin.
    """

    problem: Problem
    product: Code
    form: str | None
    of_tensors: bool
    by_name: bool
    alone: bool

    def read(self, dtype: str, at: Conditions) -> ProductForm:
        """Return the same with its form, read from the shape of what the product returns."""
        base = self.problem.subject(dtype, at)
        shapes = _shapes(base)
        is_scalar = _is_one_number(shapes)
        if self.form == "hvp" and not is_scalar:
            raise UsageError(
                f"Expected form='hvp' of a function that returns one number, which has a Hessian; got one that returns "
                f"{' and '.join(map(str, shapes))}. Write form='jvp' for a product with the Jacobian."
            )
        if self.form is not None or not is_scalar:
            return replace(self, form=self.form or "jvp")
        whole = _with_directions(base)
        outcome = aside("product", self._code(base, whole), whole.arrays, whole.options, base.places)
        results = () if any(misfits(outcome.value)) else tuple(x.shape for x in arrays_in(outcome.value))
        is_jvp = results == shapes and results != tuple(x.shape for x in whole.arrays[len(base.inputs.arrays) :])
        return replace(self, form="jvp" if is_jvp else "hvp")

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        base = _plain(self.problem.subject(dtype, at))
        product, outputs = self._code(base, _with_directions(base)), range(len(_shapes(base)))
        if isinstance(base.twin, DifferenceTwin):
            truth = NumericProduct(base.twin, base.inputs.wanted, is_hessian=self.form == "hvp")
            return self._beside(base, product, truth)
        gradient = Gradient(in_steps(base.twin.function), base.inputs.wanted, len(outputs), tuple(outputs))
        return (
            _of_hessian(base, product, gradient) if self.form == "hvp" else self._of_jacobian(base, product, gradient)
        )

    def _of_jacobian(self, base: Subject, product: Code, gradient: Gradient) -> Subject:
        """Return the product beside the twin's, each with what the function itself returns before it."""
        tangent, count = Tangent(gradient), len(base.inputs.arrays)

        def forward(*arguments: Any, **options: Any) -> tuple[Any, ...]:
            values = () if self.alone else _parts(enter(base.forward, *arguments[:count], **options))
            return (*values, *_parts(enter(product, *arguments, **options)))

        def twin(*arguments: Any, **options: Any) -> tuple[Any, ...]:
            values = () if self.alone else _parts(enter(gradient.function, *arguments[:count], **options))
            return (*values, *tangent(*arguments, **options))

        return self._beside(base, forward, Twin(twin, base.twin.options))

    def _beside(self, base: Subject, forward: Code, twin: Twin) -> Subject:
        """Return a product, after the values of its function if they are judged, beside what a twin returns."""
        names = () if self.alone else base.manner.names_of(len(base.native.outputs))
        titles = (*names, *self._titles(base))
        # Whatever the truth of the function is, the product is other code.
        manner = replace(base.manner, compares_values=True, output_names=lambda n: titles if n == len(titles) else None)
        return replace(base, forward=forward, backward=None, twin=twin, inputs=_with_directions(base), manner=manner)

    def worded(self, report: Report, base: Subject) -> Report:
        """Return a report that says what it read, and which of its quantities are products."""
        titles, inputs = self._titles(base), base.inputs
        targets = [n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w]
        names = {"forward": "product"}
        if self.form == "hvp" and not isinstance(base.twin, DifferenceTwin):
            names = {"backward": "product"} | {f"gradient of {n}": t for n, t in zip(targets, titles, strict=True)}
            report = _without_gradients(report, dict(zip(targets, titles, strict=True)))

        def part(x: Part) -> Part:
            return x._replace(kind=PRODUCTS) if x.name in titles else x

        c = report.coverage
        unproven = {part(x): why for x, why in c.unproven.items()}
        coverage = Coverage(tuple(map(part, c.proven)), unproven, tuple(map(part, c.zeros)))
        assert self.form is not None
        other = next(form for form in FORMS if form != self.form)
        hint = f" (form={other!r} reads the other)" if _is_one_number(_shapes(base)) else ""
        remark = f"read as: product returns the {FORMS[self.form]}{hint}"
        worded = renamed(report, names)
        return replace(worded, coverage=coverage, remarks=(remark, *worded.remarks))

    def _code(self, base: Subject, whole: Inputs) -> Code:
        """Return the product as a function of arrays."""
        names = whole.names
        passed = Passed(len(names), names if self.by_name else None, tuple(whole.options))
        require_takers({"product": self.product}, passed)
        product = by_keyword(self.product, names) if self.by_name else self.product
        return TensorCode(product, base.precision, base.device) if self.of_tensors else product

    def _titles(self, base: Subject) -> Sequence[str]:
        """Return how the parts of the product are called."""
        assert self.form is not None
        word, inputs = FORMS[self.form], base.inputs
        targets = [n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w]
        parts = targets if self.form == "hvp" else base.manner.names_of(len(_shapes(base)))
        return [word] if len(parts) == 1 else [f"{word}, {n}" for n in parts]


@dataclass(frozen=True)
class Values:
    """A function as what is judged in its values alone."""

    problem: Problem

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        return replace(_plain(self.problem.subject(dtype, at)), backward=None)


def _plain(subject: Subject) -> Subject:
    """Return a subject without what a framework makes of its backward, which is not what is judged."""
    return replace(subject, origin=replace(subject.origin, gradient=None, examine=None))


def _of_hessian(base: Subject, product: Code, gradient: Gradient) -> Subject:
    """Return the product as the backward of the twin's own gradient, whose Jacobian, the Hessian, is symmetric.

    So a direction is a cotangent, and a kink of the gradient is seen as one.
    """

    def backward(grad: Any, *inputs: Any, **options: Any) -> Any:
        return enter(product, *inputs, *(grad if isinstance(grad, tuple) else (grad,)), **options)

    slope = Slope(gradient)
    # Where the slope has a kink there is no Hessian, and no convention says which of the products is meant.
    manner = replace(base.manner, accept=(*base.manner.accept, KINK))
    forward, twin = TensorCode(slope, base.precision, base.device), Twin(slope, base.twin.options)
    return replace(base, forward=forward, backward=backward, twin=twin, manner=manner)


def _without_gradients(report: Report, titles: Mapping[str, str]) -> Report:
    """Return a report on a product as a backward without its forward, which is the twin's, and with its own words."""
    coverage = report.coverage

    def products(parts: Iterable[Part]) -> tuple[Part, ...]:
        return tuple(x._replace(kind=PRODUCTS, name=titles[x.name]) for x in parts if x.kind == GRADIENTS)

    unproven = {x: why for of, why in coverage.unproven.items() for x in products([of])}

    # Whoever wrote a product has neither a backward nor a cotangent: reports speak of what he passed.
    def words(text: str) -> str:
        return text.replace("backward", "product").replace("argument grad", "argument v").replace("cotangent", "v")

    return replace(
        report,
        findings=tuple(replace(f, message=words(f.message), context=words(f.context)) for f in report.findings),
        remarks=tuple(map(words, report.remarks)),
        coverage=Coverage(products(coverage.proven), unproven, products(coverage.zeros)),
    )


def _shapes(base: Subject) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of the outputs that have derivatives."""
    shapes = tuple(tuple(x.shape) for x in floating(base.native.outputs))
    if not shapes:
        raise UsageError("Expected the twin to return floating numbers, which have derivatives; got none.")
    return shapes


def _is_one_number(shapes: Sequence[tuple[int, ...]]) -> bool:
    return len(shapes) == 1 and math.prod(shapes[0]) == 1


def _with_directions(base: Subject) -> Inputs:
    """Return the inputs, and a direction for each by which to differentiate after them."""
    inputs = base.inputs
    targets = [(n, x) for n, x, w in zip(inputs.names, inputs.arrays, inputs.wanted, strict=True) if w]
    if not targets:
        raise UsageError(f"Expected a floating input to differentiate by; got {', '.join(inputs.names) or 'none'}.")
    # Not the subject's own seed, with which the cotangents are drawn: along the gradient a product tells less.
    rng = np.random.default_rng(seed_from("directions", base.seed))
    directions = [base.cotangent(rng, x.shape) for _, x in targets]
    names = ["v"] if len(targets) == 1 else [f"v_{n}" for n, _ in targets]
    return Inputs(
        (*inputs.arrays, *directions),
        (*inputs.names, *names),
        (*inputs.wanted, *(False for _ in directions)),
        inputs.options,
        (*inputs.pairs, *(False for _ in directions)),
    )


def _parts(value: Any) -> tuple[Any, ...]:
    """Return the parts of a result, without those that are None."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return tuple(x for x in parts if x is not None)
