"""What several actions ask of whoever acts, and the turn they write on a case."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from rejoin.common.actors import Actor, ActorKind
from rejoin.domain.kernel import Refusal, local_day
from rejoin.followup.models import Case, CaseEvent
from rejoin.followup.vocabulary import CaseTurn
from rejoin.people.models import Licence, Staff
from rejoin.programs.models import Program, StaffRole
from rejoin.programs.rights import Right, rights_of
from rejoin.programs.vocabulary import Role


def refuse_machine(by: Actor) -> None:
    """Only somebody of the staff decides."""
    if by.kind is not ActorKind.STAFF:
        raise Refusal("person", "Only a person decides this.")


def staff_who_acts(by: Actor) -> Staff:
    """Whoever of the staff acts; a machine is refused."""
    refuse_machine(by)
    return Staff.objects.get(pk=int(by.id))


def roles_in(program_id: int, staff: Staff, at: datetime) -> "QuerySet[StaffRole]":
    """The roles `staff` holds in the program at `at`."""
    return StaffRole.objects.filter(
        staff=staff, program_id=program_id, from_at__lte=at, ended_at__isnull=True
    )


def holds_any_role(program_id: int, staff: Staff, at: datetime) -> bool:
    return roles_in(program_id, staff, at).exists()


def holds(right: Right, program_id: int, staff: Staff, at: datetime) -> bool:
    """Whether a role of hers in the program carries `right`."""
    return any(
        right in rights_of(role) for role in roles_in(program_id, staff, at).values_list("role", flat=True)
    )


def may_dispose(clinician: Staff, program: Program, at: datetime) -> bool:
    """A clinician or supervisor of the program with a licence that is valid today."""
    today = local_day(at, ZoneInfo(program.timezone))
    licensed = Licence.objects.filter(staff=clinician, valid__contains=today).exists()
    return (
        licensed
        and roles_in(program.pk, clinician, at).filter(role__in=(Role.CLINICIAN, Role.SUPERVISOR)).exists()
    )


def say_turn(case: Case, turn: CaseTurn, reason: str = "", *, by: Actor, at: datetime) -> None:
    """Append to what the case went through: whoever looks at an older page is told of it."""
    CaseEvent.objects.create(
        case=case, patient_id=case.patient_id, turn=turn.value, reason=reason, at=at, by=str(by)
    )


def said(words: str, *, code: str, ask: str) -> str:
    """The words without space around them; refused where there are none."""
    if not words.strip():
        raise Refusal(code, ask)
    return words.strip()


def refuse_outsider(program_id: int, staff: Staff, at: datetime, *, code: str, why: str) -> None:
    """Work goes to somebody who works in the program."""
    if not holds_any_role(program_id, staff, at):
        raise Refusal(code, why)
