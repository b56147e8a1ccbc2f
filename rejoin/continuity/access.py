"""The doors to catching up: missing and forbidden are the same answer."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from rejoin.continuity.material import Material, materials_of
from rejoin.continuity.models import CallAsked, CatchUp, Finished, SignOff
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Patient, Staff
from rejoin.people.querysets import in_relation_to
from rejoin.programs.models import Group, StaffRole
from rejoin.programs.rights import WIDE

NOT_HERE = "There is nothing here that you may see."
LARGEST = 2**63


def material_of(patient: Patient, ref: UUID, *, now: datetime) -> Material:
    """What a patient who came through her own door can read of a session she missed."""
    found = materials_of(patient, now, ref=ref)
    if not found:
        raise Refusal("not_found", NOT_HERE)
    return found[0]


def catch_up_on(material: Material) -> CatchUp | None:
    """What she has begun of it, behind her own door."""
    begun: CatchUp | None = CatchUp.objects.filter(
        seat=material.missed.seat_id, curriculum=material.course.curriculum.id, unit=material.unit.id
    ).first()
    return begun


def catch_up_for(staff: Staff, ref: UUID, *, now: datetime) -> CatchUp:
    """A catch-up of a patient whose chart `staff` may see, in a program she works in."""
    found: CatchUp | None = (
        CatchUp.objects.filter(in_relation_to(staff, now), ref=ref, program__in=_programs(staff, now))
        .select_related("patient", "program", "seat__session__group")
        .first()
    )
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def finished_of(catch_up: CatchUp) -> Finished | None:
    """That she has done it, where nobody has looked at it yet."""
    latest: Finished | None = Finished.objects.filter(catch_up=catch_up).order_by("-pk").first()
    return latest if latest and not hasattr(latest, "sign_off") else None


def last_word_on(catch_up: CatchUp) -> SignOff | None:
    """What a clinician said last of what she did."""
    said: SignOff | None = SignOff.objects.filter(finished__catch_up=catch_up).order_by("-pk").first()
    return said


def asked_for_call(catch_up: CatchUp, *, since: datetime) -> bool:
    """Whether she asked on that page to be called."""
    return CallAsked.objects.filter(catch_up=catch_up, at__gt=since).exists()


def group_for(staff: Staff, number: int, *, now: datetime) -> Group:
    """A group of a program `staff` works in."""
    found: Group | None = None
    if number < LARGEST:
        asked = Group.objects.filter(pk=number, program__in=_programs(staff, now))
        found = asked.select_related("program", "track").first()
    if found is None:
        raise Refusal("not_found", NOT_HERE)
    return found


def whole_group_for(staff: Staff, number: int, *, now: datetime) -> Group:
    """A group of a program of which `staff` answers for every patient: what is said of all its members is hers to read.

    Whoever sees some of them alone would read a figure of these, and take it for the group's.
    """
    found = group_for(staff, number, now=now)
    if not _held(staff, now).filter(program=found.program_id, role__in=WIDE).exists():
        raise Refusal("not_found", NOT_HERE)
    return found


def _programs(staff: Staff, now: datetime) -> list[int]:
    return list(_held(staff, now).values_list("program_id", flat=True))


def _held(staff: Staff, now: datetime) -> QuerySet[StaffRole]:
    return StaffRole.objects.filter(staff=staff, from_at__lte=now, ended_at__isnull=True)
