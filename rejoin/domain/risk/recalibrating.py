"""A site's own level: only the intercept moves, by what came of its first patients.

Calibration does not travel: between trials three times too many or half too few were expected. What raises and lowers an
estimate does travel, and stays.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from rejoin.domain.risk.weeks import Flags, Ints, Reals

ENOUGH_PATIENTS: Final = 50
"""Before that many patients of a site there are ranks, and no percentages."""
FARTHEST: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What is added to every logit of a site, and its standard error by patient."""

    by: float
    error: float
    patients: int
    rows: int
    events: int

    @property
    def is_enough(self) -> bool:
        return self.patients >= ENOUGH_PATIENTS


def recalibrate(logits: Reals, happened: Flags, patient: Ints, *, patients: int) -> Shift:
    """The shift at which as many are expected as were observed. Needs a row.

    `patients`: how many were followed for long enough, those without a row of this question among them.

    Half an event is added as Firth does it, so that a site without any event yet has a finite answer.
    """

    def missing(by: float) -> float:
        p = expit(logits + by)
        bend = p * (1 - p)
        return float((happened - p).sum() + 0.5 * (bend * (1 - 2 * p)).sum() / bend.sum())

    by = float(brentq(missing, -FARTHEST, FARTHEST))
    p = expit(logits + by)
    _, whose = np.unique(patient, return_inverse=True)
    pulls = np.bincount(whose, weights=happened - p)
    bend = float((p * (1 - p)).sum())
    spread = max(
        float((pulls**2).sum()), bend
    )  # never surer than rows that have nothing to do with each other
    return Shift(
        by=by,
        error=float(np.sqrt(spread) / bend),
        patients=patients,
        rows=len(logits),
        events=int(happened.sum()),
    )
