"""What became of each seat, decided from facts, attested by people, corrected by adding."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rejoin.attendance.querysets import OutcomeQuerySet, SeatStatusQuerySet, WatchQuerySet
from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.domain.attendance import Mode, Status
from rejoin.people.models import Patient
from rejoin.programs.models import PolicyVersion, Program, Seat, Session


class Mark(Fact):
    """A facilitator's attestation of one seat. A later mark corrects an earlier one; both stay."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="marks")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    status = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True, default="")
    via = models.CharField(max_length=10, blank=True, default="", db_default="")
    """How she was there, where no room could see it: "phone"."""
    corrects = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            one_of("via", (Mode.PHONE,), name="mark_via_is_known", blank=True),
            models.CheckConstraint(
                condition=Q(status__in=[each.value for each in Status if each is not Status.UNRECORDED]),
                name="mark_status_can_be_attested",
            ),
            models.UniqueConstraint(
                fields=["seat"], condition=Q(corrects__isnull=True), name="one_first_mark_a_seat"
            ),
        ]


class Notice(Fact):
    """The patient, or somebody for her, said that she cannot come, or why she did not."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="notices")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    received_at = models.DateTimeField()
    reason = models.CharField(max_length=40, blank=True, default="")
    via = models.CharField(max_length=20, blank=True, default="")


class CheckIn(Fact):
    """Where the patient said she was: when she joined, or in a call outside a session.

    What was not asked is None, or "": nobody knows. What she said on another day is of that day.
    """

    seat = models.ForeignKey(Seat, null=True, blank=True, on_delete=models.PROTECT, related_name="check_ins")
    """None: said outside a session."""
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    state = models.CharField(max_length=2, blank=True, default="")
    licensed = ArrayField(models.CharField(max_length=2), null=True)
    """Where those who led the session could practise then; None: nobody knows."""
    place = models.CharField(max_length=300, blank=True, default="", db_default="")
    """The address, or what emergency services need to find her."""
    call_back = models.CharField(max_length=40, blank=True, default="", db_default="")
    """The number under which she is reached today, should the line drop."""
    alone = models.BooleanField(null=True)
    """Nobody can listen."""
    driving = models.BooleanField(null=True)
    contact_right = models.BooleanField(null=True)
    """The emergency contact on file is still the right one."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(state="") | ~Q(place=""), name="a_check_in_says_where")
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-at"], name="check_in_by_patient")]


class Outcome(Fact):
    """One decision on a seat, with all it was decided from. The latest number holds."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="outcomes")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    number = models.PositiveSmallIntegerField()
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    status = models.CharField(max_length=20)
    told = models.JSONField()
    """The whole decision (`rejoin.domain.attendance.Outcome`): minutes, intervals, reasons, flags."""
    provisional = models.BooleanField()
    """The session was still running."""

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "number"], name="outcomes_of_a_seat_are_numbered"),
            one_of("status", Status, name="outcome_status_is_known"),
        ]


class SeatStatus(models.Model):
    """Where each seat stands: its latest outcome, for lists and for whoever follows it up."""

    seat = models.OneToOneField(Seat, primary_key=True, on_delete=models.CASCADE, related_name="status")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="statuses")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    number = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=20)
    provisional = models.BooleanField()
    attested = models.BooleanField(default=False)
    digest = models.CharField(max_length=32)
    """Of the outcome: the same facts decided again add nothing."""
    acted_on = models.BooleanField(default=False)
    """Whether follow-up has looked at it since it changed."""
    act_after = models.DateTimeField(null=True)
    """Pushed forward: acting on it failed, and it must not hold up the others."""
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)

    objects = SeatStatusQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "seat statuses"
        indexes: ClassVar = [
            models.Index(fields=["seat"], condition=Q(acted_on=False), name="status_to_act_on"),
            models.Index(fields=["session"], name="status_by_session"),
            models.Index(
                fields=["session"],
                condition=Q(attested=False, provisional=False) & ~Q(status="cancelled"),
                name="status_to_attest",
            ),
            models.Index(fields=["patient"], name="status_by_patient"),
        ]


class Watch(models.Model):
    """When to look at a session next. The database makes one with every session, so none is forgotten."""

    session = models.OneToOneField(Session, primary_key=True, on_delete=models.CASCADE, related_name="watch")
    next_look_at = models.DateTimeField(null=True)
    """None: nothing to do until another fact comes in."""
    looked_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "watches"
        indexes: ClassVar = [
            models.Index(fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="watch_due"),
        ]


class DayClose(Fact):
    """A program's day, closed: every seat of it is recorded and attested."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT)
    day = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["program", "day"], name="a_day_is_closed_once")
        ]
