"""Whether there is to be looked for times for her; and sessions that would stand for hers if they were not full: she may wait
for a seat in them. Asked outside of her door."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.domain.makeup.offering import near_misses
from rejoin.makeups.reading import owed_in
from rejoin.makeups.world import policy_of, window_of, world_of_patient
from rejoin.programs.models import Seat, Session

MOST: Final = 3
LOOKED_AT: Final = 30
"""So many that are nearest to what she needs are asked about. Ours."""
ALL: Final = 200
"""That are looked through where somebody has chosen one: as many as `around` shows from."""
ONLY_FULL: Final = ("seats",)
"""Nothing else keeps it from standing for hers."""
TOLD: Final = """
SELECT id, ref::text, starts_at, ends_at FROM programs_session WHERE id = ANY(%s) ORDER BY starts_at, id LIMIT %s
"""
WAITED_FOR: Final = """
SELECT session.id, session.ref::text, session.starts_at, session.ends_at
  FROM (SELECT DISTINCT ON (said.session_id) said.session_id, said.turn FROM makeups_waiting AS said
         WHERE said.seat_id = %s ORDER BY said.session_id, said.id DESC) AS word
  JOIN programs_session AS session ON session.id = word.session_id
 WHERE word.turn = 'waiting' AND session.held = 'scheduled' AND session.starts_at > %s ORDER BY session.starts_at, session.id
"""


# Whether something is open to her, and whether the last word was that none of it works.
OPEN_TO_HER: Final = """
SELECT coalesce(bool_or(latest.turn = 'offered' AND offer.expires_at > %(now)s), false),
       coalesce((array_agg(latest.reason ORDER BY latest.id DESC))[1] = 'none_of_these', false)
  FROM makeups_offer AS offer
  JOIN LATERAL (SELECT turned.id, turned.turn, turned.reason FROM makeups_offerturn AS turned
                 WHERE turned.offer_id = offer.id ORDER BY turned.id DESC LIMIT 1) AS latest ON true
 WHERE offer.seat_id = %(seat)s
"""


class FullSession(NamedTuple):
    session_id: int
    ref: str
    starts_at: datetime
    ends_at: datetime


def may_look(seat_id: int, *, again: bool, now: datetime) -> bool:
    """Not while something is open to her; nor once she has asked for a person, unless she asks `again`."""
    ((is_open, asked),) = select(OPEN_TO_HER, {"seat": seat_id, "now": now})
    return not is_open and (again or not asked)


def full_for(seat: Seat, *, now: datetime, looked_at: int = LOOKED_AT, most: int = MOST) -> list[FullSession]:
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
    near = near_misses(world.instance, world.index, world.book_besides(row), row, most=looked_at)
    full = {world.slots[each.slot].session_id for each in near if each.because == ONLY_FULL}
    waited = {each.session_id for each in waited_for(seat, now=now)}
    return [FullSession(*row) for row in select(TOLD, [sorted(full - waited - {None}), most])]


def waited_for(seat: Seat, *, now: datetime) -> list[FullSession]:
    """Those to come in which she waits for a seat."""
    return [FullSession(*row) for row in select(WAITED_FOR, [seat.pk, now])]


def full_session_of(seat: Seat, ref: str, *, now: datetime) -> Session:
    """One that she may wait for, by the reference a form sent: the staff are shown more of them than she is."""
    return _one_of(full_for(seat, now=now, looked_at=ALL, most=ALL), ref)


def waited_session_of(seat: Seat, ref: str, *, now: datetime) -> Session:
    """One that she waits for, by the reference a form sent."""
    return _one_of(waited_for(seat, now=now), ref)


def _one_of(sessions: Sequence[FullSession], ref: str) -> Session:
    found = next((each for each in sessions if each.ref == ref), None)
    if found is None:
        raise Refusal("makeup.changed", "This has changed meanwhile. Look again at what there is now.")
    return Session.objects.get(pk=found.session_id)
