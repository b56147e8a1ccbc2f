"""Rows of programs, written many at a time. Each leaves the event that its action would leave."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar
from uuid import uuid4

from rejoin.audit.trail import record, record_all
from rejoin.common.actors import Actor
from rejoin.common.bulk import insert_rows
from rejoin.common.rows import execute, select
from rejoin.domain.attendance import Held, Mode
from rejoin.programs.models import Enrolment, Group, Session, SessionStaff
from rejoin.programs.seating import hold_patients, hold_staff
from rejoin.programs.vocabulary import Kind, Role

T = TypeVar("T", int, datetime)
Breaks = Sequence[tuple[datetime, datetime]]
SESSION_COLUMNS = (
    "ref",
    "program",
    "external_id",
    "group",
    "series",
    "series_at",
    "starts_at",
    "ends_at",
    "breaks",
    "kind",
    "service",
    "module",
    "mode",
    "held",
    "unheld_at",
    "unheld_by",
    "by_name",
    "seats_min",
    "seats_max",
    "seats_taken",
)


class NewPlace(NamedTuple):
    """A place in a group, or in the program itself (`group_id` None), by local dates."""

    patient_id: int
    group_id: int | None
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """What a session is scheduled with. `by_name`: only those named are expected, not its whole group."""

    external_id: str
    starts_at: datetime
    ends_at: datetime
    group_id: int | None = None
    breaks: Breaks = ()
    kind: str = Kind.GROUP.value
    service: str = ""
    module: str = ""
    mode: str = Mode.VIDEO.value
    held: str = Held.SCHEDULED.value
    by_name: bool = False
    seats_min: int = 2
    seats_max: int | None = None
    series_id: int | None = None
    series_at: datetime | None = None


class NewLeader(NamedTuple):
    session_id: int
    staff_id: int
    role: str = Role.FACILITATOR.value


def insert_groups(
    program_id: int, names: Iterable[str], *, by: Actor, at: datetime, reason: str = ""
) -> dict[str, int]:
    """Open groups of which nobody has said how many fit."""
    columns = ("program", "name", "is_open", "minimum", "maximum")
    rows = [(program_id, name, True, 2, None) for name in names]
    found = dict(insert_rows(Group, columns, rows, returning="name, id"))
    _tell("programs.add_group", [(f"group:{pk}", None) for pk in found.values()], program_id, by, at, reason)
    return found


def insert_places(
    program_id: int, new: Sequence[NewPlace], *, by: Actor, at: datetime, reason: str = ""
) -> list[int]:
    """Enrol patients. Their seats come after."""
    columns = ("program", "patient", "group", "from_on", "until_on", "ended_by", "ending")
    rows = [(program_id, *each, "", "") for each in new]
    made = insert_rows(Enrolment, columns, rows, returning="id, patient_id")
    _tell("programs.enrol", [(f"enrolment:{pk}", pat) for pk, pat in made], program_id, by, at, reason)
    return [pk for pk, _ in made]


def insert_sessions(
    program_id: int, new: Sequence[NewSession], *, by: Actor, at: datetime, reason: str = "", then: str = ""
) -> dict[str, int]:
    """Schedule sessions; their keys by their identifiers. Seats and leaders come after."""
    rows = [_session_row(program_id, each, by, at) for each in new]
    made = insert_rows(Session, SESSION_COLUMNS, rows, then=then, returning="external_id, id")
    found: dict[str, int] = dict(made)
    subjects = [(f"session:{pk}", None) for pk in found.values()]
    _tell("programs.schedule_session", subjects, program_id, by, at, reason)
    off = [
        (f"session:{found[each.external_id]}", None)
        for each in new
        if each.held != Held.SCHEDULED and each.external_id in found
    ]
    _tell("programs.cancel_session", off, program_id, by, at, reason)
    return found


def _session_row(program_id: int, new: NewSession, by: Actor, at: datetime) -> tuple[object, ...]:
    off = new.held != Held.SCHEDULED
    return (
        uuid4(),
        program_id,
        new.external_id,
        new.group_id,
        new.series_id,
        new.series_at,
        new.starts_at,
        new.ends_at,
        as_text(new.breaks),
        new.kind,
        new.service,
        new.module,
        new.mode,
        new.held,
        at if off else None,
        str(by) if off else "",
        new.by_name,
        new.seats_min,
        new.seats_max,
        0,
    )


def insert_leaders(new: Iterable[NewLeader], *, then: str = "") -> list[tuple[int, int]]:
    """Give sessions to people to lead: the pairs of session and staff that were written."""
    wanted = sorted(set(new))
    hold_staff({each.staff_id for each in wanted})
    columns = ("session", "staff", "role", "occupies", "released_by")
    rows = [(*each, True, "") for each in wanted]
    made = insert_rows(SessionStaff, columns, rows, then=then, returning="session_id, staff_id")
    return [(session, staff) for session, staff in made]


def release_leaders(leader_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """They lead these sessions no more."""
    SessionStaff.objects.filter(pk__in=leader_ids, released_at__isnull=True).update(
        released_at=at, released_by=str(by), occupies=False
    )


def shift_session(session_id: int, *, starts_at: datetime, ends_at: datetime, breaks: Breaks) -> None:
    """New times of a session; the database takes its seats and leaders along, or refuses."""
    hold_those_in(session_id)
    Session.objects.filter(pk=session_id).update(
        starts_at=starts_at, ends_at=ends_at, breaks=as_pairs(breaks)
    )


def call_off(session_id: int, held: Held, *, by: Actor, at: datetime) -> None:
    """A session that is not held frees everybody in it; one that is held after all needs them free."""
    hold_those_in(session_id)
    off = held is not Held.SCHEDULED
    Session.objects.filter(pk=session_id).update(
        held=held.value, unheld_at=at if off else None, unheld_by=str(by) if off else ""
    )


def hold_those_in(session_id: int) -> None:
    seats = "SELECT patient_id FROM programs_seat WHERE session_id = %s AND released_at IS NULL"
    leaders = "SELECT staff_id FROM programs_sessionstaff WHERE session_id = %s AND released_at IS NULL"
    hold_patients([row[0] for row in select(seats, [session_id])])
    hold_staff([row[0] for row in select(leaders, [session_id])])


def let_go(session_ids: Sequence[int]) -> None:
    """Before many sessions move: nobody in them is in the way of another until each has its new times."""
    execute("UPDATE programs_seat SET occupies = false WHERE session_id = ANY(%s)", [list(session_ids)])
    execute(
        "UPDATE programs_sessionstaff SET occupies = false WHERE session_id = ANY(%s)", [list(session_ids)]
    )


def lie_inside(spans: Iterable[tuple[T, T]], first: T, last: T) -> bool:
    """Do these lie between the two, in order and apart?"""
    for start, end in spans:
        if not (first <= start < end <= last):
            return False
        first = end
    return True


def as_text(breaks: Breaks) -> str:
    """Breaks as their column keeps them: pairs of instants, ISO 8601 UTC."""
    return json.dumps(as_pairs(breaks), separators=(",", ":"))


def as_pairs(breaks: Breaks) -> list[list[str]]:
    return [[start.isoformat(), end.isoformat()] for start, end in breaks]


def tell_of(
    verb: str, session_id: int, program_id: int, *, by: Actor, at: datetime, reason: str = ""
) -> None:
    record(verb, f"session:{session_id}", by=by, at=at, program=program_id, reason=reason)


def _tell(
    verb: str,
    subjects: Sequence[tuple[str, int | None]],
    program_id: int,
    by: Actor,
    at: datetime,
    reason: str,
) -> None:
    record_all([(verb, subject, patient, program_id, reason) for subject, patient in subjects], by=by, at=at)
