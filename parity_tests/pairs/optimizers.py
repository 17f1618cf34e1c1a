"""Rows of the optimizers."""

from gradtwin.regimes import EVERY_REGIME
from gradtwin.rows import Case, Optimizer, Refusal

ALWAYS = ("for-loop", "foreach", "differentiable", "complex")
"""The implementations that nearly every optimizer of torch has."""


NO_MATRIX = Refusal("no matrix", inputs=lambda draw: (draw((3,)),))


def _row(name, cases, refusals, variants=(*ALWAYS, "capturable"), regimes=EVERY_REGIME, shapes=None, more=(), **facts):
    """Return the row of an optimizer: the first case on every regime, the last on every variant of torch."""
    *_, last = cases
    options = list(cases.values())
    of_a_group = {k: v for k, v in options[-1].items() if k != "initial_accumulator_value"}  # which torch ignores there
    groups = {list(shapes)[-1] if shapes else "scale": {**of_a_group, "lr": 0.25}}
    return Optimizer(
        f"optimizers.{name}",
        f"scratch.optimizers.{name}",
        f"reference.optimizers.{name}",
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


sgd = _row(
    "sgd",
    {
        "default": {},
        "lr": {"lr": 0.1},
        "momentum": {"lr": 0.01, "momentum": 0.9},
        "dampening": {"lr": 0.01, "momentum": 0.9, "dampening": 0.5},
        "nesterov": {"lr": 0.01, "momentum": 0.9, "nesterov": True},
        "weight decay": {"lr": 0.01, "weight_decay": 0.1},
        "maximize": {"lr": 0.01, "maximize": True},
        "everything": {"lr": 0.01, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True, "maximize": True},
    },
    {
        "a negative lr": {"lr": -1.0},
        "a negative momentum": {"momentum": -0.1},
        "a negative decay": {"weight_decay": -0.1},
        "nesterov without momentum": {"nesterov": True},
        "nesterov with dampening": {"nesterov": True, "momentum": 0.9, "dampening": 0.1},
    },
    variants=(*ALWAYS, "fused"),
)

adam = _row(
    "adam",
    {
        "default": {},
        "betas": {"lr": 0.1, "betas": (0.5, 0.9)},
        "no memory": {"lr": 0.1, "betas": (0.0, 0.0)},
        "eps": {"lr": 0.1, "eps": 0.1},
        "coupled decay": {"lr": 0.1, "weight_decay": 0.1},
        "decoupled decay": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
        "amsgrad": {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "lr": 0.1,
            "betas": (0.8, 0.7),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "amsgrad": True,
            "maximize": True,
        },
    },
    {
        "a negative lr": {"lr": -1.0},
        "a negative eps": {"eps": -1e-8},
        "a negative decay": {"weight_decay": -0.1},
        "beta1 of 1": {"betas": (1.0, 0.999)},
        "a negative beta2": {"betas": (0.9, -0.1)},
    },
    variants=(*ALWAYS, "capturable", "fused"),
)

NO_BETAS = {
    "beta1 of 1": {"betas": (1.0, 0.999)},
    "a negative beta1": {"betas": (-0.1, 0.999)},
    "beta2 of 1": {"betas": (0.9, 1.0)},
    "a negative beta2": {"betas": (0.9, -0.1)},
}
"""Betas that every Adam refuses."""


def _negative(*names):
    return {f"a negative {name}": {name: -0.1} for name in names} | {"an lr of NaN": {"lr": float("nan")}}


adamw = _row(
    "adamw",
    {
        "default": {},
        "betas": {"lr": 0.1, "betas": (0.5, 0.9)},
        "no memory": {"lr": 0.1, "betas": (0.0, 0.0)},
        "eps": {"lr": 0.1, "eps": 0.1},
        "no eps": {"lr": 0.1, "eps": 0.0},
        "decay": {"lr": 0.1, "weight_decay": 0.5},
        "no decay": {"lr": 0.1, "weight_decay": 0.0},
        "amsgrad": {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "lr": 0.1,
            "betas": (0.8, 0.7),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "amsgrad": True,
            "maximize": True,
        },
    },
    _negative("lr", "eps", "weight_decay") | NO_BETAS,
    variants=(*ALWAYS, "capturable", "fused"),
)

adamax = _row(
    "adamax",
    {
        "default": {},
        "betas": {"lr": 0.1, "betas": (0.5, 0.9)},
        "a short memory": {"lr": 0.1, "betas": (0.9, 0.3)},
        "no memory": {"lr": 0.1, "betas": (0.0, 0.0)},
        "eps": {"lr": 0.1, "eps": 0.1},
        "a large eps": {"lr": 0.1, "eps": 100.0},
        "no eps": {"lr": 0.1, "eps": 0.0},
        "weight decay": {"lr": 0.1, "weight_decay": 0.1},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {"lr": 0.1, "betas": (0.8, 0.7), "eps": 1e-3, "weight_decay": 0.2, "maximize": True},
    },
    _negative("lr", "eps", "weight_decay") | NO_BETAS,
)

rmsprop = _row(
    "rmsprop",
    {
        "default": {},
        "alpha": {"lr": 0.1, "alpha": 0.5},
        "no memory": {"lr": 0.1, "alpha": 0.0},
        "a memory of everything": {"lr": 0.1, "alpha": 1.0, "eps": 0.1},
        "eps": {"lr": 0.1, "eps": 0.1},
        "a large eps": {"lr": 0.1, "eps": 100.0},
        "no eps": {"lr": 0.1, "eps": 0.0},
        "weight decay": {"lr": 0.1, "weight_decay": 0.1},
        "momentum": {"momentum": 0.9},
        "centred": {"centered": True},
        "centred, alpha": {"lr": 0.1, "alpha": 0.5, "centered": True},
        "centred, momentum": {"momentum": 0.5, "centered": True},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "alpha": 0.9,
            "eps": 1e-3,
            "weight_decay": 0.2,
            "momentum": 0.8,
            "centered": True,
            "maximize": True,
        },
    },
    _negative("lr", "alpha", "eps", "weight_decay", "momentum"),
)

