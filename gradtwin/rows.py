"""Rows: what is equal to what. A project declares its pairs with these."""

from gradtwin.project.case import Case, Misprint, Refusal
from gradtwin.project.kinds.model import Model
from gradtwin.project.kinds.op import Op
from gradtwin.project.kinds.optimizer import Optimizer
from gradtwin.project.kinds.scheduler import Scheduler
from gradtwin.project.kinds.training import Training
from gradtwin.project.trials import Row

__all__ = ["Case", "Misprint", "Model", "Op", "Optimizer", "Refusal", "Row", "Scheduler", "Training"]
