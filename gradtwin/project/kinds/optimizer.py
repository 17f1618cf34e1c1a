"""Rows of optimizers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gradtwin.core.bound import precision
from gradtwin.core.call import enter
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.report import Report
from gradtwin.project.case import Case, Refusal
from gradtwin.project.modules import load, obtain
from gradtwin.project.numbers import described, worst_of_each
from gradtwin.project.trials import Trial, both_refuse, refusal_trials, tensor

if TYPE_CHECKING:
    from gradtwin.training.subject import Run

__all__ = ["SHOWN_STEPS", "Optimizer"]

FEW_SHAPES: Mapping[str, tuple[int, ...]] = {"weight": (3, 4), "scale": ()}
"""Parameters of most trials of an optimizer; its first case is tried on more ranks."""
SHOWN_STEPS = 3


@dataclass(frozen=True)
class Optimizer:
    """An optimizer with ``init`` and ``step``, beside one of `torch.optim`.

    Parameters
    ----------
    name : str
        ``family.optimizer``, as the commands know it.
    suspect : str
        Module with ``init`` and ``step``; by default the one of this name in the package of the suspects.
    twin : str
        Module with ``optimizer``, which takes a list of tensors and the options; by default the one of this name in the
        package of the twins.
    cases : sequence of Case
        Options to run with; inputs do not apply.
    steps : int
        Number of steps.
    refusals : sequence of Refusal
        Options that both sides refuse.
    shapes : mapping, optional
        Shapes of the parameters, by name, where it does not take those that `gradtwin.check_optimizer` begins with.
    problems : mapping
        For an optimizer that asks for the loss: by family, ``module:function`` that returns the keyword arguments
        ``value_and_grad``, ``twin``, ``params`` and ``batches`` of `gradtwin.check_training`; takes the seed.
    omitted : mapping
        Gradient regimes and variants of torch that no case is tried on, each with the reason.
    tags : sequence of str
        Further names of the row.
    """

    kind: ClassVar[str] = "optimizer"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (("suspect", "twin"),)
    takes_long: ClassVar[bool] = False

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    cases: Sequence[Case]
    steps: int = 8
    refusals: Sequence[Refusal] = ()
    shapes: Mapping[str, tuple[int, ...]] | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield cases by regimes and variants of torch, by precisions; refusals at the first precision."""
        from gradtwin.training.method import CUDA_ONLY

        for at_precision in conditions.by_precision():
            for case in self.cases:
                for family in case.families:
                    yield Trial(self, case, case.name, at_precision, family, steps=steps)
                for variant in case.variants:
                    if conditions.device != "cpu" or variant not in CUDA_ONLY:
                        yield Trial(self, case, case.name, at_precision, "typical", variant, steps)
        yield from refusal_trials(self, self.refusals, conditions)

    def judge(self, trial: Trial, case: Case) -> Report:
        """Judge the steps, on gradients or on a loss."""
        from gradtwin.training.check import check_optimizer, check_training

        optimizer, twin = self._optimizers()
        if trial.family in self.problems:
            problem = self._problem(trial)
            return check_training(
                optimizer=optimizer,
                twin_optimizer=twin,
                options=case.options,
                **problem,
                **trial.keywords(),
            )
        return check_optimizer(
            optimizer,
            twin=twin,
            options=case.options,
            own_options=case.own_options,
            variant=trial.variant,
            **self._drawn(trial, case),
            **trial.keywords(),
        )

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Judge how either side begins, and takes one step along a gradient of ones."""
        import torch

        from gradtwin.training.regimes import DEFAULT_SHAPES
        from gradtwin.training.suspect import is_coupled

        module, optimizer = self._optimizers()
        options, coupled = refusal.options, is_coupled(module.step)
        shape = next(iter((self.shapes or DEFAULT_SHAPES).values()))
        (param,) = trial.inputs(refusal.inputs or (lambda draw: (np.ones(shape, draw.dtype),)))
        # Sparse gradients come as a pair of rows and values.
        rows = np.arange(len(param)) if "rows" in self.cases[0].families else None

        def ours() -> None:
            grad = param if rows is None else (rows, param)
            if coupled:
                state = enter(module.init, [param], **options)
                enter(module.step, [param], lambda params: (1.0, [grad]), state, **options)
            else:
                enter(module.step, param, grad, enter(module.init, param, **options), **options)

        def theirs() -> None:
            leaf = tensor(param)
            run = enter(optimizer, [leaf], **options)
            leaf.grad = torch.ones_like(leaf) if rows is None else torch.ones_like(leaf).to_sparse(1)
            run.step(*([lambda: torch.ones(())] if coupled else []))

        return both_refuse(trial, ours, theirs)

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        """Yield the parameters, and the worst element of all that each of the first steps makes, in lockstep."""
        from gradtwin.training.step import QuantityTruth
        from gradtwin.training.walk import Start, Walk

        run = self._run(trial, case)
        problem = run.problem
        for name, param in problem.params.items():
            yield described(name, param)
        gradients_are_given = problem.value_and_grad is None
        for truth, got in Walk(run, Start(run.start), min(SHOWN_STEPS, len(problem.batches))).in_lockstep():
            yield f"\nstep {truth.step}"
            for name, x in zip(problem.params, problem.batches[truth.step], strict=True) if gradients_are_given else ():
                yield described(f"grad of {name}", x)
            keys = [key for key in truth.spread if key in got and not (gradients_are_given and key.role == "gradient")]
            looks = {key: QuantityTruth(truth, key).closest() for key in keys}
            yield worst_of_each({str(key): (got[key], e) for key, e in looks.items() if e is not None})

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield nothing: the table says it all."""
        return iter(())

    def _optimizers(self) -> tuple[Any, Any]:
        """Return the suspect, a module with ``init`` and ``step``, and the twin, a class."""
        for function in ("init", "step"):
            load(self.suspect, function, self.name, "suspect")
        return load(self.suspect, None, self.name, "suspect"), load(self.twin, "optimizer", self.name, "twin")

    def _steps(self, trial: Trial) -> int:
        return self.steps if trial.steps is None else min(self.steps, trial.steps)

    def _drawn(self, trial: Trial, case: Case) -> dict[str, Any]:
        """Return what `check_optimizer` draws parameters and gradients by."""
        whole = trial.family == "typical" and case is self.cases[0]
        shapes = self.shapes or (None if whole else FEW_SHAPES)
        return {"shapes": shapes, "gradients": trial.family, "steps": self._steps(trial)}

    def _run(self, trial: Trial, case: Case) -> Run:
        """Return the run that a trial judges."""
        from gradtwin.training.forms.recognise import entry_of
        from gradtwin.training.method import StepOptions
        from gradtwin.training.regimes import draw_run
        from gradtwin.training.subject import OptimizerPair, Problem, Run

        seed, device = trial.conditions.seed, trial.conditions.device
        if trial.family in self.problems:
            setup = self._problem(trial)
            problem = Problem(setup["value_and_grad"], setup["twin"], setup["params"], setup["batches"])
        else:
            rng = np.random.default_rng(seed_from(trial.id, seed))
            params, batches = draw_run(rng, trial.dtype, variant=trial.variant, **self._drawn(trial, case))
            problem = Problem(None, None, params, batches)
        suspect, twin = self._optimizers()
        form, options = (
            entry_of(suspect).form(case.options),
            StepOptions(case.options, case.own_options, (), trial.variant),
        )
        pair = OptimizerPair(form, twin, options, {})
        seed = seed_from(f"{trial.id}/{trial.dtype}", seed)
        return Run(problem.rounded(trial.dtype), pair, precision(trial.dtype), device, seed)

    def _problem(self, trial: Trial) -> dict[str, Any]:
        """Return the loss that the optimizer is judged on, with its gradient, parameters and batches."""
        module, _, function = self.problems[trial.family].partition(":")
        make = load(module, function, self.name, "problem")
        problem: dict[str, Any] = obtain(make, trial.conditions.seed, self.name, "problem")
        return {**problem, "batches": problem["batches"][: self._steps(trial)]}
