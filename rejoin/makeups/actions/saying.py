"""What people say that decides which ways back there are for her: when she can come, and that one may be more than allowed."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from rejoin.audit.trail import action, record
from rejoin.common.actors import Actor, ActorKind
from rejoin.common.refusals import refuse_machines, refusing
from rejoin.domain.kernel import Refusal, local_day
from rejoin.makeups.free_time import Window, check_windows
from rejoin.makeups.ledgers import open_amounts
from rejoin.makeups.models import FreeTime, MoreAllowed
from rejoin.makeups.vocabulary import MoreReason, PartOfDay
from rejoin.people.models import Patient, Staff
from rejoin.programs.models import Seat, StaffRole
from rejoin.programs.seating import hold_patients
from rejoin.programs.vocabulary import Role

LONGEST = 4000
MAY_ALLOW = (Role.CLINICIAN, Role.SUPERVISOR)


@action("makeups.record_free_time")
def record_free_time(
    *,
    patient: Patient,
    windows: Sequence[Window],
    prefers: PartOfDay | None = None,
    from_on: date | None = None,
    by: Actor,
    at: datetime,
) -> FreeTime:
    """When she can come, week by week on her own clock, from a day on; today where nobody says which.

    No windows: whenever she is awake. What she said before holds until that day, and not after it.
    """
    if by.kind is not ActorKind.PATIENT:
        refuse_machines(by, what="says when she can come")
    check_windows(windows)
    said = FreeTime.objects.create(
        patient=patient,
        from_on=from_on or local_day(at, ZoneInfo(patient.timezone)),
        windows=[list(each) for each in sorted(windows)],
        prefers=prefers.value if prefers else "",
        at=at,
        by=str(by),
    )
    record("makeups.record_free_time", f"freetime:{said.pk}", by=by, at=at, patient=patient.pk)
    return said


@action("makeups.allow_more")
def allow_more(
    *, seat: Seat, staff: Staff, why: MoreReason, words: str, by: Actor, at: datetime
) -> MoreAllowed:
    """Let her have one make-up of this missed session that is more than the program's caps allow.

    For a clinical reason it passes the caps of a day and a week; the ceiling of hours is that of her level of care, and
    only whoever has ordered another level for her lets it pass (ASAM 2.1; Utah and Virginia write it down).
    """
    refuse_machines(by, what="lets more pass than is allowed")
    if by.staff_id != staff.pk:
        raise Refusal("more.own", "Whoever allows it signs it herself.")
    program_id = seat.session.program_id
    if not _may_allow(staff, program_id, at):
        raise Refusal("more.role", "This is for a clinician or a supervisor of the program to say.")
    if not words.strip():
        raise Refusal("more.words", "Say in a sentence why.")
    hold_patients([seat.patient_id])
    if not any(amount > 0 for amount in open_amounts(seat.pk).values()):
        raise Refusal("makeup.settled", "Nothing of this is open.")
    with refusing():
        allowed = MoreAllowed.objects.create(
            seat=seat,
            patient_id=seat.patient_id,
            reason=why.value,
            words=words.strip()[:LONGEST],
            at=at,
            by=str(by),
        )
    record(
        "makeups.allow_more",
        f"seat:{seat.pk}",
        by=by,
        at=at,
        patient=seat.patient_id,
        program=program_id,
        reason=why.value,
    )
    return allowed


def _may_allow(staff: Staff, program_id: int, at: datetime) -> bool:
    held = StaffRole.objects.filter(program=program_id, staff=staff, role__in=MAY_ALLOW, from_at__lte=at)
    return held.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at)).exists()
