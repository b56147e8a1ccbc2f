"""The one door to a patient's chart: missing and forbidden are alike to whoever asks."""

from datetime import datetime
from uuid import UUID

from django.http import Http404

from rejoin.audit.trail import record_read
from rejoin.common.actors import staff_actor
from rejoin.domain.kernel import Refusal
from rejoin.people.models import Address, Contact, Flag, Patient, Staff

LARGEST = 2**63


def patient_for(staff: Staff, ref: UUID | str, now: datetime) -> Patient:
    """The patient, if `staff` may see her chart at `now`. The reading is on record."""
    patient: Patient | None = Patient.objects.visible_to(staff, now).filter(ref=_as_ref(ref)).first()
    if patient is None:
        raise Http404("no such patient")
    record_read(f"patient:{patient.pk}", patient=patient.pk, by=staff_actor(staff.pk), at=now)
    return patient


def contact_of(patient: Patient, number: str) -> Contact:
    """Somebody around a patient who came through `patient_for`, by the number a form sent."""
    asked = Contact.objects.filter(patient=patient, retired_at__isnull=True)
    found = asked.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise Refusal("not_found", "There is nobody here by that number.")
    return found


def address_of(patient: Patient, number: int) -> Address:
    """A number or an address of a patient who came through `patient_for`, retired or not."""
    found = Address.objects.filter(patient=patient, pk=number).first() if number < LARGEST else None
    if found is None:
        raise Http404("no such address")
    return found


def contact_ever_of(patient: Patient, number: int) -> Contact:
    """Somebody who is or was around a patient who came through `patient_for`."""
    found = Contact.objects.filter(patient=patient, pk=number).first() if number < LARGEST else None
    if found is None:
        raise Http404("no such contact")
    return found


def flag_of(patient: Patient, number: int) -> Flag:
    """A flag of a patient who came through `patient_for`."""
    found = Flag.objects.filter(patient=patient, pk=number).first() if number < LARGEST else None
    if found is None:
        raise Http404("no such flag")
    return found


def _as_ref(ref: UUID | str) -> UUID | None:
    try:
        return ref if isinstance(ref, UUID) else UUID(ref)
    except ValueError:
        return None


def colleague(number: str) -> Staff:
    """Somebody of the staff, by the number a form sent. Whether she works in the program is asked by what is done."""
    found = Staff.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise Refusal("staff", "Choose somebody from the list.")
    return found


def named_patient(staff: Staff, *, ref: UUID | None, external_id: str, now: datetime) -> Patient:
    """A patient somebody named by a choice or by her whole identifier; never by her name."""
    visible = Patient.objects.visible_to(staff, now)
    named: Patient | None = (
        visible.filter(ref=ref) if ref else visible.filter(external_id=external_id.strip())
    ).first()
    if named is None:
        raise Refusal("patient", "No patient whom you may see has this identifier.")
    return named
