"""The list of patients: who is here, whose she is, how the last two weeks went, and what comes next."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.words import STATUSES
from rejoin.console.tables import Choice, Column, Kind, Link, Select, Table, Text, prefix
from rejoin.console.tables.asked import Asked
from rejoin.domain.kernel import local_day
from rejoin.followup.facts import zone_of
from rejoin.people.seeking import few_called

LOOKS_BACK: Final = timedelta(days=14)
MOST_SUGGESTED: Final = 200
CALLED: Final = "coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id)"
# A place in the program and the group that are asked for. Whoever has one there that holds today is here now. What day
# it is in each program is given: a join for it would be made for every patient.
# "IS TRUE" has those of a name kept as a set that each row is looked up in: there may be hundreds.
# Of many programs none is looked up: a patient's places are, she has a place or two (the same in `programs/schema.py`).
PLACE: Final = """
SELECT FROM programs_enrolment AS place
 WHERE place.patient_id = patient.id
   AND CASE WHEN cardinality(%(programs)s::bigint[]) > 8 THEN place.program_id + 0 = ANY(%(programs)s::bigint[])
            ELSE place.program_id = ANY(%(programs)s::bigint[]) END
   AND (%(program)s::text IS NULL OR place.program_id = (%(programs)s::bigint[])[array_position(%(slugs)s::text[], %(program)s)])
   AND (%(group)s::text IS NULL OR (place.group_id IN (
        SELECT id FROM programs_group WHERE rejoin_folded(name) LIKE rejoin_folded(%(group)s))) IS TRUE)
"""
HERE: Final = f"""EXISTS ({PLACE} AND place.ended_at IS NULL
   AND (place.from_on IS NULL OR place.from_on <= (%(days)s::date[])[array_position(%(programs)s::bigint[], place.program_id)])
   AND (place.until_on IS NULL OR place.until_on >= (%(days)s::date[])[array_position(%(programs)s::bigint[], place.program_id)]))"""
FEW: Final = "patient.id = ANY(%(q)s::bigint[])"
# A sub-select, so that nobody guesses how many it leaves: whom else the list is of is found first, and then her name.
MANY: Final = "(SELECT patient.called @@ rejoin_sought(%(q)s))"
# Nobody asks for a program or a group, or the filter "here now" asks for it with the rest.
SAID_ALREADY: Final = (
    "%(program)s::text IS NULL AND %(group)s::text IS NULL OR coalesce(%(place)s::text = 'now', false)"
)
TEAM: Final = """
SELECT FROM programs_careteammember AS member WHERE member.patient_id = patient.id AND member.ended_at IS NULL
"""
COUNSELOR: Final = f"""
EXISTS ({TEAM} AND (member.staff_id IN (
        SELECT id FROM people_staff WHERE rejoin_folded(name) LIKE rejoin_folded(%(counselor)s))) IS TRUE)
"""  # noqa: S608 - our own words
OPEN_CASE: Final = 'EXISTS (SELECT FROM followup_case AS "case" WHERE "case".patient_id = patient.id AND "case".state <> \'closed\')'
PLACES: Final = """
SELECT place.patient_id, program.name, coalesce("group".name, ''), program.timezone,
       place.ended_at IS NULL AND coalesce(place.until_on, 'infinity') >= (%s AT TIME ZONE program.timezone)::date
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
  LEFT JOIN programs_group AS "group" ON "group".id = place.group_id
 WHERE place.patient_id = ANY(%s) ORDER BY place.patient_id, place.from_on NULLS FIRST, place.id
"""
COUNSELORS: Final = """
SELECT member.patient_id, string_agg(DISTINCT staff.name, ', ')
  FROM programs_careteammember AS member JOIN people_staff AS staff ON staff.id = member.staff_id
 WHERE member.patient_id = ANY(%s) AND member.role = 'counselor' AND member.ended_at IS NULL GROUP BY 1
