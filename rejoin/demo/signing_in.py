"""Whom one can be in the demonstration: the town's staff and one patient, each with an account."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.text import slugify

from rejoin.accounts.actions import demonstration_link, open_account
from rejoin.accounts.models import User
from rejoin.common.actors import COMMAND
from rejoin.common.rows import select
from rejoin.demo.newcomer import ANNA, CAST
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import StaffRole
from rejoin.programs.rights import WIDE
from rejoin.programs.vocabulary import Role

PATIENT = "patient"
PROGRAM_OF = {
    "case": "SELECT program_id FROM followup_case WHERE ref = %s",
    "session": "SELECT program_id FROM programs_session WHERE ref = %s",
    "patient": "SELECT place.program_id FROM programs_enrolment AS place JOIN people_patient AS patient "
    "ON patient.id = place.patient_id WHERE patient.ref = %s ORDER BY place.ended_at IS NOT NULL, place.id DESC LIMIT 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody to sign in as, and the link that does it."""

    role: str
    name: str
    link: str


def open_accounts(*, at: datetime) -> None:
    """Everybody who works in the town may sign in, and Anna."""
    for person in Staff.objects.order_by("pk"):
        open_account(person=person, email=f"{slugify(person.name)}@staff.example", by=COMMAND, at=at)
    anna = Patient.objects.get(name=ANNA)
    open_account(person=anna, email=f"{slugify(ANNA)}@example.org", by=COMMAND, at=at)


def sign_ins(base_url: str) -> tuple[SignIn, ...]:
    """Addresses for those who show what each role sees. They are easy to read: whoever is on this machine is let in."""
    return tuple(
        SignIn(
            role=role,
            name=stand.name,
            link=f"{base_url}{reverse('demonstration:as', kwargs={'role': role})}",
        )
        for role, stand in CAST.items()
    )


def link_as(role: str, wanted: str = "", *, at: datetime) -> str:
    """A link that signs in as whoever stands for the role, and goes on to the page that is wanted, or to her first.

    Nothing is there for a role that nobody stands for.
    """
    stand = CAST.get(role)
    people = Patient.objects if role == PATIENT else Staff.objects
    person = people.filter(name=stand.name).first() if stand else None
    if stand is None or person is None:
        raise Http404
    link = demonstration_link(user=_user_of(person), by=COMMAND, at=at)
    page = wanted or (stand.page if stand.page.startswith("/") else reverse(stand.page))
    return f"{link}?{urlencode({'next': page}, safe='/')}"


def link_to_see(kind: str, ref: UUID, request: HttpRequest, *, at: datetime) -> str:
    """Where a case, a session or a patient is seen: as whoever is signed in, if she may see it, else as its coordinator."""
    if kind not in PROGRAM_OF or not (rows := select(PROGRAM_OF[kind], [ref])):
        raise Http404
    ((program,),) = rows
    page = reverse(f"console:{kind}", kwargs={"ref": ref})
    held = StaffRole.objects.filter(program=program, ended_at__isnull=True)
    here = getattr(request.user, "staff", None)
    if here is not None and held.filter(staff=here, role__in=WIDE).exists():
        return page
    coordinator = held.filter(role=Role.COORDINATOR.value).select_related("staff__user").order_by("pk")[0]
    link = demonstration_link(user=_user_of(coordinator.staff), by=COMMAND, at=at)
    return f"{link}?{urlencode({'next': page}, safe='/')}"


def _user_of(person: Staff | Patient) -> User:
    if person.user is None:
        raise LookupError("nobody of that name may sign in")
    return person.user
