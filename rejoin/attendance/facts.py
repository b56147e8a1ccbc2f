"""What is known of seats at an instant, gathered for many seats in a handful of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from rejoin.attendance.at_the_door import who_stands
from rejoin.common.rows import select
from rejoin.domain.attendance import CheckIn, Held, Mark, Notice, Presence, SeatFacts, Session, Status

_presence = msgspec.json.Decoder(tuple[Presence, ...])
_texts = msgspec.json.Decoder(tuple[str, ...])
NO_SOURCES: frozenset[str] = frozenset()
NO_DOORS: Mapping[int, datetime] = MappingProxyType({})

# Of a running session only seats that something has to be said of: whoever was seen needs no outcome before the
# end, unless one was told already, a person has marked the seat, or she may not take part: she came after the door
# was shut, or checked in from where nobody leading the session may practise.
SEATS = """
SELECT seat.id, seat.session_id, seat.patient_id, seen.presence::text, coalesce(seen.waited, false),
       coalesce(status.number, 0), coalesce(status.digest, ''),
       CASE WHEN NOT status.attested THEN status.status END
  FROM programs_seat AS seat
  LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN unnest(%(doors)s::bigint[], %(shut)s::timestamptz[]) AS door(session_id, shuts_at)
    ON door.session_id = seat.session_id
 WHERE seat.session_id = ANY(%(all)s) AND (seat.released_at IS NULL OR status.seat_id IS NOT NULL)
   AND (seat.session_id = ANY(%(over)s) OR seen.first_join IS NULL OR status.seat_id IS NOT NULL
        OR seen.first_join > door.shuts_at
        OR EXISTS (SELECT FROM attendance_mark AS mark WHERE mark.seat_id = seat.id)
        OR EXISTS (SELECT FROM attendance_checkin AS said
                    WHERE said.seat_id = seat.id AND said.state <> ALL (said.licensed)))
   AND (%(only)s::bigint[] IS NULL OR seat.id = ANY(%(only)s))
 ORDER BY seat.id
"""
MARKS = """
SELECT DISTINCT ON (seat_id) seat_id, status, at, "by", reason
  FROM attendance_mark WHERE seat_id = ANY(%s) AND at <= %s ORDER BY seat_id, id DESC
"""
NOTICES = """
SELECT seat_id, received_at, reason FROM attendance_notice
 WHERE seat_id = ANY(%s) AND at <= %s AND received_at <= %s ORDER BY received_at, id
"""
CHECK_INS = """
SELECT DISTINCT ON (seat_id) seat_id, state, at, licensed
  FROM attendance_checkin WHERE seat_id = ANY(%s) AND at <= %s ORDER BY seat_id, id DESC
"""
TO_COME = """
SELECT seat.session_id, min(fact.at) FROM programs_seat AS seat JOIN (
    SELECT seat_id, at FROM attendance_mark WHERE at > %(now)s
    UNION ALL SELECT seat_id, greatest(at, received_at) FROM attendance_notice
               WHERE at > %(now)s OR received_at > %(now)s
    UNION ALL SELECT seat_id, at FROM attendance_checkin WHERE at > %(now)s
) AS fact ON fact.seat_id = seat.id WHERE seat.session_id = ANY(%(sessions)s) GROUP BY 1
"""
COVER = "SELECT session_id, watched, sources::text FROM rooms_sessionevidence WHERE session_id = ANY(%s)"


class Seated(NamedTuple):
    """A seat with what is known of it, and the number and digest of its latest outcome."""

    seat_id: int
    session_id: int
    patient_id: int
    number: int
    digest: str
    facts: SeatFacts


def gather_seats(
    sessions: dict[int, Session],
    *,
    doors: Mapping[int, datetime] = NO_DOORS,
    only: Sequence[int] | None = None,
    now: datetime,
) -> list[Seated]:
    """The seats of `sessions` that may need an outcome, with everything known of each by `now`.

    `doors`: from when on nobody is admitted any more, of sessions where there is such an instant. `only`: of these
    seats and no others.
    """
    over = [
        number for number, each in sessions.items() if each.ends_at <= now or each.held is not Held.SCHEDULED
    ]
    rows = select(
        SEATS,
        {
            "all": list(sessions),
            "over": over,
            "doors": list(doors),
            "shut": list(doors.values()),
            "only": only,
        },
    )
    seat_ids = [row[0] for row in rows]
    cover = _cover(list(sessions))
    marks, notices, check_ins = _marks(seat_ids, now), _notices(seat_ids, now), _check_ins(seat_ids, now)
    doors_of = who_stands(seat_ids)
    found = []
    for seat_id, session_id, patient_id, presence, waited, number, digest, told in rows:
        watched, sources = cover.get(session_id, (False, NO_SOURCES))
        facts = SeatFacts(
            session=sessions[session_id],
            presence=_presence.decode(presence) if presence else (),
            covered=watched,
            covering_sources=sources,
            notices=tuple(notices[seat_id]) if seat_id in notices else (),
            mark=marks.get(seat_id),
            check_in=check_ins.get(seat_id),
            waited=waited,
            door=doors_of.get(seat_id),
            told=Status(told) if told else None,
        )
        found.append(Seated(seat_id, session_id, patient_id, number, digest, facts))
    return found


def facts_to_come(session_ids: Sequence[int], *, now: datetime) -> dict[int, datetime]:
    """When the next fact that is written but not yet known by `now` becomes known, by session."""
    return dict(select(TO_COME, {"now": now, "sessions": list(session_ids)}))


def _cover(session_ids: Sequence[int]) -> dict[int, tuple[bool, frozenset[str]]]:
    """Whether anything was watching each session's room, and what."""
    return {
        number: (watched, frozenset(_texts.decode(sources)))
        for number, watched, sources in select(COVER, [session_ids])
    }


def _marks(seat_ids: Sequence[int], now: datetime) -> dict[int, Mark]:
    rows = select(MARKS, [seat_ids, now])
    return {
        seat: Mark(status=Status(said), at=at, by=by, reason=reason) for seat, said, at, by, reason in rows
    }


def _notices(seat_ids: Sequence[int], now: datetime) -> dict[int, list[Notice]]:
    found: dict[int, list[Notice]] = defaultdict(list)
    for seat, received_at, reason in select(NOTICES, [seat_ids, now, now]):
        found[seat].append(Notice(received_at=received_at, reason=reason))
    return found


def _check_ins(seat_ids: Sequence[int], now: datetime) -> dict[int, CheckIn]:
    rows = select(CHECK_INS, [seat_ids, now])
    return {
        seat: CheckIn(state=state, at=at, licensed_states=None if licensed is None else frozenset(licensed))
        for seat, state, at, licensed in rows
    }
