"""How each operation of PyTorch is run in a shadow: exactly, as one rounding, or as what it is made of.

Fused kernels (a softmax, a GELU, an `addcdiv_`) are decomposed into the elementary operations that they are made of,
so that the twin's own way of computing decides how much rounding it is granted.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch._decomp import core_aten_decompositions, get_decompositions

__all__ = ["PRODUCTS", "RANGE", "SCALING", "Plan", "plan", "scales_exactly"]

aten = torch.ops.aten

# Results of these are selected, counted, copied or compared, never rounded. Views are recognised by their schema.
EXACT = frozenset(
    """_local_scalar_dense _to_copy _unsafe_view abs amax amin argmax argmin bernoulli_ cat ceil clamp clamp_max
    clamp_min clone complex conj_physical constant_pad_nd convert_element_type copy copy_ copy_to detach empty
    empty_like fill fill_ flip floor full full_like gather hardtanh heaviside index index_copy index_fill
    index_select isfinite isinf isnan item lift_fresh logical_and logical_not logical_or masked_fill masked_select
    max maximum min minimum nan_to_num neg new_empty new_full new_ones new_zeros nonzero one_hot ones ones_like
    rand_like relu repeat roll round scalar_tensor scatter select_backward select_scatter sgn sign slice_backward
    slice_scatter sort stack threshold threshold_backward topk tril triu trunc where zero zero_ zeros
    zeros_like""".split()
)

# Kernels that round more than once inside; everything that PyTorch itself does not call core is decomposed as well.
FUSED = get_decompositions(
    [
        aten._log_softmax,
        aten._softmax,
        aten.addmm,
        aten.elu,
        aten.gelu,
        aten.leaky_relu,
        aten.mean,
        aten.native_group_norm,
        aten.native_layer_norm,
        aten.sigmoid,
        aten.var,
    ]
)
# What these return stays within these limits, however it is rounded.
RANGE = {
    "_safe_softmax": (0.0, 1.0),
    "_softmax": (0.0, 1.0),
    "cos": (-1.0, 1.0),
    "erf": (-1.0, 1.0),
    "erfc": (0.0, 2.0),
    "sigmoid": (0.0, 1.0),
    "sin": (-1.0, 1.0),
    "tanh": (-1.0, 1.0),
}
# Elementary for the purpose of rounding, though PyTorch can take them further apart.
ELEMENTARY = frozenset("sum rsqrt reciprocal sub rsub div add mul".split())
# They do not round where the other number is a power of two.
PRODUCTS = frozenset({"div", "mul"})
# Sums that take a factor alpha of one term.
SCALING = frozenset({"add", "rsub", "sub"})
# These PyTorch takes apart in another way than the kernel goes: less exact, with another constant, other labels.
UNLIKE = frozenset(
    """binary_cross_entropy_backward multi_margin_loss multilabel_margin_loss_forward
    soft_margin_loss_backward""".split()
)
DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {**core_aten_decompositions(), **FUSED}


Run = Callable[..., Any]
"""``run(operation, *args)`` runs an operation of a decomposition with the noise of its own."""
ADD, DIV, EXP, LOG = aten.add.Tensor, aten.div.Tensor, aten.exp.default, aten.log.default
MUL, RSUB, SUB = aten.mul.Tensor, aten.rsub.Scalar, aten.sub.Tensor
SUM, SUM_ALONG = aten.sum.default, aten.sum.dim_IntList


def _addcdiv(run: Run, x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return run(ADD, x, run(DIV, run(MUL, a, value), b))


def _addcmul(run: Run, x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return run(ADD, x, run(MUL, run(MUL, a, value), b))


def _lerp(run: Run, start: Any, end: Any, weight: float) -> Any:
    way = run(SUB, end, start)
    # From the nearer end, as the kernel does.
    if 2 * abs(weight) < 1:
        return run(ADD, start, run(MUL, way, weight))
    return run(SUB, end, run(MUL, way, 1 - weight))


def _convolution(run: Run, x: Any, weight: Any, bias: Any, *rest: Any) -> Any:
    if bias is None:
        return NotImplemented
    out = run(aten.convolution.default, x, weight, None, *rest)
    return run(ADD, out, run(aten.view.default, bias, [-1, *[1] * (out.dim() - 2)]))


def _addmm(run: Run, x: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    product = run(MUL, run(aten.mm.default, a, b), alpha)
    return product if beta == 0 else run(ADD, run(MUL, x, beta), product)


def _dot(run: Run, a: Any, b: Any) -> Any:
    return run(SUM, run(MUL, a, b))


def _mv(run: Run, a: Any, b: Any) -> Any:
    return run(SUM_ALONG, run(MUL, a, b), [1])


def _mean(run: Run, x: Any, *, dtype: Any = None) -> Any:
    return run(DIV, run(SUM, x, dtype=dtype), x.numel())


def _mean_of_axes(run: Run, x: Any, dim: Any, keepdim: bool = False, *, dtype: Any = None) -> Any:
    total = run(SUM_ALONG, x, dim, keepdim, dtype=dtype)
    return run(DIV, total, x.numel() / max(total.numel(), 1))


def _mse_loss(run: Run, x: Any, y: Any, reduction: int = 1) -> Any:
    losses = run(aten.pow.Tensor_Scalar, run(SUB, x, y), 2)
    if reduction == 0:
        return losses
    return _mean(run, losses) if reduction == 1 else run(SUM, losses)


def _mse_loss_backward(run: Run, grad: Any, x: Any, y: Any, reduction: int) -> Any:
    factor = 2.0 / x.numel() if reduction == 1 else 2.0
    return run(MUL, run(MUL, run(SUB, x, y), factor), grad)


def _shifted(run: Run, x: Any, dim: int) -> Any:
    return run(SUB, x, run(aten.amax.default, x, [dim], True)) if x.numel() else x


def _sigmoid(run: Run, x: Any) -> Any:
    return run(aten.reciprocal.default, run(ADD, run(EXP, run(aten.neg.default, x)), 1))


def _sigmoid_backward(run: Run, grad: Any, y: Any) -> Any:
    return run(MUL, grad, run(MUL, y, run(RSUB, y, 1)))


def _tanh_backward(run: Run, grad: Any, y: Any) -> Any:
    return run(MUL, grad, run(RSUB, run(MUL, y, y), 1))


def _softmax(run: Run, x: Any, dim: int, half_to_float: bool) -> Any:
    e = run(EXP, _shifted(run, x, dim))
    return run(DIV, e, run(SUM_ALONG, e, [dim], True))


def _log_softmax(run: Run, x: Any, dim: int, half_to_float: bool) -> Any:
    z = _shifted(run, x, dim)
    return run(SUB, z, run(LOG, run(SUM_ALONG, run(EXP, z), [dim], True)))


def _softmax_backward(run: Run, grad: Any, y: Any, dim: int, input_dtype: Any) -> Any:
    product = run(MUL, grad, y)
    return run(SUB, product, run(MUL, y, run(SUM_ALONG, product, [dim], True)))


def _log_softmax_backward(run: Run, grad: Any, y: Any, dim: int, input_dtype: Any) -> Any:
    return run(SUB, grad, run(MUL, run(EXP, y), run(SUM_ALONG, grad, [dim], True)))


# What networks and optimizers do at every step. What PyTorch publishes goes the same way, three times as slowly.
STEPS: dict[Any, Callable[..., Any]] = {
    aten.addcdiv.default: _addcdiv,
    aten.addcmul.default: _addcmul,
    aten.lerp.Scalar: _lerp,
    aten.addmm.default: _addmm,
    aten.dot.default: _dot,
    aten.mv.default: _mv,
    aten.mean.default: _mean,
    aten.mean.dim: _mean_of_axes,
    aten.mse_loss.default: _mse_loss,
    aten.mse_loss_backward.default: _mse_loss_backward,
    aten.sigmoid.default: _sigmoid,
    aten.sigmoid_backward.default: _sigmoid_backward,
    aten.tanh_backward.default: _tanh_backward,
    aten._softmax.default: _softmax,
    aten._log_softmax.default: _log_softmax,
    aten._softmax_backward_data.default: _softmax_backward,
    aten._log_softmax_backward_data.default: _log_softmax_backward,
    # Its bias is added to a sum that has been rounded, and where a window lies in the padding to an exact 0.
    aten.convolution.default: _convolution,
}


def _base_name(func: Any) -> str:
    return str(func.overloadpacket.__name__)


def _is_view(func: Any) -> bool:
    returns = func._schema.returns
    return bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write


def _functional(func: Any) -> Any:
    """Return the functional form of an in-place operation (``aten.mul_`` gives ``aten.mul``), or None."""
    name = _base_name(func)
    if not name.endswith("_") or name in EXACT:
        return None
    packet = getattr(getattr(torch.ops, func.namespace), name[:-1], None)
    overloads = [] if packet is None else [getattr(packet, overload) for overload in packet.overloads()]
    # By what it takes, since the names of overloads do not tell: pow_.Scalar is pow.Tensor_Scalar.
    functional = next((f for f in overloads if _argument_types(f) == _argument_types(func)), None)
    return None if functional is None or _is_view(functional) else functional


def _argument_types(func: Any) -> list[str]:
    return [str(argument.type) for argument in func._schema.arguments]


def _is_written_list(argument: Any) -> bool:
    written = argument.alias_info is not None and argument.alias_info.is_write
    return written and not argument.kwarg_only and isinstance(argument.type, torch.ListType)


def _reshapes_in_place(func: Any) -> bool:
    """Return whether this is the in-place form of a view (``aten.squeeze_``)."""
    name = _base_name(func)
    packet = getattr(getattr(torch.ops, func.namespace), name[:-1], None) if name.endswith("_") else None
    return packet is not None and all(_is_view(getattr(packet, o)) for o in packet.overloads())


class Plan(NamedTuple):
    """How an operation is run.

    Parameters
    ----------
    way : str
        "of a list", tensor by tensor; "opaque", a step of an optimizer in one kernel, which cannot be taken apart;
        "exact"; "stores", unless it adds; "in place", in the form `detail`; "steps" or "fused", by the decomposition
        `detail`, ours or torch's; "elementary".
    name : str
        The name of the operation, the same for all of its overloads.
    detail : callable, optional
        What is run in its place.
    """

    way: str
    name: str
    detail: Any = None


@functools.cache
def plan(func: Any) -> Plan:
    """Return how an operation is run."""
    functional = _functional(func)
    name = _base_name(func)
    # These three before the rest: they have functional forms, and would be run as those.
    if name.startswith("_foreach_"):
        return Plan("of a list", name)
    if any(_is_written_list(argument) for argument in func._schema.arguments):
        return Plan("opaque", name)
    if name in ("index_put", "index_put_"):
        return Plan("stores", name)
    if functional is not None:
        return Plan("in place", name, functional)
    if name in EXACT or name.rstrip("_") in EXACT or _is_view(func) or _reshapes_in_place(func):
        return Plan("exact", name)
    if func in STEPS:
        return Plan("steps", name, STEPS[func])
    if func in DECOMPOSITIONS and name not in ELEMENTARY | UNLIKE:
        return Plan("fused", name, DECOMPOSITIONS[func])
    return Plan("elementary", name)


def scales_exactly(args: Sequence[Any]) -> bool:
    """Return whether a product or a quotient is one with a power of two, and does not round."""
    factor = args[1]  # torch puts the number second, of `2 * x` too
    if isinstance(factor, torch.Tensor):
        if factor.dim() != 0:
            return False
        factor = factor.item()
    return isinstance(factor, (int, float)) and factor != 0 and 2 * abs(math.frexp(factor)[0]) == 1
