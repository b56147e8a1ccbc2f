"""Questions about attendance."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from rejoin.attendance.models import Outcome, SeatStatus, Watch  # noqa: F401 - the rows' own types


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    """Decisions on seats."""

    def latest_first(self) -> "OutcomeQuerySet":
        return self.order_by("seat_id", "-number")


class SeatStatusQuerySet(models.QuerySet["SeatStatus"]):
    """Where seats stand."""

    def unrecorded(self) -> "SeatStatusQuerySet":
        return self.filter(status="unrecorded", provisional=False)

    def to_attest(self) -> "SeatStatusQuerySet":
        return self.filter(attested=False, provisional=False).exclude(status="cancelled")


class WatchQuerySet(models.QuerySet["Watch"]):
    """Sessions to look at."""

    def overdue(self, now: datetime, *, by: timedelta) -> "WatchQuerySet":
        """Nobody has looked though it was due `by` ago: a worker is missing."""
        return self.filter(next_look_at__lt=now - by)

    def poisoned(self) -> "WatchQuerySet":
        return self.filter(failures__gt=0)
