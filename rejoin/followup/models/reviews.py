"""Reviews: patterns put before people, and what they decided."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.followup.querysets import ReviewQuerySet
from rejoin.people.models import Patient
from rejoin.programs.models import PolicyVersion, Program


class Review(Fact):
    """A pattern that a policy wants a person to look at. It decides nothing."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reviews")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="reviews")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT)
    trigger = models.CharField(max_length=80)
    fired_at = models.DateTimeField()
    sessions = ArrayField(models.BigIntegerField())
    then = models.CharField(max_length=60)
    """What the policy wants considered: "discharge_review"."""
    decided_by_role = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    because = models.JSONField(default=list)
    open = models.BooleanField(default=True, db_default=True)
    """Neither decided nor withdrawn since it was last raised. The database keeps it so, by its events."""

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["patient", "program", "trigger", "fired_at"], name="a_trigger_raises_one_review"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["program", "due_at"], condition=Q(open=True), name="review_to_decide"),
            models.Index(fields=["patient"], condition=Q(open=True), name="review_by_patient"),
            models.Index(fields=["program", "-fired_at"], name="review_latest"),
        ]


class ReviewEvent(Fact):
    """What became of a review: decided by a person, or withdrawn because the facts changed."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="events")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT)
    turn = models.CharField(max_length=12)
    decision = models.CharField(max_length=60, blank=True, default="")
    words = models.TextField(blank=True, default="", db_default="")
    """Why: whoever decides says it in her own words."""
    follow_up_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            one_of("turn", ("decided", "withdrawn", "renewed"), name="review_turn_is_known"),
            models.UniqueConstraint(
                fields=["review"], condition=Q(turn="decided"), name="a_review_is_decided_once"
            ),
        ]


class PatientWatch(models.Model):
    """When to look at a patient's patterns next: triggers by days pass without any event."""

    patient = models.OneToOneField(Patient, primary_key=True, on_delete=models.CASCADE, related_name="watch")
    next_look_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        verbose_name_plural = "patient watches"
        indexes: ClassVar = [
            models.Index(
                fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="patient_watch_due"
            ),
        ]
