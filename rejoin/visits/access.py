"""The doors to visits: missing and forbidden are the same answer."""

from typing import Any

from rejoin.domain.kernel import Refusal
from rejoin.programs.models import Session
from rejoin.visits.models import Visit

LONGEST = 19
"""Digits that fit into the column, whichever they are."""


def visit_in(session: Session, number: Any) -> Visit:
    """A visit in a session whoever asks leads, by the number a page sent. Behind the door of the web."""
    asked = str(number or "")
    if not asked:
        raise Refusal("visit.whose", "Say who is meant.")
    found: Visit | None = None
    if asked.isdecimal() and len(asked) < LONGEST:
        found = Visit.objects.filter(session=session, pk=int(asked)).select_related("session").first()
    if found is None:
        raise Refusal("not_found", "There is nothing here that you may see.")
    return found
