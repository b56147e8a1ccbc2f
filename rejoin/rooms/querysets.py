"""Questions about deliveries, strangers and revisits."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Min

UNREAD = ("new", "failed")


class RawEventQuerySet(models.QuerySet[Any]):
    """Deliveries."""

    def unread_since(self, since: datetime) -> "RawEventQuerySet":
        """Received after `since` and not read yet, whether they failed or not."""
        return self.filter(state__in=UNREAD, received_at__gte=since).order_by("received_at", "id")

    def due_by(self, now: datetime) -> "RawEventQuerySet":
        """To be read now: what lies in the future, or failed a moment ago, waits."""
        return self.filter(state__in=UNREAD, next_try_at__lte=now)

    def failed(self) -> "RawEventQuerySet":
        """Our own fault: whoever looks after the program should know."""
        return self.filter(state="failed").order_by("-tries", "id")

    def for_a_person(self) -> "RawEventQuerySet":
        """What no machine gets further with: not readable, or of no session here."""
        return self.filter(state__in=("unreadable", "unplaced")).order_by("-id")

    def oldest_unread(self, now: datetime) -> datetime | None:
        """When the delivery that waits longest came in; None: nothing waits. For health checks."""
        waiting = self.filter(state="new", next_try_at__lte=now)
        found: datetime | None = waiting.aggregate(oldest=Min("received_at"))["oldest"]
        return found


class StrangerQuerySet(models.QuerySet[Any]):
    """Participants nobody expected."""

    def open(self) -> "StrangerQuerySet":
        """Somebody has to say who they were."""
        return self.filter(gone=False, settled_at__isnull=True).order_by("seen_at", "id")

    def alike(self, stranger: Any) -> "StrangerQuerySet":
        """Others who would be recognised by the same confirmation."""
        same = {"ref": stranger.ref} if stranger.ref else {"ref": "", "display__iexact": stranger.display}
        return self.filter(provider=stranger.provider, gone=False, **same)


class RevisitQuerySet(models.QuerySet[Any]):
    """Sessions to be worked out anew."""

    def failing(self) -> "RevisitQuerySet":
        """Tried, and it did not work."""
        return self.filter(tries__gt=0).order_by("-tries", "id")

    def overdue(self, by: datetime) -> "RevisitQuerySet":
        """Nobody came though it was due before `by`: a worker is missing."""
        return self.filter(at__lt=by)


class HostedRoomQuerySet(models.QuerySet[Any]):
    """Rooms of our own."""

    def running(self, now: datetime) -> "HostedRoomQuerySet":
        """Of sessions that have begun and are not over."""
        return self.filter(
            closed_at__isnull=True, session__starts_at__lte=now, session__ends_at__gt=now
        ).exclude(session__unheld_at__isnull=False)

    def unheard_since(self, since: datetime) -> "HostedRoomQuerySet":
        """Whose engine has not said since then who is in."""
        return self.filter(models.Q(engine_seen_at__isnull=True) | models.Q(engine_seen_at__lt=since))
