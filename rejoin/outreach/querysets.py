"""Questions about messages."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from rejoin.outreach.models import Message  # noqa: F401 - the rows' own types


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages."""

    def about_case(self, case_id: int) -> "MessageQuerySet":
        return self.filter(about=f"case:{case_id}")

    def unsent(self, now: datetime, *, for_: timedelta) -> "MessageQuerySet":
        """Queued and due for so long: no worker, or a vendor that does not answer."""
        return self.filter(state="queued", not_before__lt=now - for_)
