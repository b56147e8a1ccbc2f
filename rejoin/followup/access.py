"""The one door to cases and what the team keeps of them: missing and forbidden are the same answer.

Each asks for both, the program and the patient: row-level security does so again, and either wall stands alone.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case, CaseNote, HandOff, Review, Step, Task
from rejoin.outreach.models import Reply
from rejoin.people.models import Contact, Staff
from rejoin.people.querysets import in_relation_to
from rejoin.programs.models import StaffRole

NOT_HERE = "There is nothing here that you may see."


def case_for(staff: Staff, ref: UUID, *, now: datetime) -> Case:
    """A case of a patient whose chart `staff` may see, in a program she works in."""
    found = (
        Case.objects.filter(in_relation_to(staff, now), ref=ref, program__in=_programs(staff, now))
        .select_related("patient", "program", "session", "seat", "owner")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def step_for(staff: Staff, step_id: int, *, now: datetime) -> Step:
    """A step of such a case."""
    found = (
        Step.objects.filter(in_relation_to(staff, now), pk=step_id, case__program__in=_programs(staff, now))
        .select_related("case__program", "case__patient")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def review_for(staff: Staff, review_id: int, *, now: datetime) -> Review:
    """A review of a patient whose chart `staff` may see, in a program she works in."""
    found = (
        Review.objects.filter(in_relation_to(staff, now), pk=review_id, program__in=_programs(staff, now))
        .select_related("patient", "program", "policy")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def note_for(case: Case, note_id: int) -> CaseNote:
    """A note in the thread of a case that came through `case_for`."""
    found = CaseNote.objects.filter(pk=note_id, case=case).select_related("case").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def task_for(staff: Staff, task_id: int, *, now: datetime) -> Task:
    """A task in a program `staff` works in: of no patient, or of one whose chart she may see."""
    of_hers = in_relation_to(staff, now) | Q(patient__isnull=True)
    found = (
        Task.objects.filter(of_hers, pk=task_id, program__in=_programs(staff, now))
        .select_related("program", "patient", "case", "review", "owner")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def hand_off_for(staff: Staff, note_id: int, *, now: datetime) -> HandOff:
    """A hand-off in a program `staff` works in."""
    found = HandOff.objects.filter(pk=note_id, program__in=_programs(staff, now)).first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def _programs(staff: Staff, now: datetime) -> list[int]:
    roles = StaffRole.objects.filter(staff=staff, from_at__lte=now, ended_at__isnull=True)
    return list(roles.values_list("program_id", flat=True))


def step_of(case: Case, number: str) -> Step | None:
    """A step of a case that came through `case_for`, by the number a form sent; "": none."""
    found: Step | None = _of(Step.objects.filter(case=case), number)
    return found


def contact_of(case: Case, number: str) -> Contact | None:
    """Somebody around the patient of such a case; "": she herself."""
    found: Contact | None = _of(Contact.objects.filter(patient=case.patient_id), number)
    return found


def _of(found: Any, number: str) -> Any:
    if not number:
        return None
    one = found.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if one is None:
        raise Refusal("not_found", NOT_HERE)
    return one


def reply_for(staff: Staff, reply_id: int, *, programs: Collection[int], now: datetime) -> Reply:
    """Words that are before the readers of these programs: of patients whose charts she may see, or of nobody here."""
    before = Q(programs__overlap=list(programs)) | Q(programs=[])
    of_hers = in_relation_to(staff, now) | Q(patient__isnull=True)
    found = Reply.objects.filter(before, of_hers, pk=reply_id).first() if programs else None
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found
