"""What tables have in common, and the two that belong to nobody else."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Fact(models.Model):
    """Something that was so, said by somebody at some time. Appended, never edited.

    The database refuses updates and deletes (`common.append_only`), whoever asks.
    """

    at = models.DateTimeField()
    by = models.CharField(max_length=50)

    class Meta:
        abstract = True


class Heartbeat(models.Model):
    """When each part of each worker last finished a pass. A silent part is a failing health check."""

    part = models.CharField(max_length=40)
    worker = models.CharField(max_length=80)
    at = models.DateTimeField()
    """By the clock the program runs on; `beat_at` by the machine's."""
    beat_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["part", "worker"], name="one_beat_per_part")]


class SimulatedClock(models.Model):
    """One row while a demonstration or a test runs on a clock of its own; none in real use."""

    only = models.BooleanField(primary_key=True, default=True)
    real_at = models.DateTimeField()
    shown_at = models.DateTimeField()
    rate = models.FloatField()
    """Seconds of program time per second of real time; 0: the clock stands."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(only=True), name="only_one_simulated_clock"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="simulated_clock_runs_forward"),
        ]


class Refused(models.Model):
    """How many deliveries were turned away at the door, by day and reason. Bodies are not kept."""

    door = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)
    on = models.DateField()
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["door", "reason", "on"], name="one_count_per_door_and_day")
        ]
