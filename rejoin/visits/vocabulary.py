"""The words of visits."""

from rejoin.domain.kernel import Word


class VisitState(Word):
    """How far somebody has come on her way into the room."""

    WAITING = "waiting"
    ADMITTED = "admitted"
    REFUSED = "refused"
    """Whoever leads said: not now."""
    REMOVED = "removed"
    """She was inside, and was put out: no grant for this session until somebody lets her in again."""


class Turn(Word):
    """What happened to a visit."""

    ASKED = "asked"
    ADMITTED = "admitted"
    REFUSED = "refused"
    REMOVED = "removed"
    ENTERED = "entered"
    """A grant was given out: a connection of hers may follow."""
    LEFT = "left"


class Door(Word):
    """Whether a session's room can be entered by the clock."""

    EARLY = "early"
    """The link holds from a day before the session on."""
    SOON = "soon"
    """The link holds; the door is not open yet."""
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"
    """The session is not held, or her seat was given back."""


class Answer(Word):
    """What she is told who asks to go in."""

    GRANTED = "granted"
    CHECK_IN = "check-in"
    """She has not said where she is, at this join."""
    ELSEWHERE = "elsewhere"
    """She is where nobody who leads may practise."""
    WAITING = "waiting"
    REFUSED = "refused"
    REMOVED = "removed"
    LOCKED = "locked"
    CLOSED = "closed"
    """By the clock, or because the session is not held."""
    AWAY = "away"
    """The engine, or its room, is not there."""