adagrad = _row(
    "adagrad",
    {
        "default": {},
        "lr": {"lr": 0.1},
        "a falling rate": {"lr": 0.1, "lr_decay": 0.5},
        "weight decay": {"lr": 0.1, "weight_decay": 0.1},
        "an initial sum": {"lr": 0.1, "initial_accumulator_value": 2},
        "eps": {"lr": 0.1, "eps": 0.1},
        "no eps": {"lr": 0.1, "eps": 0.0},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "lr": 0.1,
            "lr_decay": 0.1,
            "weight_decay": 0.2,
            "initial_accumulator_value": 0.3,
            "eps": 1e-3,
            "maximize": True,
        },
    },
    _negative("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"),
    variants=(*ALWAYS, "fused"),
)

adadelta = _row(
    "adadelta",
    {
        "default": {},
        "lr": {"lr": 0.1},
        "rho": {"rho": 0.5},
        "no memory": {"rho": 0.0},
        "a memory of everything": {"lr": 1e-3, "rho": 1.0},
        "eps": {"eps": 0.1},
        "a large eps": {"eps": 100.0},
        "weight decay": {"weight_decay": 0.1},
        "maximize": {"maximize": True},
        "everything": {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.2, "maximize": True},
    },
    _negative("lr", "rho", "eps", "weight_decay") | {"a rho above 1": {"rho": 1.1}},
)

nadam = _row(
    "nadam",
    {
        "default": {},
        "betas": {"lr": 0.1, "betas": (0.5, 0.9)},
        "no memory": {"lr": 0.1, "betas": (0.0, 0.0)},
        "eps": {"lr": 0.1, "eps": 0.1},
        "no eps": {"lr": 0.1, "eps": 0.0},
        "coupled decay": {"lr": 0.1, "weight_decay": 0.1},
        "decoupled decay": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
        "no momentum decay": {"lr": 0.1, "momentum_decay": 0},
        "a fast momentum decay": {"lr": 0.1, "momentum_decay": 5.0},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "lr": 0.1,
            "betas": (0.8, 0.7),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "momentum_decay": 0.5,
            "maximize": True,
        },
        "everything, decoupled": {
            "lr": 0.1,
            "betas": (0.8, 0.7),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "momentum_decay": 0.5,
            "decoupled_weight_decay": True,
            "maximize": True,
        },
    },
    _negative("lr", "eps", "weight_decay", "momentum_decay") | NO_BETAS,
)

