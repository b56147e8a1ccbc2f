"""Whether somebody is absent for certain, from a room that is asked: before a word goes out that says she is missing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rejoin.domain.kernel import Interval, Word

AHEAD_AT_MOST = timedelta(seconds=5)
"""So far two clocks may be apart; what is later than that was written by one that is wrong."""
HEARD_WITHIN = timedelta(seconds=60)
"""Older than this, and what a room said last says nothing of now: boards show it as silent, and a person has to look."""
ASKED_WITHIN = timedelta(seconds=25)
"""Before a word goes out the answer has to be newer still. Rooms are asked every ten seconds: an older answer is of
before a gap in which nobody asked, and perhaps nobody heard who came."""


class Absent(Word):
    """What may be concluded of one patient and the room of her session."""

    CERTAIN = "certain"
    SHE_IS_HERE = "she_is_here"
    """By what was told of joins and leaves, or by the room itself. One of the two is enough."""
    ENGINE_SILENT = "engine_silent"
    """The room could not be asked, or was not just now. It may be full."""
    SOMEBODY_UNKNOWN = "somebody_unknown"
    """The room cannot say of somebody in it who that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAsked:
    """What a room answered when it was last asked, and of whom."""

    span: Interval
    """The session's: after its end nobody comes any more."""
    heard_at: datetime | None
    """When it last answered; None: it never has."""
    told_in: bool
    """Events tell of a join of hers and of no leave since."""
    seen_in: bool
    """She was among those it named."""
    somebody_unknown: bool
    """It named somebody in it without saying who."""


def is_absent(room: RoomAsked, *, now: datetime) -> Absent:
    """Whether she is absent for certain at `now`, or was at the session's end. A dead engine makes nobody absent."""
    asked_of = min(now, room.span.end)
    if room.told_in or room.seen_in:
        return Absent.SHE_IS_HERE
    if room.heard_at is None or not asked_of - ASKED_WITHIN <= room.heard_at <= now + AHEAD_AT_MOST:
        return Absent.ENGINE_SILENT
    return Absent.SOMEBODY_UNKNOWN if room.somebody_unknown else Absent.CERTAIN
