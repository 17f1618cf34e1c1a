"""Rows of gradient checking, on functions that NumPy and torch compute alike, by operators and methods of both."""

from gradtwin.rows import Case, Op, Refusal

FAMILIES = ("typical", "zeros", "strided", "read-only", "zero-dimensional", "empty")


def cubes(w):
    """Return the sum of the cubes and of the products with the square of the sum."""
    return (w * w * w).sum() + w.sum() * w.sum()


def bell(w):
    """Return the sum of 1 / (1 + w^2)."""
    return (1 / (1 + w * w)).sum()


def waves(w):
    """Return the sum of 2^w and of the logistic function 1 / (1 + 2^-w)."""
    return (2.0**w).sum() + (1 / (1 + 2.0**-w)).sum()


def _vector(draw):
    return (draw(draw.batch(5)),)


def _row(name, *steps):
    return Op(
        f"gradient_checking.{name}",
        inputs=_vector,
        cases=[
            Case("cubes", {"function": cubes, "step": steps[0]}, families=FAMILIES),
            *(Case(f"bell {h:g}", {"function": bell, "step": h}, families=("typical", "zeros")) for h in steps),
            Case("waves", {"function": waves, "step": steps[0]}, lambda draw: (draw((3, 2)),), ("typical", "strided")),
        ],
        refusals=[
            Refusal("a function of several values", {"function": lambda w: w * w, "step": steps[0]}),
            Refusal("no step", {"function": bell}),
            Refusal("no function", {"step": steps[0]}),
        ],
        gradient=False,
    )


PAIRS = (
    _row("forward_difference", 0.01, 0.1, 1e-3),
    _row("central_difference", 0.01, 0.1, 1e-3),
    _row("complex_step", 1e-20, 0.1, 1e-3),
)
