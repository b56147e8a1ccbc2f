"""What waits for a clinician: material that patients say they have done. A few reads, however many there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.continuity.courses import as_called, course_called
from rejoin.continuity.happening import Schedule
from rejoin.curricula.texts import Course
from rejoin.domain.attendance import Session
from rejoin.domain.continuity import Broken, what_breaks
from rejoin.programs.sessions import COLUMNS, as_session

LISTED: Final = 200
SHOWN_FOR: Final = timedelta(days=120)
# By the last time she said that she had done it. %(state)s: it waits, or was given back and waits for her.
WAITING: Final = f"""
SELECT {COLUMNS}, begun.ref, begun.patient_id, coalesce(nullif(patient.preferred_name, ''), patient.name), begun.curriculum,
       begun.unit, done.at, answered.answer, coalesce(answered.wants, ''), answered.at, program.name, program.timezone,
       EXISTS (SELECT FROM continuity_callasked AS asked WHERE asked.catch_up_id = begun.id AND asked.at > %(now)s - interval '7 days')
  FROM continuity_catchup AS begun
  JOIN LATERAL (SELECT finished.id, finished.at FROM continuity_finished AS finished
                 WHERE finished.catch_up_id = begun.id ORDER BY finished.id DESC LIMIT 1) AS done ON true
  LEFT JOIN continuity_signoff AS answered ON answered.finished_id = done.id
  JOIN programs_seat AS seat ON seat.id = begun.seat_id JOIN programs_session AS session ON session.id = seat.session_id
  JOIN programs_program AS program ON program.id = begun.program_id
  JOIN people_patient AS patient ON patient.id = begun.patient_id
 WHERE begun.program_id = ANY(%(programs)s) AND done.at > %(now)s - interval '120 days'
   AND (answered.id IS NULL OR answered.answer = 'given_back')
 ORDER BY done.at, begun.id LIMIT %(most)s
"""  # noqa: S608 - our own pieces
# What she did with the material of one missed seat: begun, waits, signed_off, given_back.
OF_SEAT: Final = """
SELECT begun.ref, CASE WHEN done.id IS NULL THEN 'begun' ELSE coalesce(answered.answer, 'waits') END
  FROM continuity_catchup AS begun
  LEFT JOIN LATERAL (SELECT finished.id FROM continuity_finished AS finished
                      WHERE finished.catch_up_id = begun.id ORDER BY finished.id DESC LIMIT 1) AS done ON true
  LEFT JOIN continuity_signoff AS answered ON answered.finished_id = done.id
 WHERE begun.seat_id = %s ORDER BY begun.id DESC LIMIT 1
"""


class Begun(NamedTuple):
    """Where her catching up on one missed session stands."""

    ref: UUID
    state: str


class _Row(NamedTuple):
    ref: UUID
    patient_id: int
    name: str
    curriculum: str
    unit: str
    done_at: datetime
    answer: str | None
    wants: str
    answered_at: datetime | None
    program: str
    timezone: str
    asks_for_call: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSignOff:
    """One patient's material of one unit."""

    it: _Row
    missed: Session
    title: str
    broken: Broken | None

    @property
    def needed_by(self) -> datetime | None:
        return self.broken.needed_by if self.broken else None

    @property
    def given_back(self) -> bool:
        return self.it.answer is not None


def begun_of_seat(seat_id: int) -> Begun | None:
    """What she did with the material of this missed seat; None: nothing yet."""
    rows = select(OF_SEAT, [seat_id])
    return Begun(*rows[0]) if rows else None


def to_sign_off(program_ids: Sequence[int], *, now: datetime) -> list[ToSignOff]:
    """What is needed first comes first; what was given back and waits for her comes last."""
    asked = {"programs": list(program_ids), "now": now, "most": LISTED}
    rows = [(row[1], as_session(row), _Row(*row[11:])) for row in select(WAITING, asked)]
    patients: dict[int, set[int]] = defaultdict(set)
    for program, _, it in rows:
        patients[program].add(it.patient_id)
    since = now - SHOWN_FOR
    schedules = {
        program: Schedule(hers, program=program, since=since, now=now) for program, hers in patients.items()
    }
    found = [_told(it, session, schedules[program], now) for program, session, it in rows]
    return sorted(
        found, key=lambda each: (each.given_back, each.needed_by or now + SHOWN_FOR, each.it.done_at)
    )


def _told(it: _Row, missed: Session, schedule: Schedule, now: datetime) -> ToSignOff:
    course: Course | None = course_called(it.curriculum)
    units = {each.id: each for each in course.curriculum.units} if course else {}
    unit = units.get(it.unit)
    if course is None or unit is None:
        return ToSignOff(it=it, missed=missed, title=it.unit, broken=None)
    ahead = schedule.of(course, it.patient_id)
    broken = what_breaks(course.curriculum, as_called(missed, unit), ahead, now=now)
    return ToSignOff(it=it, missed=missed, title=unit.module, broken=broken)
