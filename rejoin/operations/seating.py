"""Sessions made some weeks ahead, each with its seats and the name of its room."""

import logging
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rejoin.common import clock
from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.common.sweeping import work_through
from rejoin.domain.kernel import local_day
from rejoin.programs.actions import materialise
from rejoin.programs.ahead import Materialised
from rejoin.programs.models import Program
from rejoin.rooms.actions import name_rooms

log = logging.getLogger("rejoin.seating")
AHEAD: Final = timedelta(days=28)
"""People plan some weeks ahead, and a worker that was away for days leaves no gap."""

LIVE: Final = "SELECT id FROM programs_series WHERE ended_at IS NULL"
# Whoever asks at the same time leaves these to us; whoever changes one of them waits until its sessions are there.
CLAIM: Final = """
SELECT id FROM programs_series
 WHERE program_id = %s AND ended_at IS NULL AND id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""
ROOMS: Final = """
SELECT session.id, series.room FROM programs_session AS session
  JOIN programs_series AS series ON series.id = session.series_id
 WHERE session.id = ANY(%s) AND series.room <> ''
"""


def live_series() -> set[int]:
    """Series that have not ended."""
    return {number for (number,) in select(LIVE)}


def extend_schedules(series_ids: Collection[int], *, by: Actor) -> int:
    """The sessions of these series for the weeks ahead, as far as they are not there yet. Returns how many were made.

    A series that fails by itself stops no other; it is told in the log, and the health check tells of the gap.
    """
    programs = Program.objects.filter(series__in=series_ids).order_by("pk").distinct()
    return sum(_extend(each, series_ids, by) for each in programs)


def extend_schedule(
    *, program: Program, until: date, only: Collection[int] | None = None, by: Actor, at: datetime
) -> Materialised:
    """The sessions of the program's series, or of `only` some, up to `until`, as far as they are not there yet."""
    made = materialise(program=program, until=until, only=only, by=by, at=at)
    name_series_rooms(made.sessions, by=by, at=at)
    return made


def name_series_rooms(session_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Sessions of a series meet in its room."""
    return name_rooms(names=select(ROOMS, [list(session_ids)]), by=by, at=at) if session_ids else 0


def _extend(program: Program, series_ids: Collection[int], by: Actor) -> int:
    at = clock.now()
    until = local_day(at, ZoneInfo(program.timezone)) + AHEAD
    found: list[Materialised] = []

    def claim(only: Collection[int] | None) -> list[int]:
        wanted = list(series_ids if only is None else only)
        return [number for (number,) in select(CLAIM, [program.pk, wanted])]

    def extend(claimed: list[int]) -> None:
        found.append(extend_schedule(program=program, until=until, only=claimed, by=by, at=at))

    work_through(name="operations.seating", claim=claim, do=extend, push_forward=lambda *_: None)
    for each in found:
        _tell(program, each)
    return sum(len(each.sessions) for each in found)


def _tell(program: Program, made: Materialised) -> None:
    """What a person has to see to."""
    for series_id, refusal in made.refused:
        log.warning("seating.series_refused", extra={"row_id": series_id, "code": refusal.code})
    counts = {
        "unseated_count": len(made.clashes),
        "leaderless_count": len(made.leaderless),
        "full_count": len(made.full),
    }
    if made.sessions and any(counts.values()):
        log.warning("seating.gaps_left", extra={"program_id": program.pk, **counts})
