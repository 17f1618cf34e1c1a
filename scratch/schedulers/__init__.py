"""Learning-rate schedules: ``lr(step, *, base_lr, ...)``, or ``init`` and ``step``, with the options of torch.

`step` counts the calls of the scheduler, and is 0 for the learning rate before the first.
"""
