"""Rows of the learning-rate schedules."""

import importlib

from gradtwin.rows import Case, Refusal, Scheduler

METRICS = (3.0, 2.0, 2.0, 1.9, 1.9, 1.9, 1.89999, 1.9, 1.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5)


class Part:
    """A schedule within another: a function for the scratch side, and what makes torch's for the twin."""

    def __init__(self, name, **options):
        self.name, self.options = name, options

    def __call__(self, step, *, base_lr):
        return importlib.import_module(f"scratch.schedulers.{self.name}").lr(step, base_lr=base_lr, **self.options)

    def twin(self, optimizer):
        return importlib.import_module(f"reference.schedulers.{self.name}").scheduler(optimizer, **self.options)


def _row(name, cases, refusals=None, **facts):
    return Scheduler(
        f"schedulers.{name}",
        cases=[Case(case, options) for case, options in cases.items()],
        refusals=[Refusal(refusal, options) for refusal, options in (refusals or {}).items()],
        **facts,
    )


PARTS = [Part("linear_lr", start_factor=0.1, total_iters=4), Part("exponential_lr", gamma=0.9)]

PAIRS = (
    _row(
        "step_lr",
        {"default": {"step_size": 7}, "gamma": {"step_size": 3, "gamma": 0.7}},
        {"a step_size of 0": {"step_size": 0}},
    ),
    _row("multi_step_lr", {"default": {"milestones": [5, 20]}, "twice": {"milestones": [3, 3, 9], "gamma": 0.6}}),
    _row(
        "constant_lr",
        {"default": {}, "factor": {"factor": 0.3, "total_iters": 9}, "none": {"factor": 1.0}},
        {"a factor above 1": {"factor": 1.5}, "a negative factor": {"factor": -0.5}},
    ),
    _row(
        "linear_lr",
        {"default": {}, "factors": {"start_factor": 0.9, "end_factor": 0.2, "total_iters": 17}},
        {
            "a start_factor of 0": {"start_factor": 0.0},
            "a start_factor above 1": {"start_factor": 1.5},
            "an end_factor above 1": {"end_factor": 1.5},
        },
    ),
    _row("exponential_lr", {"default": {"gamma": 0.9}, "growing": {"gamma": 1.1}}),
    _row("polynomial_lr", {"default": {}, "power": {"total_iters": 30, "power": 2.5}}),
    _row(
        "cosine_annealing_lr",
        {"default": {"T_max": 60}, "eta_min": {"T_max": 20, "eta_min": 0.01}, "periods": {"T_max": 9, "eta_min": 0.05}},
    ),
    _row(
        "cosine_annealing_warm_restarts",
        {"default": {"T_0": 10}, "T_mult": {"T_0": 3, "T_mult": 2, "eta_min": 0.02}},
        {
            "a T_0 of 0": {"T_0": 0},
            "a T_mult of 0": {"T_0": 3, "T_mult": 0},
            "a T_0 of half": {"T_0": 2.5},
            "no eta_min": {"T_0": 3, "eta_min": None},
        },
    ),
    _row("lambda_lr", {"root": {"lr_lambda": lambda t: (1 + t) ** -0.5}}),
    _row("multiplicative_lr", {"falling": {"lr_lambda": lambda t: 1 - 0.5 / (1 + t)}}),
    _row(
        "cyclic_lr",
        {
            "triangular": {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 7},
            "triangular2": {
                "base_lr": 0.01,
                "max_lr": 0.5,
                "step_size_up": 5,
                "step_size_down": 8,
                "mode": "triangular2",
            },
            "exp_range": {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 6, "mode": "exp_range", "gamma": 0.95},
            "of the cycle": {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 6, "scale_fn": lambda c: 1 / (1 + c)},
            "of the step": {
                "base_lr": 0.01,
                "max_lr": 0.5,
                "step_size_up": 6,
                "scale_fn": lambda t: 0.9**t,
                "scale_mode": "iterations",
                "base_momentum": 0.5,
                "max_momentum": 0.7,
            },
            "its own momentum": {"base_lr": 0.01, "max_lr": 0.5, "step_size_up": 6, "cycle_momentum": False},
        },
        {"an unknown mode": {"base_lr": 0.01, "max_lr": 0.5, "mode": "square"}},
    ),
    _row(
        "one_cycle_lr",
        {
            "cos": {"max_lr": 1.0, "total_steps": 51},
            "linear": {"max_lr": 1.0, "total_steps": 60, "anneal_strategy": "linear", "pct_start": 0.45},
            "three phases": {"max_lr": 0.7, "epochs": 6, "steps_per_epoch": 9, "three_phase": True},
            "factors": {
                "max_lr": 1.0,
                "total_steps": 55,
                "div_factor": 3.0,
                "final_div_factor": 7.0,
                "base_momentum": 0.2,
                "max_momentum": 0.7,
            },
            "its own momentum": {"max_lr": 1.0, "total_steps": 51, "cycle_momentum": False},
        },
        {
            "no number of steps": {"max_lr": 1.0},
            "no steps": {"max_lr": 1.0, "total_steps": 0},
            "a pct_start above 1": {"max_lr": 1.0, "total_steps": 9, "pct_start": 1.5},
            "an unknown strategy": {"max_lr": 1.0, "total_steps": 9, "anneal_strategy": "square"},
        },
    ),
    _row(
        "reduce_lr_on_plateau",
        {
            "default": {},
            "patience": {"patience": 1},
            "cooldown": {"patience": 1, "cooldown": 2, "factor": 0.5},
            "threshold": {"patience": 1, "threshold": 0.2},
            "min_lr": {"patience": 0, "min_lr": 0.004, "factor": 0.3},
            "max": {"mode": "max", "patience": 2},
            "abs": {"patience": 1, "threshold_mode": "abs", "threshold": 0.05},
            "abs max": {"mode": "max", "patience": 1, "threshold_mode": "abs", "threshold": 0.6},
            "eps": {"patience": 0, "eps": 0.02},
        },
        {"a factor of 1": {"factor": 1.0}, "an unknown mode": {"mode": "mean"}, "a threshold": {"threshold_mode": "x"}},
        metrics=METRICS,
    ),
    _row(
        "sequential_lr",
        {"warm-up": {"schedulers": PARTS, "milestones": [4]}},
        {"a milestone too many": {"schedulers": PARTS, "milestones": [4, 8]}},
    ),
    _row("chained_scheduler", {"both": {"schedulers": PARTS}}, {"no schedulers": {"schedulers": []}}),
)
