"""How each operation of PyTorch is run in a shadow: exactly, as one rounding, or as what it is made of.

Fused kernels (a softmax, a GELU, an `addcdiv_`) are decomposed into the elementary operations that they are made of,
so that the twin's own way of computing decides how much rounding it is granted.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch._decomp import core_aten_decompositions, get_decompositions

__all__ = ["RANGE", "SCALING", "base_name", "plan", "scales_exactly"]

aten = torch.ops.aten

# Results of these are selected, counted, copied or compared, never rounded. Views are recognised by their schema.
EXACT = frozenset(
    """_local_scalar_dense _to_copy _unsafe_view abs amax amin argmax argmin bernoulli_ cat ceil clamp clamp_max
    clamp_min clone constant_pad_nd convert_element_type copy copy_ copy_to detach empty empty_like fill fill_
    flip floor full full_like gather hardtanh heaviside index index_copy index_fill index_select isfinite isinf
    isnan item lift_fresh logical_and logical_not logical_or masked_fill masked_select max maximum min minimum
    nan_to_num neg new_empty new_full new_ones new_zeros nonzero one_hot ones ones_like rand_like relu repeat
    roll round scalar_tensor scatter select_backward select_scatter sgn sign slice_backward slice_scatter sort
    stack threshold threshold_backward topk tril triu trunc where zero zero_ zeros zeros_like""".split()
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
# Sums that take a factor alpha of one term.
SCALING = frozenset({"add", "rsub", "sub"})
# These PyTorch takes apart in another way than the kernel goes: less exact, with another constant, other labels.
UNLIKE = frozenset(
    """binary_cross_entropy_backward multi_margin_loss multilabel_margin_loss_forward
    soft_margin_loss_backward""".split()
)
DECOMPOSITIONS: dict[Any, Callable[..., Any]] = {**core_aten_decompositions(), **FUSED}


def _addcdiv(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return x + a * value / b


def _addcmul(x: Any, a: Any, b: Any, value: float = 1) -> Any:
    return x + a * value * b


def _lerp(start: Any, end: Any, weight: float) -> Any:
    way = end - start
    return start + way * weight if 2 * abs(weight) < 1 else end - way * (1 - weight)


def _convolution(x: Any, weight: Any, bias: Any, *rest: Any) -> Any:
    if bias is None:
        return NotImplemented
    out = aten.convolution(x, weight, None, *rest)
    return out + bias.view(-1, *[1] * (out.dim() - 2))


def _addmm(x: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    product = alpha * (a @ b)
    return product if beta == 0 else beta * x + product


def _mean(x: Any, *, dtype: Any = None) -> Any:
    return torch.sum(x, dtype=dtype) / x.numel()


def _mean_of_axes(x: Any, dim: Any, keepdim: bool = False, *, dtype: Any = None) -> Any:
    total = torch.sum(x, dim, keepdim, dtype=dtype)
    return total / (x.numel() / max(total.numel(), 1))


def _mse_loss(x: Any, y: Any, reduction: int = 1) -> Any:
    losses = (x - y) ** 2
    if reduction == 0:
        return losses
    return _mean(losses) if reduction == 1 else torch.sum(losses)


def _mse_loss_backward(grad: Any, x: Any, y: Any, reduction: int) -> Any:
    return (2.0 / x.numel() if reduction == 1 else 2.0) * (x - y) * grad


def _shifted(x: Any, dim: int) -> Any:
    return x - torch.amax(x, dim, keepdim=True) if x.numel() else x


def _softmax(x: Any, dim: int, half_to_float: bool) -> Any:
    e = torch.exp(_shifted(x, dim))
    return e / torch.sum(e, dim, keepdim=True)


def _log_softmax(x: Any, dim: int, half_to_float: bool) -> Any:
    z = _shifted(x, dim)
    return z - torch.log(torch.sum(torch.exp(z), dim, keepdim=True))


def _softmax_backward(grad: Any, y: Any, dim: int, input_dtype: Any) -> Any:
    product = grad * y
    return product - y * torch.sum(product, dim, keepdim=True)


def _log_softmax_backward(grad: Any, y: Any, dim: int, input_dtype: Any) -> Any:
    return grad - torch.exp(y) * torch.sum(grad, dim, keepdim=True)


# What networks and optimizers do at every step; those that PyTorch publishes go the same way, three times as slowly.
DECOMPOSITIONS |= {
    aten.addcdiv.default: _addcdiv,
    aten.addcmul.default: _addcmul,
    aten.lerp.Scalar: _lerp,
    aten.addmm.default: _addmm,
    aten.dot.default: lambda a, b: torch.sum(a * b),
    aten.mv.default: lambda a, b: torch.sum(a * b, 1),
    aten.mean.default: _mean,
    aten.mean.dim: _mean_of_axes,
    aten.mse_loss.default: _mse_loss,
    aten.mse_loss_backward.default: _mse_loss_backward,
    aten.sigmoid.default: lambda x: 1 / (1 + torch.exp(-x)),
    aten.sigmoid_backward.default: lambda grad, y: grad * (y * (1 - y)),
    aten.tanh_backward.default: lambda grad, y: grad * (1 - y * y),
    aten._softmax.default: _softmax,
    aten._log_softmax.default: _log_softmax,
    aten._softmax_backward_data.default: _softmax_backward,
    aten._log_softmax_backward_data.default: _log_softmax_backward,
}
# Its bias is added to a sum that has been rounded, and where a window lies in the padding to an exact 0.
DECOMPOSITIONS |= {aten.convolution.default: _convolution}


def base_name(func: Any) -> str:
    return str(func.overloadpacket.__name__)


def _is_view(func: Any) -> bool:
    returns = func._schema.returns
    return bool(returns) and returns[0].alias_info is not None and not returns[0].alias_info.is_write


def _functional(func: Any) -> Any:
    """Return the functional form of an in-place operation (``aten.mul_`` gives ``aten.mul``), or None."""
    name = base_name(func)
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
    """Say whether this is the in-place form of a view (``aten.squeeze_``)."""
    name = base_name(func)
    packet = getattr(getattr(torch.ops, func.namespace), name[:-1], None) if name.endswith("_") else None
    return packet is not None and all(_is_view(getattr(packet, o)) for o in packet.overloads())


@functools.cache
def plan(func: Any) -> tuple[str, Any]:
    """Return how an operation is run.

    One on lists of tensors is run tensor by tensor; in place; exact; as a store; by its decomposition; elementary.
    Opaque is a whole step of an optimizer in one kernel, which cannot be taken apart.
    """
    functional = _functional(func)
    name = base_name(func)
    if name.startswith("_foreach_"):
        return "of a list", None
    if any(_is_written_list(argument) for argument in func._schema.arguments):
        return "opaque", None
    if name in ("index_put", "index_put_"):
        return "stores", None
    if functional is not None:
        return "in place", functional
    if name in EXACT or name.rstrip("_") in EXACT or _is_view(func) or _reshapes_in_place(func):
        return "exact", None
    if func in DECOMPOSITIONS and name not in ELEMENTARY | UNLIKE:
        return "fused", DECOMPOSITIONS[func]
    return "elementary", name


def scales_exactly(name: str, args: tuple[Any, ...]) -> bool:
    """Say whether this is a product with, or a quotient by, a power of two, which does not round."""
    if name not in ("mul", "div") or len(args) < 2:
        return False
    factor = args[1]
    if isinstance(factor, torch.Tensor):
        if factor.dim() != 0:
            return False
        factor = factor.item()
    return isinstance(factor, (int, float)) and factor != 0 and 2 * abs(math.frexp(factor)[0]) == 1
