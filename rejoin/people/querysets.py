"""Questions about people."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q


class PatientQuerySet(models.QuerySet[Any]):
    """Patients."""

    def flagged(self, code: str) -> "PatientQuerySet":
        return self.filter(flags__code=code, flags__ended_at__isnull=True)

    def visible_to(self, staff: models.Model, now: datetime) -> "PatientQuerySet":
        """Of programs in which `staff` has a role at `now`: what the database's own rule lets through."""
        roles = "enrolments__program__roles__"
        running = Q(**{f"{roles}ended_at__isnull": True}) | Q(**{f"{roles}ended_at__gt": now})
        begun = Q(**{f"{roles}staff": staff, f"{roles}from_at__lte": now})
        return self.filter(pk__in=PatientQuerySet(self.model).filter(running & begun).values("pk"))


class ConsentQuerySet(models.QuerySet[Any]):
    """What was said about consent."""

    def said_by(self, now: datetime) -> "ConsentQuerySet":
        """Known at `now`, oldest first."""
        return self.filter(at__lte=now).order_by("at", "id")

    def live_at(self, now: datetime) -> "ConsentQuerySet":
        """Granted and not expired at `now`; a later word may still have revoked it."""
        return self.said_by(now).filter(Q(until_at__isnull=True) | Q(until_at__gt=now), granted=True)
