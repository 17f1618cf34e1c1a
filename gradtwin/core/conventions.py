"""What a user can accept by name where suspect and twin differ and both have a right to."""

from __future__ import annotations

from collections.abc import Sequence

from gradtwin.core.errors import one_of

__all__ = ["CONVENTIONS", "accepted"]

CONVENTIONS = {
    "twin": "where the twin's gradient is no derivative of its forward, what the twin returns",
    "mathematics": "where the twin's gradient is no derivative of its forward, the derivative",
    "sum for mean": "a sum where the twin takes a mean, of all elements or over one axis",
    "mean for sum": "a mean where the twin takes a sum, of all elements or over one axis",
    "sum over rows for mean": "a sum over one axis where the twin takes the mean over it, and the mean over the others",
    "mean over rows for sum": "a mean over one axis where the twin takes the sum over it, and the sum over the others",
    "half of the square": "half of a square where the twin takes the whole, or the whole where the twin takes half",
    "gradient by row": "the gradient of a matrix is transposed, that of a vector may be one row",
    "population variance for sample variance": "a variance divided by n where the twin divides by n - 1",
    "sample variance for population variance": "a variance divided by n - 1 where the twin divides by n",
    "eps inside the root": "sqrt(v + eps) where eps stands outside of the twin's root",
    "eps outside the root": "sqrt(v) + eps where eps stands inside the twin's root",
    "eps added": "x + eps where the twin takes the larger of x and eps",
    "eps as a floor": "the larger of x and eps where the twin takes x + eps",
    "eps inside the logarithm": "log(x + eps) where the twin takes log(x)",
    "clipped probabilities": "the logarithm of a probability clipped to [eps, 1 - eps], which the twin does not clip",
    "bits": "logarithms to the base 2 where the twin takes natural ones",
    "nats": "natural logarithms where the twin takes those to the base 2",
    "GELU by tanh for GELU by erf": "GELU by its approximation with tanh where the twin takes erf",
    "GELU by erf for GELU by tanh": "GELU by erf where the twin takes the approximation with tanh",
    "GELU by sigmoid for GELU by erf": "GELU by its approximation x sigmoid(1.702 x) where the twin takes erf",
    "align_corners": "corners aligned where the twin does not align them, or the other way round",
    "count_include_pad": "padding counted in a mean where the twin does not count it, or the other way round",
    "convolution for cross-correlation": "a convolution with the kernel reversed, which the twin does not reverse",
    "halves away from zero": "halves rounded away from zero where the twin rounds them to even",
}
"""Every name that `accept` takes, and what it accepts."""


def accepted(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names as a tuple, or raise a UsageError at one that is none of `CONVENTIONS`."""
    return tuple(one_of("accept", name, CONVENTIONS) for name in ((names,) if isinstance(names, str) else names))
