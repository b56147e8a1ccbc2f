"""Sessions made some weeks ahead, each with its seats and the name of its room."""

from collections.abc import Collection
from datetime import date, datetime

from rejoin.common.actors import Actor
from rejoin.common.rows import select
from rejoin.programs.actions import materialise
from rejoin.programs.ahead import Materialised
from rejoin.programs.models import Program
from rejoin.rooms.actions import name_rooms

ROOMS = """
SELECT session.id, series.room FROM programs_session AS session
  JOIN programs_series AS series ON series.id = session.series_id
 WHERE session.id = ANY(%s) AND series.room <> ''
"""


def extend_schedule(*, program: Program, until: date, by: Actor, at: datetime) -> Materialised:
    """The sessions of the program's series up to `until`, as far as they are not there yet."""
    made = materialise(program=program, until=until, by=by, at=at)
    name_series_rooms(made.sessions, by=by, at=at)
    return made


def name_series_rooms(session_ids: Collection[int], *, by: Actor, at: datetime) -> int:
    """Sessions of a series meet in its room."""
    return name_rooms(names=select(ROOMS, [list(session_ids)]), by=by, at=at) if session_ids else 0
