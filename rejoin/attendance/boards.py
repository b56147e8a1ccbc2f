"""Attendance as boards and sheets show it: read in sets, decided nowhere. A fixed number of queries each.

Behind the door of the web (`common.seeing`) seats are only those whose patients whoever asks may see; a session's own
number of seats stands beside them, so that a board can say that there are more.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from rejoin.attendance.at_the_door import who_stands
from rejoin.common.rows import select
from rejoin.domain.attendance import AtTheDoor, Presence, SeatFacts, Session, Status
from rejoin.domain.attendance.now import SeatNow, where_now
from rejoin.programs.sessions import sessions_of

AHEAD = timedelta(hours=16)
"""What is still to come of a day. Ours."""
ATTESTED_WITHIN = timedelta(days=30)
"""How far back a list of sheets to attest looks: older ones are a supervisor's question. Ours."""
_presence = msgspec.json.Decoder(tuple[Presence, ...])


class SessionLine(NamedTuple):
    """One session on a board. Counts are of seats that whoever asks may see."""

    id: int
    ref: UUID
    program_id: int
    program: str
    group: str
    """"" for an individual or a family session."""
    kind: str
    service: str
    module: str
    mode: str
    held: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    """All of them, whoever may see whom."""
    leaders: tuple[str, ...]
    seen: int
    missing: int
    open: int
    """Seats with an outcome that nobody has attested."""
    unrecorded: int
    watched: bool | None
    """Whether anything watches the room; None: nothing was ever told of it."""
    silent: tuple[str, ...]
    """Logs that fell silent while somebody was still in."""


class SeatLine(NamedTuple):
    """One seat of a session, with all that was said of it."""

    id: int
    session_id: int
    patient_id: int
    patient_ref: UUID
    external_id: str
    name: str
    number: int
    """Of its latest outcome; 0: none yet."""
    status: Status | None
    attested: bool
    facts: SeatFacts
    noticed_at: datetime | None
    notice: str
    checked_in: str
    """The state she checked in from."""
    flags: tuple[str, ...]
    marked_by: str
    marked_at: datetime | None
    reason: str
    minutes: int | None
    """Of the latest outcome."""
    marked_via: str
    """ "phone", where whoever marked her said that she was there by phone."""

    def now(self, at: datetime) -> SeatNow:
        return where_now(self.facts, told=self.status, now=at)


# What a board shows of the sessions it has chosen: counted for these alone.
LINES = """
SELECT session.id, session.ref, session.program_id, program.name, coalesce("group".name, ''), session.kind,
       session.service, session.module, session.mode, session.held, session.starts_at, session.ends_at,
       session.seats_taken,
       ARRAY(SELECT staff.name FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
              WHERE leader.session_id = session.id AND leader.released_at IS NULL ORDER BY leader.role DESC, leader.id),
       counted.seen, counted.missing, counted.open, counted.unrecorded, heard.watched, heard.silent,
       chosen.total
  FROM ({chosen}) AS chosen JOIN programs_session AS session ON session.id = chosen.id
  JOIN programs_program AS program ON program.id = session.program_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN rooms_sessionevidence AS heard ON heard.session_id = session.id
  CROSS JOIN LATERAL (
    SELECT count(*) AS seen,
           count(*) FILTER (WHERE status.status IN ('missed', 'not_admitted', 'not_admissible')
                              AND (session.ends_at <= %(now)s OR room.first_join IS NULL
                                   OR status.status <> 'missed')) AS missing,
           count(*) FILTER (WHERE NOT status.attested AND NOT status.provisional AND status.status <> 'cancelled') AS open,
           count(*) FILTER (WHERE status.status = 'unrecorded' AND NOT status.provisional) AS unrecorded
      FROM programs_seat AS seat LEFT JOIN rooms_seatevidence AS room ON room.seat_id = seat.id
      LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
     WHERE seat.session_id = session.id AND seat.released_at IS NULL) AS counted
 ORDER BY chosen.place
"""
# Which sessions, in which order, and how many there are. Of a running one only those are looked at closer who are
# missing: whoever is seen has no status yet. Who leads it is asked of each: as a set it would be all she ever led.
CHOSEN = """
SELECT session.id, row_number() OVER ({order}) AS place, count(*) OVER () AS total
  FROM programs_session AS session
 WHERE session.program_id = ANY(%(programs)s) AND {when}
   AND (%(leader)s::bigint IS NULL OR (
        SELECT true FROM programs_sessionstaff AS led
         WHERE led.session_id = session.id AND led.staff_id = %(leader)s AND led.released_at IS NULL LIMIT 1))
 {order} LIMIT %(limit)s OFFSET %(offset)s
"""
MISSED_SOMEBODY = """
EXISTS (SELECT FROM attendance_seatstatus AS status WHERE status.session_id = session.id
           AND status.status IN ('missed', 'not_admitted', 'not_admissible'))
"""
RUNNING = LINES.format(
    chosen=CHOSEN.format(
        when="session.held = 'scheduled' AND session.starts_at <= %(now)s AND session.ends_at > %(now)s "
        "AND session.starts_at > %(now)s - interval '24 hours'",
        order=f"ORDER BY {MISSED_SOMEBODY} DESC, session.starts_at DESC, session.id",
    )
)
COMING = LINES.format(
    chosen=CHOSEN.format(
        when="session.held = 'scheduled' AND session.starts_at > %(now)s AND session.starts_at <= %(until)s",
        order="ORDER BY session.starts_at, session.id",
    )
)
# Found by their open seats: nearly all of a long past are attested.
TO_ATTEST = LINES.format(
    chosen=CHOSEN.format(
        when="session.id = ANY(ARRAY(SELECT rejoin_sessions_to_attest(tstzrange(%(since)s, %(now)s, '(]')))) AND ("
        "SELECT true FROM attendance_seatstatus AS open WHERE open.session_id = session.id "
        "AND NOT open.attested AND NOT open.provisional AND open.status <> 'cancelled' LIMIT 1)",
        order="ORDER BY session.ends_at, session.id",
    )
)
ONE = LINES.format(chosen="SELECT %(session)s::bigint AS id, 1 AS place, 1 AS total")
SEATS = """
SELECT seat.id, seat.session_id, seat.patient_id, patient.ref, patient.external_id,
       coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id),
       coalesce(status.number, 0), status.status, coalesce(status.attested, false),
       room.presence::text, coalesce(room.waited, false), coalesce(heard.watched, false),
       notice.received_at, coalesce(notice.reason, ''), coalesce(said.state, ''),
       ARRAY(SELECT code FROM people_flag AS flag WHERE flag.patient_id = seat.patient_id AND flag.ended_at IS NULL ORDER BY code),
       coalesce(mark."by", ''), mark.at, coalesce(mark.reason, ''), (outcome.told ->> 'minutes')::int,
       coalesce(mark.via, '')
  FROM programs_seat AS seat JOIN people_patient AS patient ON patient.id = seat.patient_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = seat.id AND outcome.number = status.number
  LEFT JOIN rooms_seatevidence AS room ON room.seat_id = seat.id
  LEFT JOIN rooms_sessionevidence AS heard ON heard.session_id = seat.session_id
  LEFT JOIN LATERAL (SELECT received_at, reason FROM attendance_notice WHERE seat_id = seat.id
                      ORDER BY received_at DESC, id DESC LIMIT 1) AS notice ON true
  LEFT JOIN LATERAL (SELECT state FROM attendance_checkin WHERE seat_id = seat.id ORDER BY id DESC LIMIT 1) AS said ON true
  LEFT JOIN LATERAL (SELECT "by", at, reason, via FROM attendance_mark WHERE seat_id = seat.id ORDER BY id DESC LIMIT 1) AS mark ON true
 WHERE seat.session_id = ANY(%s) AND seat.released_at IS NULL
 ORDER BY lower(coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id)), seat.id
"""


