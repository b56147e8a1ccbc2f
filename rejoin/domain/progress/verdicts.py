"""Whether somebody got better since her first score, by more than chance; or whether nobody can tell.

A verdict is given where one of three things is `SURE` given all scores, with what is not seen taken to be somewhat worse:
better by a reliable change or more, worse by one or more, or neither. Otherwise it is that nobody can tell.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from rejoin.domain.progress.level import Floats

Codes = NDArray[np.int8]

SURE: Final = 0.8
"""Ours: evidence against a verdict one time in five is what a plan review is for, not a headline."""
_Z: Final = float(ndtri(SURE))
WIDEST: Final = float(-1 / ndtri((1 - SURE) / 2))
"""Standard deviation, in reliable changes, past which nobody can be sure that nothing changed."""


class Verdict(StrEnum):
    """What a patient's change since her first score amounts to."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSENED = "worsened"
    CANNOT_TELL = "cannot_tell"


CODES: Final = (Verdict.IMPROVED, Verdict.UNCHANGED, Verdict.WORSENED, Verdict.CANNOT_TELL)
"""Verdicts by the number that stands for them in an array."""


@lru_cache(maxsize=1)
def _room() -> tuple[Floats, Floats]:
    """How far from none a change may lie, in reliable changes, and still surely be none: by its standard deviation."""
    far = 1 - np.linspace(0, 1, 4001) ** 2
    low, high = np.full_like(far, 1e-9), np.full_like(far, WIDEST)
    for _ in range(60):
        middle = (low + high) / 2
        sure = ndtr((1 - far) / middle) - ndtr((-1 - far) / middle) >= SURE
        low, high = np.where(sure, middle, low), np.where(sure, high, middle)
    return low, far


def edges(sd: Floats, reliable: float) -> tuple[Floats, Floats]:
    """Changes within ±inner are surely none; past ±outer surely some. `inner` is NaN where no change is surely none."""
    wide, far = _room()
    spread = sd / reliable
    inner = np.where(spread <= WIDEST, reliable * np.interp(spread, wide, far), np.nan)
    return inner, reliable + _Z * sd


def verdicts(worse_by: Floats, sd: Floats, reliable: float) -> Codes:
    """The code of each verdict. `worse_by`: points in the worse direction; NaN is that nobody can tell."""
    inner, outer = edges(sd, reliable)
    codes = np.full(worse_by.shape, CODES.index(Verdict.CANNOT_TELL), np.int8)
    codes[np.abs(worse_by) <= inner] = CODES.index(Verdict.UNCHANGED)
    codes[worse_by <= -outer] = CODES.index(Verdict.IMPROVED)
    codes[worse_by >= outer] = CODES.index(Verdict.WORSENED)
    return codes


def next_edge(worse_by: Floats, sd: Floats, reliable: float) -> Floats:
    """The smallest change above `worse_by` at which the verdict is another one; NaN where none is."""
    inner, outer = edges(sd, reliable)
    ahead = np.stack([-outer, -inner, inner, outer])
    above = np.where(ahead > worse_by, ahead, np.inf).min(axis=0)
    return np.where(np.isinf(above), np.nan, above)


def chances(worse_by: Floats, sd: Floats, reliable: float) -> Floats:
    """Of improved, unchanged and worsened: (3, ...). They add up to 1."""
    sd = np.maximum(sd, 1e-9)
    improved = ndtr((-reliable - worse_by) / sd)
    worsened = ndtr((worse_by - reliable) / sd)
    return np.stack([improved, 1 - improved - worsened, worsened])
