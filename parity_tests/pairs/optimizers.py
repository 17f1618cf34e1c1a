"""Rows of the optimizers."""

from typing import Any

from gradtwin.regimes import EVERY_REGIME
from gradtwin.rows import Case, Optimizer, Refusal

ALWAYS = ("for-loop", "foreach", "differentiable", "complex")
"""The implementations that nearly every optimizer of torch has."""


def _row(name, cases, refusals, variants=(*ALWAYS, "capturable"), regimes=EVERY_REGIME, shapes=None, more=(), **facts):
    """Return the row of an optimizer: the first case on every regime, the last on every variant of torch."""
    *_, last = cases
    options = list(cases.values())
    of_a_group = {k: v for k, v in options[-1].items() if k != "initial_accumulator_value"}  # which torch ignores there
    groups = {list(shapes)[-1] if shapes else "scale": {**of_a_group, "lr": 0.25}}
    return Optimizer(
        f"optimizers.{name}",
        cases=[
            Case(next(iter(cases)), options[0], families=regimes),
            *(
                Case(case, cases[case], families=regimes[:1], variants=variants if case == last else ())
                for case in list(cases)[1:]
            ),
            Case("groups", options[0], families=regimes[:1], own_options=groups),
        ],
        refusals=[*(Refusal(refusal, options) for refusal, options in refusals.items()), *more],
        shapes=shapes,
        **facts,
    )


