"""Judging optimizers, schedules and training runs."""