def running_sessions(
    programs: Sequence[int], *, leader: int | None = None, now: datetime, limit: int = 12, offset: int = 0
) -> tuple[list[SessionLine], int]:
    """Sessions that run now, those with somebody missing first, and how many there are altogether."""
    return _lines(RUNNING, programs, leader, now, limit, offset)


def coming_sessions(
    programs: Sequence[int], *, leader: int | None = None, now: datetime, limit: int = 12, offset: int = 0
) -> tuple[list[SessionLine], int]:
    """Sessions of the hours to come."""
    return _lines(COMING, programs, leader, now, limit, offset, until=now + AHEAD)


def sessions_to_attest(
    programs: Sequence[int], *, leader: int | None = None, now: datetime, limit: int = 12, offset: int = 0
) -> tuple[list[SessionLine], int]:
    """Sessions that are over and of which some seat is not attested, the oldest first."""
    return _lines(TO_ATTEST, programs, leader, now, limit, offset, since=now - ATTESTED_WITHIN)


def session_line(session_id: int, *, now: datetime) -> SessionLine:
    """One session as a board shows it."""
    return _line(select(ONE, {"session": session_id, "now": now})[0])


def seats_of(session_ids: Iterable[int]) -> dict[int, list[SeatLine]]:
    """The live seats of sessions, by session, in the order of names."""
    ids = list(session_ids)
    sessions = sessions_of(ids)
    found: dict[int, list[SeatLine]] = defaultdict(list)
    rows = select(SEATS, [ids])
    doors = who_stands([row[0] for row in rows])
    for row in rows:
        found[row[1]].append(_seat(row, sessions[row[1]][1], doors.get(row[0])))
    return found


def _lines(
    sql: str,
    programs: Sequence[int],
    leader: int | None,
    now: datetime,
    limit: int,
    offset: int,
    **more: datetime,
) -> tuple[list[SessionLine], int]:
    asked = {
        "programs": list(programs),
        "leader": leader,
        "now": now,
        "limit": limit,
        "offset": offset,
        **more,
    }
    rows = select(sql, asked)
    return [_line(row) for row in rows], rows[0][-1] if rows else 0


def _line(row: Sequence[object]) -> SessionLine:
    line = SessionLine._make(row[:-1])
    return line._replace(leaders=tuple(line.leaders or ()), silent=tuple(line.silent or ()))


def _seat(row: Sequence[object], session: Session, door: AtTheDoor | None) -> SeatLine:
    (seat_id, session_id, patient_id, ref, external_id, name, number, status, attested, presence, waited, watched,
     noticed_at, notice, state, flags, marked_by, marked_at, reason, minutes, via) = row  # fmt: skip
    facts = SeatFacts(
        session=session,
        presence=_presence.decode(presence) if presence else (),  # type: ignore[arg-type]
        covered=bool(watched),
        waited=bool(waited),
        door=door,
    )
    return SeatLine(
        seat_id, session_id, patient_id, ref, external_id, name, number,  # type: ignore[arg-type]
        Status(status) if status else None, attested, facts, noticed_at, notice, state, tuple(flags),  # type: ignore[arg-type]
        marked_by, marked_at, reason, minutes, via,  # type: ignore[arg-type]
    )  # fmt: skip
