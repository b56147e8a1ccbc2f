"""Measures: what a program asks and how often, what is due, what was answered, and what nobody knows. Facts alone."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.insights.experiment_models import (  # noqa: F401 - tables of this app
    Experiment,
    ExperimentAllotment,
    ExperimentReading,
    ExperimentStart,
    ExperimentStop,
)
from rejoin.insights.nights_models import Postponed  # noqa: F401 - as above
from rejoin.insights.parameters_models import ProgressFit  # noqa: F401 - as above
from rejoin.insights.risk_models import RiskEstimate, RiskRun  # noqa: F401 - as above
from rejoin.insights.vocabulary import Ending as Ended
from rejoin.insights.vocabulary import How
from rejoin.people.models import Patient
from rejoin.programs.models import Program, Seat
from rejoin.programs.vocabulary import Role


class Schedule(Fact):
    """From now on a program asks this measure so often, with the first session of each stretch. The latest word holds."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="measure_schedules")
    instrument = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    every_days = models.PositiveSmallIntegerField()
    """0: no longer."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["program", "instrument", "-id"], name="measure_schedule_latest")
        ]


class Watch(Fact):
    """Who looks, and when, for answers that ask for somebody at once. The latest word of a program holds."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="measure_watches")
    role = models.CharField(max_length=20, blank=True, default="")
    """"": nobody."""
    days = ArrayField(models.PositiveSmallIntegerField(), default=list)
    """Of the week, Monday 1, on the program's wall."""
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    within_minutes = models.PositiveSmallIntegerField(default=60)
    """So soon after such an answer somebody has called her."""

    class Meta:
        verbose_name_plural = "watches"
        constraints: ClassVar = [
            one_of("role", Role, name="watching_role_is_known", blank=True),
            models.CheckConstraint(
                condition=Q(role="") | Q(opens__isnull=False, closes__gt=F("opens")),
                name="a_watch_has_hours",
            ),
            models.CheckConstraint(
                condition=Q(within_minutes__gte=5, within_minutes__lte=1440), name="a_watch_has_a_clock"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-id"], name="measure_watch_latest")]


class Due(Fact):
    """A measure that came due with a session of hers."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="measures_due")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+", db_index=False)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="measures_due")
    instrument = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    due_on = models.DateField()
    """The session's day, on the program's wall."""
    recall_days = models.PositiveSmallIntegerField()
    """How far back it asks: what is not known where it is not answered."""
    until_at = models.DateTimeField()
    """Answers are taken until then; later where the session was missed (`Reopening`)."""
    open = models.BooleanField(default=True, db_default=True)
    """It has no ending yet. The database keeps it so, by its ending."""

    class Meta:
        verbose_name_plural = "dues"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["seat", "instrument"], name="a_measure_is_due_once_a_session")
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "instrument", "-due_on"], name="due_by_patient"),
            models.Index(fields=["until_at"], condition=Q(open=True), name="due_open_by_end"),
            models.Index(fields=["program", "due_on", "patient"], name="due_by_program"),
        ]


class Reopening(Fact):
    """Its session was missed: it may be answered outside of one, until an instant."""

    due = models.OneToOneField(Due, on_delete=models.PROTECT, related_name="reopening")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    until_at = models.DateTimeField()


class Sheet(Fact):
    """One measure, answered. `by` whoever sent it: she herself, or staff with her."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    due = models.OneToOneField(Due, on_delete=models.PROTECT, related_name="sheet")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="sheets")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    instrument = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    language = models.CharField(max_length=3)
    """In which she read or heard it."""
    how = models.CharField(max_length=8)
    answered_at = models.DateTimeField()
    is_concern = models.BooleanField(default=False)
    """Some answer of it asked for somebody at once."""

    class Meta:
        constraints: ClassVar = [
            one_of("how", How, name="how_answers_came_is_known"),
            models.CheckConstraint(
                condition=Q(answered_at__lte=F("at")), name="answers_are_written_down_after_they_are_given"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["patient", "instrument", "answered_at"], name="sheet_by_patient"),
            models.Index(fields=["id"], condition=Q(is_concern=True), name="sheet_of_concern"),
        ]


class ItemAnswer(Fact):
    """Her answer to one item."""

    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="answers")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=8)
    value = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "item"], name="an_item_is_answered_once")
        ]


class Ending(Fact):
    """What became of a measure that was due: answered, or a gap with its reason. Never both, and never twice."""

    due = models.OneToOneField(Due, on_delete=models.PROTECT, related_name="ending")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=16)
    words = models.TextField(blank=True, default="")
    """Why, where somebody says so."""

    class Meta:
        constraints: ClassVar = [
            one_of("how", Ended, name="measure_ending_is_known"),
            models.CheckConstraint(
                condition=~Q(how=Ended.WITHDRAWN.value) | ~Q(words=""),
                name="what_is_withdrawn_says_why",
            ),
        ]
