"""What the rows of training runs share."""

from gradtwin.rows import Case, Training


def run(name, model, setup, optimizer, options, scheduler, scheduler_options):
    """Return the row of a model in training; `setup` is ``module:function`` among the pairs."""
    return Training(
        f"training.{name}_{optimizer}",
        f"scratch.models.{model}",
        f"reference.models.{model}",
        f"scratch.optimizers.{optimizer}",
        f"reference.optimizers.{optimizer}",
        setup=f"parity_tests.pairs.{setup}",
        cases=[Case(scheduler, options)],
        scheduler=f"scratch.schedulers.{scheduler}",
        twin_scheduler=f"reference.schedulers.{scheduler}",
        scheduler_options=scheduler_options,
    )
