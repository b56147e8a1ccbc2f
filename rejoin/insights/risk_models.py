"""What was estimated of losing contact, night by night: kept as it was told, with the model that told it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.people.models import Patient
from rejoin.programs.models import Program

FITS = ("", "cannot tell", "steady", "drifted")
"""`rejoin.domain.risk.drift.Fits`, and "" where nobody looked that night."""


class RiskRun(Fact):
    """One night's estimates of a program, and what its own followed patients say of their level."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="risk_runs")
    model = models.CharField(max_length=40)
    """Which coefficients: the first letters of the digest of the file they ship in."""
    until_on = models.DateField()
    """Weeks that were over before this day, on the program's wall."""
    patients = models.PositiveIntegerField()
    """With a place that day, and two weeks behind them."""
    ranked = models.PositiveIntegerField()
    """Of these, who came in the last two weeks: of the others there is nothing to estimate."""
    followed = models.PositiveIntegerField()
    """Patients who were followed for long enough to set the program's level."""
    events = models.PositiveIntegerField()
    """Weeks of theirs after which contact was lost."""
    calibrated = models.BooleanField()
    shift = models.FloatField(null=True, blank=True)
    """What was added to each logit, and its standard error; None: nobody was followed yet."""
    shift_error = models.FloatField(null=True, blank=True)
    fits = models.CharField(max_length=12, blank=True, default="")
    """Whether earlier estimates came true as often as they said, looked at weekly."""
    fits_because = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            one_of("fits", FITS, name="what_became_of_estimates_is_known"),
            models.UniqueConstraint(fields=["program", "until_on", "model"], name="estimated_once_a_night"),
            models.CheckConstraint(condition=Q(ranked__lte=F("patients")), name="who_is_ranked_is_there"),
        ]
        indexes: ClassVar = [models.Index(fields=["program", "-id"], name="risk_run_latest")]


class RiskEstimate(Fact):
    """Of one patient, at the end of her last whole week."""

    run = models.ForeignKey(RiskRun, on_delete=models.PROTECT, related_name="estimates")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="risk_estimates")
    week = models.PositiveIntegerField()
    """Of hers that were recorded, from 1."""
    week_ends_on = models.DateField()
    """Its last day."""
    streak = models.PositiveIntegerField()
    """Weeks in a row without contact, up to that day: of those that were recorded. Others may lie between them."""
    at_risk = models.BooleanField()
    """She came in the last two recorded weeks. Otherwise contact is lost already: a fact, and no estimate."""
    chance = models.FloatField()
    """Of her whole record: what a screen shows as a percentage, where it shows one. It orders nothing."""
    low = models.FloatField()
    high = models.FloatField()
    """90% interval."""
    place = models.PositiveIntegerField(null=True, blank=True)
    """1: the highest `orders_by` of those ranked that night; None: she is not ranked."""
    level = models.PositiveIntegerField(null=True, blank=True)
    """How many others share her place, whoever asks; None: she is not ranked, or it was told before anybody counted."""
    orders_by = models.FloatField()
    """What settles the worklist between cases that are level: by her last four recorded weeks alone, and no percentage."""
    because = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "patient"], name="one_estimate_a_patient_a_night"),
            models.CheckConstraint(
                condition=Q(low__gte=0, low__lte=F("chance"), chance__lte=F("high"), high__lte=1),
                name="an_estimate_lies_in_its_interval",
            ),
            models.CheckConstraint(
                condition=Q(at_risk=True, place__isnull=False, place__gte=1)
                | Q(at_risk=False, place__isnull=True),
                name="who_is_at_risk_is_ranked",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["patient", "-id"], name="risk_by_patient")]
