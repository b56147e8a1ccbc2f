"""What whoever looks after privacy reads: every broken glass of her programs, and the trail.

Inside the door (`rejoin.common.seeing`), where the database knows which trail is hers; outside of it there is nothing.
She reads names and numbers, and no chart. Whoever reads the trail is in it herself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from rejoin.audit.trail import READ_TRAIL, record_all, record_read
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal
from rejoin.programs.glass import BrokenGlass

NOT_HERE: Final = "There is nothing here that you may see."
PAGE: Final = 50
OPENED_AT_MOST: Final = 40
"""Of one glass: whoever opened more is asked for by the trail."""


class Opened(NamedTuple):
    """Something of a chart that was opened, or done to it, while its glass was broken."""

    verb: str
    subject: str
    """"case:55"."""
    times: int
    first_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """A broken glass, as its page tells of it."""

    id: int
    at: datetime
    until_at: datetime
    staff_id: int
    staff_name: str
    patient_id: int
    patient_ref: UUID
    patient_name: str
    reason: str
    words: str
    opened: tuple[Opened, ...]
    """In the order they were opened first."""
    seen_at: datetime | None
    seen_by: str
    """A name; "" while nobody has looked at it."""

    def is_live(self, now: datetime) -> bool:
        return self.at <= now < self.until_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event of the trail, with names."""

    id: int
    at: datetime
    by: str
    """"staff:12", "patient:7", "vendor:zoom"."""
    who: str
    """The name of a colleague or of the patient herself; "" for whoever has none here."""
    verb: str
    subject: str
    patient_id: int | None
    patient_ref: UUID | None
    patient_name: str
    program_id: int | None
    reason: str
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of the trail is asked for. Without a patient: what people did, and not the engine."""

    patient_id: int | None = None
    staff_id: int | None = None
    verb: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, int] | None = None
    """The last event of the page before: its instant and number."""
    limit: int = PAGE


# Of each glass what its breaker opened under it: few rows, by the index of the patient's trail.
GLASSES: Final = """
WITH page AS MATERIALIZED (
    SELECT glass.id, glass.at, glass.until_at, glass.by, glass.staff_id, glass.patient_id, glass.reason, glass.words,
           seen.at AS seen_at, seen.by AS seen_by
      FROM programs_brokenglass AS glass LEFT JOIN programs_brokenglassseen AS seen ON seen.glass_id = glass.id
     WHERE (SELECT true FROM programs_guarded AS place WHERE place.patient_id = glass.patient_id LIMIT 1)
     ORDER BY seen.id IS NOT NULL, glass.at DESC, glass.id DESC LIMIT %(limit)s OFFSET %(offset)s)
SELECT page.id, page.at, page.until_at, page.staff_id, staff.name, patient.id, patient.ref, patient.name, page.reason,
       page.words, opened.rows::text, page.seen_at, coalesce(looked.name, '')
  FROM page JOIN people_staff AS staff ON staff.id = page.staff_id
  JOIN rejoin_guarded_patients(ARRAY(SELECT patient_id FROM page)) AS patient ON patient.id = page.patient_id
  LEFT JOIN people_staff AS looked ON 'staff:' || looked.id = page.seen_by
  LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_array(verb, subject, times, first_at) ORDER BY first_at) AS rows
         FROM (SELECT verb, subject, count(*) AS times, min(at) AS first_at FROM audit_event
                WHERE patient_ref = page.patient_id AND at BETWEEN page.at AND page.until_at AND by = page.by
                  AND verb <> 'programs.break_glass'
                GROUP BY 1, 2 ORDER BY 4 LIMIT %(opened)s) AS done) AS opened ON true
 ORDER BY page.seen_at IS NOT NULL, page.at DESC, page.id DESC
"""
UNSEEN: Final = """
SELECT count(*) FROM programs_brokenglass AS glass
 WHERE NOT EXISTS (SELECT FROM programs_brokenglassseen AS seen WHERE seen.glass_id = glass.id)
   AND (SELECT true FROM programs_guarded AS place WHERE place.patient_id = glass.patient_id LIMIT 1)
"""
HERS: Final = """
(program_ref = ANY((SELECT rejoin_guarded())::bigint[])
 OR (SELECT true FROM programs_guarded AS place WHERE place.patient_id = event.patient_ref LIMIT 1)
 OR (program_ref IS NULL AND patient_ref IS NULL AND cardinality((SELECT rejoin_guarded())::bigint[]) > 0))
"""
TRAIL: Final = """
WITH page AS MATERIALIZED (
    SELECT event.id, event.at, event.by, event.verb, event.subject, event.patient_ref, event.program_ref, event.reason,
           event.request
      FROM audit_event AS event WHERE {where} ORDER BY event.at DESC, event.id DESC LIMIT %(limit)s)
