"""Rows: what is equal to what. A project declares its pairs with these."""

from gradtwin.project.case import Case, Misprint, Refusal
from gradtwin.project.kinds import Model, Op, Optimizer, Row, Scheduler, Training

__all__ = ["Case", "Misprint", "Model", "Op", "Optimizer", "Refusal", "Row", "Scheduler", "Training"]
