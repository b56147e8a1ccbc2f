"""Before a word goes out that says somebody is missing from one of our own rooms: whether she is, for certain.

The events say so already, or there would be no case. Here the room itself is asked, by its last snapshot; and where
the engine was not heard of within the minute nobody is nudged, and a person has to look (`rooms.engine` of the doctor,
and the session's row on the board of today).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from rejoin.common.rows import select
from rejoin.domain.attendance.absent import Absent, RoomAsked, is_absent
from rejoin.domain.kernel import Interval
from rejoin.rooms.hosting import never_tells
from rejoin.rooms.liveness import WhoIsIn, who_is_in
from rejoin.rooms.register import SEATLESS_REF

# The end of a presence stands third; without one, and with a start, somebody is in.
SEATS: Final = """
SELECT seat.id, seat.session_id, session.starts_at, session.ends_at,
       ARRAY(SELECT identity.ref FROM rooms_identity AS identity
              WHERE identity.patient_id = seat.patient_id AND identity.provider = room.provider),
       EXISTS (SELECT FROM rooms_seatevidence AS seen, jsonb_array_elements(seen.presence) AS told
                WHERE seen.seat_id = seat.id AND told ->> 1 IS NOT NULL AND told ->> 2 IS NULL)
  FROM programs_seat AS seat
  JOIN rooms_hostedroom AS room ON room.session_id = seat.session_id
  JOIN programs_session AS session ON session.id = seat.session_id
 WHERE seat.id = ANY(%s)
"""
# References that somebody is known by, of those a room named.
SOMEBODYS: Final = """
SELECT identity.provider, identity.ref FROM rooms_identity AS identity
  JOIN unnest(%s::text[], %s::text[]) AS named(provider, ref) USING (provider, ref)
"""
SEAT_OF: Final = 'SELECT "case".id, "case".seat_id FROM followup_case AS "case" WHERE "case".id = ANY(%s)'


def cases_not_certain(case_ids: Iterable[int], now: datetime) -> dict[int, Absent]:
    """Cases of seats whose patient may be in her room after all, or whose room cannot be asked; each with why."""
    seats = dict(select(SEAT_OF, [list(case_ids)]))
    doubtful = seats_not_certain(seats.values(), now)
    return {case: doubtful[seat] for case, seat in seats.items() if seat in doubtful}


def seats_not_certain(seat_ids: Iterable[int], now: datetime, *, by_hand: bool = False) -> dict[int, Absent]:
    """The same of seats. One whose session is in no room of our own is not among them: there is no room to ask.

    `by_hand`: somebody looked into the room and asked for it. Where an engine never tells who is in, that is enough.
    """
    rows = select(SEATS, [list(seat_ids)])
    rooms = who_is_in({row[1] for row in rows})
    known = _somebodys(rooms.values())
    found = {}
    for seat, session, starts_at, ends_at, refs, told_in in rows:
        room = rooms[session]
        if by_hand and not told_in and never_tells(room.provider):
            continue
        asked = RoomAsked(
            span=Interval(starts_at, ends_at),
            heard_at=room.heard_at,
            told_in=told_in,
            seen_in=not room.refs.isdisjoint(refs),
            somebody_unknown=room.somebody_unknown or not _named(room) <= known,
        )
        found[seat] = is_absent(asked, now=now)
    return {seat: absent for seat, absent in found.items() if absent is not Absent.CERTAIN}


def _somebodys(rooms: Iterable[WhoIsIn]) -> set[tuple[str, str]]:
    """Of all that rooms named, what is known to be somebody's."""
    named = sorted({each for room in rooms for each in _named(room)})
    return set(select(SOMEBODYS, [list(each) for each in zip(*named, strict=True)])) if named else set()


def _named(room: WhoIsIn) -> set[tuple[str, str]]:
    """Provider and reference of everybody in it but staff and guests. One that is nobody's may be hers."""
    return {(room.provider, ref) for ref in room.refs if SEATLESS_REF.fullmatch(ref) is None}
