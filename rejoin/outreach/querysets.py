"""Questions about messages."""

from datetime import datetime, timedelta
from typing import Any

from django.db import models


class MessageQuerySet(models.QuerySet[Any]):
    """Messages."""

    def about_case(self, case_id: int) -> "MessageQuerySet":
        return self.filter(about=f"case:{case_id}")

    def unsent(self, now: datetime, *, for_: timedelta) -> "MessageQuerySet":
        """Queued and due for so long: no worker, or a vendor that does not answer."""
        return self.filter(state="queued", not_before__lt=now - for_)
