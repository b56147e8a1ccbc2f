"""The one door to sessions and programs: missing and forbidden are the same answer."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import PolicyVersion, Program, Seat, Session, SessionStaff, StaffRole
from rejoin.programs.rights import WIDE

NOT_HERE = "There is nothing here that you may see."


def session_for(staff: Staff, ref: UUID, *, now: datetime) -> Session:
    """A session of a program `staff` works in."""
    found: Session | None = (
        Session.objects.filter(ref=ref, program__in=_programs(staff, now))
        .select_related("program", "group")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def led_session(staff: Staff, ref: UUID, *, now: datetime) -> Session:
    """A session that `staff` leads, or of a program whose patients she answers for, every one: whose room she may enter."""
    session = session_for(staff, ref, now=now)
    leads = SessionStaff.objects.filter(session=session, staff=staff, released_at__isnull=True).exists()
    if not leads and not _roles(staff, now).filter(program=session.program_id, role__in=WIDE).exists():
        raise Refusal("not_found", NOT_HERE)
    return session


def seat_of(patient: Patient, number: int) -> Seat:
    """A seat of a patient who came through her own door, by the number a form sent."""
    found: Seat | None = (
        Seat.objects.live().filter(patient=patient, pk=number).select_related("session__program").first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def seat_in(session: Session, number: str) -> Seat:
    """A live seat of a session whoever asks leads, by the number a form sent. Behind the door of the web."""
    found: Seat | None = None
    if number.isdecimal() and len(number) < 19:
        seats = Seat.objects.live().filter(session=session, pk=int(number))
        found = seats.select_related("session__program").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def program_for(staff: Staff, slug: str, *, now: datetime) -> Program:
    """A program `staff` works in."""
    found: Program | None = Program.objects.filter(slug=slug, pk__in=_programs(staff, now)).first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def policy_for(staff: Staff, slug: str, version: int, *, now: datetime) -> PolicyVersion:
    """A published version of the policy of a program `staff` works in."""
    found: PolicyVersion | None = (
        PolicyVersion.objects.filter(program__slug=slug, version=version, program__in=_programs(staff, now))
        .select_related("program")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def _programs(staff: Staff, now: datetime) -> list[int]:
    return list(_roles(staff, now).values_list("program_id", flat=True))


def _roles(staff: Staff, now: datetime) -> "QuerySet[StaffRole]":
    return StaffRole.objects.filter(staff=staff, from_at__lte=now, ended_at__isnull=True)
