"""The rates of a schedule, in a list."""

from torch.optim.lr_scheduler import LinearLR

import gradtwin

RIGHT = [0.1 * min(1.0, 0.2 + 0.8 * t / 8) for t in range(20)]
AHEAD = [0.1 * min(1.0, 0.2 + 0.8 * (t + 1) / 8) for t in range(20)]
WARMUP = {"start_factor": 0.2, "total_iters": 8}


def right():
    return gradtwin.check_scheduler(RIGHT, twin=LinearLR, options=WARMUP)


def wrong():
    return gradtwin.check_scheduler(AHEAD, twin=LinearLR, options=WARMUP)
