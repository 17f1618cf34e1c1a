"""Judging second derivatives: a gradient that is differentiated once more, products with a Hessian or a Jacobian."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradtwin.core.arguments import public_check
from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import is_tensor, to_tensor
from gradtwin.core.conditions import Conditions
from gradtwin.core.conventions import accepted
from gradtwin.core.errors import UsageError, one_of
from gradtwin.core.report import Finding, Report
from gradtwin.forms.recognise import title_of
from gradtwin.ops.check import judged, require_code
from gradtwin.ops.double import CLOSED, Double, differentiable_outputs
from gradtwin.ops.inputs import Provider, Provides, as_asked, provided
from gradtwin.ops.problem import Problem
from gradtwin.ops.products import FORMS, ProductForm, Values
from gradtwin.ops.subject import Manner, Subject

__all__ = ["check_second_order"]


@public_check
def check_second_order(
    suspect: Any,
    product: Code | None = None,
    *,
    twin: Code | None = None,
    inputs: Provides | Provider,
    options: Mapping[str, Any] | None = None,
    differentiable: str | Sequence[str] | None = None,
    form: str | None = None,
    accept: str | Sequence[str] = (),
    dtypes: Sequence[str] | None = None,
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge the second derivatives of `suspect`, or `product`, which multiplies with its Hessian or its Jacobian.

    Without a product, the gradients that autograd makes of the suspect are an operation of their own, of its inputs and
    of the cotangents of its outputs. Its values are judged, and its gradients by all of these, beside those of the
    twin. Of several outputs, each is also judged with a cotangent alone, the others having none.

    With a product, what that returns is judged; of arrays also whether `suspect` returns what the twin does.

    Parameters
    ----------
    suspect : callable
        A ``torch.autograd.Function``, an ``nn.Module`` or a function of tensors; beside a product a function of
        whatever the inputs are, arrays or tensors.
    product : callable, optional
        ``product(*inputs, v, **options)``, with one `v` of its shape for each differentiable input. Where `suspect`
        returns one number it may return the Hessian times `v`, of the shape of `v`; or, of any function, the Jacobian
        times `v`, of the shape of what `suspect` returns. Which it is, is read from the shape of its result; the report
        says so.
    twin : callable, optional
        The PyTorch function. Beside a product it is `suspect` itself if not given, as `gradtwin.check` takes it; then
        nothing but the product is judged.
    inputs : sequence, mapping, or callable
        As for `gradtwin.check`. Without a product arrays are taken as tensors.
    options : mapping, optional
        Keyword arguments of the suspect, the product and the twin.
    differentiable : str or sequence of str, optional
        Names of the inputs by which to differentiate; all floating inputs if not given.
    form : str, optional
        ``hvp`` or ``jvp``: how to read the product where both shapes are the same.
    accept, dtypes, device, seed, name, command
        As for `gradtwin.check`. At a kink of a gradient, any second derivative between the twin's is accepted.

    Returns
    -------
    Report
        Its quantities are ``gradient of x``, ``second derivative by x`` and ``second derivative by cotangent``; or
        ``Hessian-vector product`` and ``Jacobian-vector product``.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or the twin does not take what the suspect takes.
    DeviceMissingError
        If `device` is not on this machine.
    """
    require_code({"suspect": suspect}, {"product": product, "twin": twin})
    if form is not None:
        one_of("form", form, FORMS)
    suspect_name = getattr(suspect, "__name__", "suspect")
    title = name or f"{title_of(suspect)}, second order"
    at = Conditions(tuple(dtypes or ()), device, seed, title, command, asked=dtypes is not None)
    at = as_asked(at, inputs)
    values = provided(inputs, at)
    names = tuple(values) if isinstance(values, Mapping) else None
    of_tensors = any(map(is_tensor, values.values() if isinstance(values, Mapping) else values))
    if twin is None and product is None:
        raise UsageError(
            f"Expected twin; got none. Write twin=F, where F takes tensors and returns what {suspect_name} does."
        )
    problem = Problem(
        suspect,
        None,
        suspect if twin is None and of_tensors else twin,
        _as_tensors(inputs) if product is None else inputs,
        options or {},
        differentiable,
        Manner(accept=accepted(accept)),
        by_hand=twin is None,
    )
    if product is None:
        return _judged_twice(problem, at)
    return _judged_product(ProductForm(problem, product, form, of_tensors, names is not None, twin is None), at)


@dataclass(frozen=True)
class Doubles:
    """The gradient of a suspect at every precision, with cotangents of some of its outputs."""

    problem: Problem
    live: Sequence[int]

    def double(self, dtype: str, at: Conditions) -> Double:
        """Return the gradient at one precision."""
        return Double.of(self.problem.subject(dtype, at), self.live)

    def subject(self, dtype: str, at: Conditions) -> Subject:
        """Return what is judged at one precision."""
        return self.double(dtype, at).subject


def _judged_twice(problem: Problem, at: Conditions) -> Report:
    """Judge the gradient of a suspect."""
    outputs = differentiable_outputs(problem.subject(at.dtypes[0], at))
    report = _judged_gradient(Doubles(problem, outputs), at)
    # What is wrong with all cotangents at once would be told again for each.
    if report.findings or len(outputs) < 2:
        return report
    alone = [_alone(_judged_gradient(Doubles(problem, [i]), at), i) for i in outputs]
    return Report.joined(report.name, [report, *alone], report.command)


def _judged_gradient(doubles: Doubles, at: Conditions) -> Report:
    double = doubles.double(at.dtypes[0], at)
    if double.is_closed:
        finding = Finding("structure", "double backward", f"has no second derivative: {CLOSED}")
        return Report(at.name, (finding,), command=at.command)
    return double.worded(judged(doubles, at))


def _alone(report: Report, i: int) -> Report:
    """Return the report for the cotangent of one output alone, the others having none, which code may decline."""
    context = f"cotangent {i} alone"
    declined = [f for f in report.findings if f.verdict == "crash"]
    findings = tuple(f for f in report.findings if f.verdict != "crash")
    remarks = (*report.remarks, *(f"{f.quantity}, {context}: {f.message}" for f in declined))
    return replace(report, findings=findings, remarks=remarks).within(context)


def _judged_product(form: ProductForm, at: Conditions) -> Report:
    """Judge a product beside what the twin makes of the same direction."""
    form = form.read(at.dtypes[0], at)
    report = form.worded(judged(form, at), form.problem.subject(at.dtypes[0], at))
    # A Jacobian's product comes with the values of the function; that with a Hessian stands for its gradient alone.
    if form.form == "jvp" or form.alone:
        return report
    return Report.joined(report.name, [judged(Values(form.problem), at), report], report.command)


def _as_tensors(inputs: Provides | Provider) -> Provides | Provider:
    """Return inputs with tensors in place of arrays, as a function of a generator where they are one."""
    if callable(inputs) and not isinstance(inputs, Mapping):
        provide: Provider = inputs
        return lambda rng: _with_tensors(enter(provide, rng))
    return _with_tensors(inputs)


def _with_tensors(inputs: Provides) -> Provides:
    if isinstance(inputs, Mapping):
        return {n: _tensor(x) for n, x in inputs.items()}
    return [_tensor(x) for x in inputs] if isinstance(inputs, (tuple, list)) else inputs


def _tensor(x: Any) -> Any:
    return to_tensor(x, x.dtype.name) if isinstance(x, np.ndarray) and x.dtype.kind in "fiub" else x
