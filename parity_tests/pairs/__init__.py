"""Every declared pair: one row an algorithm. `gradtwin verify` and the tests read `PAIRS`."""

from dataclasses import replace

from parity_tests.pairs import (
    activations,
    approximation,
    around,
    augmentation,
    backpropagation,
    classifiers,
    errata,
    features,
    gradient_checking,
    graph,
    init,
    layers,
    lectures,
    likelihoods,
    linear_models,
    losses,
    models,
    multiclass,
    networks,
    optimizers,
    schedulers,
    training,
)

ROWS = (
    *activations.PAIRS,
    *losses.PAIRS,
    *layers.PAIRS,
    *init.PAIRS,
    *optimizers.PAIRS,
    *schedulers.PAIRS,
    *around.PAIRS,
    *features.PAIRS,
    *augmentation.PAIRS,
    *approximation.PAIRS,
    *models.PAIRS,
    *backpropagation.PAIRS,
    *linear_models.PAIRS,
    *classifiers.PAIRS,
    *likelihoods.PAIRS,
    *multiclass.PAIRS,
    *graph.PAIRS,
    *gradient_checking.PAIRS,
    *networks.PAIRS,
    *training.PAIRS,
    *errata.PAIRS,
)

PAIRS = tuple(replace(row, tags=lectures.tags(row)) for row in ROWS)
