"""What the rows of the losses share: inputs, refusals, and cases over the reductions."""

import numpy as np

from gradtwin.rows import Case, Refusal

REDUCTIONS = ("none", "mean", "sum")
CLASS_WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25, 3.0])
UNKNOWN_REDUCTION = Refusal("an unknown reduction", {"reduction": "average"})
DO_NOT_BROADCAST = Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,))))
WRONG_INDICES = (
    Refusal("an index out of range", inputs=lambda draw: (draw((3, 5)), np.array([0, 5, 1]))),
    Refusal("a negative index", inputs=lambda draw: (draw((3, 5)), np.array([0, -1, 1]))),
    Refusal("another batch size", inputs=lambda draw: (draw((3, 5)), np.array([0, 1]))),
)


def reductions(name, options=None, families=("typical",), *, among=REDUCTIONS, **facts):
    """Return a case for each reduction."""
    return [
        Case(f"{name} {reduction}".strip(), {**(options or {}), "reduction": reduction}, families=families, **facts)
        for reduction in among
    ]


def pair(draw):
    """Return an input and a target of real numbers; of 32 elements, so that at kinks a mean is exact."""
    shape = draw.batch(8, 4)
    return draw(shape), draw(shape)


def indices(draw):
    """Return logits over five classes and class indices."""
    shape = draw.batch(6)
    return draw((*shape, 5)), draw.index(shape, 5)
