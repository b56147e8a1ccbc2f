"""Questions about cases, steps and reviews."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from rejoin.programs.models import Enrolment

if TYPE_CHECKING:
    from rejoin.followup.models import Case, Review, Step  # noqa: F401 - the rows' own types


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases."""

    def on_the_list(self, now: datetime) -> "CaseQuerySet":
        """Not closed, and of a patient who is in the program now: who has left is on no list."""
        here = Enrolment.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=_local_day(now)),
            patient=OuterRef("patient"),
            program=OuterRef("program"),
            ended_at__isnull=True,
        )
        return self.exclude(state="closed").filter(Exists(here))

    def unattended(self, now: datetime, *, by: timedelta) -> "CaseQuerySet":
        """The engine should have looked at them and has not."""
        return self.filter(next_look_at__lt=now - by)


class StepQuerySet(models.QuerySet["Step"]):
    """Steps."""

    def to_do(self) -> "StepQuerySet":
        return self.filter(ended_at__isnull=True)

    def overdue(self, now: datetime) -> "StepQuerySet":
        return self.to_do().filter(deadline__lt=now)


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews."""

    def open(self) -> "ReviewQuerySet":
        """Neither decided nor withdrawn since it was last raised."""
        from rejoin.followup.models import ReviewEvent

        latest = ReviewEvent.objects.filter(review=OuterRef("pk")).order_by("-id").values("turn")[:1]
        return self.annotate(turn=models.Subquery(latest)).filter(Q(turn__isnull=True) | Q(turn="renewed"))


def _local_day(now: datetime) -> models.Func:
    """The date at `now` on the wall of the row's program."""
    return models.Func(
        models.F("program__timezone"),
        models.Value(now),
        function="timezone",
        template="(%(function)s(%(expressions)s))::date",
        output_field=models.DateField(),
    )
