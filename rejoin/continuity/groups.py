"""A group as the domain looks at one: its sessions with who was there, its places, its members. A few reads each.

Behind the door of the web seats are of patients whom whoever asks may see: where these are not all, a page says so.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from rejoin.common.rows import select
from rejoin.continuity.courses import SAID_UNIT, as_called, unit_of
from rejoin.curricula.texts import Course
from rejoin.domain.attendance import Session, Status
from rejoin.domain.cohesion import GroupSession, Place, Seat
from rejoin.domain.kernel import Interval
from rejoin.programs.models import Group
from rejoin.programs.sessions import COLUMNS, as_session

LOOKED_BACK: Final = timedelta(days=366)
AHEAD: Final = timedelta(days=120)
LISTED: Final = 200
SESSIONS: Final = f"""
SELECT {COLUMNS}, coalesce(said.curriculum, ''), coalesce(said.unit, '')
  FROM programs_session AS session
  {SAID_UNIT}
 WHERE session.group_id = %(group)s AND session.starts_at > %(since)s AND session.starts_at < %(until)s
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own pieces
SEATS: Final = """
SELECT seat.session_id, seat.patient_id, coalesce(status.status, 'unrecorded'), coalesce(outcome.told->'intervals', '[]')::text,
       booking.id IS NOT NULL
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
  LEFT JOIN makeups_booking AS booking ON booking.seat_id = seat.id
 WHERE session.group_id = %(group)s AND session.starts_at > %(since)s AND session.ends_at <= %(now)s
   AND session.held = 'scheduled' AND seat.released_at IS NULL
 ORDER BY seat.session_id, seat.patient_id
"""
PLACES: Final = """
SELECT place.patient_id, place.from_on, place.until_on, (place.ended_at AT TIME ZONE program.timezone)::date
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.group_id = %s ORDER BY place.patient_id, place.id
"""
PEOPLE: Final = """
SELECT id, ref, coalesce(nullif(preferred_name, ''), name), language FROM people_patient WHERE id = ANY(%s)
"""
# Who makes up in a session for one of another group.
VISITING: Final = """
SELECT seat.patient_id::text FROM makeups_booking AS booking JOIN programs_seat AS seat ON seat.id = booking.seat_id
 WHERE seat.session_id = %s AND seat.released_at IS NULL
"""
GROUPS: Final = """
SELECT "group".id, "group".name, program.name, program.id, "group".track_id, "group".is_open,
       (SELECT count(*) FROM programs_enrolment AS place WHERE place.group_id = "group".id AND place.ended_at IS NULL
           AND (place.until_on IS NULL OR place.until_on >= %s)),
       (SELECT min(session.starts_at) FROM programs_session AS session
         WHERE session.group_id = "group".id AND session.starts_at > %s AND session.held = 'scheduled'), program.timezone
  FROM programs_group AS "group" JOIN programs_program AS program ON program.id = "group".program_id
 WHERE "group".program_id = ANY(%s) ORDER BY program.name, "group".name LIMIT %s
"""
_intervals = msgspec.json.Decoder(tuple[Interval, ...])


class Person(NamedTuple):
    """A patient as a page of a group names her."""

    id: int
    ref: UUID
    name: str
    language: str


class GroupLine(NamedTuple):
    """A group in a list. `members`: those whoever asks may see."""

    id: int
    name: str
    program: str
    program_id: int
    track_id: int | None
    is_open: bool
    members: int
    next_at: datetime | None
    timezone: str


class OfGroup(NamedTuple):
    """A session of the group under the name of its unit; `called`: as it is to be shown."""

    session: Session
    called: str


def groups_in(program_ids: Sequence[int], *, now: datetime) -> list[GroupLine]:
    rows = select(GROUPS, [now.date(), now, list(program_ids), LISTED])
    return [GroupLine(*row) for row in rows]


def sessions_of_group(group: Group, course: Course | None, *, now: datetime) -> list[OfGroup]:
    """Of the last year and the next months, by time."""
    asked = {"group": group.pk, "since": now - LOOKED_BACK, "until": now + AHEAD}
    found = []
    for row in select(SESSIONS, asked):
        session = as_session(row)
        unit = unit_of(course, session.module, said=(row[11], row[12])) if course else None
        told = as_called(session, unit) if course else session
        found.append(OfGroup(told, unit.module if unit else session.module))
    return found


def sat_in(group: Group, sessions: Sequence[OfGroup], *, now: datetime) -> list[GroupSession]:
    """Those that are over and were held, with who was there."""
    seats: dict[str, list[Seat]] = {}
    asked = {"group": group.pk, "since": now - LOOKED_BACK, "now": now}
    for session, patient, status, spans, visits in select(SEATS, asked):
        seat = Seat(
            patient=str(patient), status=Status(status), spans=_intervals.decode(spans), visitor=bool(visits)
        )
        seats.setdefault(str(session), []).append(seat)
    return [
        GroupSession(
            id=each.session.id,
            starts_at=each.session.starts_at,
            ends_at=each.session.ends_at,
            seats=tuple(seats[each.session.id]),
            units=(each.called,) if each.called else (),
        )
        for each in sessions
        if each.session.id in seats
    ]


def visiting(session_id: int) -> frozenset[str]:
    """Who makes up in this session for another one."""
    return frozenset(row[0] for row in select(VISITING, [session_id]))


def places_in(group: Group) -> list[Place]:
    """All there ever were, by the program's days; one that was ended early ends with that day."""
    return [
        Place(patient=str(patient), from_on=from_on, until_on=_earlier(until_on, ended_on))
        for patient, from_on, until_on, ended_on in select(PLACES, [group.pk])
        if from_on is None or ended_on is None or from_on <= ended_on
    ]


def people_called(patients: Sequence[str]) -> dict[str, Person]:
    """By key, those whom whoever asks may see."""
    return {str(row[0]): Person(*row) for row in select(PEOPLE, [sorted({int(each) for each in patients})])}


def _earlier(one: date | None, other: date | None) -> date | None:
    given = [each for each in (one, other) if each is not None]
    return min(given) if given else None
