"""Twin of `scratch.training.ema`."""

from torch.optim.swa_utils import get_ema_avg_fn

from reference.training._averaged import updated


def forward(averaged, param, num_averaged, decay=0.999):
    """Return what an update of `AveragedModel` with `get_ema_avg_fn` makes of the average."""
    return updated(averaged, param, num_averaged, get_ema_avg_fn(decay))
