"""What waits for people, program by program: told in a terminal to whoever coordinates, and written nowhere.

Patients are named in it. It is read from the tables as they stand; nothing is changed, and nothing goes to a log.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q

from rejoin.common.rows import select
from rejoin.domain.policy.document import SYSTEM
from rejoin.followup.models import Case, Review, Step
from rejoin.outreach.models import Reply
from rejoin.programs.models import Program

Row = dict[str, Any]
UNMATCHED: Final = """
SELECT stranger.id, program.slug, session.external_id, stranger.provider, stranger.display, stranger.ref,
       patient.external_id, patient.name, stranger.seen_at
  FROM rooms_stranger AS stranger JOIN programs_session AS session ON session.id = stranger.session_id
  JOIN programs_program AS program ON program.id = session.program_id
  LEFT JOIN people_patient AS patient ON patient.id = stranger.patient_id
 WHERE NOT stranger.gone AND stranger.settled_at IS NULL AND program.id = ANY(%s)
 ORDER BY stranger.seen_at, stranger.id
"""
TO_ATTEST: Final = """
SELECT program.slug, session.external_id, session.ends_at, count(*),
       (SELECT string_agg(staff.name, '; ' ORDER BY leader.role DESC, leader.id)
          FROM programs_sessionstaff AS leader JOIN people_staff AS staff ON staff.id = leader.staff_id
         WHERE leader.session_id = session.id AND leader.released_at IS NULL)
  FROM attendance_seatstatus AS status JOIN programs_session AS session ON session.id = status.session_id
  JOIN programs_program AS program ON program.id = session.program_id
 WHERE NOT status.attested AND NOT status.provisional AND status.status <> 'cancelled'
   AND session.ends_at <= %s AND program.id = ANY(%s)
 GROUP BY program.slug, session.id ORDER BY session.ends_at, session.id
"""


def gather_waiting(programs: Collection[Program], *, now: datetime) -> dict[str, list[Row]]:
    """Everything that waits in these programs at `now`: a list for each kind, what is due first comes first.

    Instants are aware; every other value is text, a number or a truth.
    """
    ids = [each.pk for each in programs]
    return {
        "cases": list(_cases(ids, now)),
        "steps": list(_steps(ids, now)),
        "reviews": list(_reviews(ids, now)),
        "replies": list(_replies(ids, now)),
        "unmatched": list(
            _named(UNMATCHED, [ids], "id program session provider display ref patient_id patient at")
        ),
        "to_attest": list(_named(TO_ATTEST, [now, ids], "program session ended_at seats leaders")),
    }


def zones_of(programs: Collection[Program]) -> Callable[[str], ZoneInfo]:
    """The zone in which a program's times are told; of what belongs to none, the first's."""
    zones = {each.slug: ZoneInfo(each.timezone) for each in programs}
    first = next(iter(zones.values()), ZoneInfo("UTC"))
    return lambda slug: zones.get(slug, first)


def _cases(programs: Sequence[int], now: datetime) -> Iterator[Row]:
    found = Case.objects.on_the_list(now).filter(program__in=programs).order_by("opened_at", "pk")
    for each in found.select_related("patient", "program", "session", "owner"):
        yield {
            "id": each.pk,
            "program": each.program.slug,
            "patient_id": each.patient.external_id,
            "patient": each.patient.name,
            "session": each.session.external_id,
            "state": each.state,
            "elevated": each.elevated,
            "owner": each.owner.name if each.owner else None,
            "opened_at": each.opened_at,
            "first_attempt_by": None if each.first_attempt_at else each.first_attempt_by,
            "next_step": each.next_step or None,
            "next_due_at": each.next_due_at,
            "promised_at": each.promised_at,
        }


def _steps(programs: Sequence[int], now: datetime) -> Iterator[Row]:
    """What people have to do; messages are the system's own."""
    found = Step.objects.to_do().filter(case__program__in=programs).exclude(actor=SYSTEM)
    for each in found.select_related("case__program", "case__session", "patient", "owner").order_by(
        "due_at", "pk"
    ):
        yield {
            "id": each.pk,
            "case": each.case_id,
            "program": each.case.program.slug,
            "patient_id": each.patient.external_id,
            "patient": each.patient.name,
            "session": each.case.session.external_id,
            "step": each.rule,
            "role": each.actor,
            "owner": each.owner.name if each.owner else None,
            "channels": list(each.channels),
            "due_at": each.due_at,
            "deadline": each.deadline,
            "overdue": each.deadline is not None and each.deadline < now,
        }


def _reviews(programs: Sequence[int], now: datetime) -> Iterator[Row]:
    found = Review.objects.open().filter(program__in=programs).order_by("due_at", "pk")
    for each in found.select_related("patient", "program"):
        yield {
            "id": each.pk,
            "program": each.program.slug,
            "patient_id": each.patient.external_id,
            "patient": each.patient.name,
            "trigger": each.trigger,
            "then": each.then,
            "role": each.decided_by_role,
            "due_at": each.due_at,
            "overdue": each.due_at < now,
        }


def _replies(programs: Sequence[int], now: datetime) -> Iterator[Row]:
    """Of their patients, and of numbers that are nobody's here: those wait for everybody."""
    mine = Q(programs__overlap=list(programs)) | Q(programs=[])
    for each in Reply.objects.waiting().filter(mine).select_related("patient"):
        yield {
            "id": each.pk,
            "patient_id": each.patient.external_id if each.patient else None,
            "patient": each.patient.name if each.patient else None,
            "channel": each.channel,
            "text": each.text,
            "at": each.at,
            "deadline": each.deadline,
            "overdue": each.deadline < now,
        }


def _named(query: str, values: Sequence[object], columns: str) -> Iterator[Row]:
    for row in select(query, values):
        yield dict(zip(columns.split(), row, strict=True))