USUAL: dict[str, dict[str, Any]] = {
    "lr": dict(lr=0.1),
    "betas": dict(lr=0.1, betas=(0.5, 0.9)),
    "no memory": dict(lr=0.1, betas=(0.0, 0.0)),
    "eps": dict(lr=0.1, eps=0.1),
    "a large eps": dict(lr=0.1, eps=100.0),
    "no eps": dict(lr=0.1, eps=0.0),
    "weight decay": dict(lr=0.1, weight_decay=0.1),
    "coupled decay": dict(lr=0.1, weight_decay=0.1),
    "decoupled decay": dict(lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    "maximize": dict(lr=0.1, maximize=True),
}
"""Cases that several optimizers have."""
NAN = float("nan")
OUTSIDE: dict[str, dict[str, Any]] = {
    "lr": {"a negative lr": -0.1, "an lr of NaN": NAN},
    "betas": {
        "beta1 of 1": (1.0, 0.999),
        "a negative beta1": (-0.1, 0.999),
        "beta2 of 1": (0.9, 1.0),
        "a negative beta2": (0.9, -0.1),
    },
    "rho": {"a negative rho": -0.1, "a rho above 1": 1.1},
    "etas": {
        "a shrinking factor of 0": (0.0, 1.2),
        "a shrinking factor of 1": (1.0, 1.2),
        "a growing factor of 1": (0.5, 1.0),
        "a negative factor": (-0.5, 1.2),
    },
}
"""By option, values just outside its domain, each with its name; any other option begins at 0."""


def _usual(*names):
    """Return the default and these usual cases."""
    return {"default": {}} | {name: USUAL[name] for name in names}


def _outside(*options):
    """Return calls with each of these options outside its domain."""
    values = {name: OUTSIDE.get(name, {f"a negative {name}": -0.1}) for name in options}
    return {what: {name: value} for name, named in values.items() for what, value in named.items()}


sgd = _row(
    "sgd",
    _usual("lr")
    | {
        "momentum": dict(lr=0.01, momentum=0.9),
        "dampening": dict(lr=0.01, momentum=0.9, dampening=0.5),
        "nesterov": dict(lr=0.01, momentum=0.9, nesterov=True),
        "weight decay": dict(lr=0.01, weight_decay=0.1),
        "maximize": dict(lr=0.01, maximize=True),
        "everything": dict(lr=0.01, momentum=0.8, weight_decay=0.1, nesterov=True, maximize=True),
    },
    _outside("momentum", "weight_decay")
    | {
        "a negative lr": dict(lr=-0.1),  # torch takes NaN
        "nesterov without momentum": dict(nesterov=True),
        "nesterov with dampening": dict(nesterov=True, momentum=0.9, dampening=0.1),
    },
    variants=(*ALWAYS, "fused"),
)

adam = _row(
    "adam",
    _usual("betas", "no memory", "eps", "coupled decay", "decoupled decay", "maximize")
    | {
        "amsgrad": dict(lr=0.1, betas=(0.5, 0.6), amsgrad=True),
        "everything": dict(lr=0.1, betas=(0.8, 0.7), eps=1e-3, weight_decay=0.2, amsgrad=True, maximize=True),
    },
    _outside("lr", "betas", "eps", "weight_decay"),
    variants=(*ALWAYS, "capturable", "fused"),
)

adamw = _row(
    "adamw",
    _usual("betas", "no memory", "eps", "no eps", "maximize")
    | {
        "decay": dict(lr=0.1, weight_decay=0.5),
        "no decay": dict(lr=0.1, weight_decay=0.0),
        "amsgrad": dict(lr=0.1, betas=(0.5, 0.6), amsgrad=True),
        "everything": dict(lr=0.1, betas=(0.8, 0.7), eps=1e-3, weight_decay=0.2, amsgrad=True, maximize=True),
    },
    _outside("lr", "betas", "eps", "weight_decay"),
    variants=(*ALWAYS, "capturable", "fused"),
)

adamax = _row(
    "adamax",
    _usual("betas", "no memory", "eps", "a large eps", "no eps", "weight decay", "maximize")
    | {
        "a short memory": dict(lr=0.1, betas=(0.9, 0.3)),
        "everything": dict(lr=0.1, betas=(0.8, 0.7), eps=1e-3, weight_decay=0.2, maximize=True),
    },
    _outside("lr", "betas", "eps", "weight_decay"),
)

rmsprop = _row(
    "rmsprop",
    _usual("eps", "a large eps", "no eps", "weight decay", "maximize")
    | {
        "alpha": dict(lr=0.1, alpha=0.5),
        "no memory": dict(lr=0.1, alpha=0.0),
        "a memory of everything": dict(lr=0.1, alpha=1.0, eps=0.1),
        "momentum": dict(momentum=0.9),
        "centred": dict(centered=True),
        "centred, alpha": dict(lr=0.1, alpha=0.5, centered=True),
        "centred, momentum": dict(momentum=0.5, centered=True),
        "everything": dict(alpha=0.9, eps=1e-3, weight_decay=0.2, momentum=0.8, centered=True, maximize=True),
    },
    _outside("lr", "alpha", "eps", "weight_decay", "momentum"),
)

adagrad = _row(
    "adagrad",
    _usual("lr", "eps", "no eps", "weight decay", "maximize")
    | {
        "a falling rate": dict(lr=0.1, lr_decay=0.5),
        "an initial sum": dict(lr=0.1, initial_accumulator_value=2),
        "everything": dict(
            lr=0.1, lr_decay=0.1, weight_decay=0.2, initial_accumulator_value=0.3, eps=1e-3, maximize=True
        ),
    },
    _outside("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"),
    variants=(*ALWAYS, "fused"),
)

adadelta = _row(
    "adadelta",
    _usual("lr")
    | {
        "rho": dict(rho=0.5),
        "no memory": dict(rho=0.0),
        "a memory of everything": dict(lr=1e-3, rho=1.0),
        "eps": dict(eps=0.1),
        "a large eps": dict(eps=100.0),
        "weight decay": dict(weight_decay=0.1),
        "maximize": dict(maximize=True),
        "everything": dict(lr=0.5, rho=0.7, eps=1e-3, weight_decay=0.2, maximize=True),
    },
    _outside("lr", "rho", "eps", "weight_decay"),
)

NADAM = dict(lr=0.1, betas=(0.8, 0.7), eps=1e-3, weight_decay=0.2, momentum_decay=0.5, maximize=True)

nadam = _row(
    "nadam",
    _usual("betas", "no memory", "eps", "no eps", "coupled decay", "decoupled decay", "maximize")
    | {
        "no momentum decay": dict(lr=0.1, momentum_decay=0),
        "a fast momentum decay": dict(lr=0.1, momentum_decay=5.0),
        "everything": NADAM,
        "everything, decoupled": dict(NADAM, decoupled_weight_decay=True),
    },
    _outside("lr", "betas", "eps", "weight_decay", "momentum_decay"),
)

RADAM = dict(lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.2, maximize=True)

radam = _row(
    "radam",
    _usual("coupled decay", "decoupled decay")
    | {
        "betas": dict(betas=(0.5, 0.9)),
        "never rectified": dict(betas=(0.5, 0.6)),
        "no memory": dict(betas=(0.0, 0.0)),
        "eps": dict(lr=0.1, betas=(0.9, 0.9), eps=0.1),
        "no eps": dict(lr=0.1, betas=(0.9, 0.9), eps=0.0),
        "maximize": dict(maximize=True),
        "everything": RADAM,
        "everything, decoupled": dict(RADAM, decoupled_weight_decay=True),
    },
    _outside("lr", "betas", "eps", "weight_decay"),
)

asgd = _row(
    "asgd",
    _usual()
    | {
        "a decaying rate": dict(lr=0.1, lambd=0.5),
        "no decay term": dict(lr=0.1, lambd=0.0),
        "alpha": dict(lr=0.1, lambd=0.5, alpha=0.25),
        "a constant rate": dict(lr=0.1, lambd=0.5, alpha=0.0),
        "averaged from the start": dict(t0=0),
        "averaged from step 6": dict(t0=5),
        "averaged from half a step": dict(t0=2.5),
        "weight decay": dict(weight_decay=0.1),
        "maximize": dict(maximize=True),
        "everything": dict(lr=0.1, lambd=0.3, alpha=0.6, t0=3, weight_decay=0.2, maximize=True),
    },
    _outside("lr", "weight_decay"),
)

rprop = _row(
    "rprop",
    _usual("maximize")
    | {
        "lr": dict(lr=0.5),
        "etas": dict(lr=0.5, etas=(0.3, 1.7)),
        "step sizes": dict(lr=0.5, step_sizes=(0.3, 0.6)),
        "a start above all sizes": dict(lr=2.0, step_sizes=(0.1, 1.0)),
        "a start below all sizes": dict(lr=0.01, step_sizes=(0.1, 1)),
        "one size": dict(lr=0.01, step_sizes=(0.25, 0.25)),
        "everything": dict(lr=0.2, etas=(0.6, 1.5), step_sizes=(0.1, 0.4), maximize=True),
    },
    _outside("lr", "etas"),
)

adafactor = _row(
    "adafactor",
    {"one eps for all types": dict(eps=(1e-7, 1e-3))}
    | _usual("weight decay", "maximize")
    | {
        "a fast decay of beta2": dict(lr=1.0, beta2_decay=-2.0),
        "no memory": dict(lr=0.1, beta2_decay=0.0),
        "eps of the variance": dict(lr=0.1, eps=(0.1, 1e-3)),
        "a large eps of the variance": dict(lr=0.1, eps=(30.0, 1e-3)),
        "no eps of the variance": dict(lr=0.1, eps=(0.0, 1e-3)),
        "eps of the step": dict(lr=0.1, eps=(None, 2.0)),
        "no eps of the step": dict(lr=0.1, eps=(None, 0.0)),
        "d": dict(lr=0.1, d=1.25),
        "weight decay": dict(lr=0.1, weight_decay=0.5),
        "everything": dict(lr=0.3, beta2_decay=-0.5, eps=(0.05, 0.7), d=1.1, weight_decay=0.2, maximize=True),
    },
    _outside("lr", "weight_decay")
    | {
        "a growing beta2": dict(beta2_decay=0.1),
        "a negative eps[0]": dict(eps=(-1e-3, 1e-3)),
        "a negative eps[1]": dict(eps=(None, -1e-3)),
        "a d below 1": dict(d=0.9),
    },
    more=(Refusal("no elements", inputs=lambda draw: (draw((0, 3)),)),),
    variants=("for-loop", "foreach"),
    omitted={"complex": "torch refuses complex parameters"},
    steps=8,
)

muon = _row(
    "muon",
    _usual()
    | {
        "no decay": dict(lr=0.1, weight_decay=0.0),
        "no memory": dict(lr=0.1, momentum=0.0),
        "a momentum above 1": dict(lr=0.1, momentum=1.2),
        "without nesterov": dict(lr=0.1, nesterov=False),
        "a cubic": dict(lr=0.1, ns_coefficients=(1.5, -0.5, 0.0)),
        "a large eps": dict(lr=0.1, eps=1e4),
        "one step, no eps": dict(lr=0.1, eps=0.0, ns_steps=1),
        "no steps": dict(lr=0.1, ns_steps=0),
        "original": dict(lr=0.1, momentum=0.5, adjust_lr_fn="original"),
        "match_rms_adamw": dict(lr=0.1, adjust_lr_fn="match_rms_adamw"),
        "everything": dict(
            lr=0.1,
            weight_decay=0.2,
            momentum=0.8,
            nesterov=False,
            ns_coefficients=(2.0, -1.5, 0.5),
            eps=30.0,
            ns_steps=3,
            adjust_lr_fn="match_rms_adamw",
        ),
    },
    _outside("lr", "weight_decay", "momentum")
    | {
        "an unknown adjust_lr_fn": dict(adjust_lr_fn="match_rms_adam"),
        "100 steps": dict(ns_steps=100),
        "two coefficients": dict(ns_coefficients=(1.5, -0.5)),
    },
    more=(Refusal("no matrix", inputs=lambda draw: (draw((3,)),)),),
    shapes={"wide": (3, 4), "tall": (5, 2)},
    steps=5,
    variants=(),
)

sparseadam = _row(
    "sparseadam",
    _usual("lr", "betas", "eps", "maximize")
    | {
        "no momentum": dict(lr=0.1, betas=(0.0, 0.5)),
        "everything": dict(lr=0.1, betas=(0.8, 0.7), eps=1e-3, maximize=True),
    },
    _outside("lr", "betas", "eps") | {"an lr of 0": dict(lr=0.0), "an eps of 0": dict(eps=0.0)},
    shapes={"table": (5, 3), "counts": (7,)},
    variants=(),
    regimes=("rows",),
)

LBFGS: dict[str, dict[str, Any]] = {
    "default": dict(max_iter=4),
    "lr": dict(lr=0.1, max_iter=4),
    "one iteration": dict(max_iter=1),
    "two iterations": dict(max_iter=2),
    "one iteration, many evaluations": dict(max_iter=1, max_eval=25),
    "few evaluations": dict(max_iter=4, max_eval=3),
    "a history of one": dict(max_iter=4, history_size=1),
    "a history of two": dict(max_iter=4, history_size=2),
    "a large tolerance_grad": dict(max_iter=4, tolerance_grad=1.0),
    "a large tolerance_change": dict(max_iter=4, tolerance_change=0.1),
}

lbfgs = Optimizer(
    "optimizers.lbfgs",
    cases=[
        Case(
            name if search is None else f"{name}, {search}",
            {**options, "line_search_fn": search},
            families=families,
        )
        for search, families in ((None, ("quadratic",)), ("strong_wolfe", ("rosenbrock",)))
        for name, options in LBFGS.items()
    ],
    refusals=[
        *(Refusal(what, options) for what, options in _outside("lr").items()),
        Refusal("another search", {"line_search_fn": "armijo"}),
        Refusal("a max_eval that leaves no search", {"line_search_fn": "strong_wolfe", "max_eval": 0}),
    ],
    problems={name: f"parity_tests.pairs.problems:{name}" for name in ("quadratic", "rosenbrock")},
    steps=3,
)

PAIRS = (
    sgd,
    adam,
    adamw,
    adamax,
    rmsprop,
    adagrad,
    adadelta,
    nadam,
    radam,
    asgd,
    rprop,
    adafactor,
    muon,
    sparseadam,
    lbfgs,
)
