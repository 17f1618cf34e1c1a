"""Twin of `scratch.training.swa`."""

from torch.optim.swa_utils import get_swa_avg_fn

from reference.training._averaged import updated


def forward(averaged, param, num_averaged):
    """Return what an update of `AveragedModel` with `get_swa_avg_fn` makes of the average."""
    return updated(averaged, param, num_averaged, get_swa_avg_fn())