"""
SEATS: Final = """
SELECT seat.patient_id, session.starts_at, coalesce(status.status, ''), session.starts_at > %s
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE seat.patient_id = ANY(%s) AND seat.released_at IS NULL AND session.starts_at > %s
   AND (session.held = 'scheduled' OR session.starts_at <= %s)
 ORDER BY seat.patient_id, session.starts_at
"""
CASES: Final = """
SELECT patient_id, (array_agg(ref ORDER BY elevated DESC, opened_at))[1], count(*), bool_or(elevated)
  FROM followup_case WHERE patient_id = ANY(%s) AND state <> 'closed' GROUP BY 1
"""


class OpenCases(NamedTuple):
    ref: UUID
    """Of the one to look at first."""
    open: int
    elevated: bool

    @property
    def words(self) -> str:
        words = "open" if self.open == 1 else f"{self.open} open"
        return f"{words}, elevated" if self.elevated else words


class PatientLine(NamedTuple):
    """One patient in the list."""

    id: int
    ref: UUID
    called: str
    name: str
    external_id: str
    timezone: str = "UTC"
    """Her program's."""
    places: tuple[str, ...] = ()
    counselor: str = ""
    seats: tuple[str, ...] = ()
    """Outcomes of the last two weeks, in order; "": decided by nobody yet."""
    next_at: datetime | None = None
    cases: OpenCases | None = None


def patients_scope(asking: Asking) -> dict[str, object]:
    """What the list's conditions name beside its filters."""
    return {
        "me": asking.staff.pk,
        "programs": [each.pk for each in asking.programs],
        "slugs": [each.slug for each in asking.programs],
        "days": [local_day(asking.at, zone_of(each.timezone)) for each in asking.programs],
    }


def complete_lines(rows: Sequence[PatientLine], asking: Asking) -> list[PatientLine]:
    """Adds places, counselor, attendance and cases: four queries, however many rows."""
    ids, now = [row.id for row in rows], asking.at
    places = {key: list(each) for key, each in groupby(select(PLACES, [now, ids]), key=itemgetter(0))}
    counselors = dict(select(COUNSELORS, [ids]))
    cases = {row[0]: OpenCases(*row[1:]) for row in select(CASES, [ids])}
    seats: dict[int, list[str]] = defaultdict(list)
    coming: dict[int, datetime] = {}
    for patient, starts_at, status, ahead in select(SEATS, [now, ids, now - LOOKS_BACK, now]):
        if ahead:
            coming.setdefault(patient, starts_at)
        else:
            seats[patient].append(status)
    return [
        row._replace(
            **_placed(places.get(row.id, [])),
            counselor=counselors.get(row.id, ""),
            seats=tuple(seats[row.id]),
            next_at=coming.get(row.id),
            cases=cases.get(row.id),
        )
        for row in rows
    ]


