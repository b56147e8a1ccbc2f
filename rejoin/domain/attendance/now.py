"""Where somebody is at this instant of a running session: for a board, and for nothing that is decided."""

from datetime import datetime
from typing import NamedTuple

from rejoin.domain.attendance.facts import SeatFacts, Status
from rejoin.domain.attendance.presence import measure
from rejoin.domain.kernel import Word


class Where(Word):
    """Where a patient is, as far as the room and the records tell."""

    HERE = "here"
    LEFT = "left"
    """She was here, and her connection ended. Whether she means to come back nobody can see."""
    WAITING = "waiting"
    """In the waiting room or at the door, and never seen inside."""
    EXPECTED = "expected"
    """Not seen yet, and the policy does not call it missing yet."""
    MISSING = "missing"
    NOT_ADMITTED = "not_admitted"
    NOT_ADMISSIBLE = "not_admissible"
    EXCUSED = "excused"
    NOT_KNOWN = "not_known"
    """Nothing is watching the room: she may be in it."""


TOLD = {
    Status.MISSED: Where.MISSING,
    Status.NOT_ADMITTED: Where.NOT_ADMITTED,
    Status.NOT_ADMISSIBLE: Where.NOT_ADMISSIBLE,
    Status.EXCUSED: Where.EXCUSED,
}
"""What an outcome that is told already says of where she is."""


STANDS_THOUGH = (None, Status.MISSED, Status.UNRECORDED)
"""Outcomes that are told, or none, of somebody who may nevertheless stand at the door."""


class SeatNow(NamedTuple):
    """Where she is, whole minutes she was here so far (None: nobody can know), and since when she is there."""

    where: Where
    minutes: int | None
    since: datetime | None


def where_now(seat: SeatFacts, *, told: Status | None, now: datetime) -> SeatNow:
    """Where the patient of a seat is at `now`.

    `told` is her latest outcome; presence goes before it, unless she may not take part: who is seen in the room is
    in the room, though nothing has been decided anew yet. Minutes count breaks.
    """
    seen = measure(seat.presence, session=seat.session, breaks_count=True, now=now)
    minutes = None if seen.seconds is None else seen.seconds // 60
    barred = told in (Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE)
    if seen.present and not barred:
        where = Where.HERE if seen.still_here else Where.LEFT
        return SeatNow(where, minutes, seen.first_join if seen.still_here else seen.last_leave)
    if seat.door is not None and told in STANDS_THOUGH and seat.door.stands(now):
        return SeatNow(Where.WAITING, minutes, seat.door.asked_at)
    if told in TOLD:
        return SeatNow(TOLD[told], minutes, seat.session.starts_at)
    if seat.waited:
        return SeatNow(Where.WAITING, minutes, None)
    if not seat.covered and seat.session.starts_at <= now:
        return SeatNow(Where.NOT_KNOWN, None, None)
    return SeatNow(Where.EXPECTED, minutes, None)
