"""When a session's room can be entered: the one definition of it, for links, pages and grants."""

from datetime import datetime, timedelta
from typing import Final

from rejoin.domain.attendance import Held
from rejoin.programs.models import Seat, Session
from rejoin.rooms.hosting import OPEN_AFTER, READY_BEFORE
from rejoin.visits.vocabulary import Door

LINK_HOLDS_BEFORE: Final = timedelta(hours=24)
"""From then on the link is good for something."""
OPENS_BEFORE: Final = READY_BEFORE
"""From then on she is asked where she is, and may wait to be let in. Where she is tomorrow nobody can say today."""
STAYS_OPEN: Final = OPEN_AFTER
"""After the end: a session that runs over is not cut off, until its room is closed."""
COMES_BACK_WITHIN: Final = timedelta(minutes=15)
"""Whoever was inside so lately comes back into a locked room, and is not asked again where she is. Ours."""


def door_of(session: Session, seat: Seat | None, at: datetime) -> Door:
    """Where the door stands at `at`, for the patient of `seat`, or for staff."""
    if session.held != Held.SCHEDULED.value or (seat is not None and seat.released_at is not None):
        return Door.CANCELLED
    if at >= closes_at(session):
        return Door.OVER
    if at < session.starts_at - LINK_HOLDS_BEFORE:
        return Door.EARLY
    return Door.SOON if at < opens_at(session) else Door.OPEN


def opens_at(session: Session) -> datetime:
    return session.starts_at - OPENS_BEFORE


def closes_at(session: Session) -> datetime:
    return session.ends_at + STAYS_OPEN
