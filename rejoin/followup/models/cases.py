"""Cases: a missed session until the patient is truly back, or a person says how it ended."""

import uuid
from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from rejoin.common.columns import actor_column, one_of, paired
from rejoin.common.models import Fact
from rejoin.followup.querysets import CaseQuerySet, StepQuerySet
from rejoin.followup.vocabulary import (
    AttemptOutcome,
    CaseState,
    FinalOutcome,
    Origin,
    SafetyResult,
    StepState,
)
from rejoin.outreach.models import Message, Reply
from rejoin.people.models import Consent, Patient, Staff
from rejoin.programs.models import PolicyVersion, Program, Seat, Session

PROMISED_WITHIN = timedelta(days=366)
"""A promised return lies so far ahead at most. Ours."""


class Case(models.Model):
    """One missed session of a patient, with its owner and its clock. She never has two of one session.

    So is an answer to a measure that asks for somebody at once, of the session it came with (`followup/measures`).
    It is told of the seat she has there: where hers was given back and another given, it moves to that one.
    """

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, related_name="case")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="cases")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="cases")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="cases")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    opened_at = models.DateTimeField()
    """The start of the missed session: regulatory clocks count from there."""
    noticed_at = models.DateTimeField()
    elevated = models.BooleanField(default=False)
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    state = models.CharField(max_length=10, default=CaseState.OPEN.value)
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopping = models.CharField(max_length=20, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = actor_column()
    final_outcome = models.CharField(max_length=20, blank=True, default="")
    first_attempt_by = models.DateTimeField(null=True, blank=True)
    first_attempt_at = models.DateTimeField(null=True, blank=True)
    next_step = models.CharField(max_length=60, blank=True, default="")
    next_due_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    """The latest return she promised; `PromisedReturn` has them all."""
    next_look_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "patient"], name="one_case_a_miss"),
            one_of("state", CaseState, name="case_state_is_known"),
            one_of("final_outcome", FinalOutcome, name="case_final_outcome_is_known", blank=True),
            paired("closed_by", "closed_at", name="case_closed_by_somebody"),
            models.CheckConstraint(
                condition=(
                    Q(state=CaseState.CLOSED.value) & Q(closed_at__isnull=False) & ~Q(final_outcome="")
                )
                | (~Q(state=CaseState.CLOSED.value) & Q(closed_at__isnull=True, final_outcome="")),
                name="a_closed_case_has_an_outcome",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="case_to_look_at"
            ),
            models.Index(fields=["program", "state"], name="case_by_program"),
            models.Index(fields=["patient", "state"], name="case_by_patient"),
            models.Index(
                fields=["program", "opened_at"],
                condition=Q(state__in=[CaseState.OPEN.value, CaseState.STOPPED.value]),
                name="case_on_the_list",
            ),
            models.Index(fields=["program", "-opened_at"], name="case_latest"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseEvent(Fact):
    """Every turn a case took: opened, stopped, closed, reopened, given to somebody."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    turn = models.CharField(max_length=20)
    reason = models.CharField(max_length=40, blank=True, default="")


class Step(models.Model):
    """Something that somebody, or the system, has to do on a case. Once it is due, it is here."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="steps", default=None)
    """The case's, copied by the database: a list of one program reads no other's steps."""
    rule = models.CharField(max_length=80)
    """The rung of the ladder, or what it escalates: "call1", "escalation:call1"."""
    origin = models.CharField(max_length=20, default=Origin.LADDER.value)
    actor = models.CharField(max_length=20)
    """The role the policy names; "system" for a message."""
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="steps")
    """None for a person's step: nobody holds the role, and the supervisors see it."""
    channels = ArrayField(models.CharField(max_length=20), default=list)
    to = models.CharField(max_length=20, default="patient")
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField()
    deadline = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default=StepState.DUE.value)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = actor_column()
    because = models.JSONField(default=list)

    objects = StepQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "rule"], name="a_step_is_raised_once"),
            one_of("state", StepState, name="step_state_is_known"),
            one_of("origin", Origin, name="step_origin_is_known"),
            paired("ended_by", "ended_at", name="step_ended_by_somebody"),
            models.CheckConstraint(
                condition=Q(state__in=[StepState.DUE.value, StepState.UNKNOWN.value], ended_at__isnull=True)
                | (~Q(state__in=[StepState.DUE.value, StepState.UNKNOWN.value]) & Q(ended_at__isnull=False)),
                name="a_step_that_ended_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(ended_at__isnull=True), name="step_to_do"),
            models.Index(
                fields=["owner", "due_at"], condition=Q(ended_at__isnull=True), name="step_by_owner"
            ),
            models.Index(
                F("program"),
                Coalesce("deadline", "due_at"),
                condition=Q(ended_at__isnull=True),
                name="step_by_clock",
            ),
            models.Index(fields=["case"], condition=Q(ended_at__isnull=True), name="step_of_case"),
            models.Index(fields=["rule"], condition=Q(origin=Origin.CONCERN.value), name="step_of_concern"),
            models.Index(
                fields=["deadline"],
                condition=Q(origin=Origin.CONCERN.value, ended_at__isnull=True),
                name="step_of_open_concern",
            ),
        ]


class Attempt(Fact):
    """Somebody tried to reach the patient, or somebody around her. Only "contact" is two-way."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attempts")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    step = models.ForeignKey(Step, null=True, blank=True, on_delete=models.PROTECT, related_name="attempts")
    made_at = models.DateTimeField()
    """When it was tried; `at` is when it was written down."""
    channel = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20)
    to = models.CharField(max_length=20, default="patient")
    consent = models.ForeignKey(Consent, null=True, blank=True, on_delete=models.PROTECT)
    """What allowed telling somebody else."""
    message = models.OneToOneField(Message, null=True, blank=True, on_delete=models.PROTECT)
    reply = models.OneToOneField(Reply, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            one_of("outcome", AttemptOutcome, name="attempt_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(to="patient") | Q(consent__isnull=False), name="telling_others_needs_a_consent"
            ),
            models.CheckConstraint(
                condition=~Q(outcome=AttemptOutcome.CAREGIVER_REACHED.value) | ~Q(to="patient"),
                name="a_caregiver_reached_is_named",
            ),
            models.CheckConstraint(
                condition=Q(made_at__lte=F("at")), name="an_attempt_is_written_down_after_it_is_made"
            ),
        ]


class Disposition(Fact):
    """What a licensed clinician found about the patient's safety after an elevated miss."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="dispositions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    clinician = models.ForeignKey(Staff, on_delete=models.PROTECT)
    result = models.CharField(max_length=24)
    instrument = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints: ClassVar = [one_of("result", SafetyResult, name="safety_result_is_known")]


class PromisedReturn(Fact):
    """When she said she would be back. Whether she was is asked of her seats, never written over."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="promises")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    promised_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(promised_at__lte=F("at") + models.Value(PROMISED_WITHIN)),
                name="a_promise_lies_within_a_year",
            )
        ]


class PromiseOutcome(Fact):
    """A promised return, kept or not."""

    promise = models.OneToOneField(PromisedReturn, on_delete=models.PROTECT, related_name="outcome")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    kept = models.BooleanField()