SELECT page.id, page.at, page.by, coalesce(staff.name, herself.name, ''), page.verb, page.subject, page.patient_ref,
       patient.ref, coalesce(patient.name, ''), page.program_ref, page.reason, page.request
  FROM page LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = page.by
  LEFT JOIN rejoin_guarded_patients(ARRAY(SELECT patient_ref FROM page)) AS patient ON patient.id = page.patient_ref
  LEFT JOIN rejoin_guarded_patients(ARRAY(SELECT patient_ref FROM page)) AS herself ON 'patient:' || herself.id = page.by
 ORDER BY page.at DESC, page.id DESC
"""
GUARDED: Final = "SELECT unnest((SELECT rejoin_guarded())::bigint[])"


def broken_glasses(*, limit: int = PAGE, offset: int = 0) -> tuple[Glass, ...]:
    """Every glass that was broken over a patient of her programs: those nobody has looked at first, the latest first."""
    rows = select(GLASSES, {"limit": limit, "offset": offset, "opened": OPENED_AT_MOST})
    return tuple(_glass(*row) for row in rows)


def unseen_glasses() -> int:
    """How many of them nobody has looked at."""
    ((count,),) = select(UNSEEN)
    return int(count)


def guarded_patient(external_id: str) -> int | None:
    """The patient of this identifier, if her trail is hers to look after: a number to ask the trail by."""
    ((number,),) = select("SELECT rejoin_guarded_called(%s)", [external_id.strip()])
    return None if number is None else int(number)


def glass_for(glass_id: int) -> BrokenGlass:
    """The glass, if its trail is hers to look after; else it is not here."""
    found = BrokenGlass.objects.raw(
        "SELECT glass.* FROM programs_brokenglass AS glass WHERE id = %s "
        "AND EXISTS (SELECT FROM programs_guarded AS place WHERE place.patient_id = glass.patient_id)",
        [glass_id],
    )
    for glass in found:
        return glass
    raise Refusal("not_found", NOT_HERE)


def read_trail(asked: Asked, *, by: Actor, at: datetime) -> tuple[Told, ...]:
    """A page of the trail of her programs, the latest first. That it was read is told in the trail itself."""
    _tell_of_reading(asked, by=by, at=at)
    where, values = _conditions(asked)
    return tuple(
        Told(**dict(zip(COLUMNS, row, strict=True))) for row in select(TRAIL.format(where=where), values)
    )


COLUMNS: Final = tuple(Told.__dataclass_fields__)


def _glass(*row: Any) -> Glass:
    *told, opened, seen_at, seen_by = row
    opened = msgspec.json.decode(opened or "[]", type=tuple[Opened, ...])
    names = (
        "id",
        "at",
        "until_at",
        "staff_id",
        "staff_name",
        "patient_id",
        "patient_ref",
        "patient_name",
        "reason",
        "words",
    )
    return Glass(**dict(zip(names, told, strict=True)), opened=opened, seen_at=seen_at, seen_by=seen_by)


def _conditions(asked: Asked) -> tuple[str, dict[str, Any]]:
    """What an event has to be, and the values it is compared with."""
    parts = [HERS]
    values: dict[str, Any] = {"limit": asked.limit}
    for part, name, value in (
        ("event.patient_ref = %(patient)s", "patient", asked.patient_id),
        ("event.by = %(actor)s", "actor", None if asked.staff_id is None else f"staff:{asked.staff_id}"),
        ("event.verb = %(verb)s", "verb", asked.verb or None),
        ("event.at >= %(since)s", "since", asked.since),
        ("event.at < %(until)s", "until", asked.until),
        (
            "(event.at, event.id) < (%(before_at)s, %(before_id)s)",
            "before_at",
            asked.before and asked.before[0],
        ),
    ):
        if value is not None:
            parts.append(part)
            values[name] = value
    if asked.before is not None:
        values["before_id"] = asked.before[1]
    if asked.patient_id is None:
        parts.append("event.by <> %(engine)s")
        values["engine"] = str(ENGINE)
    return " AND ".join(parts), values


def _tell_of_reading(asked: Asked, *, by: Actor, at: datetime) -> None:
    """Of the patient asked for; else of each program whose trail was read."""
    if asked.patient_id is not None:
        record_read(f"patient:{asked.patient_id}", patient=asked.patient_id, by=by, at=at, verb=READ_TRAIL)
        return
    of = "trail:0" if asked.staff_id is None else f"staff:{asked.staff_id}"
    record_all([(READ_TRAIL, of, None, program, "") for (program,) in select(GUARDED)], by=by, at=at)
