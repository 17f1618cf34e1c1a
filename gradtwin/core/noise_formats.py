"""Shadow runs of a twin that computes in several formats: each operation with the noise of the format of its result."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_map

from gradtwin.core.bound import K, Precision
from gradtwin.core.decompose import plan
from gradtwin.core.formats import FORMATS, Unrounded, is_stored
from gradtwin.core.noise_torch import OpaqueKernelError, TorchShadow

__all__ = ["FormatShadow"]

CASTS = frozenset({"_to_copy", "copy_", "convert_element_type"})


class FormatShadow(TorchDispatchMode):
    """A mode under which the twin runs in its own formats, every operation in float64 with noise, rounded afterwards.

    Parameters
    ----------
    precision, accumulator : Precision
        That under test, and that in which sums are added up.
    seed : int
        Seed of the noise.
    """

    def __init__(self, precision: Precision, accumulator: Precision, seed: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._shadows = {
            dtype: TorchShadow(K * p.unit, K * p.eta, seed, in_sums=K * min(p.unit, accumulator.unit))
            for dtype, p in FORMATS.items()
            if not p.stored
        }
        self._exact: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self._stored = Unrounded()

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def perturb_input(self, x: torch.Tensor) -> torch.Tensor:
        """Return an input with the noise of its format, and remember what it was; what is stored is given exactly."""
        if is_stored(x):
            return x
        with _disable_current_modes():
            # A tensor of its own, by whose memory it is known again.
            noisy = self._shadows[x.dtype].perturb_input(x.double()).to(x.dtype, copy=True)
            exact = torch.empty_strided(noisy.size(), noisy.stride(), dtype=x.dtype).copy_(x)
        self._exact[noisy.untyped_storage().data_ptr()] = noisy, exact
        return noisy

    def unrounded(self, x: torch.Tensor) -> torch.Tensor:
        """Return a result as it was before it was stored."""
        return self._stored.of(x)

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self._run(func, args, kwargs or {})

    def _run(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        operation = plan(func)
        if operation.name in CASTS:
            return self._cast(func, args, kwargs)
        if operation.way == "in place":
            return args[0].copy_(self._run(operation.detail, args, kwargs))
        if operation.way == "of a list":
            with self:
                return func._op_dk(torch._C.DispatchKey.CompositeExplicitAutograd, *args, **kwargs)
        if operation.way == "opaque" or "out" in kwargs:
            raise OpaqueKernelError(f"{func} writes into tensors and cannot be run in another format")
        if operation.way in ("exact", "stores"):
            return func(*args, **kwargs)
        return self._noisy(func, args, kwargs)

    def _noisy(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run an operation twice: as it is, to see its formats, and in float64 with the noise of the first of them."""
        drawn = torch.Tag.nondeterministic_seeded in func.tags
        state = torch.get_rng_state() if drawn else None
        out = func(*args, **kwargs)
        several = isinstance(out, (tuple, list))
        results = list(out) if several else [out]
        formats = [x.dtype for x in results if isinstance(x, torch.Tensor) and x.dtype in self._shadows]
        if not formats:
            return out
        if state is not None:
            torch.set_rng_state(state)  # a second draw must be the first one again
        if "dtype" in kwargs:
            kwargs = {**kwargs, "dtype": torch.float64}
        wide = self._shadows[formats[0]]._run(func, tree_map(_doubled, args), tree_map(_doubled, kwargs))
        values = wide if several else [wide]
        rounded = [v.to(x.dtype) if isinstance(x, torch.Tensor) else x for x, v in zip(results, values, strict=True)]
        return type(out)(rounded) if several else rounded[0]

    def _cast(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Cast to another format: to a finer one exactly, of an input what was given; to a coarser one with noise."""
        place = 1 if func.overloadpacket.__name__ == "copy_" else 0
        x = args[place]
        target = args[0].dtype if place else kwargs.get("dtype") or x.dtype
        if not isinstance(x, torch.Tensor) or x.dtype not in FORMATS or target not in FORMATS or x.dtype == target:
            return func(*args, **kwargs)
        if target not in self._shadows:
            return self._stored.keep(func(*args, **kwargs), x)
        is_finer = FORMATS[target].unit < FORMATS[x.dtype].unit
        source = self._given(x) if is_finer else self._shadows[target].perturb(x.double())
        return func(*args[:place], source, *args[place + 1 :], **kwargs)

    def _given(self, x: torch.Tensor) -> torch.Tensor:
        """Return what an input, or a part of one, was before it got noise: what is cast at once is not rounded."""
        _, exact = self._exact.get(x.untyped_storage().data_ptr(), (x, None))
        return x if exact is None else exact.as_strided(x.size(), x.stride(), x.storage_offset())


def _doubled(x: Any) -> Any:
    return x.double() if isinstance(x, torch.Tensor) and x.is_floating_point() else x
