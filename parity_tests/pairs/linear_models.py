"""Rows of the linear regressions."""

import numpy as np

from gradtwin.rows import Case, Model, Refusal
from parity_tests.pairs._regressions import (
    DATA,
    DEPENDENT,
    FAMILIES,
    WRONG_DATA,
    alike,
    batches,
    cost,
    costs,
    diabetes,
    doubled,
    line,
    plane,
    table,
    whole,
    wide,
)

least_squares_1d = Model(
    "linear_models.least_squares_1d",
    inputs=line,
    cases=[
        Case("default", families=(*FAMILIES, "tails", "huge")),
        Case("one sample", inputs=lambda draw: (draw((1,)),) * 3),
    ],
    costs=costs(line, ()),
    refusals=[
        Refusal("another number of targets", inputs=lambda draw: (draw((6,)), draw((5,)), draw((2,)))),
        Refusal("no samples", inputs=lambda draw: (draw((0,)), draw((0,)), draw((2,)))),
        Refusal("NaN", inputs=lambda draw: (np.array([1.0, np.nan]), np.ones(2), np.ones(2))),
        Refusal("zeros", inputs=lambda draw: (np.zeros(2), np.ones(2), np.ones(2))),
    ],
)

least_squares_2d = Model(
    "linear_models.least_squares_2d",
    inputs=plane,
    cases=[
        Case("default", families=FAMILIES),
        Case("scaled", inputs=lambda draw: (draw((9, 2)) * np.array([1, 1e3], draw.dtype), draw((9,)), draw((4, 2)))),
        Case(
            "line",
            inputs=lambda draw: (np.column_stack([draw((9,)), np.ones(9, draw.dtype)]), draw((9,)), draw((4, 2))),
        ),
    ],
    costs=costs(plane, (2,)),
    refusals=[
        *WRONG_DATA[:3],
        Refusal(
            "dependent columns", inputs=lambda draw: (draw((6, 1)) * np.ones(2, draw.dtype), draw((6,)), draw((2, 2)))
        ),
        Refusal("three columns", inputs=lambda draw: (draw((6, 3)), draw((6,)), draw((2, 3)))),
        Refusal("one sample", inputs=lambda draw: (draw((1, 2)), draw((1,)), draw((2, 2)))),
    ],
)

normal_equations = Model("linear_models.normal_equations", inputs=table, cases=DATA, refusals=[*WRONG_DATA, *DEPENDENT])

least_squares_qr = Model("linear_models.least_squares_qr", inputs=table, cases=DATA, refusals=[*WRONG_DATA, *DEPENDENT])

least_squares_svd = Model(
    "linear_models.least_squares_svd",
    inputs=table,
    cases=[
        *DATA,
        Case("dependent columns", {"rcond": 1e-2}, doubled),
        Case("fewer rows than columns", inputs=wide),
        Case("half of the spectrum", {"rcond": 0.5}, lambda draw: (np.diag([8, 4.5, 3, 1]), draw((4,)), draw((2, 4)))),
        Case("zeros", inputs=lambda draw: (np.zeros((4, 2)), draw((4,)), draw((3, 2)))),
    ],
    refusals=[*WRONG_DATA, Refusal("an rcond of 1", {"rcond": 1.0})],
)

gradient_descent = Model(
    "linear_models.gradient_descent",
    inputs=whole(table),
    cases=[
        Case("default", {"steps": 10}, families=FAMILIES),
        Case("sum", {"steps": 10, "reduction": "sum"}),
        Case("half sum", {"steps": 10, "reduction": "half_sum"}),
        Case("lr", {"steps": 10, "lr": 0.05}),
        Case("no steps", {"steps": 0}),
        Case("as many steps as by default", inputs=whole(table)),
        Case("one row once", {"lr": 0.05}, batches(1, 1)),
        Case("mini-batches", {"lr": 0.05}, batches(4), FAMILIES[:2]),
        Case("mini-batches sum", {"lr": 0.02, "reduction": "half_sum"}, batches(4)),
        Case("one sample", {"lr": 0.05}, batches(1, 10)),
        Case("diabetes", {"steps": 10}, whole(diabetes)),
    ],
    costs=costs(table, (4,)),
    refusals=[
        *[Refusal(r.name, {"steps": 1}, whole(r.inputs)) for r in WRONG_DATA],
        Refusal("batches without lr", inputs=batches(4)),
        Refusal(
            "a row that is not there", {"lr": 0.1}, lambda draw: (*table(draw)[:2], np.array([[12]]), draw((2, 4)))
        ),
        Refusal("a negative lr", {"lr": -0.1}),
        Refusal("an unknown reduction", {"reduction": "average"}),
    ],
)

PENALIZED = [
    cost(table, (4,)),
    cost(table, (4,), alpha=0.5),
    cost(table, (4,), alpha=0.5, reduction="half_sum", penalty="half_sum"),
    cost(table, (4,), alpha=0.5, reduction="sum", penalty="sum"),
]
ridge = Model(
    "linear_models.ridge",
    inputs=table,
    cases=[
        *DATA,
        Case("little", {"alpha": 1e-2}),
        Case("none", {"alpha": 0.0}),
        Case("sums", {"alpha": 0.5, "reduction": "sum", "penalty": "sum"}),
        Case("half sums", {"alpha": 0.5, "reduction": "half_sum", "penalty": "half_sum"}),
        Case("mean and sum", {"alpha": 0.5, "penalty": "sum"}),
        Case("dependent columns", inputs=doubled),
        Case("fewer rows than columns", inputs=wide),
    ],
    costs=PENALIZED,
    refusals=[
        *WRONG_DATA,
        Refusal("dependent columns without a penalty", {"alpha": 0.0}, doubled),
        Refusal("a negative alpha", {"alpha": -1.0}),
        Refusal("an unknown penalty", {"penalty": "average"}),
    ],
)

lasso = Model(
    "linear_models.lasso",
    inputs=alike,
    cases=[
        Case("default", {"steps": 5, "alpha": 0.5}, families=FAMILIES),
        Case("little", {"steps": 5, "alpha": 1e-2}),
        Case("none", {"steps": 5, "alpha": 0.0}),
        Case("sums", {"steps": 5, "alpha": 0.5, "reduction": "sum", "penalty": "sum"}),
        Case("half sums", {"steps": 5, "alpha": 0.5, "reduction": "half_sum", "penalty": "half_sum"}),
        Case("all zero", {"steps": 3, "alpha": 100.0}),
        Case("dependent columns", {"steps": 2}, doubled),
        Case("fewer rows than columns", {"steps": 2}, wide),
        Case("diabetes", {"steps": 5}, diabetes),
    ],
    costs=PENALIZED,
    refusals=[
        *[Refusal(r.name, {"steps": 1}, r.inputs) for r in WRONG_DATA],
        Refusal("a negative alpha", {"alpha": -1.0}),
        Refusal("an unknown penalty", {"penalty": "average"}),
    ],
)

PAIRS = (
    least_squares_1d,
    least_squares_2d,
    normal_equations,
    least_squares_qr,
    least_squares_svd,
    gradient_descent,
    ridge,
    lasso,
)
