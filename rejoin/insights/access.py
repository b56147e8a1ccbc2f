"""The doors to a measure that is due, and to one that was answered: missing and forbidden are alike."""

from uuid import UUID

from django.http import Http404

from rejoin.insights.models import Due
from rejoin.people.models import Patient


def due_of(patient: Patient, ref: UUID) -> Due:
    """A measure of a patient who came through her own door, or through `patient_for`."""
    found = (
        Due.objects.filter(patient=patient, ref=ref)
        .select_related("program", "patient", "seat__status", "reopening", "ending", "sheet")
        .first()
    )
    if found is None:
        raise Http404("no such measure")
    return found
