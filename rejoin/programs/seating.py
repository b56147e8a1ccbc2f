"""Who sits where because of her group: seats that come with a place, and go with it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from rejoin.audit.trail import record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.programs.models import Seat
from rejoin.programs.vocabulary import RETURNABLE, Release

# A place covers a session when it covers the session's local day and has not ended before it begins.
THAT_DAY = """
    (place.from_on IS NULL OR place.from_on <= (session.starts_at AT TIME ZONE program.timezone)::date)
    AND (place.until_on IS NULL OR place.until_on >= (session.starts_at AT TIME ZONE program.timezone)::date)
    AND (place.ended_at IS NULL OR session.starts_at < place.ended_at)
"""
COVERS = f"place.group_id = session.group_id AND {THAT_DAY}"
# Expected by her group, and without a seat: neither one she has nor one that somebody took from her.
MISSING = f"""
SELECT DISTINCT session.id, place.patient_id
  FROM programs_session AS session
  JOIN programs_program AS program ON program.id = session.program_id
  JOIN programs_enrolment AS place ON {COVERS}
 WHERE session.id = ANY(%(sessions)s) AND NOT session.by_name
   AND NOT EXISTS (
       SELECT FROM programs_seat AS seat
        WHERE seat.session_id = session.id AND seat.patient_id = place.patient_id
          AND (seat.released_at IS NULL OR seat.release_reason <> ALL(%(returnable)s)))
 ORDER BY 1, 2
"""  # noqa: S608 - our own condition
# Named for a session, and in the program on its day.
PRESENT = f"""
SELECT session.id, wanted.patient
  FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(session, patient)
  JOIN programs_session AS session ON session.id = wanted.session
  JOIN programs_program AS program ON program.id = session.program_id
 WHERE EXISTS (SELECT FROM programs_enrolment AS place WHERE place.patient_id = wanted.patient
                AND place.program_id = session.program_id AND {THAT_DAY})
"""  # noqa: S608 - our own condition
# Seats that came with a place that does not cover the session any more.
UNCOVERED = f"""
SELECT seat.id FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN programs_program AS program ON program.id = session.program_id
 WHERE seat.session_id = ANY(%s) AND seat.released_at IS NULL AND NOT seat.booked
   AND NOT session.by_name
   AND NOT EXISTS (SELECT FROM programs_enrolment AS place WHERE place.patient_id = seat.patient_id AND {COVERS})
"""  # noqa: S608 - our own condition
RELEASE = """
UPDATE programs_seat SET released_at = %s, released_by = %s, release_reason = %s, occupies = false
 WHERE id = ANY(%s) AND released_at IS NULL RETURNING id, patient_id
"""
OVERLAPPING = """
SELECT wanted.patient, wanted.session, taken.session_id
  FROM unnest(%s::bigint[], %s::bigint[]) AS wanted(session, patient)
  JOIN programs_session AS session ON session.id = wanted.session
  JOIN programs_seat AS taken ON taken.patient_id = wanted.patient AND taken.occupies
   AND taken.session_id <> wanted.session AND taken.span && tstzrange(session.starts_at, session.ends_at)
 ORDER BY 2, 1, 3
