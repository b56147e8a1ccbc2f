"""A program's night that failed by itself."""

from typing import ClassVar

from django.db import models

from rejoin.common.columns import one_of
from rejoin.insights.vocabulary import Nightly
from rejoin.programs.models import Program


class Postponed(models.Model):
    """When it is tried again. A work marker and no fact: `failures` 0 where it has gone well since."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="+")
    work = models.CharField(max_length=12)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")
    """Its type: a message may hold what no log may."""
    next_try_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "postponed"
        constraints: ClassVar = [
            one_of("work", Nightly, name="nightly_work_is_known"),
            models.UniqueConstraint(fields=["program", "work"], name="a_night_is_postponed_once"),
        ]
