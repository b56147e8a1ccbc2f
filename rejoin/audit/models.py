"""The trail: one event per action, and per read of a chart."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rejoin.common.actors import ENGINE
from rejoin.common.models import Fact

BY_PEOPLE = ~Q(by=str(ENGINE))


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
            # What people did, for whoever looks after the trail. The engine's own events are most of it and are asked for
            # by their patient alone: they cost these nothing.
            models.Index(fields=["at"], condition=BY_PEOPLE, name="audit_by_time"),
            models.Index(fields=["by", "at"], condition=BY_PEOPLE, name="audit_by_actor"),
            models.Index(fields=["verb", "at"], condition=BY_PEOPLE, name="audit_by_verb"),
        ]
