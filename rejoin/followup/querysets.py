"""Questions about cases, steps and reviews."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from rejoin.programs.models import Enrolment

if TYPE_CHECKING:
    from rejoin.followup.models import Case, CaseNote, HandOff, Review, Step, Task  # noqa: F401 - the rows' own types
    from rejoin.people.models import Staff

# Somebody who is asked to acknowledge a note has this long before it is overdue. Ours.
ACKNOWLEDGED_WITHIN = timedelta(hours=24)


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
        return self.filter(open=True)

    def overdue(self, now: datetime) -> "ReviewQuerySet":
        return self.open().filter(due_at__lt=now)


class CaseNoteQuerySet(models.QuerySet["CaseNote"]):
    """The thread of a case."""

    def waiting_for(self, staff: "Staff") -> "CaseNoteQuerySet":
        """She is asked and has not acknowledged them, oldest first."""
        return self.filter(waits=True, asks=staff).order_by("at", "pk")

    def overdue(self, now: datetime) -> "CaseNoteQuerySet":
        """Asked for a day, and nobody has acknowledged."""
        return self.filter(waits=True, at__lt=now - ACKNOWLEDGED_WITHIN)


class TaskQuerySet(models.QuerySet["Task"]):
    """Tasks."""

    def open(self) -> "TaskQuerySet":
        """Neither done nor withdrawn."""
        return self.filter(open=True)

    def overdue(self, now: datetime) -> "TaskQuerySet":
        return self.open().filter(due_at__lt=now)

    def of(self, staff: "Staff") -> "TaskQuerySet":
        """Hers to do."""
        return self.filter(owner=staff)

    def by_clock(self) -> "TaskQuerySet":
        return self.order_by("due_at", "pk")


class HandOffQuerySet(models.QuerySet["HandOff"]):
    """What one shift left to the next."""

    def since(self, begins: datetime) -> "HandOffQuerySet":
        """Newest first."""
        return self.filter(at__gte=begins).order_by("-at", "-pk")

    def unread_by(self, staff: "Staff", roles: Collection[str]) -> "HandOffQuerySet":
        """For everybody, for a role of hers or for herself, not her own, and not read by her."""
        hers = Q(to_staff=staff) | Q(to_role__in=list(roles)) | Q(to_role="", to_staff__isnull=True)
        return self.filter(hers).exclude(author=staff).exclude(readings__staff=staff)


def _local_day(now: datetime) -> models.Func:
    """The date at `now` on the wall of the row's program."""
    return models.Func(
        models.F("program__timezone"),
        models.Value(now),
        function="timezone",
        template="(%(function)s(%(expressions)s))::date",
        output_field=models.DateField(),
    )
