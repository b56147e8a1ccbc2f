"""What a consent shows to whom it names, and what no consent ever does."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rejoin.domain.kernel import Word


class About(Word):
    """What a consent towards somebody is for: the purposes of 42 CFR 2.31(a)(5) that a family can be told of."""

    ATTENDANCE = "attendance"
    SAFETY = "safety"
    SCHEDULING = "scheduling"
    BILLING = "billing"


class Item(Word):
    """What a page of a family member could hold."""

    SESSIONS_AHEAD = "sessions_ahead"
    FAMILY_SESSIONS = "family_sessions"
    CAME_OR_NOT = "came_or_not"
    WAYS_BACK = "ways_back"
    """What is open after a missed session, and what was chosen."""
    TEAM_IS_LOOKING = "team_is_looking"
    """That the team tries to reach her, and how to reach the team."""
    HOURS = "hours"
    CHARGES = "charges"
    OWN_WORDS = "own_words"
    """Whatever she wrote: a reason, a barrier, an answer."""
    MESSAGES = "messages"
    CHECK_INS = "check_ins"
    REFLECTIONS = "reflections"
    MEASURES = "measures"
    NOTES = "notes"
    SAFETY_PLAN = "safety_plan"
    OTHERS = "others"
    """Anybody else in her group: that they are there at all."""


SHOWN_BY: Final[Mapping[About, frozenset[Item]]] = MappingProxyType(
    {
        About.SCHEDULING: frozenset({Item.SESSIONS_AHEAD, Item.FAMILY_SESSIONS}),
        About.ATTENDANCE: frozenset({Item.CAME_OR_NOT, Item.WAYS_BACK}),
        About.SAFETY: frozenset({Item.TEAM_IS_LOOKING}),
        About.BILLING: frozenset({Item.HOURS, Item.CHARGES}),
    }
)
NEVER_SHOWN: Final = frozenset(Item) - frozenset().union(*SHOWN_BY.values())
"""What she wrote, what was found of her, and everybody else: by no consent that can be given here."""