radam = _row(
    "radam",
    {
        "default": {},
        "betas": {"betas": (0.5, 0.9)},
        "never rectified": {"betas": (0.5, 0.6)},
        "no memory": {"betas": (0.0, 0.0)},
        "eps": {"lr": 0.1, "betas": (0.9, 0.9), "eps": 0.1},
        "no eps": {"lr": 0.1, "betas": (0.9, 0.9), "eps": 0.0},
        "coupled decay": {"lr": 0.1, "weight_decay": 0.1},
        "decoupled decay": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
        "maximize": {"maximize": True},
        "everything": {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.2, "maximize": True},
        "everything, decoupled": {
            "lr": 0.1,
            "betas": (0.8, 0.9),
            "eps": 1e-3,
            "weight_decay": 0.2,
            "decoupled_weight_decay": True,
            "maximize": True,
        },
    },
    _negative("lr", "eps", "weight_decay") | NO_BETAS,
)

asgd = _row(
    "asgd",
    {
        "default": {},
        "a decaying rate": {"lr": 0.1, "lambd": 0.5},
        "no decay term": {"lr": 0.1, "lambd": 0.0},
        "alpha": {"lr": 0.1, "lambd": 0.5, "alpha": 0.25},
        "a constant rate": {"lr": 0.1, "lambd": 0.5, "alpha": 0.0},
        "averaged from the start": {"t0": 0},
        "averaged from step 6": {"t0": 5},
        "averaged from half a step": {"t0": 2.5},
        "weight decay": {"weight_decay": 0.1},
        "maximize": {"maximize": True},
        "everything": {"lr": 0.1, "lambd": 0.3, "alpha": 0.6, "t0": 3, "weight_decay": 0.2, "maximize": True},
    },
    _negative("lr", "weight_decay"),
)

rprop = _row(
    "rprop",
    {
        "default": {},
        "lr": {"lr": 0.5},
        "etas": {"lr": 0.5, "etas": (0.3, 1.7)},
        "step sizes": {"lr": 0.5, "step_sizes": (0.3, 0.6)},
        "a start above all sizes": {"lr": 2.0, "step_sizes": (0.1, 1.0)},
        "a start below all sizes": {"lr": 0.01, "step_sizes": (0.1, 1)},
        "one size": {"lr": 0.01, "step_sizes": (0.25, 0.25)},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {"lr": 0.2, "etas": (0.6, 1.5), "step_sizes": (0.1, 0.4), "maximize": True},
    },
    _negative("lr")
    | {
        "a shrinking factor of 0": {"etas": (0.0, 1.2)},
        "a shrinking factor of 1": {"etas": (1.0, 1.2)},
        "a growing factor of 1": {"etas": (0.5, 1.0)},
        "a negative factor": {"etas": (-0.5, 1.2)},
    },
)

adafactor = _row(
    "adafactor",
    {
        "one eps for all types": {"eps": (1e-7, 1e-3)},
        "default": {},
        "a fast decay of beta2": {"lr": 1.0, "beta2_decay": -2.0},
        "no memory": {"lr": 0.1, "beta2_decay": 0.0},
        "eps of the variance": {"lr": 0.1, "eps": (0.1, 1e-3)},
        "a large eps of the variance": {"lr": 0.1, "eps": (30.0, 1e-3)},
        "no eps of the variance": {"lr": 0.1, "eps": (0.0, 1e-3)},
        "eps of the step": {"lr": 0.1, "eps": (None, 2.0)},
        "no eps of the step": {"lr": 0.1, "eps": (None, 0.0)},
        "d": {"lr": 0.1, "d": 1.25},
        "weight decay": {"lr": 0.1, "weight_decay": 0.5},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {
            "lr": 0.3,
            "beta2_decay": -0.5,
            "eps": (0.05, 0.7),
            "d": 1.1,
            "weight_decay": 0.2,
            "maximize": True,
        },
    },
    _negative("lr", "weight_decay")
    | {
        "a growing beta2": {"beta2_decay": 0.1},
        "a negative eps[0]": {"eps": (-1e-3, 1e-3)},
        "a negative eps[1]": {"eps": (None, -1e-3)},
        "a d below 1": {"d": 0.9},
    },
    variants=("for-loop", "foreach"),
    omitted={"complex": "torch refuses complex parameters"},
    steps=8,
)

