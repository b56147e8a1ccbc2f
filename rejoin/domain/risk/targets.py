"""What came of it: whether contact was lost, whether a test turned positive, and of whom one may ask."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from rejoin.domain.risk.features import tests
from rejoin.domain.risk.weeks import Flags, Weeks, ahead, followed, in_last

AHEAD: Final = 4
"""Weeks that an estimate looks ahead."""
FIRST_LANDMARK: Final = 2
"""Weeks of history before anything is estimated."""
OLDEST_TEST: Final = 3
"""Weeks: an older negative test says nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """By row: of whom it is asked, whether the answer is known by now, and the answer where it is."""

    at_risk: Flags
    known: Flags
    happened: Flags

    @property
    def usable(self) -> Flags:
        return self.at_risk & self.known


def landmarks(weeks: Weeks) -> Flags:
    return weeks.week >= FIRST_LANDMARK


def losing_contact(weeks: Weeks) -> Target:
    """No contact at all in the next four weeks, asked of who came this week or the last."""
    return Target(
        at_risk=landmarks(weeks) & (in_last(weeks, weeks.attended, 2) > 0),
        known=_is_followed(weeks),
        happened=ahead(weeks, weeks.attended, AHEAD) == 0,
    )


def lapse(weeks: Weeks) -> Target:
    """A positive test in the next four weeks, asked after a negative one of at most three weeks ago.

    Known only where she was tested again: somebody who was not tested has not stayed negative.
    """
    known = tests(weeks)
    positive = weeks.tested & weeks.positive
    return Target(
        at_risk=landmarks(weeks) & (known["last_test"] == 0) & (known["weeks_since_test"] <= OLDEST_TEST),
        known=_is_followed(weeks) & (ahead(weeks, weeks.tested, AHEAD) > 0),
        happened=ahead(weeks, positive, AHEAD) > 0,
    )


def _is_followed(weeks: Weeks) -> Flags:
    return np.minimum(followed(weeks), weeks.weeks_left) >= AHEAD