"""


class Pair(NamedTuple):
    """A patient in a session."""

    session_id: int
    patient_id: int


class Clash(NamedTuple):
    """A patient who would sit in two sessions at once."""

    patient_id: int
    session_id: int
    other_id: int


def missing_seats(session_ids: Collection[int], *, patients: Collection[int] | None = None) -> list[Pair]:
    """Who is expected by her group in these sessions and has no seat yet."""
    returnable = [each.value for each in RETURNABLE]
    found = select(MISSING, {"sessions": list(session_ids), "returnable": returnable})
    return [Pair(*each) for each in found if patients is None or each[1] in patients]


def seat_groups(session_ids: Collection[int], *, patients: Collection[int] | None = None) -> list[Pair]:
    """Give a seat to whoever has a place in the group of a session and none in it yet."""
    wanted = missing_seats(session_ids, patients=patients)
    insert_seats(wanted)
    return wanted


def insert_seats(
    pairs: Iterable[Pair], *, booked: bool = False, then: str = ""
) -> list[tuple[int, int, int]]:
    """New seats: their keys with session and patient. The database refuses what does not fit."""
    wanted = sorted(set(pairs))
    hold_patients({each.patient_id for each in wanted})
    columns = ("session", "patient", "occupies", "booked", "released_by", "release_reason")
    rows = [(each.session_id, each.patient_id, True, booked, "", "") for each in wanted]
    made = insert_rows(Seat, columns, rows, then=then, returning="id, session_id, patient_id")
    return [(key, session, patient) for key, session, patient in made]


def insert_given_back(
    pairs: Iterable[Pair], *, why: Release, by: Actor, at: datetime
) -> list[tuple[int, int, int]]:
    """Seats that were given back before they came here: their keys with session and patient."""
    columns = ("session", "patient", "occupies", "booked", "released_at", "released_by", "release_reason")
    rows = [(*each, False, True, at, str(by), why.value) for each in sorted(set(pairs))]
    made = insert_rows(Seat, columns, rows, returning="id, session_id, patient_id")
    return [(key, session, patient) for key, session, patient in made]


def seat_where_free(pairs: Collection[Pair], *, booked: bool = False) -> tuple[list[Pair], list[Clash]]:
    """Seat everybody who is free then. Whoever is not is told with the session that she sits in."""
    made = insert_seats(pairs, booked=booked, then="ON CONFLICT DO NOTHING")
    seated = {Pair(session, patient) for _, session, patient in made}
    left = [each for each in pairs if each not in seated]
    return sorted(seated), find_clashes(left)


def in_program_then(pairs: Collection[Pair]) -> list[Pair]:
    """Those of whom the patient has some place in the session's program on its day."""
    sessions, patients = [each.session_id for each in pairs], [each.patient_id for each in pairs]
    return [Pair(*each) for each in select(PRESENT, [sessions, patients])]


def find_clashes(pairs: Collection[Pair]) -> list[Clash]:
    """Where these patients sit at the times of these sessions."""
    sessions, patients = [each.session_id for each in pairs], [each.patient_id for each in pairs]
    return [Clash(*each) for each in select(OVERLAPPING, [sessions, patients])]


def release_uncovered(
    session_ids: Collection[int], *, by: Actor, at: datetime, reason: str = ""
) -> list[int]:
    """Take back the seats that came with a place which covers these sessions no more."""
    seats = [row[0] for row in select(UNCOVERED, [list(session_ids)])]
    return release_seats(seats, why=Release.LEFT, by=by, at=at, reason=reason)


def release_seats(
    seat_ids: Collection[int], *, why: Release, by: Actor, at: datetime, reason: str = ""
) -> list[int]:
    """Give seats back; those given back already stay as they are."""
    if not seat_ids:
        return []
    hold_sessions_of(seat_ids)
    released = select(RELEASE, [at, str(by), why.value, list(seat_ids)])
    record_all(
        [
            ("programs.release_seat", f"seat:{seat}", patient, None, reason or why.value)
            for seat, patient in released
        ],
        by=by,
        at=at,
    )
    return [seat for seat, _ in released]


def hold_patients(patient_ids: Collection[int]) -> None:
    """Nobody else books for these patients until this is over; always in one order, so that none waits in a ring."""
    execute(
        "SELECT FROM people_patient WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(patient_ids)]
    )


def hold_staff(staff_ids: Collection[int]) -> None:
    """Nobody else gives these people a session to lead until this is over."""
    execute("SELECT rejoin_hold_staff(%s)", [list(staff_ids)])


def hold_sessions_of(seat_ids: Collection[int]) -> None:
    """Seats are counted session by session: always in one order."""
    execute(
        "SELECT FROM programs_session WHERE id IN (SELECT session_id FROM programs_seat WHERE id = ANY(%s)) "
        "ORDER BY id FOR NO KEY UPDATE",
        [list(seat_ids)],
    )
