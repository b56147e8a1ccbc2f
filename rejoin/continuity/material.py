"""What a patient missed and can catch up on by herself: read behind her own door, a few reads however much it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.continuity.courses import SAID_UNIT, Followings, as_called, followings_in, unit_of
from rejoin.continuity.happening import Schedule, Story
from rejoin.curricula.texts import Course, UnitText
from rejoin.domain.attendance import Session
from rejoin.domain.continuity import Broken, Repair, Standing, Unit, Way, standing_of, what_breaks
from rejoin.people.models import Patient
from rejoin.programs.sessions import COLUMNS, as_session

SHOWN_FOR: Final = timedelta(days=120)
"""How long what she missed is kept before her. Ours."""
MISSED: Final = f"""
SELECT {COLUMNS}, debt.ref, seat.id, own.track_id, coalesce(said.curriculum, ''), coalesce(said.unit, '')
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
       AND status.status IN ('missed', 'excused', 'not_admitted', 'not_admissible')
  JOIN makeups_debt AS debt ON debt.seat_id = seat.id
  LEFT JOIN programs_group AS own ON own.id = session.group_id
  {SAID_UNIT}
 WHERE seat.patient_id = %(patient)s AND seat.released_at IS NULL AND seat.span && tstzrange(%(since)s, %(now)s)
   AND (%(ref)s::uuid IS NULL OR debt.ref = %(ref)s)
 ORDER BY session.program_id, session.starts_at DESC
"""  # noqa: S608 - our own pieces


class Missed(NamedTuple):
    """A session she missed, by the reference of what is open of it."""

    ref: UUID
    seat_id: int
    program_id: int
    session: Session
    track_id: int | None
    said: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A unit she missed, in her language, with how she stands with it and by when it matters."""

    missed: Missed
    course: Course
    unit: Unit
    text: UnitText
    standing: Standing
    broken: Broken

    @property
    def is_open(self) -> bool:
        """Something of it is still hers to do."""
        return not self.standing.clear and self.standing.state is not Repair.MATERIAL_DONE

    @property
    def is_with_the_team(self) -> bool:
        return self.standing.state is Repair.MATERIAL_DONE and not self.standing.clear


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCatchUp:
    """One line for her first page. `needed_by` None: nothing ahead of her builds on it."""

    ref: UUID
    seat_id: int
    """The missed one."""
    title: str
    why: str
    missed_at: datetime
    needed_by: datetime | None
    needed_for: str
    """What it is needed for, in her language; "" for nothing."""
    with_the_team: bool
    """She has done it, and somebody of her team looks at it."""


def open_catch_up(patient: Patient, now: datetime) -> tuple[OpenCatchUp, ...]:
    """What she can catch up on, by when it matters; what waits for her team comes last. Four queries a program of hers."""
    found = [each for each in materials_of(patient, now) if each.is_open or each.is_with_the_team]
    lines = [_line(each, patient) for each in found]
    far = now + SHOWN_FOR
    return tuple(sorted(lines, key=lambda each: (each.with_the_team, each.needed_by or far, each.missed_at)))


def materials_of(patient: Patient, now: datetime, *, ref: UUID | None = None) -> list[Material]:
    """What she missed of units whose material there is, each unit once by its latest miss; of `ref` that one alone."""
    rows = select(MISSED, {"patient": patient.pk, "since": now - SHOWN_FOR, "now": now, "ref": ref})
    missed = [_missed(row) for row in rows]
    follows = followings_in(each.program_id for each in missed) if missed else None
    found: list[Material] = []
    for program, group in groupby(missed, key=lambda each: each.program_id):
        taught = _taught(group, follows) if follows else {}
        if not taught:
            continue
        story = Story([patient.pk], program=program, now=now)
        schedule = Schedule([patient.pk], program=program, since=now - SHOWN_FOR, now=now)
        found += [_material(patient, *each, story, schedule, now) for each in taught.values()]
    return found


def _taught(
    missed: Iterable[Missed], follows: Followings
) -> dict[tuple[str, str], tuple[Missed, Course, Unit]]:
    """The latest miss of each unit whose material there is, by curriculum and unit."""
    found: dict[tuple[str, str], tuple[Missed, Course, Unit]] = {}
    for each in missed:
        followed = follows.of(each.program_id, track=each.track_id, group=_number(each.session.group))
        unit = unit_of(followed.course, each.session.module, said=each.said) if followed else None
        if followed is not None and unit is not None and Way.MATERIAL in unit.ways:
            found.setdefault((followed.course.curriculum.id, unit.id), (each, followed.course, unit))
    return found


def _material(
    patient: Patient,
    missed: Missed,
    course: Course,
    unit: Unit,
    story: Story,
    schedule: Schedule,
    now: datetime,
) -> Material:
    happened = story.of(course).get(patient.pk, [])
    ahead: Sequence[Session] = schedule.of(course, patient.pk)
    return Material(
        missed=missed,
        course=course,
        unit=unit,
        text=course.text(unit.id, patient.language),
        standing=standing_of(unit.id, happened, now=now),
        broken=what_breaks(course.curriculum, as_called(missed.session, unit), ahead, now=now),
    )


def _line(each: Material, patient: Patient) -> OpenCatchUp:
    return OpenCatchUp(
        ref=each.missed.ref,
        seat_id=each.missed.seat_id,
        title=each.text.title,
        why=each.text.why,
        missed_at=each.missed.session.starts_at,
        needed_by=each.broken.needed_by,
        needed_for=needed_for(each, patient.language),
        with_the_team=each.is_with_the_team,
    )


def needed_for(each: Material, language: str) -> str:
    """The title of what builds on it next, in that language."""
    link = each.broken.link
    return each.course.text(link.over.id, language).title if link else ""


def _missed(row: Sequence[object]) -> Missed:
    ref, seat, track, curriculum, unit = row[11:16]
    return Missed(
        ref=ref,  # type: ignore[arg-type]
        seat_id=seat,  # type: ignore[arg-type]
        program_id=row[1],  # type: ignore[arg-type]
        session=as_session(row),
        track_id=track,  # type: ignore[arg-type]
        said=(str(curriculum), str(unit)),
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
