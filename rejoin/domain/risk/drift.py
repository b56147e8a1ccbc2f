"""Whether estimates still fit a site, looked at period by period once it is known what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from rejoin.domain.risk.judging import Ratio, expected_over_observed
from rejoin.domain.risk.weeks import Flags, Ints, Reals

FEWEST_EVENTS: Final = 10
"""Expected or observed, whichever is more: with fewer the ratio says nothing."""
TOLERATED: Final = (0.8, 1.25)
"""Expected over observed within these does no harm to a queue that puts dated facts first."""


class Fits(StrEnum):
    CANNOT_TELL = "cannot tell"
    STEADY = "steady"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The verdict, why, and what it rests on: each period that had a row, the oldest first."""

    verdict: Fits
    because: str
    periods: tuple[tuple[int, Ratio], ...]


def look_for_drift(p: Reals, happened: Flags, patient: Ints, period: Ints) -> Drift:
    """`period` numbers months or quarters upwards. Rows whose answer is not known yet do not belong here."""
    periods = tuple(
        (int(each), expected_over_observed(p[rows], happened[rows], patient[rows]))
        for each in np.unique(period)
        if (rows := period == each).any()
    )
    verdict, because = _verdict([ratio for _, ratio in periods if _says_something(ratio)])
    return Drift(verdict=verdict, because=because, periods=periods)


def _says_something(ratio: Ratio) -> bool:
    return max(ratio.expected, ratio.observed) >= FEWEST_EVENTS


def _verdict(told: Sequence[Ratio]) -> tuple[Fits, str]:
    if not told:
        return Fits.CANNOT_TELL, f"no period has {FEWEST_EVENTS} patients' weeks of lost contact to go by"
    last = told[-1]
    if _is_off(last):
        return Fits.DRIFTED, f"in the last period {_words(last)}: recalibrate before percentages are shown"
    if len(told) > 1 and _side(last) == _side(told[-2]) != 0:
        return Fits.DRIFTED, f"two periods in a row lean the same way, and in the last {_words(last)}"
    return Fits.STEADY, f"in the last period {_words(last)}, which is close enough or too unsure to say more"


def _is_off(ratio: Ratio) -> bool:
    """The whole interval lies outside of what is tolerated."""
    return ratio.low > TOLERATED[1] or ratio.high < TOLERATED[0]


def _side(ratio: Ratio) -> int:
    """1 where too many are expected for certain, -1 where too few, 0 where nobody can say."""
    return int(ratio.low > 1) - int(ratio.high < 1)


def _words(ratio: Ratio) -> str:
    return (
        f"{ratio.expected:.0f} were expected and {ratio.observed} observed "
        f"(ratio {ratio.ratio:.2f}, 90% interval {ratio.low:.2f} to {ratio.high:.2f}, {ratio.patients} patients)"
    )