muon = _row(
    "muon",
    {
        "default": {},
        "no decay": {"lr": 0.1, "weight_decay": 0.0},
        "no memory": {"lr": 0.1, "momentum": 0.0},
        "a momentum above 1": {"lr": 0.1, "momentum": 1.2},
        "without nesterov": {"lr": 0.1, "nesterov": False},
        "a cubic": {"lr": 0.1, "ns_coefficients": (1.5, -0.5, 0.0)},
        "a large eps": {"lr": 0.1, "eps": 1e4},
        "one step, no eps": {"lr": 0.1, "eps": 0.0, "ns_steps": 1},
        "no steps": {"lr": 0.1, "ns_steps": 0},
        "original": {"lr": 0.1, "momentum": 0.5, "adjust_lr_fn": "original"},
        "match_rms_adamw": {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw"},
        "everything": {
            "lr": 0.1,
            "weight_decay": 0.2,
            "momentum": 0.8,
            "nesterov": False,
            "ns_coefficients": (2.0, -1.5, 0.5),
            "eps": 30.0,
            "ns_steps": 3,
            "adjust_lr_fn": "match_rms_adamw",
        },
    },
    _negative("lr", "weight_decay", "momentum")
    | {
        "an unknown adjust_lr_fn": {"adjust_lr_fn": "match_rms_adam"},
        "100 steps": {"ns_steps": 100},
        "two coefficients": {"ns_coefficients": (1.5, -0.5)},
    },
    more=(NO_MATRIX,),
    shapes={"wide": (3, 4), "tall": (5, 2)},
    steps=5,
    variants=(),
)

sparseadam = _row(
    "sparseadam",
    {
        "default": {},
        "lr": {"lr": 0.1},
        "betas": {"lr": 0.1, "betas": (0.5, 0.9)},
        "no momentum": {"lr": 0.1, "betas": (0.0, 0.5)},
        "eps": {"lr": 0.1, "eps": 0.1},
        "maximize": {"lr": 0.1, "maximize": True},
        "everything": {"lr": 0.1, "betas": (0.8, 0.7), "eps": 1e-3, "maximize": True},
    },
    {**_negative("lr", "eps"), **NO_BETAS, "an lr of 0": {"lr": 0.0}, "an eps of 0": {"eps": 0.0}},
    shapes={"table": (5, 3), "counts": (7,)},
    variants=(),
    regimes=("rows",),
)

LBFGS: dict[str, dict] = {
    "default": {"max_iter": 4},
    "lr": {"lr": 0.1, "max_iter": 4},
    "one iteration": {"max_iter": 1},
    "two iterations": {"max_iter": 2},
    "one iteration, many evaluations": {"max_iter": 1, "max_eval": 25},
    "few evaluations": {"max_iter": 4, "max_eval": 3},
    "a history of one": {"max_iter": 4, "history_size": 1},
    "a history of two": {"max_iter": 4, "history_size": 2},
    "a large tolerance_grad": {"max_iter": 4, "tolerance_grad": 0.1},
    "a large tolerance_change": {"max_iter": 4, "tolerance_change": 0.1},
}

lbfgs = Optimizer(
    "optimizers.lbfgs",
    "scratch.optimizers.lbfgs",
    "reference.optimizers.lbfgs",
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
        Refusal("a negative lr", {"lr": -0.1}),
        Refusal("an lr of NaN", {"lr": float("nan")}),
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
