"""Questions about visits."""

from typing import Any

from django.db import models


class VisitQuerySet(models.QuerySet[Any]):
    """Visits."""

    def held(self, number: int) -> Any:
        """One visit, kept from others while it is changed."""
        return self.select_for_update(of=("self",)).get(pk=number)
