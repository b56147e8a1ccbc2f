"""Sessions that would stand for hers if they were not full: she may wait for a seat in them. Asked outside of her door."""

from datetime import datetime
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.makeup.offering import near_misses
from rejoin.makeups.actions.waiting import waits_of
from rejoin.makeups.reading import owed_in
from rejoin.makeups.world import policy_of, window_of, world_of_patient
from rejoin.programs.models import Seat

MOST: Final = 3
LOOKED_AT: Final = 30
"""So many that are nearest to what she needs are asked about. Ours."""
ONLY_FULL: Final = ("seats",)
"""Nothing else keeps it from standing for hers."""
WAITED_FOR: Final = """
SELECT session.id, session.ref::text, session.starts_at, session.ends_at FROM programs_session AS session
 WHERE session.id = ANY(%s) AND session.held = 'scheduled' AND session.starts_at > %s ORDER BY session.starts_at
"""


class FullSession(NamedTuple):
    session_id: int
    ref: str
    starts_at: datetime
    ends_at: datetime


def full_for(seat: Seat, *, now: datetime) -> list[FullSession]:
    """The soonest full sessions in which a seat would do for this missed one, less those she waits for."""
    program_id = seat.session.program_id
    policy, _ = policy_of(program_id, seat.session.starts_at)
    own = owed_in(program_id, since=now - window_of(policy), now=now, patients=[seat.patient_id])
    owed = next((each for each in own if each.seat_id == seat.pk), None)
    if owed is None:
        return []
    world = world_of_patient(owed, program_id=program_id, now=now, whole=True)
    row = world.row_of(seat.pk)
    if row is None:
        return []
    near = near_misses(world.instance, world.index, world.book, row, most=LOOKED_AT)
    full = {world.slots[each.slot].session_id for each in near if each.because == ONLY_FULL}
    waited = waits_of(seat.pk)
    return _told([each for each in full if each is not None and each not in waited], now)[:MOST]


def waited_for(seat: Seat, *, now: datetime) -> list[FullSession]:
    """Those to come in which she waits for a seat."""
    waited = waits_of(seat.pk)
    return _told(waited, now) if waited else []


def _told(session_ids: list[int], now: datetime) -> list[FullSession]:
    return [FullSession(*row) for row in select(WAITED_FOR, [session_ids, now])]
