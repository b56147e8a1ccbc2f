"""The words of measures as they are asked in a program."""

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
    """The session did not take place, or she was not expected there after all."""
