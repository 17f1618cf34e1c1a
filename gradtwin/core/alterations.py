"""The conventions as alterations of a twin: what is called in place of which call of torch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from gradtwin.core.altered import Alteration, Instead, TorchCall
from gradtwin.core.bound import LARGEST_EPS, TELLING_SIZE
from gradtwin.core.intercepts import intercept_penalized, intercept_spared
from gradtwin.core.normalized import NORMALIZATIONS, normalized

__all__ = ["ALTERATIONS", "uncentred"]

Tensor = torch.Tensor

EPS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 2.0**-23, 2.0**-52)
"""What code keeps probabilities away from 0 by: the defaults of libraries, and the machine epsilons."""
HALF = 1 / 2
SUMS = ("sum", "nansum", "dot", "inner", "vdot", "einsum")
NORMS = ("norm", "linalg_norm", "linalg_vector_norm", "std")
LOGARITHMS = ("log", "log1p", "log_softmax", "logsumexp", "logsigmoid", "log_sigmoid", "softplus", "special_entr")
LOG_LOSSES = ("cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits")
CONVOLUTIONS = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", *LOG_LOSSES[1:])
"""The losses that have a term for each element."""
PADDED_MEANS = ("avg_pool1d", "avg_pool2d", "avg_pool3d")


def _reduced(to: str) -> Alteration:
    """Return the alteration of every reduction to a sum, or to a mean."""
    other = {"mean": "sum", "sum": "mean"}[to]

    def alteration(call: TorchCall) -> Instead | None:
        for prefix in ("", "nan"):
            if call.name == prefix + other:
                return lambda: getattr(torch, prefix + to)(*call.arguments, **call.options)
        reductions = (other, "batchmean") if to == "sum" else (other,)
        if call.options.get("reduction") in reductions:
            return lambda: call.again(reduction=to)
        return (lambda: call.first) if to == "sum" and _is_mean_by_hand(call) else None

    return alteration


def _over_axis(axis: int, kind: str) -> Alteration:
    """Return the alteration of every reduction of this kind of all elements to the other kind over one axis."""

    def alteration(call: TorchCall) -> Instead | None:
        reduces = call.name == kind and len(call.arguments) == 1 and not call.options
        loses = call.name in LOSSES and call.options.get("reduction") == kind
        if not (reduces or loses) or call.first.ndim < 2 or call.first.shape[axis] < TELLING_SIZE:
            return None
        factor = call.first.shape[axis]
        return lambda: call.again() * (factor if kind == "mean" else 1 / factor)

    return alteration


def _is_mean_by_hand(call: TorchCall) -> bool:
    """Return whether a call divides a sum, or a sum times a number, by a number of terms."""
    if call.name not in ("div", "truediv") or not _is_count(call.second):
        return False
    made = call.past.maker(call.first)
    while made is not None and (made.name == "neg" or (made.name == "mul" and isinstance(made.second, (int, float)))):
        made = call.past.maker(made.first)
    return made is not None and (made.name in SUMS or (made.name == "matmul" and call.first.ndim == 0))


def _is_count(x: Any) -> bool:
    return isinstance(x, (int, float)) and x > 1 and x == int(x)


def _is_square(call: TorchCall) -> bool:
    return call.is_square or call.name == "mse_loss"


def _square_halved(call: TorchCall) -> Instead | None:
    return (lambda: call.again() / 2) if _is_square(call) else None


def _half_removed(call: TorchCall) -> Instead | None:
    """Return twice of what is halved: by a half, by an even number of terms, or by a weight that may hold the half."""
    number = next((x for x in call.arguments if isinstance(x, (int, float))), None)
    if number is None or number == 0 or call.name not in ("mul", "div", "truediv"):
        return None
    halved = number == HALF if call.name == "mul" else number % 2 == 0
    known = halved and any(map(_is_square, call.past.calls))
    return (lambda: 2 * call.again()) if known or _adds_squares(call.past.maker(call.first)) else None


def _adds_squares(call: TorchCall | None) -> bool:
    """Return whether a call returns squares, or adds some up."""
    while call is not None and call.name in ("sum", "mean"):
        call = call.past.maker(call.first)
    return call is not None and _is_square(call)


def _is_number(x: Any, value: float) -> bool:
    return isinstance(x, (int, float)) and x == value


def _variance(correction: int) -> Alteration:
    """Return the alteration of every variance with the other of the corrections 0 and 1."""

    def alteration(call: TorchCall) -> Instead | None:
        if correction == 1 and call.name in NORMALIZATIONS:
            return lambda: normalized(call, correction=1)
        if call.name not in ("var", "std", "var_mean", "std_mean", "cov") or _correction(call) != 1 - correction:
            return None

        def instead() -> Any:
            result = call.again()
            spread = result[0] if isinstance(result, tuple) else result
            n = call.first.shape[-1] if call.name == "cov" else call.first.numel() // max(spread.numel(), 1)
            factor = n / (n - 1) if correction else (n - 1) / n
            scaled = spread * (math.sqrt(factor) if call.name.startswith("std") else factor)
            return (scaled, *result[1:]) if isinstance(result, tuple) else scaled

        return instead

    return alteration


def uncentred(call: TorchCall) -> Instead | None:
    """Return what is left without its mean taken off: of a variance by hand the call that shows what it is."""
    mean = call.past.maker(call.second) if call.name == "sub" else None
    centred = mean is not None and (mean.name == "mean" or _is_mean_by_hand(mean))
    return (lambda: call.first) if centred else None


def _correction(call: TorchCall) -> int:
    if "correction" in call.options:
        return 1 if call.options["correction"] is None else int(call.options["correction"])
    unbiased = next((x for x in call.arguments[1:] if isinstance(x, bool)), True)
    return int(call.options.get("unbiased", unbiased))


def _eps_of(call: TorchCall | None) -> tuple[Any, float] | None:
    """Return the tensor and the eps of a call that adds the two."""
    if call is None or call.name not in ("add", "radd") or len(call.arguments) != 2:
        return None
    for x, eps in (call.arguments, call.arguments[::-1]):
        if isinstance(eps, float) and 0 < eps <= LARGEST_EPS and isinstance(x, Tensor):
            return x, eps
    return None


def _floor_of(call: TorchCall) -> tuple[Any, float] | None:
    """Return the tensor and the eps of a call that takes the larger of the two."""
    if call.name not in ("clamp", "clamp_min", "clip"):
        return None
    eps, largest = call.option("min", 1), call.option("max", 2)
    return (call.first, eps) if isinstance(eps, float) and 0 < eps <= LARGEST_EPS and largest is None else None


def _root(call: TorchCall | None) -> int:
    """Return 1 for a root, -1 for one over a root, 0 for any other call."""
    if call is None or call.name not in ("sqrt", "rsqrt", "pow"):
        return 0
    exponent = {"sqrt": HALF, "rsqrt": -HALF}.get(call.name, call.option("exponent", 1))
    return {HALF: 1, -HALF: -1}.get(exponent, 0) if isinstance(exponent, float) else 0


def _eps_inside(call: TorchCall) -> Instead | None:
    if call.name == "normalize" and call.option("p", 1, 2.0) == 2:
        dim, eps = call.option("dim", 2, 1), call.option("eps", 3, 1e-12)
        return lambda: call.first / (call.first.square().sum(dim, keepdim=True) + eps).sqrt()
    added = _eps_of(call) or _floor_of(call)
    if added is None:
        return None
    x, eps = added
    made = call.past.maker(x)
    if made is not None and _root(made) == 1:
        return lambda: (made.first + eps).sqrt()
    return (lambda: (x.square() + eps).sqrt()) if made is not None and made.name in NORMS else None


def _eps_outside(call: TorchCall) -> Instead | None:
    if call.name in NORMALIZATIONS:
        return lambda: normalized(call, outside=True)
    added, root = _eps_of(call.past.maker(call.first)), _root(call)
    if added is None or not root:
        return None
    x, eps = added
    return (lambda: x.sqrt() + eps) if root > 0 else (lambda: 1 / (x.sqrt() + eps))


def _eps_added(call: TorchCall) -> Instead | None:
    if call.name == "normalize":
        p, dim, eps = call.option("p", 1, 2.0), call.option("dim", 2, 1), call.option("eps", 3, 1e-12)
        return lambda: call.first / (torch.linalg.vector_norm(call.first, p, dim, keepdim=True) + eps)
    if call.name == "cosine_similarity":
        dim, eps = call.option("dim", 2, 1), call.option("eps", 3, 1e-8)
        a, b = call.option("x1", 0), call.option("x2", 1)
        return lambda: (
            (a * b).sum(dim) / (torch.linalg.vector_norm(a, 2, dim) * torch.linalg.vector_norm(b, 2, dim) + eps)
        )
    floor = _floor_of(call)
    return None if floor is None else lambda: floor[0] + floor[1]


def _eps_as_floor(call: TorchCall) -> Instead | None:
    added = _eps_of(call)
    return None if added is None else lambda: added[0].clamp_min(added[1])


def _log_of_more(eps: float) -> Alteration:
    return lambda call: (lambda: torch.log(call.first + eps)) if call.name == "log" else None


def _clipped(eps: float, *, above: bool, cut: bool) -> Alteration:
    """Return the alteration that clips probabilities: `above` too, and `cut` where no gradient passes a clip."""

    def clip(p: Tensor) -> Tensor:
        inside = p.clamp_min(eps)
        if above:  # 1 - eps is computed, so that its rounding, which log(1 - p) makes much of, is in the bound
            inside = torch.minimum(inside, 1 - torch.full_like(p, eps))
        return inside if cut else p + (inside - p).detach()

    def alteration(call: TorchCall) -> Instead | None:
        if call.name == "binary_cross_entropy":
            return lambda: call.again(clip(call.first))
        if call.name != "log":
            return None
        rest = call.past.maker(call.first)  # in log(1 - p) it is p that is clipped: 1 - (1 - eps) is not quite eps
        if rest is not None and rest.name == "rsub" and _is_number(rest.second, 1):
            return lambda: torch.log(1 - clip(rest.first))
        return lambda: torch.log(clip(call.first))

    return alteration


def _bits(call: TorchCall) -> Instead | None:
    known = call.name in (*LOGARITHMS, *LOG_LOSSES)
    return (lambda: call.again() / math.log(2)) if known else None


def _nats(call: TorchCall) -> Instead | None:
    if call.name == "log2":
        return lambda: torch.log(call.first)
    by_log_of_2 = call.name in ("div", "truediv") and _is_number(call.second, math.log(2))
    return (lambda: call.first) if by_log_of_2 else None


def _gelu(approximate: str, instead: str) -> Alteration:
    def alteration(call: TorchCall) -> Instead | None:
        if call.name != "gelu" or call.option("approximate", 1, "none") != approximate:
            return None
        if instead == "sigmoid":
            return lambda: call.first * torch.sigmoid(1.702 * call.first)
        return lambda: torch.nn.functional.gelu(call.first, approximate=instead)

    return alteration


def _align_corners(call: TorchCall) -> Instead | None:
    aligns = call.options.get("mode") not in ("nearest", "nearest-exact", "area")
    if "align_corners" not in call.options or not aligns:
        return None
    return lambda: call.again(align_corners=not call.options["align_corners"])


def _count_include_pad(call: TorchCall) -> Instead | None:
    if call.name not in PADDED_MEANS:
        return None
    counts = call.option("count_include_pad", 5, True)
    if len(call.arguments) > 5:
        return lambda: call.again(*call.arguments[:5], not counts)
    return lambda: call.again(count_include_pad=not counts)


def _reversed_kernel(call: TorchCall) -> Instead | None:
    if call.name not in CONVOLUTIONS:
        return None
    weight = call.option("weight", 1)
    if "weight" in call.options:
        return lambda: call.again(weight=weight.flip(tuple(range(2, weight.ndim))))
    return lambda: call.again(call.first, weight.flip(tuple(range(2, weight.ndim))))


def _half_away(call: TorchCall) -> Instead | None:
    x = call.first
    plain = call.name == "round" and len(call.arguments) == 1 and not call.options
    return (lambda: torch.sign(x) * torch.floor(x.abs() + 0.5)) if plain else None


ALTERATIONS: Mapping[str, Sequence[Alteration]] = {
    "sum for mean": (_reduced("sum"),),
    "mean for sum": (_reduced("mean"),),
    "sum over rows for mean": (_over_axis(-1, "mean"), _over_axis(0, "mean")),
    "mean over rows for sum": (_over_axis(-1, "sum"), _over_axis(0, "sum")),
    "half of the square": (_square_halved, _half_removed),
    "intercept penalized": (intercept_penalized,),
    "intercept spared": (intercept_spared(0), intercept_spared(-1)),
    "population variance for sample variance": (_variance(0),),
    "sample variance for population variance": (_variance(1),),
    "eps inside the root": (_eps_inside,),
    "eps outside the root": (_eps_outside,),
    "eps added": (_eps_added,),
    "eps as a floor": (_eps_as_floor,),
    "eps inside the logarithm": tuple(_log_of_more(eps) for eps in EPS),
    "clipped probabilities": tuple(
        _clipped(eps, above=above, cut=cut) for eps in EPS for above in (True, False) for cut in (True, False)
    ),
    "bits": (_bits,),
    "nats": (_nats,),
    "GELU by tanh for GELU by erf": (_gelu("none", "tanh"),),
    "GELU by erf for GELU by tanh": (_gelu("tanh", "none"),),
    "GELU by sigmoid for GELU by erf": (_gelu("none", "sigmoid"),),
    "align_corners": (_align_corners,),
    "count_include_pad": (_count_include_pad,),
    "convolution for cross-correlation": (_reversed_kernel,),
    "halves away from zero": (_half_away,),
}
"""Of each convention that a twin can be altered to, the alterations."""
