"""Questions about messages and replies."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from rejoin.outreach.vocabulary import READ_WITHIN

if TYPE_CHECKING:
    from rejoin.outreach.models import Message, Reply  # noqa: F401 - the rows' own types


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def about_case(self, case_id: int) -> "MessageQuerySet":
        return self.filter(about=f"case:{case_id}")

    def unsent(self, now: datetime, *, for_: timedelta) -> "MessageQuerySet":
        """Queued and due for so long: no worker, or a vendor that does not answer."""
        return self.filter(state="queued", not_before__lt=now - for_)


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Replies."""

    def waiting(self) -> "ReplyQuerySet":
        """No person has read them: of open cases, of none, of nobody here. None ever grows too old."""
        return self.filter(unread=True).order_by("at", "pk")

    def overdue(self, now: datetime) -> "ReplyQuerySet":
        return self.waiting().filter(at__lt=now - READ_WITHIN)

    def before(self, program_id: int) -> "ReplyQuerySet":
        """Those its coordinators have before them: whatever is of nobody here is before all of them."""
        return self.filter(Q(programs__contains=[program_id]) | Q(programs=[]))
