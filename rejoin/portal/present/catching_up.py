"""What she can catch up on by herself: one line on Today, and one where she was missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from rejoin.continuity.material import open_catch_up
from rejoin.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """Material on one unit, with where it is."""

    title: str
    href: str
    seat_id: int
    """The missed session it is for."""


def open_catch_ups(patient: Patient, now: datetime) -> Sequence[CatchUp]:
    """Those she has not finished, the most urgent first."""
    return tuple(
        CatchUp(title=each.title, href=reverse("portal:catch_up", args=[each.ref]), seat_id=each.seat_id)
        for each in open_catch_up(patient, now)
        if not each.with_the_team
    )