def _placed(places: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Where she is; the last place she had, where she is nowhere any more."""
    held = [each for each in places if each[4]] or list(places[-1:])
    words = [f"{program}: {group}" if group else program for _, program, group, *_ in held]
    return {"places": tuple(dict.fromkeys(words)), "timezone": held[-1][3] if held else "UTC"}


def _are_few(asked: Asked) -> bool:
    """Whether so few can match that they are counted while they are sorted: of all who were ever here one in ten is now.

    Of these alone, in the order of names, a page is read by its index.
    """
    said = asked.values
    narrowed = said.keys() & {"q", "group", "counselor", "whose", "case"} or asked.sort != "called"
    is_hers = isinstance(said.get("q"), list) or said.get("whose") == "mine"
    return is_hers or bool(said.get("place") == "now" and narrowed)


def _called(text: str) -> object:
    """The few who are called so, by number; or the text itself, where they are many."""
    few = few_called(text)
    return text if few is None else few


def seats_in_words(line: PatientLine) -> str:
    """ "3 attended, 1 missed"."""
    counts = {word: line.seats.count(status.value) for status, word in STATUSES.items()}
    return ", ".join(f"{count} {word.lower()}" for word, count in counts.items() if count)


def _seats_cell(line: PatientLine) -> SafeString | None:
    told = [status for status in line.seats if status]
    if not told:
        return None
    return format_html(
        '<span class="strip-small" role="img" aria-label="{}" title="{}">{}</span>',
        seats_in_words(line),
        seats_in_words(line),
        format_html_join("", '<i class="outcome-{}"></i>', ((status,) for status in told)),
    )


def _patient(line: PatientLine) -> Link:
    return Link(line.called, reverse("console:patient", args=[line.ref]))


def _cases(line: PatientLine) -> Link | None:
    return Link(line.cases.words, reverse("console:case", args=[line.cases.ref])) if line.cases else None


def _mark(line: PatientLine) -> str:
    return "is-late" if line.cases and line.cases.elevated else ""


def _programs(asking: Asking) -> list[tuple[str, str]]:
    return [(each.slug, each.name) for each in asking.programs]


def _groups(_: Asking) -> list[str]:
    return [
        row[0]
        for row in select("SELECT DISTINCT name FROM programs_group ORDER BY 1 LIMIT %s", [MOST_SUGGESTED])
    ]


def _counselors(_: Asking) -> list[str]:
    sql = """SELECT DISTINCT staff.name FROM programs_staffrole AS role JOIN people_staff AS staff ON staff.id = role.staff_id
              WHERE role.role = 'counselor' AND role.ended_at IS NULL ORDER BY 1 LIMIT %s"""
    return [row[0] for row in select(sql, [MOST_SUGGESTED])]


PATIENTS: Final = Table(
    name="patients",
    title="Patients",
    counted=("patient", "patients"),
    source=Select(
        row=PatientLine,
        columns=f"patient.id, patient.ref, {CALLED}, patient.name, patient.external_id",
        tables="people_patient AS patient",
        where=f"{SAID_ALREADY} OR EXISTS ({PLACE})",
        key="patient.id",
        are_few=_are_few,
        complete=complete_lines,
    ),
    columns=(
        Column("called", "Patient", _patient, kind=Kind.LINK, sort=f"rejoin_folded({CALLED})", always=True),
        Column(
            "identifier", "Identifier", lambda line: line.external_id, sort="patient.external_id", always=True
        ),
        Column("places", "Group", lambda line: ", ".join(line.places)),
        Column("counselor", "Counselor", lambda line: line.counselor),
        Column("weeks", "Last two weeks", _seats_cell, file=seats_in_words),
        Column("case", "Case", _cases, kind=Kind.LINK, file=lambda line: line.cases and line.cases.words),
        Column("next", "Next session", lambda line: line.next_at, kind=Kind.TIME),
    ),
    filters=(
        Text(
            "q",
            "Name or identifier",
            means=_called,
            where=lambda meant: FEW if isinstance(meant, list) else MANY,
        ),
        Choice("program", "Program", choices=_programs, anything="All of mine"),
        Text("group", "Group", means=prefix, suggested=_groups),
        Text(
            "counselor",
            "Counselor",
            means=prefix,
            suggested=_counselors,
            where=COUNSELOR,
        ),
        Choice(
            "whose",
            "Whose",
            choices=(("mine", "Mine"), ("nobodys", "Without a counselor")),
            anything="Anybody's",
            where={
                "mine": f"EXISTS ({TEAM} AND member.staff_id = %(me)s)",
                "nobodys": f"NOT EXISTS ({TEAM} AND member.role = 'counselor')",
            },
        ),
        Choice(
            "case",
            "Open case",
            choices=(("yes", "With an open case"), ("no", "Without one")),
            anything="With or without",
            where={"yes": OPEN_CASE, "no": f"NOT {OPEN_CASE}"},
        ),
        Choice(
            "place",
            "Place",
            choices=(("now", "Here now"), ("left", "Not here now")),
            anything="Whenever here",
            initial="now",
            where={"now": HERE, "left": f"NOT {HERE}"},
        ),
    ),
    order="called",
    zone=lambda line: line.timezone,
    mark=_mark,
    nothing="No patients yet.",
)
