"""Every declared pair: one row an algorithm. `gradtwin verify` and the tests read `PAIRS`."""

from parity_tests.pairs import (
    activations,
    around,
    errata,
    init,
    layers,
    losses,
    models,
    networks,
    optimizers,
    schedulers,
    training,
)

PAIRS = (
    *activations.PAIRS,
    *losses.PAIRS,
    *layers.PAIRS,
    *init.PAIRS,
    *optimizers.PAIRS,
    *schedulers.PAIRS,
    *around.PAIRS,
    *models.PAIRS,
    *networks.PAIRS,
    *training.PAIRS,
    *errata.PAIRS,
)
