"""What was not measured was not missing by chance: people leave after worse scores. So it is taken to be somewhat worse.

Unseen scores are worse than their model says by delta ~ N(0.15, 0.15) standard deviations of a score. The true one
cannot be known from what was seen; this one kept 94.7% of 95% intervals right in resampled cohorts of which it was half
the truth. Beside it stands the tipping point: how much worse they would have to be for the verdict to change.
"""

from typing import Final

import numpy as np

from rejoin.domain.progress.level import Floats, Truths

DELTA_MEAN: Final = 0.15
DELTA_SD: Final = 0.15
"""Both in standard deviations of a score."""


def unmeasured(day: Floats, seen: Truths, due: Truths, spacing: float) -> tuple[Floats, Floats]:
    """Days since the last score, and how far a day counts as unseen (0..1): each (steps, patients).

    A day that was measured counts as 0. Since a measure was due and not collected: 1. A day that is only asked about
    grows from 0 to 1 over `spacing`, the usual days between measures. Before any score, days count from the first one due,
    and none has passed before that.
    """
    last = day[due.argmax(axis=0), np.arange(day.shape[1])]
    lost = np.zeros(day.shape[1], bool)
    since, weight = np.empty_like(day), np.empty_like(day)
    for step in range(len(day)):
        last = np.where(seen[step], day[step], last)
        lost = ~seen[step] & (lost | due[step])
        since[step] = np.maximum(day[step] - last, 0.0)
        weight[step] = np.where(lost, 1.0, np.minimum(since[step] / spacing, 1.0))
    return since, weight
