"""The trail: one event per action, and per read of a chart."""

from typing import ClassVar

from django.db import models

from rejoin.common.models import Fact


class Event(Fact):
    """One action on one object. Opaque ids only: no name, no address, no health content."""

    verb = models.CharField(max_length=60)
    """The action: "followup.record_attempt"."""
    subject = models.CharField(max_length=60)
    """What it was done to: "case:55"."""
    patient_ref = models.BigIntegerField(null=True)
    """Whose chart it belongs to; None for what is no patient's."""
    program_ref = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=60, blank=True, default="")
    """A code, never free text."""
    request = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["patient_ref", "at"], name="audit_by_patient"),
            models.Index(fields=["subject"], name="audit_by_subject"),
        ]
