"""Rows of the optimizers."""

from gradtwin.rows import Case, Optimizer, Refusal


def _row(name, cases, refusals):
    return Optimizer(
        f"optimizers.{name}",
        f"scratch.optimizers.{name}",
        f"reference.optimizers.{name}",
        cases=[Case(case, options) for case, options in cases.items()],
        refusals=[Refusal(refusal, options) for refusal, options in refusals.items()],
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
)

PAIRS = (sgd, adam)
