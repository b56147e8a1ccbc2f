"""What people may decide on a review, by why they look: options for a clinician, in no order of merit, and none of them chosen.

What fits absences does not fit a patient of whom nobody can tell how she is: she is asked, before anything is done about her.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word
from rejoin.followup.plan_reviews import PLAN_REVIEW
from rejoin.followup.vocabulary import Decision


class Why(Word):
    """What people look at."""

    UNTOLD = "untold"
    """For long nobody can tell whether she is better or worse."""
    WORSENED = "worsened"
    """By a measure of hers she is worse, by more than chance."""
    ABSENCE = "absence"
    """How she came: a pattern of a policy."""


FITTING: Final[Mapping[Why, tuple[Decision, ...]]] = MappingProxyType(
    {
        Why.UNTOLD: (
            Decision.ASK_BY_PHONE,
            Decision.ASK_NEXT_SESSION,
            Decision.TALK,
            Decision.BARRIER_VISIT,
            Decision.CHANGE_PLAN,
        ),
        Why.WORSENED: (
            Decision.SEE_SOON,
            Decision.CHECK_SAFETY,
            Decision.PRESCRIBER,
            Decision.CHANGE_PLAN,
            Decision.STEP_UP,
            Decision.FAMILY_SESSION,
        ),
        Why.ABSENCE: (
            Decision.BARRIER_VISIT,
            Decision.CHANGE_SCHEDULE,
            Decision.CONTRACT,
            Decision.FAMILY_SESSION,
            Decision.CHANGE_PLAN,
            Decision.STEP_UP,
            Decision.STEP_DOWN,
            Decision.TRANSFER,
            Decision.DISCHARGE,
        ),
    }
)
ALWAYS: Final = (Decision.CONTINUE, Decision.OTHER)
"""Fit whatever it is."""


def raised_because(then: str) -> Why:
    """Of a review, by what its rule wants considered."""
    return Why.UNTOLD if then == PLAN_REVIEW else Why.ABSENCE


def options_for(whys: Iterable[Why]) -> tuple[tuple[Why | None, tuple[Decision, ...]], ...]:
    """By what they fit, each once, with the first it fits; None: whatever it is."""
    told: set[Decision] = set()
    found: list[tuple[Why | None, tuple[Decision, ...]]] = []
    for why in whys:
        found.append((why, tuple(each for each in FITTING[why] if each not in told)))
        told.update(FITTING[why])
    return (*found, (None, ALWAYS))
