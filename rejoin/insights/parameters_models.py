"""The few numbers behind a program's curves, night by night: numbers of no patient, kept with what they were fitted on."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from rejoin.common.models import Fact
from rejoin.programs.models import Program


class ProgressFit(Fact):
    """What one night made of all scores of one scale in a program; the latest holds. Too few is a finding, and a row."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="progress_fits")
    instrument = models.CharField(max_length=32)
    version = models.CharField(max_length=32)
    scale = models.CharField(max_length=32)
    until_on = models.DateField()
    """Scores of before this day, on the program's wall."""
    model = models.CharField(max_length=40)
    """Which way of fitting, and of writing parameters down."""
    patients = models.PositiveIntegerField()
    """With a score, among those it was fitted on."""
    twice = models.PositiveIntegerField()
    """Patients with two scores or more, fitted on or not: whether there are enough."""
    scores = models.PositiveIntegerField()
    parameters = models.JSONField(null=True, blank=True)
    """`rejoin.domain.progress.Parameters` by name; None where nothing could be fitted."""
    how = models.TextField()
    """In words: how it was fitted, or why it was not."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["program", "instrument", "version", "scale", "until_on", "model"],
                name="progress_is_fitted_once_a_night",
            ),
            models.CheckConstraint(
                condition=Q(patients__lte=F("scores")), name="who_is_fitted_on_has_a_score"
            ),
            models.CheckConstraint(condition=~Q(how=""), name="a_fit_says_how"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["program", "instrument", "version", "scale", "-id"], name="progress_fit_latest"
            )
        ]
