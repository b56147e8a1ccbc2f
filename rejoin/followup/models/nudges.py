"""Nudges that somebody asked for by hand."""

from typing import ClassVar

from django.db import models

from rejoin.common.columns import one_of
from rejoin.followup.vocabulary import NudgeState
from rejoin.people.models import Patient
from rejoin.programs.models import Program, Seat, Session


class HandNudge(models.Model):
    """Somebody who leads a session asked for its nudge to go to one patient now. One a seat, for ever."""

    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="hand_nudge")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=50)
    state = models.CharField(max_length=12, default=NudgeState.ASKED.value, db_default=NudgeState.ASKED.value)
    """What came of it: a worker's work note. What became of the message itself the outbox tells."""

    class Meta:
        constraints: ClassVar = [one_of("state", NudgeState, name="hand_nudge_state_is_known")]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(state="asked"), name="hand_nudge_asked")
        ]
