"""The words of measures as they are asked in a program."""

from typing import Final

from rejoin.domain.kernel import Word


class How(Word):
    """How answers came to us."""

    PORTAL = "portal"
    """She gave them on her own page."""
    SESSION = "session"
    """Somebody of the staff was with her, in a session."""
    PHONE = "phone"
    """Somebody of the staff read them to her by phone."""


class Ending(Word):
    """What became of a measure that was due. All but the first leave a gap."""

    ANSWERED = "answered"
    MISSED_SESSION = "missed_session"
    """The session it came with was missed, and it was not answered in the days after."""
    NOT_ANSWERED = "not_answered"
    """She came, and it was not answered."""
    DECLINED = "declined"
    """She would rather not."""
    WITHDRAWN = "withdrawn"
    """The staff took it back, and say why."""
    NOT_OFFERED = "not_offered"
    """The session was missed, and nobody could ask it outside of one: it is asked by staff, or nobody watches for answers."""
    NOT_HELD = "not_held"
    """The session did not take place, or she was not expected there after all, or was excused."""
    NOT_KNOWN = "not_known"
    """Nobody knows whether she came, and it was not answered."""


class Nightly(Word):
    """What is done once a night for each program."""

    RISK = "risk"
    """Estimates of losing contact."""
    PROGRESS = "parameters"
    """The parameters of its curves."""


CLOSED_BY_TIME: Final = frozenset(
    {Ending.MISSED_SESSION, Ending.NOT_ANSWERED, Ending.NOT_OFFERED, Ending.NOT_KNOWN}
)
"""Nobody has said that there is no answer: one that was given in time, on paper, may still be written down."""
