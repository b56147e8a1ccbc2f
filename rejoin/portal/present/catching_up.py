"""What she can catch up on by herself: one line on Today, and one where she was missed. Nothing yet says that there is any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rejoin.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """Material on one unit, with where it is."""

    title: str
    href: str
    seat_id: int
    """The missed session it is for."""


def open_catch_ups(patient: Patient, now: datetime) -> Sequence[CatchUp]:  # noqa: ARG001 - asked by every page
    """Those she has not finished, the most urgent first."""
    return ()
