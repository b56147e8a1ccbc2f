"""Comparisons of two wordings of a reminder: what is asked is written down before it starts, and read once, at its end."""

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.domain.learning.experiment import SETTLED_AFTER, Arm
from rejoin.people.models import Patient
from rejoin.programs.models import Program


class Experiment(Fact):
    """A comparison as it was written down: everything that could be chosen later to please is chosen here."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="experiments")
    name = models.CharField(max_length=100)
    estimand = models.TextField()
    """In words: whose share of what, within which time, under which of the two wordings."""
    template = models.CharField(max_length=60)
    """The message as it is."""
    variant = models.CharField(max_length=60)
    """The other wording."""
    within_days = models.PositiveSmallIntegerField()
    """The outcome: she came to a session within so many days of the first such message."""
    usual_share = models.FloatField()
    smallest_difference = models.FloatField()
    power = models.FloatField()
    per_arm = models.PositiveIntegerField()
    """Worked out from the three above."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    """From then on nobody is given another wording."""

    @property
    def read_from(self) -> datetime:
        """When whoever was given a wording last has had her days, and what came of them is settled."""
        return self.ends_at + timedelta(days=self.within_days) + SETTLED_AFTER

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(estimand="") & ~Q(name=""), name="a_comparison_says_what_it_asks"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__gte=F("at"), ends_at__gt=F("starts_at")),
                name="a_comparison_is_written_down_before_it_starts",
            ),
            models.CheckConstraint(condition=~Q(template=F("variant")), name="a_comparison_has_two_wordings"),
            models.CheckConstraint(
                condition=Q(within_days__gte=1, within_days__lte=28),
                name="an_outcome_is_known_within_four_weeks",
            ),
            models.CheckConstraint(condition=Q(per_arm__gte=1), name="a_comparison_is_of_somebody"),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-id"], name="experiment_latest")]


class ExperimentStart(Fact):
    """Somebody has looked at the design and starts it. Before that nobody is given another wording."""

    experiment = models.OneToOneField(Experiment, on_delete=models.PROTECT, related_name="start")


class ExperimentAllotment(Fact):
    """A patient was given her arm, with her first such message, by what was known of her then. Whatever is learnt later, and
    whichever wording she gets, she stays in it."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="allotments")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    arm = models.CharField(max_length=8)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["experiment", "patient"], name="a_patient_is_allotted_once"),
            one_of("arm", Arm, name="arm_is_known"),
        ]


class ExperimentStop(Fact):
    """Somebody ends it before its time, and says why. It is not read."""

    experiment = models.OneToOneField(Experiment, on_delete=models.PROTECT, related_name="stop")
    words = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(words=""), name="a_comparison_is_stopped_with_a_reason")
        ]


class ExperimentReading(Fact):
    """What came of it: counts as they stood when it was read, once."""

    experiment = models.OneToOneField(Experiment, on_delete=models.PROTECT, related_name="reading")
    usual_came = models.PositiveIntegerField()
    usual_known = models.PositiveIntegerField()
    new_came = models.PositiveIntegerField()
    new_known = models.PositiveIntegerField()
    unknown = models.PositiveIntegerField()
    """Given an arm, and what came of it nobody has decided yet."""
    difference = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    """New minus usual, with its 95% interval."""
    because = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(usual_came__lte=F("usual_known"), new_came__lte=F("new_known")),
                name="no_more_came_than_are_known",
            ),
            models.CheckConstraint(
                condition=Q(low__lte=F("difference"), difference__lte=F("high")),
                name="a_difference_lies_in_its_interval",
            ),
        ]
