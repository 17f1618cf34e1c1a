"""A function of the step that returns the rate, or one without arguments that is called at every step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradtwin.core.call import Code, enter
from gradtwin.core.signatures import needed
from gradtwin.training.rates.form import Course, RateForm, base_rate_of, taken_by

__all__ = ["STEPS", "form_of"]

STEPS = frozenset(
    """step steps t i it iter iteration n k epoch epochs global_step current_step step_num num_steps step_count count
    last_epoch""".split()
)
"""What the step is called."""


def form_of(function: Code, name: str, options: Mapping[str, Any]) -> RateForm:
    """Return how a function is read: the argument named as the step, else the first one, is the step, from 0 on."""
    base_rate, arguments = base_rate_of(function, options), needed(function)
    by_name = next((argument for argument in arguments if argument.lower() in STEPS), None)
    is_first = by_name is None or by_name == arguments[0]

    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        own = {**options, **({} if base_rate is None else {base_rate: course.base_lr})}
        steps = range(course.steps + 1)
        return [enter(function, t, **own) if is_first else enter(function, **own, **{str(by_name): t}) for t in steps]

    taken = taken_by(function, 1 if is_first else 0, base_rate)
    taken = None if taken is None else {option: must for option, must in taken.items() if option != by_name}
    return RateForm(f"the function {name} of the step", rates, (taken,))
