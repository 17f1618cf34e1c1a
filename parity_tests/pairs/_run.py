"""What the rows of training runs share."""

from gradtwin.rows import Case, Training


def run(name, model, setup, optimizer, options, scheduler, scheduler_options):
    """Return the row of a model in training; `setup` is ``module:function`` among the pairs."""
    return Training(
        f"training.{name}_{optimizer}",
        f".models.{model}",
        optimizer=f".optimizers.{optimizer}",
        setup=f"parity_tests.pairs.{setup}",
        cases=[Case(scheduler, options)],
        scheduler=f".schedulers.{scheduler}",
        scheduler_options=scheduler_options,
    )
