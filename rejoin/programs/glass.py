"""A chart opened by somebody who stands in no relationship to its patient: for some hours, for a reason, and never unseen."""

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from rejoin.common.columns import one_of
from rejoin.common.models import Fact
from rejoin.people.models import Patient, Staff
from rejoin.programs.vocabulary import GlassReason

OPEN_FOR: Final = timedelta(hours=4)
"""Long enough for an emergency and what has to be written down after it; short enough to be asked again tomorrow. Ours."""


class BrokenGlass(Fact):
    """Somebody who works in a program of the patient's opened her chart without being of her team."""

    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="broken_glasses")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="broken_glasses")
    reason = models.CharField(max_length=20)
    words = models.TextField()
    until_at = models.DateTimeField()
    """Until when the chart is open to her; she may break the glass again."""

    class Meta:
        verbose_name_plural = "broken glasses"
        constraints: ClassVar = [
            one_of("reason", GlassReason, name="glass_is_broken_for_a_known_reason"),
            models.CheckConstraint(condition=~Q(words=""), name="glass_is_broken_with_words"),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("at"), until_at__lte=F("at") + models.Value(OPEN_FOR)),
                name="glass_is_broken_for_some_hours",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["staff", "until_at"], name="glass_by_staff"),
            models.Index(fields=["at"], name="glass_by_time"),
        ]


class BrokenGlassSeen(Fact):
    """Whoever looks after privacy has looked at it, once."""

    glass = models.OneToOneField(BrokenGlass, on_delete=models.PROTECT, related_name="seen")

    class Meta:
        verbose_name_plural = "broken glasses seen"
