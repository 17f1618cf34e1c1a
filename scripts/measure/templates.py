"""What a new algorithm begins with, by the form of its family: a formula that is right, to be replaced."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TEMPLATES", "Template"]


class Template(NamedTuple):
    """The two files, the row with what it imports, and what a counterpart of torch would take."""

    ours: str
    twin: str
    row: str
    imports: str
    counterpart: str


OP = Template(
    ours='''"""NAME: what it does, in one line.

Source: authors, year, arXiv or DOI.

Formula:

    y = x

Gradient: dy/dx = 1, so dL/dx = dL/dy. There is no kink.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: has no such function.

Example:

>>> forward(np.array([-1.0, 2.0])).tolist()
[-1.0, 2.0]
>>> backward(np.array([1.0, 3.0]), np.array([-1.0, 2.0])).tolist()
[1.0, 3.0]
"""

import numpy as np


def forward(input):
    """Return a copy of `input`."""
    return np.copy(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return np.copy(grad)
''',
    twin='''"""Twin of `scratch.FAMILY.NAME`."""


def forward(input):
    """Return a copy of `input`."""
    return input.clone()
''',
    row="""Op(
    "FAMILY.NAME",
    inputs=lambda draw: (draw((*draw.batch(6), 5)),),
    cases=[Case("default", families=EVERY)],
)""",
    imports="from gradtwin.families import EVERY\nfrom gradtwin.rows import Case, Op\n",
    counterpart="lambda input: None",
)

MAP = Template(
    ours='''"""NAME: what it does, in one line.

Source: authors, year, arXiv or DOI.

Formula:

    y = x

Shapes: `input` and the result have one shape, any.

torch: has no such function.

Example:

>>> forward(np.array([-1.0, 2.0])).tolist()
[-1.0, 2.0]
"""

import numpy as np


def forward(input):
    """Return a copy of `input`."""
    return np.copy(input)
''',
    twin=OP.twin,
    row="""Op(
    "FAMILY.NAME",
    inputs=lambda draw: (draw((6, 5)),),
    cases=[Case("default", families=("typical", "zeros", "strided", "read-only"))],
    gradient=False,
)""",
    imports="from gradtwin.rows import Case, Op\n",
    counterpart=OP.counterpart,
)

MODEL = Template(
    ours='''"""NAME: what it does, in one line.

Source: authors, year, arXiv or DOI.

Formula:

    m = mean of y,   f(x) = m

Shapes: `X` (N, d), `y` (N,), N > 0; the mean (), predictions (N,).

torch: has no such model.

Example:

>>> predict(fit(np.zeros((2, 1)), np.array([1.0, 3.0])), np.zeros((3, 1))).tolist()
[2.0, 2.0, 2.0]
"""

from typing import NamedTuple

import numpy as np


class Fitted(NamedTuple):
    """The mean of the targets."""

    mean: np.ndarray


def fit(X, y):
    """Return the mean of the targets."""
    return Fitted(np.mean(y))


def predict(fitted, X):
    """Return the mean for every row of `X`."""
    return np.full(len(X), fitted.mean)
''',
    twin='''"""Twin of `scratch.FAMILY.NAME`."""

from typing import NamedTuple

import torch


class Fitted(NamedTuple):
    """The mean of the targets."""

    mean: torch.Tensor


def fit(X, y):
    """Return the mean of the targets."""
    return Fitted(y.mean())


def predict(fitted, X):
    """Return the mean for every row of `X`."""
    return fitted.mean.expand(len(X))
''',
    row="""Model(
    "FAMILY.NAME",
    inputs=lambda draw: (draw((20, 3)), draw((20,)), draw((5, 3))),
    cases=[Case("default", families=("typical", "zeros", "strided", "read-only"))],
)""",
    imports="from gradtwin.rows import Case, Model\n",
    counterpart="",
)

OPTIMIZER = Template(
    ours='''"""NAME: what it does, in one line.

Source: authors, year, arXiv or DOI.

Formula:

    theta <- theta - lr g

Options:
    lr: the length of a step, in gradients.

Shapes: `param` and `grad` have one shape, any.

Errors: ValueError for a negative lr, and for a gradient of another shape.

torch: has no such optimizer.

Example:

>>> param, state = step(np.array([1.0]), np.array([2.0]), init(np.array([1.0]), lr=0.25), lr=0.25)
>>> param.tolist()
[0.5]
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """What one step leaves to the next; nothing yet."""

    momentum_buffer: np.ndarray | None = None


def init(param, lr=1e-3):
    """Return the state before the first step."""
    require_at_least(0, lr=lr)
    return State()


def step(param, grad, state, lr=1e-3):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    return param - lr * grad, state
''',
    twin='''"""Twin of `scratch.FAMILY.NAME`."""

import torch


def optimizer(params, lr=1e-3):
    """Return the optimizer on a list of tensors."""
    return torch.optim.SGD(params, lr)
''',
    row="""Optimizer(
    "FAMILY.NAME",
    cases=[Case("default", families=EVERY_REGIME), Case("lr", {"lr": 0.25})],
    refusals=[Refusal("a negative lr", {"lr": -0.1})],
)""",
    imports="from gradtwin.regimes import EVERY_REGIME\nfrom gradtwin.rows import Case, Optimizer, Refusal\n",
    counterpart="lambda params, lr=1e-3: None",
)

SCHEDULER = Template(
    ours='''"""NAME: what it does, in one line.

Source: authors, year, arXiv or DOI.

Formula:

    lr_t = base_lr gamma^t

Options:
    gamma: what the rate is multiplied by, each step.

Shapes: `step` counts the calls of the scheduler; the rate is a number.

torch: has no such schedule.

Example:

>>> [lr(t, base_lr=1.0, gamma=0.5) for t in range(3)]
[1.0, 0.5, 0.25]
"""


def lr(step, *, base_lr, gamma=0.9):
    """Return the learning rate after `step` calls."""
    return base_lr * gamma**step
''',
    twin='''"""Twin of `scratch.FAMILY.NAME`."""

import torch


def scheduler(optimizer, gamma=0.9):
    """Return the scheduler of an optimizer."""
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: gamma**step)
''',
    row="""Scheduler(
    "FAMILY.NAME",
    cases=[Case("default"), Case("gamma", {"gamma": 0.5})],
)""",
    imports="from gradtwin.rows import Case, Scheduler\n",
    counterpart="lambda optimizer, gamma=0.9: None",
)

TEMPLATES = {"op": OP, "map": MAP, "model": MODEL, "optimizer": OPTIMIZER, "scheduler": SCHEDULER}
"""Templates by form: an op, a function that nobody differentiates, a model, an optimizer, a schedule."""
