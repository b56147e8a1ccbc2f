"""Questions about programs."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q


class PolicyVersionQuerySet(models.QuerySet[Any]):
    """Versions of policies."""

    def of_program(self, program_id: int) -> "PolicyVersionQuerySet":
        return self.filter(program_id=program_id).order_by("effective", "version")


class EnrolmentQuerySet(models.QuerySet[Any]):
    """Places in programs."""

    def live_on(self, day: date) -> "EnrolmentQuerySet":
        """Begun and not ended on the local `day`."""
        begun = Q(from_on__isnull=True) | Q(from_on__lte=day)
        return self.filter(begun, Q(until_on__isnull=True) | Q(until_on__gte=day), ended_at__isnull=True)


class SeatQuerySet(models.QuerySet[Any]):
    """Seats."""

    def live(self) -> "SeatQuerySet":
        return self.filter(released_at__isnull=True)
